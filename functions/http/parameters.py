"""The query parameters of a route, declared once: the same table reads a request and documents it.

A parameter that is wrong is answered 400 with its name and what to send instead.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import parse_qsl

from msgspec import Struct

from functions.core.ids import canonical_id
from functions.core.times import first_of_day, parse_time, zone_of
from functions.http.answers import Answer, error

type Kind = Literal["id", "text", "time", "count", "choice", "cursor", "zone"]
type Values = dict[str, Any]

ID_CHARS, CURSOR_CHARS = 2048, 512
_LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Parameter(Struct, frozen=True, kw_only=True):
    """One query parameter. A count lies between `lowest` and `highest`; more than `highest` is read as that.
    `example` is a value that a reader of the documentation may send.
    """

    name: str
    kind: Kind
    description: str
    example: str = ""
    default: int | str | None = None
    lowest: int = 1
    highest: int = 1000
    choices: tuple[str, ...] = ()


LIMIT = Parameter(
    name="limit", kind="count", default=100, highest=1000, description="How many rows at most (no more than 1000)."
)
CURSOR = Parameter(
    name="cursor",
    kind="cursor",
    description="Where to continue: the `cursor` of the answer before, with the other parameters unchanged.",
)
ORDER = Parameter(
    name="order",
    kind="choice",
    default="asc",
    choices=("asc", "desc"),
    description="`asc`: oldest first; `desc`: newest first.",
)
APP = Parameter(
    name="app",
    kind="id",
    example="*",
    description="With the admin scope: the id of another app, or `*` for all, app by app.",
)
PAGED = (LIMIT, CURSOR, APP)
OFFSET = (
    LIMIT,
    Parameter(name="offset", kind="count", default=0, lowest=0, highest=10**15, description="How many to skip."),
)


def window(what: str) -> tuple[Parameter, Parameter]:
    """`from` and `to`, described for a list of `what`."""
    return (
        Parameter(
            name="from",
            kind="time",
            example="2026-01-26",
            description=f"{what} at or after this instant, or on or after this day (UTC).",
        ),
        Parameter(
            name="to",
            kind="time",
            example="2026-02-02",
            description=f"{what} before this instant, or before this day (UTC).",
        ),
    )


RECEIVED = (
    Parameter(
        name="receivedFrom",
        kind="time",
        example="2026-01-26T10:00:00Z",
        description="Only events that first arrived at or after this instant or day (UTC), the first arrival first. "
        "What is still in the queue comes later, a few minutes at most unless there is a backlog.",
    ),
    Parameter(
        name="receivedTo",
        kind="time",
        example="2026-01-27",
        description="Only events that first arrived before this instant or day (UTC), the first arrival first.",
    ),
)
ACTOR = Parameter(
    name="actor",
    kind="id",
    example="urn:uuid:0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11",
    description="The learner, by IRI or bare UUID.",
)


def query_pairs(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of a request's query string, decoded, repeated ones as often as they were sent."""
    raw = event.get("rawQueryString")
    if isinstance(raw, str) and raw:
        return parse_qsl(raw, keep_blank_values=True, errors="replace")
    return [(str(name), str(value)) for name, value in (event.get("queryStringParameters") or {}).items()]


def read_parameters(
    parameters: Sequence[Parameter], pairs: Sequence[tuple[str, str]], *, one_of: Sequence[str], strict: bool
) -> Values | Answer:
    """The values by name, defaults filled in, or the 400 to answer with.

    Exactly one of `one_of` must be sent if that names any. If `strict`, unknown and empty ones are refused; the paths
    of the TimeBack API ignore them, as TimeBack does.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: Values = {name: parameter.default for name, parameter in known.items()}
    seen: set[str] = set()
    for name, text in pairs:
        parameter = known.get(name)
        if parameter is None:
            if strict:
                return _refused(
                    name, f"is unknown on this path: leave it out. The path takes: {', '.join(known) or 'none'}."
                )
            continue
        if name in seen:
            return _refused(name, "was sent more than once: send it once.")
        if not text and not strict:
            continue
        seen.add(name)
        value, wrong = value_of(parameter, text)
        if wrong:
            return _refused(name, wrong)
        values[name] = value
    for name, text in pairs if values.get("timezone") else ():
        if name in ("from", "to") and _DAY.fullmatch(text):
            values[name] = first_of_day(values[name], values["timezone"])
    chosen = [name for name in one_of if name in seen]
    if one_of and len(chosen) != 1:
        sent = " and ".join(chosen) or "none of them"
        message = f"Send exactly one of {', '.join(one_of)}; this request sends {sent}. Percent-encode its value."
        return error(400, "wrong-selector", message)
    from_us, to_us = values.get("from"), values.get("to")
    if from_us is not None and to_us is not None and from_us >= to_us:
        message = "`from` must be before `to`, or nothing lies between them. Send an earlier `from` or a later `to`."
        return error(400, "wrong-window", message)
    return values


def value_of(parameter: Parameter, text: str) -> tuple[Any, str]:
    """The value, or what is wrong with it."""
    if parameter.kind == "id":
        return _id(text.strip())
    if parameter.kind == "time":
        wrong = "is not a time: send ISO 8601, such as 2026-01-27T10:00:00Z, or a day, 2026-01-27 (UTC)."
        return (time_us := time_of(text)), "" if time_us is not None else wrong
    if parameter.kind == "count":
        if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) or int(text) < parameter.lowest:
            return None, f"must be a whole number, at least {parameter.lowest}."
        return min(int(text), parameter.highest), ""
    if parameter.kind == "zone":
        return (zone := zone_of(text)), "" if zone else "is no known time zone: send an IANA name: America/New_York."
    if parameter.kind == "choice" and text not in parameter.choices:
        return None, f"must be one of {', '.join(parameter.choices)}."
    if not text:
        return None, "is empty: send a value or leave it out."
    if parameter.kind == "cursor" and len(text) > CURSOR_CHARS:
        return None, "is not a cursor of this service: send the `cursor` of the answer before, unchanged."
    if len(text) > ID_CHARS:
        return None, f"is longer than {ID_CHARS} characters: send a shorter value."
    return text, ""


def time_of(text: str) -> int | None:
    """An instant (µs), or the first one of a UTC day. Without an offset it is UTC."""
    text += "T00:00:00" if _DAY.fullmatch(text) else ""
    spellings = text, _LOST_PLUS.sub(r"+\1", text), text + "Z"  # `+02:00` not percent-encoded arrives with a space
    return next((time_us for time_us in map(parse_time, spellings) if time_us is not None), None)


def _id(text: str) -> tuple[str | None, str]:
    if text.lower().startswith("mailto:"):
        text = text.replace(" ", "+")  # no address holds a blank: it is a plus that was not percent-encoded
    if len(text) > ID_CHARS:
        return None, f"is longer than {ID_CHARS} characters, which no id is: check it."
    return (canonical_id(text), "") if text else (None, "is empty: send an IRI, or a bare UUID.")


def _refused(name: str, what: str) -> Answer:
    return error(400, "wrong-parameter", f"The query parameter `{name[:80]}` {what}")
