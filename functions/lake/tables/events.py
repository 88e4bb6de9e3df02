"""The table `events`: what each event says, flat and without names, by the product's own attribution."""

import re
from collections.abc import Mapping
from typing import Any

from functions.core.caliper.terms import term, text
from functions.core.identity import child, is_anonymous
from functions.core.numbers.metrics import exact, first_of, items
from functions.core.timeline.counting import attempt_number
from functions.core.timeline.course import subject_of
from functions.core.timeline.entry import fields_of
from functions.lake.archive_line import ArchiveLine, is_person
from functions.lake.tables.column import Column, TableDefinition

ROWS_VERSION = 1  # to be raised if the same line makes another row than before
LARGEST_INT = 2**31 - 1
_DURATION = re.compile(
    r"P(?:(?P<W>[\d.]+)W)?(?:(?P<D>[\d.]+)D)?(?:T(?:(?P<H>[\d.]+)H)?(?:(?P<M>[\d.]+)M)?(?:(?P<S>[\d.]+)S)?)?", re.ASCII
)
_SECONDS = {"W": 604_800.0, "D": 86_400.0, "H": 3_600.0, "M": 60.0, "S": 1.0}


def _event_id(line: ArchiveLine) -> str | None:
    identifier = line.attribution.id
    return f"_:{line.content}" if is_anonymous(identifier) else line.shielded(identifier)


def _of(line: ArchiveLine, slot: str) -> Mapping[str, Any]:
    return fields_of(line.parsed.get(slot))


def _type_of(line: ArchiveLine, slot: str) -> str | None:
    return term(text(_of(line, slot), "type")) or None


def _object_name(line: ArchiveLine) -> str | None:
    """The object's name, unless it may be a person's."""
    target = line.parsed.get("object")
    name = child(target, "name")
    if not isinstance(name, str) or not name.strip() or is_person(target):
        return None
    known = _of(line, "actor").get("name")
    return None if isinstance(known, str) and known.strip() and known.strip() in name else name.strip()


def _number(value: object) -> float | None:
    amount = exact(value)
    return None if amount is None else float(amount)


def _score(line: ArchiveLine) -> float | None:
    generated = _of(line, "generated")
    return _number(first_of(generated, "scoreGiven", "totalScore", "resultScore", "normalScore"))


def _max_score(line: ArchiveLine) -> float | None:
    generated = _of(line, "generated")
    return _number(first_of(generated, "maxScore", "maxResultScore"))


def _metrics(line: ArchiveLine) -> dict[str, float] | None:
    totals: dict[str, float] = {}
    for name, amount, _ in items(line.parsed):
        totals[name] = totals.get(name, 0.0) + float(amount)
    return totals or None


def _attempt(line: ArchiveLine) -> int | None:
    if line.attribution.type == "ActivityEvent":
        number: object = attempt_number(line.parsed)
    else:
        number = first_of(_of(line, "generated"), "count")
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_INT else None


def seconds_of(duration: object) -> float | None:
    """The length of an ISO 8601 duration; None if it is none, or counts months or years."""
    match = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    if match is None:
        return None
    try:
        parts = [float(said) * _SECONDS[unit] for unit, said in match.groupdict().items() if said is not None]
    except ValueError:
        return None
    return sum(parts) if parts else None


def _duration(line: ArchiveLine) -> float | None:
    for slot in ("generated", "object"):
        seconds = seconds_of(_of(line, slot).get("duration"))
        if seconds is not None:
            return seconds
    return None


def _roles(line: ArchiveLine) -> list[str] | None:
    roles = _of(line, "membership").get("roles")
    return [term(role) for role in roles if isinstance(role, str)] if isinstance(roles, list) else None


def _warnings(line: ArchiveLine) -> list[str] | None:
    return sorted({finding["code"] for finding in line.findings}) or None


EVENTS = TableDefinition(
    name="events",
    about="Each event once, flat, without names: an id that names a person, or holds the id of one, is a pseudonym.",
    columns=(
        Column(
            "day", "date", "The UTC day of `event_time`; NULL if that is before 2000 or after 2099.", lambda it: it.day
        ),
        Column("app", "string", "The id of the app that sent it.", lambda it: it.app),
        Column("id", "string", "The event's id; `_:` and the content if it has none of its own.", _event_id),
        Column("event_time", "time", "When it happened, as its sensor says.", lambda it: it.time_us),
        Column("received", "time", "When it first arrived.", lambda it: it.received_us),
        Column("type", "string", "The event's type, such as `AssessmentItemEvent`.", lambda it: it.attribution.type),
        Column("action", "string", "The action, such as `Completed`.", lambda it: it.attribution.action or None),
        Column("profile", "string", "The profile.", lambda it: term(text(it.parsed, "profile")) or None),
        Column("learner_key", "string", "The pseudonym of the learner that it is about.", lambda it: it.learner_key),
        Column("actor_key", "string", "The pseudonym of its actor.", lambda it: it.actor_key),
        Column("actor_type", "string", "The type of its actor.", lambda it: _type_of(it, "actor")),
        Column("object", "string", "The id of its object.", lambda it: it.entity_id(it.parsed.get("object"))),
        Column("object_type", "string", "The type of its object.", lambda it: _type_of(it, "object")),
        Column("object_name", "string", "The name of its object, unless that may be a person's.", _object_name),
        Column("target", "string", "The id of its target.", lambda it: it.entity_id(it.parsed.get("target"))),
        Column(
            "generated", "string", "The id of what it generated.", lambda it: it.entity_id(it.parsed.get("generated"))
        ),
        Column("generated_type", "string", "The type of what it generated.", lambda it: _type_of(it, "generated")),
        Column("session", "string", "The session that it names.", lambda it: it.shielded(it.attribution.session)),
        Column("auto_attach", "boolean", "It names no session and joins one by gaps.", lambda it: it.attribution.auto),
        Column("run", "string", "The activity run.", lambda it: it.shielded(it.attribution.run)),
        Column("course", "string", "The course.", lambda it: it.shielded(it.attribution.course)),
        Column("subject", "string", "The subject.", lambda it: subject_of(it.parsed)),
        Column("edapp", "string", "The edApp.", lambda it: it.attribution.edapp),
        Column("group_id", "string", "The id of its group.", lambda it: it.entity_id(it.parsed.get("group"))),
        Column("roles", "strings", "The actor's roles in the group.", _roles),
        Column("score", "double", "The score that it gives.", _score, unit="points"),
        Column("max_score", "double", "The highest possible score.", _max_score, unit="points"),
        Column(
            "metrics",
            "numbers",
            "The metrics that it reports, by name (`xpEarned`, `active`, …). For totals use `daily`, `runs` or "
            "`sessions`: reports overlap and grades are replaced.",
            _metrics,
            unit="seconds for categories of time, else counts",
        ),
        Column("attempt", "int", "Which attempt it is.", _attempt),
        Column("duration_s", "double", "The duration that its object or result states.", _duration, unit="seconds"),
        Column("sensor", "string", "The sensor that sent it.", lambda it: it.sensor or None),
        Column("data_version", "string", "The `dataVersion` of its envelope.", lambda it: it.data_version or None),
        Column("warnings", "strings", "The codes of the warnings that it was stored with.", _warnings),
        Column("system", "boolean", "This service emitted it (TimedOut).", lambda it: it.system),
        Column(
            "masqueraded",
            "boolean",
            "Another person acted in the learner's name.",
            lambda it: it.attribution.masqueraded,
        ),
        Column("content", "string", "The digest of its content: joins `raw`.", lambda it: it.content),
        Column(
            "archive_key", "string", "The object of the archive that it first arrived in.", lambda it: it.archive_key
        ),
        Column(
            "precedence",
            "int",
            "Of two contents with one id, one of this service counts first.",
            lambda it: int(not it.system),
        ),
        Column("rows_version", "int", "The version of the code that made this row.", lambda _: ROWS_VERSION),
    ),
    key=("app", "id"),
    precedence=("precedence", "content", "received", "archive_key"),
    sort=("app", "learner_key", "event_time"),
)
