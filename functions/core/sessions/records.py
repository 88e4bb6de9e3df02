"""A session as it is stored and as the API shows it: one record a sitting, and what the records of a session add up to.

The sweep stores the records of ended sittings in session rows; `query` makes those of open ones. An answer is made of
records alone, so what was stored and what was folded a moment ago cannot look different.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from functions.core.insights.detect import fold as insights_of
from functions.core.insights.insight import Subject, Thresholds
from functions.core.numbers.metrics import as_number, exact
from functions.core.numbers.runs import RunNumbers, fold_run
from functions.core.sessions.sitting import EndReason, Sitting
from functions.core.sessions.timed_out import iso_duration
from functions.core.times import format_time

type Json = dict[str, Any]
type Record = Mapping[str, Any]  # of a sitting

LISTED = 200  # sittings of a session whose records are kept apart; older ones are kept as one sum
ENDED_BY: Mapping[EndReason | None, str | None] = {
    "logged_out": "LoggedOut",
    "timed_out": "TimedOut",
    "superseded": "superseded",
    None: None,
}
_ZERO = RunNumbers().as_dict()


def record_of(
    sitting: Sitting, *, learner: str | None, conflicts: Collection[str], thresholds: Thresholds | None = None
) -> Json:
    """The record of one sitting: its times in µs, its numbers and its insights. `conflicts`: ids with several contents.

    Only what is not zero is kept, for a session row is written anew with each sitting.
    """
    own = {member.id_and_content: sitting.session for member in sitting.members}
    numbers = fold_run(sitting.members, session_by_event=own).as_dict()
    record: Json = {
        "start": sitting.started_us,
        "end": sitting.ended_us,
        "by": sitting.end_reason,
        "last": sitting.last_activity_us,
        "edApp": sitting.edapp,
        "events": sum(member.attribution.kind == "event" for member in sitting.members),
        "numbers": _sparse(numbers),
    }
    conflicting = len({member.id for member in sitting.members}.intersection(conflicts))
    recognised = (
        insights_of(subject_of(sitting, learner=learner), thresholds=thresholds) if sitting.process_insights else []
    )
    optional = {
        "loggedIn": sitting.logged_in,
        "requiresHeartbeat": sitting.requires_heartbeat,
        "processInsights": sitting.process_insights,
        "conflicts": conflicting,
        "insights": [insight.as_dict() for insight in recognised],
    }
    return record | {name: value for name, value in optional.items() if value}


def subject_of(sitting: Sitting, *, learner: str | None) -> Subject:
    """The sitting as insights are read off it."""
    return Subject(
        id=sitting.session,
        learner=learner,
        edapp=sitting.edapp,
        entries=sitting.members,
        last_activity_us=sitting.last_activity_us,
        ended_us=sitting.ended_us,
        ended_by=ENDED_BY[sitting.end_reason],
        process_insights=sitting.process_insights,
    )


def replaced(stored: Sequence[Record], folded: Iterable[Record], from_us: int, to_us: int) -> list[Record]:
    """The records of a session after its sittings that start from `from_us` to `to_us` were folded again, by start."""
    kept = [record for record in stored if not from_us <= record["start"] <= to_us]
    return sorted([*kept, *folded], key=lambda record: int(record["start"]))


def shortened(sum_before: Record | None, records: Sequence[Record]) -> tuple[Record | None, list[Record]]:
    """The sum of the oldest sittings and the records of the LISTED latest. What is in the sum is not folded again."""
    ended_us = -1 if sum_before is None else sum_before["last"]
    apart = [record for record in records if record["start"] > ended_us or sum_before is None]
    oldest, latest = apart[:-LISTED], apart[-LISTED:]
    if not oldest:
        return sum_before, latest
    return _summed(sum_before, oldest), latest


def _summed(before: Record | None, records: Sequence[Record]) -> Json:
    every = [*([before] if before is not None else []), *records]
    first_login = next((record["start"] for record in every if record.get("loggedIn")), None)
    return {
        "start": every[0]["start"] if first_login is None else first_login,
        "end": every[-1]["end"],
        "by": every[-1]["by"],
        "last": max(record["last"] for record in every),
        "edApp": every[0]["edApp"],
        "events": sum(record["events"] for record in every),
        "numbers": _sparse(sum_of([record["numbers"] for record in every])),
        "conflicts": sum(record.get("conflicts", 0) for record in every),
        "insights": [],
        "sittings": sum(record.get("sittings", 1) for record in every),
        "length": sum(length_us(record) for record in every),
        **{name: True for name in ("loggedIn", "requiresHeartbeat", "processInsights") if any(map(_says(name), every))},
    }


def _says(name: str) -> Any:
    return lambda record: record.get(name)


def length_us(record: Record) -> int:
    """From its start to its end, or to its last activity while it has none; of a sum, that of its sittings together."""
    if "length" in record:
        return int(record["length"])
    return int((record["last"] if record["end"] is None else record["end"]) - record["start"])


def answer_of(session: str, *, learner: str | None, explicit: bool, records: Sequence[Record]) -> Json:
    """The row of `GET /sessions` (its `app` is added by the reader), of records by start; there is at least one.

    It starts where the sitting starts that was first logged into, or its first one. Its numbers are the sum of its
    sittings' numbers. `sittings` lists the latest; `earlierSittings` counts those before them.
    """
    first, last = records[0], records[-1]
    listed = [record for record in records if "sittings" not in record]
    return {
        "id": session,
        "actor": learner,
        "edApp": first["edApp"],
        "kind": "explicit" if explicit else "auto",
        "state": "open" if last["end"] is None else "closed",
        "startedAtTime": format_time(started_us(records)),
        "endedAtTime": None if last["end"] is None else format_time(last["end"]),
        "endedBy": ENDED_BY[last["by"]],
        "lastActivityTime": format_time(max(record["last"] for record in records)),
        "requiresHeartbeat": any(record.get("requiresHeartbeat") for record in records),
        "processInsights": any(record.get("processInsights") for record in records),
        "events": sum(record["events"] for record in records),
        "duration": iso_duration(sum(map(length_us, records))),
        "numbers": {**sum_of([record["numbers"] for record in records]), "sessions": [session]},
        "conflicts": sum(record.get("conflicts", 0) for record in records),
        "sittings": [
            {
                "startedAtTime": format_time(record["start"]),
                "endedAtTime": None if record["end"] is None else format_time(record["end"]),
                "endedBy": ENDED_BY[record["by"]],
                "duration": iso_duration(length_us(record)),
            }
            for record in listed
        ],
        "earlierSittings": sum(record.get("sittings", 0) for record in records),
    }


def started_us(records: Sequence[Record]) -> int:
    """When the session of these records, by start, started."""
    return int(next((record["start"] for record in records if record.get("loggedIn")), records[0]["start"]))


def sum_of(numbers: Sequence[Mapping[str, Any]]) -> Json:
    """Numbers of several sittings as one: amounts are added exactly, times are the first and the last."""
    total = _added(_ZERO, *numbers)
    questions = exact(total["totalQuestions"]) or Fraction(0)
    correct = exact(total["correctQuestions"]) or Fraction(0)
    return total | {"accuracy": float(correct / questions) if questions > 0 else None}


def _added(*parts: Mapping[str, Any]) -> Json:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _sum(name, [part[name] for part in parts if part.get(name) is not None]) for name in names}


def _sum(name: str, values: Sequence[Any]) -> Any:
    if not values:
        return None
    if isinstance(values[0], Mapping):
        return _added(*values)
    if isinstance(values[0], list):
        return sorted({element for value in values for element in value})
    if isinstance(values[0], str):
        return min(values) if name.startswith("first") else max(values)
    return as_number(sum((exact(value) or Fraction(0) for value in values), Fraction(0)))


def _sparse(numbers: Mapping[str, Any]) -> Json:
    """Without zeros and what the sum makes anew."""
    totals: Json = {}
    for name, value in numbers.items():
        kept = _sparse(value) if isinstance(value, Mapping) else value
        if kept and name not in ("accuracy", "sessions"):
            totals[name] = kept
    return totals
