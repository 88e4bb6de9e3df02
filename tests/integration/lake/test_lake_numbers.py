"""The numbers of the lake are those of the product's folds over all that a learner did, whenever it arrived."""

from datetime import date
from typing import Any

import orjson
import pytest

from functions.core.apps import App
from functions.core.messages import Item, Message
from functions.core.numbers.runs import fold_run, per_day
from functions.core.sessions.fold import Folded, Scope, fold
from functions.core.sessions.records import answer_of, record_of
from functions.core.sessions.sitting import Session, sessions_of, sitting_by_event
from functions.core.times import DAY_US, FIRST_US, format_time, parse_time
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_numbers import DAILY, RUNS, SESSIONS
from functions.store.rows.apps import app_row
from functions.store.rows.events import fact_of_item
from tests.lake_world import NINE_US, PSEUDONYMS, TENANT, TIMEOUTS, LakeWorld
from tests.payloads import APP, Json, Payloads

LEARNER = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"


def timeline() -> list[Json]:
    """One learner on three days: lessons, questions, grades, time, a run, an explicit session over midnight."""
    payloads = Payloads(21)
    session = payloads.urn()
    events = [payloads.logged_in(LEARNER, session)]
    for make in (payloads.lesson_started, payloads.question_started, payloads.question_graded, payloads.xp_graded):
        events += [make(LEARNER) for _ in range(2)]
    run = payloads.urn()
    as_learner = {"actor": {"id": LEARNER, "type": "TimebackUser"}}
    events += [payloads.time_spent(LEARNER, run) | as_learner, payloads.activity_completed(LEARNER, run) | as_learner]
    days = [{**event, "eventTime": _moved(event, days)} for event in events[1:] for days in (0, 1)]
    for position, event in enumerate(days):
        event["id"] = f"urn:uuid:00000000-0000-4000-8000-{position:012d}"
    late = payloads.question_started(LEARNER) | {"session": session, "eventTime": "2026-03-02T23:50:00.000Z"}
    after = payloads.question_started(LEARNER) | {"session": session, "eventTime": "2026-03-03T00:10:00.000Z"}
    return [events[0], *days, late, after]


def _moved(event: Json, days: int) -> str:
    us = parse_time(event["eventTime"])
    assert us is not None
    return format_time(us + days * DAY_US)


def entries(sent: list[Json], received_us: int) -> list[Any]:
    message = Message(tenant=TENANT, app_id=APP, job="", received_us=received_us)
    return [fact_of_item(Item("event", orjson.dumps(event)), message).entry for event in sent]


def answered(session: Session, folded: Folded) -> Json:
    """The session as `GET /sessions` answers it."""
    records = [record_of(sitting, learner=LEARNER, conflicts=folded.conflicts) for sitting in session.sittings]
    return answer_of(session.id, learner=LEARNER, explicit=session.explicit, records=records)


@pytest.mark.parametrize("cut", [0, 5, 17])
def test_sessions_runs_and_days_are_those_of_the_folds(world: LakeWorld, cut: int) -> None:
    """In one batch, or in two of which the second comes a run later."""
    sent = timeline()
    received_us = NINE_US + 2 * DAY_US
    for batch in filter(None, (sent[:cut], sent[cut:])):
        world.send(*batch, received_us=received_us)
        world.feed()
    facts = entries(sent, received_us)
    folded = fold(facts, Scope(tenant=TENANT, learner=LEARNER, timeouts=TIMEOUTS))
    records = [answered(session, folded) for session in sessions_of(folded.sittings)]
    expected = sorted(
        (
            record["id"],
            record["events"],
            float(record["numbers"]["seconds"]["active"]),
            float(record["numbers"]["xpEarned"]),
            float(record["numbers"]["totalQuestions"]),
        )
        for record in records
    )
    assert sorted(world.rows(SESSIONS, "id", "events", "active_s", "xp", "questions")) == expected
    members = {identifier for (ids,) in world.rows(SESSIONS, "event_ids") for identifier in ids}
    assert members <= {row[0] for row in world.rows(EVENTS, "id")}
    (run,) = {fact.attribution.run for fact in facts} - {None}
    days = per_day(
        [fact for fact in facts if fact.attribution.run == run],
        beside=facts,
        session_by_event={event: sitting.session for event, sitting in sitting_by_event(folded.sittings).items()},
    )
    assert sorted(world.rows(RUNS, "day", "events", "active_s", "xp"), key=str) == sorted(
        (
            (_date(day), numbers.events, float(numbers.answered("active")), float(numbers.answered("xpEarned")))
            for day, numbers in days.items()
        ),
        key=str,
    )
    whole = fold_run(facts)
    totals = world.rows(DAILY, "active_s", "xp", "questions", "correct_questions", "attempts")
    assert [sum(column) for column in zip(*totals, strict=True)] == pytest.approx(
        [
            float(whole.total(metric))
            for metric in ("active", "xpEarned", "totalQuestions", "correctQuestions", "attempts")
        ]
    )
    assert {row[0] for row in world.rows(DAILY, "learner_key")} == {PSEUDONYMS.of(TENANT, LEARNER)}


def _date(day: str) -> Any:
    return date(int(day[:4]), int(day[4:6]), int(day[6:]))


def test_an_event_that_ends_a_session_and_names_no_learner_closes_it(world: LakeWorld) -> None:
    payloads = Payloads(5)
    session = payloads.urn()
    world.send(payloads.logged_in(LEARNER, session))
    world.feed()
    assert world.rows(SESSIONS, "state") == [("open",)]
    over = payloads.logged_out(LEARNER, session) | {
        "action": "TimedOut",
        "actor": {"id": APP, "type": "SoftwareApplication"},
        "object": {"id": session, "type": "Session"},
    }
    over.pop("session")
    world.send(over, received_us=NINE_US + 1)
    world.feed()
    assert world.rows(SESSIONS, "id", "state", "ended_by") == [(session, "closed", "TimedOut")]


def test_a_session_of_several_days_stays_whole_when_its_first_day_gets_another_event(world: LakeWorld) -> None:
    payloads = Payloads(31)
    session = payloads.urn()
    first = payloads.question_started(LEARNER) | {"session": session, "eventTime": "2026-03-02T10:00:00.000Z"}
    last = payloads.question_started(LEARNER) | {"session": session, "eventTime": "2026-03-20T10:00:00.000Z"}
    other = payloads.question_started(LEARNER) | {
        "session": payloads.urn(),
        "eventTime": "2026-03-02T16:00:00.000Z",
    }
    received_us = NINE_US + 30 * DAY_US
    for event in (first, last, other):
        world.send(event, received_us=received_us)
        world.feed()
    assert (session, 2, 2) in world.rows(SESSIONS, "id", "sittings", "events")
    assert len(world.rows(SESSIONS)) == 2


def test_a_session_is_cut_by_the_timeout_of_its_apps_registration(world: LakeWorld) -> None:
    own = App(app_id=APP, tenant=TENANT, idle=((FIRST_US, 5.0),))
    world.registry.put_all([app_row(own, created_us=NINE_US, version=1)])
    payloads = Payloads(32)
    auto = {"session": "urn:tag:auto-attach"}
    for minute in (0, 10):
        event = payloads.question_started(LEARNER) | auto | {"eventTime": f"2026-03-02T10:{minute:02d}:00.000Z"}
        world.send(event, received_us=NINE_US + DAY_US)
    world.feed()
    assert len(world.rows(SESSIONS)) == 2
