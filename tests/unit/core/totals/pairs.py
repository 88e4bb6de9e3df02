"""Pairs of slices by their facts, and whether one changes what the other counts."""

from typing import Any

from functions.core.timeline.entry import Entry
from functions.core.times import parse_time
from tests.unit.core.numbers.reports import ATTEMPT, LESSON, QUESTION, attempted, completed, graded, item, time_spent
from tests.unit.core.sessions.timelines import RUN, X, happened, resent

OTHER = "https://app.example/lessons/2"
MORNING, EVENING = "9:00", "21:00"
NEXT_DAY = parse_time("2026-01-28T09:00:00Z") or 0
VIEW = happened(MORNING, id="urn:uuid:aaaaaaaa-0000-4000-8000-000000000000")


def plain_report(clock: str | int, *, run: str | None = RUN, activity: str = LESSON) -> Entry:
    extensions = {"runId": run} if run else None
    return time_spent(clock, item("active", 60), activity=activity, extensions=extensions)


def whole_attempt(*, run: str | None = None, of: str = LESSON, start: str = MORNING, end: str = "9:10") -> list[Entry]:
    extensions = {"runId": run} if run else None
    entry = attempted(end, start, end, of=of)
    return [resent(entry, extensions=extensions) if extensions else entry]


def submission(
    *, run: str | None = None, activity: str = LESSON, attempt: int | None = None, **metrics: float
) -> Entry:
    entry = completed(MORNING, activity=activity, run=run, **metrics)
    if attempt is None:
        return entry
    return resent(entry, id=f"urn:x:{attempt}", generated=entry.event["generated"] | {"attempt": attempt})


def part(child: str, parent: str) -> Entry:
    return happened(MORNING, object={"id": child, "type": "AssessmentItem", "isPartOf": parent})


def question(about: str = QUESTION, *, kind: str = "QUESTION_RESULT", run: str | None = None, **more: Any) -> Entry:
    target = {"id": about, "type": "AssessmentItem"}  # an IRI alone would be that of an Attempt
    return graded(EVENING, kind, 1, object=target, extensions={"runId": run} if run else None, **more)


CASES: dict[str, tuple[list[Entry], list[Entry], bool]] = {
    "two events": ([VIEW], [happened(EVENING)], False),
    "an id with other content": ([VIEW], [resent(VIEW, object=OTHER)], True),
    "an id in another spelling": (
        [VIEW],
        [resent(VIEW, id=VIEW.id.removeprefix("urn:uuid:").upper(), object=OTHER)],
        True,
    ),
    "a blank id": ([resent(VIEW, id="_:b1")], [resent(VIEW, id="_:b1", object=OTHER)], False),
    "one Attempt": ([attempted(MORNING, MORNING, None)], [attempted(EVENING, None, EVENING)], True),
    "two Attempts": (
        [attempted(MORNING, MORNING, None)],
        [attempted(EVENING, None, EVENING, attempt="urn:uuid:1")],
        False,
    ),
    "Attempts without an id": (
        [resent(VIEW, type="AssessmentEvent", generated={"type": "Attempt"})],
        [resent(VIEW, id="urn:x:2", type="AssessmentEvent", generated={"type": "Attempt", "count": 2})],
        False,
    ),
    "a report and an Attempt in one run": (whole_attempt(run=RUN), [plain_report(NEXT_DAY)], True),
    "a report and an Attempt in two runs": (whole_attempt(run=X), [plain_report(EVENING)], False),
    "a report and an Attempt at another activity": (whole_attempt(run=RUN, of=OTHER), [plain_report(EVENING)], False),
    "a report of no run and an Attempt of its day": (whole_attempt(run=X), [plain_report(EVENING, run=None)], True),
    "a report of no run and an Attempt of no run": (whole_attempt(), [plain_report(EVENING, run=None)], True),
    "a report of a run and an Attempt of no run": (whole_attempt(), [plain_report(EVENING)], True),
    "a report of no run and an Attempt of another day": (
        whole_attempt(),
        [plain_report(NEXT_DAY, run=None)],
        False,
    ),
    "a report of a run and an Attempt of another day": (whole_attempt(), [plain_report(NEXT_DAY)], False),
    "a report of no run and an Attempt at something else": (
        whole_attempt(of=OTHER),
        [plain_report(EVENING, run=None)],
        False,
    ),
    "reports without a window": ([plain_report(MORNING)], [plain_report(EVENING)], False),
    "windows of one hour": (
        [time_spent("9:30", item("active", 60, "9:00", "9:30"))],
        [time_spent(EVENING, item("waste", 60, "9:20", "9:40"))],
        True,
    ),
    "windows far apart": (
        [time_spent("9:30", item("active", 60, "9:00", "9:30"))],
        [time_spent(EVENING, item("active", 60, "20:00", EVENING))],
        False,
    ),
    "a value that reaches back from its window": (
        [time_spent("9:30", item("active", 60, "9:00", "9:30"))],
        [time_spent(EVENING, item("active", 3600, "10:00", "10:20"))],
        True,
    ),
    "a window and an Attempt of its time": (
        whole_attempt(of=OTHER),
        [time_spent(EVENING, item("active", 60, "9:05", "9:30"))],
        True,
    ),
    "a window and an Attempt of another time": (
        whole_attempt(),
        [time_spent(EVENING, item("active", 60, "20:00", EVENING))],
        False,
    ),
    "an account and a grade of its activity": ([submission(totalQuestions=2)], [question(LESSON)], True),
    "an account and a grade in its run": ([submission(run=RUN, totalQuestions=2)], [question(run=RUN)], True),
    "an account and a grade in another run": ([submission(run=X, totalQuestions=2)], [question(run=RUN)], False),
    "an account and a grade of something else": ([submission(totalQuestions=2)], [question(OTHER)], False),
    "an account of questions and a grade of XP": ([submission(totalQuestions=2)], [question(LESSON, kind="XP")], False),
    "an account of XP and a grade of XP": ([submission(xpEarned=2)], [question(LESSON, kind="XP")], True),
    "an account of mastery and a grade of it": (
        [submission(masteredUnits=1)],
        [question(LESSON, kind="MASTERY")],
        True,
    ),
    "an account of nothing and a grade": ([submission(correctQuestions=1)], [question(LESSON)], False),
    "an account and a grade of its activity, which is a part": (
        [submission(totalQuestions=2)],
        [part(LESSON, OTHER), question(LESSON)],
        True,
    ),
    "an account and a grade of its part": (
        [submission(totalQuestions=2)],
        [part(QUESTION, LESSON), question()],
        True,
    ),
    "an account and a grade of a part of its part": (
        [submission(totalQuestions=2)],
        [part(QUESTION, OTHER), part(OTHER, LESSON), question()],
        True,
    ),
    "an account and a mastery of a part of its part": (
        [submission(masteredUnits=2)],
        [part(QUESTION, OTHER), part(OTHER, LESSON), question(kind="MASTERY")],
        False,
    ),
    "a part and a grade of it": ([part(QUESTION, LESSON)], [question()], True),
    "a part and a grade of what it is part of": ([part(QUESTION, LESSON)], [question(LESSON)], False),
    "a part and a grade of something else": ([part(QUESTION, LESSON)], [question(OTHER)], False),
    "an Attempt and a grade of it": ([attempted(MORNING, MORNING, None)], [question(ATTEMPT)], True),
    "two grades of one thing": ([question()], [resent(question(), id="urn:x:2")], True),
    "two grades of one thing of two kinds": ([question()], [question(kind="XP")], False),
    "two grades of two things": ([question()], [question(OTHER)], False),
    "grades that cannot be judged": (
        [question(kind="A")],
        [question(kind="A", eventTime="2026-01-28T09:00:00.000Z")],
        False,
    ),
    "two submissions of one attempt": ([submission(run=RUN)], [submission(run=RUN, xpEarned=1)], True),
    "the first attempt by its number": ([submission(run=RUN)], [submission(run=RUN, attempt=1)], True),
    "two attempts": ([submission(run=RUN, attempt=1)], [submission(run=RUN, attempt=2)], False),
    "submissions in two runs": ([submission(run=RUN)], [submission(run=X)], False),
    "submissions in no run": ([submission()], [submission(xpEarned=1)], True),
    "submissions of two activities": ([submission(run=RUN)], [submission(run=RUN, activity=OTHER)], False),
}
