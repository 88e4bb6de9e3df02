"""What the service tells of a school day, held against what must come of it: exactly, learner by learner, over HTTP."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.e2e.day import LESSONS
from tests.e2e.driver import Driver
from tests.e2e.outcome import Finding, Json, Pupil, Sitting, Totals, clock

METRICS = ("xpEarned", "totalQuestions", "correctQuestions", "masteredUnits", "attempts")
CATEGORIES = ("active", "inactive", "waste", "unknown", "anti-pattern")
READ_AS = {"lms": "lms reads"}


@dataclass(slots=True)
class Tally:
    """What was expected and what was found, by what is counted, and every difference in words."""

    expected: Counter[str] = field(default_factory=Counter)
    actual: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def hold(self, where: str, expected: object, actual: object) -> None:
        if expected != actual:
            self.mismatches.append(f"{where}: expected {_short(expected)}, found {_short(actual)}")


@dataclass(frozen=True, slots=True)
class Told:
    """All that the service tells of one learner of one app."""

    events: list[Json]
    sessions: list[Json]
    runs: list[Json]
    progress: Json
    insights: list[Json]


async def compare(driver: Driver, pupils: Iterable[Pupil], tally: Tally, *, late: bool) -> None:
    """Read everything about every learner, and hold it against what they were made to add up to."""

    async def compare_pupil(pupil: Pupil) -> None:
        reader = READ_AS.get(pupil.app, pupil.app)
        events, sessions, runs, insights, progress = await asyncio.gather(
            *(driver.rows(reader, kind, actor=pupil.id) for kind in ("events", "sessions", "runs", "insights")),
            driver.get(reader, "/progress", actor=pupil.id),
        )
        hold(pupil, Told(events, sessions, runs, progress, insights), tally, late=late)

    for pupil in asyncio.as_completed([compare_pupil(pupil) for pupil in pupils]):
        await pupil


def hold(pupil: Pupil, answers: Told, tally: Tally, *, late: bool) -> None:
    about = f"{pupil.app} {pupil.id}"
    matched = _sessions(pupil, answers, about, tally)
    _events(pupil, answers, matched, about, tally, known=pupil.known(late=late))
    _runs(pupil, answers, about, tally)
    _days(pupil, answers, about, tally)
    _progress(pupil, answers, about, tally)
    _insights(matched, answers, about, tally)


def _sessions(pupil: Pupil, answers: Told, about: str, tally: Tally) -> dict[str, Sitting]:
    """The sittings by the ids that the service gave to those that have none of their own."""
    wanted = {_place(sitting.id, sitting.edapp, clock(sitting.started_ms)): sitting for sitting in pupil.sittings}
    answered = {
        _place(row["id"] if row["kind"] == "explicit" else None, row["edApp"], row["startedAtTime"]): row
        for row in answers.sessions
    }
    tally.expected["sessions"] += len(pupil.sittings)
    tally.actual["sessions"] += len(answers.sessions)
    tally.hold(f"{about}: number of sessions", len(pupil.sittings), len(answers.sessions))
    for sitting in pupil.sittings:
        tally.expected[f"  ended by {sitting.ended_by}"] += 1
    for row in answers.sessions:
        tally.actual[f"  ended by {row['endedBy']}"] += 1
    for place in wanted.keys() ^ answered.keys():
        tally.mismatches.append(
            f"{about}: session {place} ({wanted[place].what}) is missing"
            if place in wanted
            else f"{about}: session {place} is none that was expected"
        )
    matched = {}
    for place in sorted(wanted.keys() & answered.keys()):
        sitting, row = wanted[place], answered[place]
        matched[row["id"]] = sitting
        where = f"{about}: {sitting.what} session {row['id']}"
        expected = ("closed", clock(sitting.ended_ms), sitting.ended_by, sitting.process_insights, len(sitting.events))
        tally.hold(
            f"{where}, its state, end, how, insights asked for, number of events",
            expected,
            (row["state"], row["endedAtTime"], row["endedBy"], row["processInsights"], row["events"]),
        )
        _numbers(where, sitting.totals, row["numbers"], tally)
    return matched


def _place(session: str | None, edapp: str, started: str) -> str:
    return session or f"of gaps in {edapp} from {started}"


def _events(
    pupil: Pupil, answers: Told, matched: Mapping[str, Sitting], about: str, tally: Tally, *, known: Mapping[str, Json]
) -> None:
    wanted = Counter(known.keys()) + Counter(pupil.twice.keys())
    ours = [row for row in answers.events if row["event"].get("action") != "TimedOut"]
    counter = Counter(row["event"]["id"] for row in ours)
    tally.expected["events stored"] += wanted.total()
    tally.actual["events stored"] += counter.total()
    tally.hold(f"{about}: events not stored", [], sorted(wanted - counter))
    tally.hold(f"{about}: events stored too often", [], sorted(counter - wanted))
    sent = [*pupil.events.values(), *pupil.twice.values()]
    changed = [row["event"]["id"] for row in ours if row["event"] not in sent]
    tally.hold(f"{about}: events stored otherwise than sent", [], changed)

    members: dict[str, set[str]] = defaultdict(set)
    for row in ours:
        members[row["session"]].add(row["event"]["id"])
    for session, sitting in matched.items():
        where = f"{about}: members of {sitting.what} session {session}"
        tally.hold(f"{where} that are missing", [], sorted(sitting.events - members[session]))
        tally.hold(f"{where} that are none", [], sorted(members[session] - sitting.events))

    said = [row["event"] for row in answers.events if row["event"].get("action") == "TimedOut"]
    expected = sorted(
        (session, clock(end_ms)) for session, sitting in matched.items() for end_ms in sitting.timed_out_ms
    )
    tally.expected["TimedOut events"] += sum(len(sitting.timed_out_ms) for sitting in pupil.sittings)
    tally.actual["TimedOut events"] += len(said)
    tally.hold(
        f"{about}: TimedOut events",
        expected,
        sorted((event["object"]["id"], event["eventTime"]) for event in said),
    )


def _runs(pupil: Pupil, answers: Told, about: str, tally: Tally) -> None:
    tally.expected["runs"] += len(pupil.runs)
    tally.actual["runs"] += len(answers.runs)
    answered = {row["id"]: row for row in answers.runs}
    tally.hold(f"{about}: runs", sorted(pupil.runs), sorted(answered))
    for name, run in pupil.runs.items():
        if name not in answered:
            continue
        row = answered[name]
        times = sorted(pupil.events[event]["eventTime"] for event in run.events)
        sessions = sorted({str(pupil.sitting_of[event].id) for event in run.events})
        tally.hold(
            f"{about}: run {name}, its events, first and last activity, sessions",
            (len(run.events), times[0], times[-1], sessions),
            (row["events"], row["firstActivityTime"], row["lastActivityTime"], row["sessions"]),
        )
        _numbers(f"{about}: run {name}", run.totals, row, tally)


def _days(pupil: Pupil, answers: Told, about: str, tally: Tally) -> None:
    answered = {row["day"].replace("-", ""): row for row in answers.progress["days"]}
    tally.hold(f"{about}: days", sorted(pupil.days), sorted(answered))
    for day, totals in pupil.days.items():
        tally.expected["days of learners"] += 1
        if day not in answered:
            continue
        tally.actual["days of learners"] += 1
        row = answered[day]
        tally.hold(f"{about}: events on {day}", int(totals["events"]), row["events"])
        _numbers(f"{about}: day {day}", totals, row, tally)
        for metric in METRICS:
            tally.expected[f"  {metric}"] += int(totals[metric])
            tally.actual[f"  {metric}"] += row[metric]
        for category in ("active", "inactive"):
            tally.expected[f"  {category} seconds"] += float(totals[category])  # type: ignore[assignment]
            tally.actual[f"  {category} seconds"] += row["seconds"][category]


def _progress(pupil: Pupil, answers: Told, about: str, tally: Tally) -> None:
    expected = {
        course: (
            in_course.mastered_units,
            LESSONS.get(course),
            in_course.percent(LESSONS.get(course)),
            in_course.states(LESSONS.get(course)),
        )
        for course, in_course in pupil.courses.items()
    }
    answered = {
        row["course"]: (row["masteredUnits"], row["totalLessons"], row["pctCompleteApp"], row["stated"])
        for row in answers.progress["progress"]
    }
    tally.expected["courses of learners"] += len(expected)
    tally.actual["courses of learners"] += len(answered)
    tally.hold(f"{about}: units, lessons, percent, stated by course", expected, answered)


def _insights(matched: Mapping[str, Sitting], answers: Told, about: str, tally: Tally) -> None:
    expected: set[tuple[str, Finding]] = set()
    for session, sitting in matched.items():
        expected |= {(session, finding) for finding in sitting.insights}
    answered = {(row["sessionId"], (row["insightType"], frozenset(row["evidence"]))) for row in answers.insights}
    tally.expected["insights"] += len(expected)
    tally.actual["insights"] += len(answers.insights)
    tally.hold(f"{about}: insights that are missing", set(), expected - answered)
    tally.hold(f"{about}: insights that are none", set(), answered - expected)


def _numbers(where: str, expected: Totals, row: Mapping[str, Any], tally: Tally) -> None:
    tally.hold(f"{where}, its numbers", dict(_wanted(expected)), dict(_told(row)))


def _wanted(totals: Totals) -> Iterator[tuple[str, float | None]]:
    for name in (*METRICS, *CATEGORIES):
        yield name, float(totals.get(name, 0))
    questions = totals.get("totalQuestions", Fraction(0))
    yield "accuracy", float(totals.get("correctQuestions", Fraction(0)) / questions) if questions else None


def _told(row: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    for name in METRICS:
        yield name, float(row[name])
    for name in CATEGORIES:
        yield name, float(row["seconds"][name])
    yield "accuracy", row["accuracy"]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 600 else text[:600] + " …"
