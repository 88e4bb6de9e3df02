"""Short ways to write what apps report of a learner: time, completions, grades, Attempts."""

from typing import Any

from functions.core.numbers.runs import fold_run
from functions.core.timeline.entry import Entry
from functions.core.times import format_time
from tests.unit.core.sessions.timelines import RUN, clock_us, happened

LESSON = "https://app.example/lessons/1"
QUESTION = "https://app.example/questions/1"
ATTEMPT = "urn:uuid:88888888-8888-4888-8888-888888888888"


def item(category: str, seconds: float, start: str | int | None = None, end: str | int | None = None) -> dict[str, Any]:
    item: dict[str, Any] = {"type": category, "value": seconds}
    for name, clock in (("startDate", start), ("endDate", end)):
        if clock is not None:
            item[name] = format_time(clock_us(clock) if isinstance(clock, str) else clock)
    return item


def time_spent(clock: str | int, *items: dict[str, Any], activity: str = LESSON, **fields: Any) -> Entry:
    return happened(
        clock,
        **{
            "type": "TimeSpentEvent",
            "action": "SpentTime",
            "profile": "TimebackProfile",
            "object": {"id": activity, "type": "TimebackActivityContext"},
            "generated": {"type": "TimebackTimeSpentMetricsCollection", "items": list(items)},
            "extensions": {"runId": RUN},
        }
        | fields,
    )


def completed(clock: str | int, *, activity: str = LESSON, run: str | None = RUN, **metrics: float) -> Entry:
    return happened(
        clock,
        type="ActivityEvent",
        action="Completed",
        profile="TimebackProfile",
        object={"id": activity, "type": "TimebackActivityContext"},
        generated={"items": [{"type": name, "value": value} for name, value in metrics.items()]},
        extensions={"runId": run} if run else None,
    )


def graded(
    clock: str | int, kind: str, score_given: float, *, most: float | None = 1, attempt: str = ATTEMPT, **fields: Any
) -> Entry:
    score: dict[str, Any] = {"type": "Score", "scoreType": kind, "scoreGiven": score_given}
    if most is not None:
        score["maxScore"] = most
    return happened(clock, **{"type": "GradeEvent", "action": "Graded", "object": attempt, "generated": score} | fields)


def attempted(clock: str, start: str | None, end: str | None, *, attempt: str = ATTEMPT, of: str = LESSON) -> Entry:
    attempt_entity: dict[str, Any] = {"id": attempt, "type": "Attempt", "assignable": of}
    if start is not None:
        attempt_entity["startedAtTime"] = format_time(clock_us(start))
    if end is not None:
        attempt_entity["endedAtTime"] = format_time(clock_us(end))
    return happened(
        clock, type="AssignableEvent", action="Completed" if end else "Started", object=of, generated=attempt_entity
    )


def seconds(*entries: Entry) -> dict[str, float]:
    totals = fold_run(entries).as_dict()["seconds"]
    assert isinstance(totals, dict)
    return {category: total for category, total in totals.items() if total}
