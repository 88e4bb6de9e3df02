"""The whole pipeline over in-memory doors: however events arrive, the same sessions come of them.

`core`'s own tests prove the folds; here process, session timers, sweep, outbox and queue run together, in any order,
with repeats, any split into batches, crashes at any call, and sweeps in between.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.times import MINUTE_US, format_time
from functions.store import keys
from tests.examples import examples
from tests.fakes import Calls, Crash
from tests.payloads import APP, Json
from tests.world import NINE_US, TENANT, World

pytestmark = pytest.mark.slow

LEARNERS = [f"urn:uuid:0a0a0a0a-0000-4000-8000-00000000000{n}" for n in range(2)]
SESSIONS = [f"urn:uuid:5e550000-0000-4000-8000-00000000000{n}" for n in range(2)]
OTHER_APP = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a963"
DAY_END_MINUTE = 600


@dataclass(frozen=True)
class Happening:
    """One event of the day, as simple values that hypothesis can shrink."""

    minute: int
    learner: int
    what: str  # auto, named, login, logout, unattributed (a TimedOut that says no learner)
    session: int = 0
    app: int = 0

    def event(self, number: int) -> Json:
        learner, session = LEARNERS[self.learner], SESSIONS[self.session]
        app = OTHER_APP if self.app else APP
        when = format_time(NINE_US + self.minute * MINUTE_US)
        event: dict[str, Any] = {
            "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
            "id": f"urn:uuid:e0e00000-0000-4000-8000-{number:012d}",
            "type": "ViewEvent",
            "actor": learner,
            "action": "Viewed",
            "object": "https://app.example.org/articles/1",
            "eventTime": when,
            "edApp": app,
            "session": "urn:tag:auto-attach" if self.what == "auto" else session,
        }
        if self.what == "unattributed":
            event |= {
                "type": "SessionEvent",
                "action": "TimedOut",
                "actor": {"id": app, "type": "SoftwareApplication"},
                "object": {"id": session, "type": "Session"},
            }
            del event["session"]
        if self.what in ("login", "logout"):
            described = {"id": session, "type": "Session"}
            described["startedAtTime" if self.what == "login" else "endedAtTime"] = when
            event |= {
                "type": "SessionEvent",
                "action": "LoggedIn" if self.what == "login" else "LoggedOut",
                "actor": {"id": learner, "type": "Person"},
                "object": {"id": app, "type": "SoftwareApplication"},
                "session": described,
            }
        return event


HAPPENINGS = st.builds(
    Happening,
    minute=st.integers(0, DAY_END_MINUTE // 5).map(lambda n: 5 * n),
    learner=st.integers(0, 1),
    what=st.sampled_from(["auto", "auto", "named", "login", "logout", "unattributed"]),
    session=st.integers(0, 1),
    app=st.integers(0, 1),
)
DAYS = st.lists(HAPPENINGS, min_size=1, max_size=9)


def settle(world: World) -> None:
    """Sweep and drain until nothing is left to do."""
    for hour in range(1, 5):
        world.set_clock(DAY_END_MINUTE + 60 * hour)
        world.sweep()
        world.drain()
    assert not world.queue.bodies


def outcome(world: World) -> tuple[Any, ...]:
    """What a user can see: the events, the closed sessions with their numbers, and the TimedOut events."""
    events = sorted(sk for _, sk in world.table.items if sk.startswith(keys.EVENT))
    return events, sessions(world), world.pending()


def sessions(world: World) -> list[Json]:
    """Every session as the API shows it, of whoever has it; one without a learner only where no learner has it."""
    answers = [session.answer() for session in world.sessions()]
    owned = {answer["id"] for answer in answers if answer["actor"] is not None}
    return [answer for answer in answers if answer["actor"] is not None or answer["id"] not in owned]


def backfilled(day: list[Happening]) -> World:
    """The reference: everything in one batch at the end of the day."""
    world = World()
    world.set_clock(DAY_END_MINUTE)
    world.send(*[step.event(number) for number, step in enumerate(day)])
    settle(world)
    return world


@settings(max_examples=examples(150), deadline=None)
@given(DAYS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_repeats_and_batches_do_not_matter(day: list[Happening], chance: Any, per_batch: int) -> None:
    events = [step.event(number) for number, step in enumerate(day)]
    shuffled = events + chance.choices(events, k=3)
    chance.shuffle(shuffled)
    world = World()
    world.set_clock(DAY_END_MINUTE)
    for start in range(0, len(shuffled), per_batch):
        world.send(*shuffled[start : start + per_batch])
    settle(world)
    assert outcome(world) == outcome(backfilled(day))


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DAYS, st.data())
def test_a_crash_at_any_call_with_redelivery_does_not_matter(day: list[Happening], data: st.DataObject) -> None:
    events = [step.event(number) for number, step in enumerate(day)]
    world = World(Calls())
    world.set_clock(DAY_END_MINUTE)

    def surviving(step: Any) -> None:
        """Run `step` and let it die at a drawn call, then once more as SQS or the next minute would."""
        moment = data.draw(st.sampled_from(["fail_before", "fail_after"]))
        setattr(world.calls, moment, world.calls.total + data.draw(st.integers(1, 12)))
        held = list(world.queue.bodies)
        try:
            step()
        except Crash:
            world.calls.fail_before = world.calls.fail_after = None
            world.queue.bodies = held + [body for body in world.queue.bodies if body not in held]
            step()
        world.calls.fail_before = world.calls.fail_after = None

    for event in events:
        surviving(lambda event=event: world.send(event))
    for hour in range(1, 7):
        world.set_clock(DAY_END_MINUTE + 60 * hour)
        surviving(world.sweep)
        surviving(world.drain)
    assert outcome(world) == outcome(backfilled(day))


@settings(max_examples=examples(120), deadline=None)
@given(DAYS, st.lists(st.integers(0, DAY_END_MINUTE), max_size=12))
def test_a_day_lived_through_with_sweeps_ends_as_it_does_when_it_is_sent_at_its_end(
    day: list[Happening], sweeps: list[int]
) -> None:
    """Events arrive when they happen, LoggedOuts and TimedOuts without a learner included."""
    world = lived(day, sweeps)
    settle(world)
    assert sessions(world) == sessions(backfilled(day))


def lived(day: list[Happening], sweeps: list[int], *, calls: Calls | None = None) -> World:
    """Each event is sent when it happens; at one minute, events come before a sweep."""
    moments = sorted(
        [(step.minute, 0, number, step) for number, step in enumerate(day)]
        + [(minute, 1, number, None) for number, minute in enumerate(sweeps)],
        key=lambda moment: moment[:3],
    )
    world = World(calls)
    for minute, _, number, step in moments:
        world.set_clock(minute)
        if step is None:
            world.sweep()
            world.drain()
        else:
            world.send(step.event(number))
    return world


@settings(max_examples=examples(120), deadline=None)
@given(DAYS, HAPPENINGS, st.integers(0, 60), st.booleans())
def test_what_arrives_at_any_call_of_a_sweep_is_not_overlooked(
    day: list[Happening], late: Happening, call: int, another_sweep: bool
) -> None:
    """The arrival may be old: then it must be found, and nothing that was published may move or be told twice."""
    world = World()
    world.set_clock(DAY_END_MINUTE)
    world.send(*[step.event(number) for number, step in enumerate(day)])
    world.set_clock(DAY_END_MINUTE + 60)

    def arrive() -> None:
        world.send(late.event(99))
        if another_sweep:
            world.sweep()

    world.calls.interrupt(world.calls.total + 1 + call, arrive)
    world.sweep()
    if world.calls.interruptions:
        world.calls.interruptions.clear()
        arrive()
    world.drain()
    published = {event["id"]: event for event in world.timed_out()}
    settle(world)
    world.drain()
    ends = world.timed_out()
    assert len({event["id"] for event in ends}) == len(ends), "one id, one content"
    assert published.items() <= {event["id"]: event for event in ends}.items()
    assert all_rows_say_what_the_facts_say(world)


def all_rows_say_what_the_facts_say(world: World) -> bool:
    """Whether rows rebuilt from the facts alone are those that are stored."""
    rebuilt = World()
    rebuilt.now_us = world.now_us
    rebuilt._process(world.archive.messages())
    settle(rebuilt)
    assert rebuilt.drain() == []
    assert sessions(rebuilt) == sessions(world)
    return True


@settings(max_examples=examples(80), deadline=None)
@given(DAYS, st.lists(st.integers(0, DAY_END_MINUTE), max_size=6))
def test_a_rebuild_from_the_archive_answers_as_the_live_table_and_publishes_nothing(
    day: list[Happening], sweeps: list[int]
) -> None:
    world = lived(day, sweeps)
    settle(world)
    assert all_rows_say_what_the_facts_say(world)


@settings(max_examples=examples(60), deadline=None)
@given(DAYS, st.integers(0, 60))
def test_a_sweep_inside_a_sweep_ends_everything_once(day: list[Happening], call: int) -> None:
    world = World()
    world.set_clock(DAY_END_MINUTE)
    world.send(*[step.event(number) for number, step in enumerate(day)])
    world.set_clock(DAY_END_MINUTE + 60)

    def sweep() -> None:
        world.sweep()

    world.calls.interrupt(world.calls.total + 1 + call, sweep)
    world.sweep()
    world.drain()
    settle(world)
    assert outcome(world) == outcome(backfilled(day))


def test_the_tenant_of_these_events_is_the_registered_app() -> None:
    world = backfilled([Happening(0, 0, "auto")])
    assert {pk.partition("#")[0] for pk, _ in world.table.items} <= {TENANT, "LAG"}
