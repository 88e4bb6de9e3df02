"""The whole pipeline over in-memory doors: however events arrive, the same sessions come of them.

`core`'s own tests prove the folds; here process, watches, sweep, outbox and queue run together, in any order, with
repeats, any split into batches, crashes at any call, and sweeps in between.
"""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.times import MINUTE_US, format_time
from functions.store import keys
from functions.store.rows.watches import watch_of
from tests.fakes import Calls, Crash
from tests.payloads import APP, Json
from tests.world import NINE_US, TENANT, World

LEARNERS = [f"urn:uuid:0a0a0a0a-0000-4000-8000-00000000000{n}" for n in range(2)]
SESSIONS = [f"urn:uuid:5e550000-0000-4000-8000-00000000000{n}" for n in range(2)]
OTHER_APP = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a963"
DAY_END_MINUTE = 600


@dataclass(frozen=True)
class Happening:
    """One event of the day, as simple values that hypothesis can shrink."""

    minute: int
    learner: int
    what: str  # auto, named, login, logout
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
    what=st.sampled_from(["auto", "auto", "named", "login", "logout"]),
    session=st.integers(0, 1),
    app=st.integers(0, 1),
)
DAYS = st.lists(HAPPENINGS, min_size=1, max_size=9)


def settle(world: World) -> None:
    """Sweep and drain until nothing is left to do."""
    for hour in range(1, 5):
        world.at(DAY_END_MINUTE + 60 * hour)
        world.sweep()
        world.drain()
    assert not world.queue.bodies


def outcome(world: World) -> tuple[Any, ...]:
    """What a user can see: the events, the closed sessions with their numbers, and the TimedOut events."""
    events = sorted(sk for _, sk in world.table.items if sk.startswith(keys.EVENT))
    sessions = sorted(
        (pk, sk, json.dumps(dict(watch_of(row).frozen), sort_keys=True))
        for (pk, sk), row in world.table.items.items()
        if sk.startswith(keys.SESSION) and watch_of(row).frozen
    )
    pending = [sk for (_, sk), row in world.table.items.items() if keys.DUE_PK in row]
    return events, sessions, pending


def backfilled(day: list[Happening]) -> World:
    """The reference: everything in one batch at the end of the day."""
    world = World()
    world.at(DAY_END_MINUTE)
    world.send(*[one.event(number) for number, one in enumerate(day)])
    settle(world)
    return world


@settings(max_examples=250, deadline=None)
@given(DAYS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_repeats_and_batches_do_not_matter(day: list[Happening], chance: Any, per_batch: int) -> None:
    events = [one.event(number) for number, one in enumerate(day)]
    shuffled = events + chance.choices(events, k=3)
    chance.shuffle(shuffled)
    world = World()
    world.at(DAY_END_MINUTE)
    for at in range(0, len(shuffled), per_batch):
        world.send(*shuffled[at : at + per_batch])
    settle(world)
    assert outcome(world) == outcome(backfilled(day))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DAYS, st.data())
def test_a_crash_at_any_call_with_redelivery_does_not_matter(day: list[Happening], data: st.DataObject) -> None:
    events = [one.event(number) for number, one in enumerate(day)]
    world = World(Calls())
    world.at(DAY_END_MINUTE)

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
        world.at(DAY_END_MINUTE + 60 * hour)
        surviving(world.sweep)
        surviving(world.drain)
    assert outcome(world) == outcome(backfilled(day))


@settings(max_examples=150, deadline=None)
@given(DAYS, st.lists(st.integers(0, DAY_END_MINUTE), max_size=12))
def test_a_day_lived_through_with_sweeps_ends_as_it_does_when_it_is_sent_at_its_end(
    day: list[Happening], sweeps: list[int]
) -> None:
    """Events arrive when they happen. Left out: a LoggedOut over an idle time late, which README names."""
    quiet = [one for one in day if one.what != "logout"]
    moments = sorted(
        [(one.minute, 0, number, one) for number, one in enumerate(quiet)]
        + [(minute, 1, number, None) for number, minute in enumerate(sweeps)],
        key=lambda moment: moment[:3],
    )
    world = World()
    for minute, _, number, one in moments:
        world.at(minute)
        if one is None:
            world.sweep()
            world.drain()
        else:
            world.send(one.event(number))
    settle(world)
    assert ended(world) == ended(backfilled(quiet))


def ended(world: World) -> list[tuple[str, ...]]:
    """Sessions by who, when and how they ended; what late facts add to their numbers is left out."""
    found = []
    for (pk, sk), row in world.table.items.items():
        if sk.startswith(keys.SESSION) and (frozen := watch_of(row).frozen):
            found.append((pk, frozen["id"], frozen["startedAtTime"], frozen["endedAtTime"], frozen["endedBy"]))
    return sorted(found)


def test_the_tenant_of_these_events_is_the_registered_app() -> None:
    world = backfilled([Happening(0, 0, "auto")])
    assert {pk.partition("#")[0] for pk, _ in world.table.items} <= {TENANT, "LAG"}
