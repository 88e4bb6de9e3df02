"""The value types of the standard (STANDARD §3.3) and how one value is held against them."""

import re
from datetime import datetime

from functions.core.times import parse_time

# RFC 3987 as far as a store needs it: a scheme, and no character that no IRI may hold. A blank node is `_:name`.
_IRI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*|_):[^\x00-\x20\x7f-\x9f<>\"{}|\\^`]+")
_DURATION = re.compile(
    r"[+-]?P(?=.)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?W)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=.)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?",
    re.ASCII,
)


known_iris: set[str] = set()  # those of late: the same actors, apps and courses come again and again
known_times: set[str] = set()
_KNOWN_MAX, _KNOWN_CHARS = 8_192, 200


def is_iri(text: str) -> bool:
    """Whether it is an absolute IRI or a blank node."""
    if text in known_iris:
        return True
    if _IRI.fullmatch(text) is None:
        return False
    if len(text) <= _KNOWN_CHARS:
        if len(known_iris) >= _KNOWN_MAX:
            known_iris.clear()
        known_iris.add(text)
    return True


def is_duration(text: str) -> bool:
    """Whether it is an ISO 8601 duration; fractions are allowed anywhere (`PT34M1.801S`)."""
    return _DURATION.fullmatch(text) is not None


def is_canonical_time(text: str) -> bool:
    """Whether it is a DateTime in the standard's one form: `YYYY-MM-DDTHH:mm:ss.SSSZ`."""
    if text in known_times:
        return True
    if len(text) != 24 or text[23] != "Z" or text[19] != "." or text[10] != "T" or text[7] != "-":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    if len(known_times) >= _KNOWN_MAX:
        known_times.clear()
    known_times.add(text)
    return True


_EVENT_ID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def is_event_id(text: str) -> bool:
    """Whether it is a UUID as URN, of any version (official examples hold version 1)."""
    return _EVENT_ID.fullmatch(text) is not None


def time_fault(text: str) -> str | None:
    """None for a DateTime, "time-form" for an instant in another spelling, "time" for what is none."""
    if is_canonical_time(text):
        return None
    return "time" if parse_time(text) is None else "time-form"


def is_integer(value: object) -> bool:
    """Whether a JSON number has no fraction: 25.0 is 25, for JSON cannot tell them apart."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def is_decimal(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
