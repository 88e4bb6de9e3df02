"""Every answer about one timeline is the same: what each read says, what the sweep stored, and a fold of it all.

A read looks at a stretch of a timeline only, the sweep at what was due, a rebuild at everything.
"""

import random
from dataclasses import dataclass
from itertools import batched
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.sessions.fold import Scope, fold
from functions.core.sessions.records import answer_of, record_of
from functions.core.sessions.sitting import Sitting, sessions_of, sitting_by_event
from functions.core.timeline.entry import Entry
from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store.facts.reading import Reading
from functions.store.rows.sessions import session_of
from functions.store.slices import between
from tests.examples import examples
from tests.payloads import APP, Json
from tests.unit.query.world import QUERY, STUDENT, World, ids, in_turn

pytestmark = pytest.mark.slow

TENANT = keys.tenant_of(APP)
OTHER_EDAPP = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a963"
NAMES = [f"urn:uuid:5e550000-0000-4000-8000-00000000000{n}" for n in range(3)]
SERVICE = {"id": APP, "type": "SoftwareApplication"}
DAY = 24 * 60
ALL_SENT_MINUTE = 3 * DAY


@dataclass(frozen=True)
class Sent:
    """One event of three days, as simple values that hypothesis can shrink."""

    day: int
    minute: int
    what: str  # auto, named, login, logout; unattributed and unattributed close: by the app, which says no learner
    session: int = 0
    edapp: int = 0
    states: str = ""  # of the session that it names: begun 10 minutes before, or that heartbeats are sent

    def event(self, world: World, number: int) -> Json:
        when = self.day * DAY + self.minute
        described: dict[str, Any] = {"id": NAMES[self.session], "type": "Session"}
        if self.states == "start":
            described["startedAtTime"] = world.time(when - 10)
        elif self.states == "heartbeats":
            described["extensions"] = {"requiresHeartbeat": True}
        event = world.event(when, id=f"urn:uuid:e0e00000-0000-4000-8000-{number:012d}")
        event |= {"edApp": OTHER_EDAPP if self.edapp else APP, "session": described}
        if self.what == "auto":
            event["session"] = "urn:tag:auto-attach"
        if "unattributed" in self.what:
            event["actor"] = SERVICE
        if self.what == "login":
            event |= {"type": "SessionEvent", "action": "LoggedIn"}
        elif self.what in ("logout", "unattributed close"):
            event |= {"type": "SessionEvent", "action": "LoggedOut"}
        return event


SENT = st.builds(
    Sent,
    day=st.integers(0, 2),
    minute=st.integers(0, 30).map(lambda n: 5 * n),
    what=st.sampled_from(["auto", "auto", "named", "named", "login", "logout", "unattributed", "unattributed close"]),
    session=st.integers(0, 2),
    edapp=st.sampled_from([0, 0, 0, 1]),
    states=st.sampled_from(["", "", "", "start", "heartbeats"]),
)
TIMELINES = st.lists(SENT, min_size=1, max_size=10)


def arrived(sent: list[Sent], *, per_batch: int = 10, chance: random.Random | None = None) -> World:
    """A table into which all was sent long after it happened; by `chance` in another order, with repeats."""
    world = World()
    world.set_clock(ALL_SENT_MINUTE)
    events = [sent_event.event(world, number) for number, sent_event in enumerate(sent)]
    if chance is not None:
        events += chance.choices(events, k=2)
        chance.shuffle(events)
    for batch in batched(events, per_batch, strict=False):
        world.send(*batch)
    return world


def settle(world: World) -> None:
    for hour in range(1, 4):
        world.set_clock(ALL_SENT_MINUTE + 60 * hour)
        world.sweep()
        world.drain()
    assert not [row for row in world.table.items.values() if keys.DUE_PK in row]


@dataclass(frozen=True)
class Everything:
    """What a fold of everything says: every session as the API shows it, and whose each event is."""

    answers: list[Json]
    sitting_of: dict[str, Sitting]


def fold_everything(world: World) -> Everything:
    """A fold of the learner's facts with those that only name her sessions, and of what is left."""
    own = facts(world, keys.learner_pk(TENANT, STUDENT))
    hers = {entry.attribution.session or "" for entry in own}
    unattributed = {name: facts(world, keys.session_pk(TENANT, name)) for name in NAMES}
    everything = _folded(own + [entry for name in hers & unattributed.keys() for entry in unattributed[name]], STUDENT)
    for name in unattributed.keys() - hers:
        alone = _folded(unattributed[name], None)
        everything = Everything(everything.answers + alone.answers, everything.sitting_of | alone.sitting_of)
    return everything


def facts(world: World, pk: str) -> list[Entry]:
    reading = Reading(slice_gap_us=QUERY.timeouts.slice_gap_us)
    return [fact.entry for fact in between(world.table, pk, FIRST_US, LAST_US, reading)]


def _folded(entries: list[Entry], learner: str | None) -> Everything:
    scope = Scope(tenant=TENANT, learner=learner, timeouts=QUERY.timeouts)
    folded = fold(entries, scope)
    answers = []
    for session in sessions_of(folded.sittings):
        records = [record_of(sitting, learner=learner, conflicts=folded.conflicts) for sitting in session.sittings]
        answers.append(answer_of(session.id, learner=learner, explicit=session.explicit, records=records))
    sitting_of = {event: sitting for (event, _), sitting in sitting_by_event(folded.sittings).items()}
    return Everything(answers, sitting_of)


def check(world: World, *, swept: bool) -> None:
    expected = fold_everything(world)
    by_id = {answer["id"]: {**answer, "app": APP} for answer in expected.answers}
    hers = [answer for answer in by_id.values() if answer["actor"] == STUDENT]
    sessions = world.all("/sessions", "sessions", actor=STUDENT)
    assert sorted(sessions, key=_by_id) == sorted(hers, key=_by_id)
    assert [row["startedAtTime"] for row in sessions] == sorted(row["startedAtTime"] for row in sessions)
    for row in world.all("/events", "events", actor=STUDENT):
        sitting = expected.sitting_of.get(row["event"]["id"])
        named = row["event"]["object"] if row["event"]["action"] == "TimedOut" else row["event"]["session"]
        assert row["session"] == (named["id"] if isinstance(named, dict) else sitting and sitting.session)
    for name, answer in by_id.items():
        if not swept and answer["kind"] == "auto":
            continue  # several may be open, and are found with their learner
        assert world.get("/sessions", id=name)["sessions"] == [answer]
        assert set(ids(world.all("/events", "events", session=name))) == members(world, expected, name)
        assert set(ids(world.all("/events", "events", session=name, limit=2, order="desc"))) == members(
            world, expected, name
        )
    if swept:
        assert stored(world) == by_id


def members(world: World, expected: Everything, name: str) -> set[str]:
    """The events that name a session, wherever they lie, and those that are in it."""
    partitions = [keys.learner_pk(TENANT, STUDENT), keys.session_pk(TENANT, name)]
    named = {entry.id for pk in partitions for entry in facts(world, pk) if entry.attribution.session == name}
    return named | {event for event, sitting in expected.sitting_of.items() if sitting.session == name}


def _by_id(answer: Json) -> str:
    return str(answer["id"])


def stored(world: World) -> dict[str, Json]:
    """Sessions as their rows say; of one that was nobody's until the learner named it, only the learner's is read."""
    hers = {entry.attribution.session for entry in facts(world, keys.learner_pk(TENANT, STUDENT))}
    rows = [row for (_, sk), row in world.table.items.items() if sk.startswith((keys.SESSION, keys.INFERRED))]
    answers = [session.answer() for session in map(session_of, rows) if session.all]
    read = [answer for answer in answers if answer["actor"] is not None or answer["id"] not in hers]
    return {answer["id"]: {**answer, "app": APP} for answer in read}


@settings(max_examples=examples(250), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TIMELINES, st.randoms(use_true_random=False), st.integers(1, 4))
def test_every_read_and_the_sweep_say_what_a_fold_of_everything_says(
    sent: list[Sent], chance: random.Random, per_batch: int
) -> None:
    world = arrived(sent, per_batch=per_batch, chance=chance)
    check(world, swept=False)
    settle(world)
    check(world, swept=True)


MOMENTS = st.one_of(
    st.lists(st.integers(0, ALL_SENT_MINUTE), max_size=4),
    st.lists(st.integers(0, 300), max_size=6),  # while most is happening
)


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(SENT, st.sampled_from([0, 0, 0, 20, 60, 600])), min_size=1, max_size=8), MOMENTS)
def test_they_agree_however_late_an_event_was_and_whenever_the_sweep_ran(
    sent: list[tuple[Sent, int]], sweeps: list[int]
) -> None:
    world = World()
    arrivals = [(sent_event.day * DAY + sent_event.minute + delay, sent_event) for sent_event, delay in sent]
    for number, minute, sent_event in in_turn(arrivals, sweeps):
        world.set_clock(minute)
        if sent_event is None:
            world.sweep()
            world.drain()
        else:
            world.send(sent_event.event(world, number))
    settle(world)
    check(world, swept=True)


def agree(*sent: Sent) -> dict[str, int]:
    """How many events each session holds, by id or `inferred`, where all agree before and after."""
    world = arrived(list(sent))
    check(world, swept=False)
    before = {answer["id"]: answer["events"] for answer in fold_everything(world).answers}
    settle(world)
    check(world, swept=True)
    names = {name: f"session {number}" for number, name in enumerate(NAMES)}
    return {names.get(name, "inferred"): count for name, count in before.items()}


def test_events_after_an_inactivity_gap_are_not_joined_by_a_logged_end_that_lies_beyond_it() -> None:
    counts = agree(Sent(0, 0, "login"), Sent(0, 60, "auto"), Sent(0, 65, "auto"), Sent(0, 120, "logout"))
    assert counts == {"session 0": 1, "inferred": 2}


def test_an_event_counts_in_one_session_though_another_began_a_day_before() -> None:
    counts = agree(
        Sent(0, 780, "login"),
        Sent(1, 60, "named"),
        Sent(1, 65, "named", session=1),
        Sent(1, 66, "auto"),
        Sent(1, 90, "logout"),
    )
    assert counts == {"session 0": 3, "session 1": 2}


def test_a_session_is_the_learners_though_its_first_event_says_none() -> None:
    counts = agree(Sent(0, 1, "named"), Sent(0, 0, "unattributed"), Sent(0, 2, "logout"), Sent(0, 10, "auto"))
    assert counts == {"session 0": 2, "inferred": 1}


def test_an_inferred_session_that_was_published_is_left_empty_by_an_explicit_one_that_takes_its_events() -> None:
    world = World()
    world.send(Sent(0, 0, "auto").event(world, 0))
    world.set_clock(31)
    world.sweep()
    world.drain()
    world.send(Sent(0, 0, "named").event(world, 1))
    settle(world)
    check(world, swept=True)
    assert sorted(answer["events"] for answer in stored(world).values()) == [0, 2]


def test_an_event_of_a_published_sitting_stays_in_it_though_a_late_logout_says_an_earlier_end() -> None:
    world = World()
    world.send(Sent(0, 0, "login").event(world, 0))
    world.set_clock(10)
    world.send(Sent(0, 10, "auto").event(world, 1))
    world.set_clock(45)
    world.sweep()
    world.drain()
    world.send(Sent(0, 5, "logout").event(world, 2))
    settle(world)
    check(world, swept=True)
    (published, *others) = sorted(stored(world).values(), key=lambda answer: answer["startedAtTime"])
    assert (published["endedAtTime"], published["endedBy"]) == (world.time(10), "TimedOut")
    assert [answer["events"] for answer in (published, *others)] == [2, 1]
