"""Very much is due: it is shared among invocations, and no live session waits for it."""

import contextlib
import itertools
import random
from collections.abc import Callable, Mapping
from copy import replace
from string import ascii_letters, digits
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.store import keys
from functions.store.bus import Unpublished
from functions.timeout import handler as timeout
from functions.timeout import turns
from tests.fakes import FailingBus
from tests.handlers import timeout_dependencies
from tests.payloads import Json
from tests.world import STUDENT, TENANT, TIMEOUT, World

pytestmark = pytest.mark.slow

SHARING = TIMEOUT.model_copy(update={"sweep_invocations": 4})


TIMERS_EACH = 30


@pytest.fixture
def _few_fill_an_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TIMERS_EACH", TIMERS_EACH)


class Clock:
    """Lambda's context, of an invocation that is never short of time."""

    function_name = "timeout"

    def get_remaining_time_in_millis(self) -> int:
        return 55_000


class Invocations:
    """Lambda's queue of the function `timeout`: it takes `takes` events and refuses the others."""

    def __init__(self, takes: int = 99) -> None:
        self.events: list[Json] = []
        self._takes = takes

    def begin(self, event: Mapping[str, Any]) -> None:
        if len(self.events) == self._takes:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
        self.events.append(dict(event))


def backlog(world: World, count: int) -> list[str]:
    """So many learners who left, an event each."""
    learners = [world.payloads.urn() for _ in range(count)]
    events = [world.event(0) | {"actor": learner} for learner in learners]
    for some in itertools.batched(events, 400, strict=False):
        world.send(*some)
    return learners


def sweep(world: World, invocations: Invocations, event: Json | None = None) -> Json:
    dependencies = timeout_dependencies(world.table, world.queue, SHARING)
    dependencies = replace(dependencies, open_invoker=lambda name: {"timeout": invocations}[name])
    return timeout.handler(event or {}, Clock(), dependencies=dependencies, now_us=world.now_us)


def looks(count: int) -> Callable[[], bool]:
    """Time for about so many looks: each asks before it begins, and while it reads."""
    left = itertools.count(3 * count, -1)
    return lambda: next(left) > 0


@pytest.mark.slow
def test_a_live_session_behind_a_backlog_of_9600_ends_by_the_second_sweep() -> None:
    world = World()
    backlog(world, 9_600)
    world.set_clock(300)
    world.send(world.event(300))
    world.set_clock(331)
    ended: list[str] = []
    for minute in (331, 332):
        world.set_clock(minute)
        swept = world.sweep(time_left=looks(200))
        assert swept.incomplete
        ended += [event["object"]["user"] for event in world.drain()]
    assert STUDENT in ended
    assert 100 < len(ended) < 1_000, "the backlog has hardly begun"


@pytest.mark.usefixtures("_few_fill_an_invocation")
def test_what_is_due_of_many_learners_is_shared_and_each_is_looked_at_once() -> None:
    world = World()
    learners = backlog(world, 3 * TIMERS_EACH)
    world.set_clock(40)
    invocations = Invocations()
    counts = sweep(world, invocations)
    assert len(invocations.events) == 2, "an invocation for each so many that are due"
    own = counts["evaluated"]
    assert 0 < own < len(learners) / 2
    for event in invocations.events:
        counts = sweep(world, invocations, event)
        assert counts["shards"] == len(event["shards"])
        own += counts["evaluated"]
    assert own == len(learners)
    assert len(invocations.events) == 2, "who was handed shards hands none on"
    assert world.pending() == []
    assert len({event["object"]["user"] for event in world.drain()}) == len(learners)


@pytest.mark.usefixtures("_few_fill_an_invocation")
@pytest.mark.parametrize("takes", [0, 1])
def test_shards_that_lambda_does_not_take_are_swept_here(takes: int) -> None:
    world = World()
    backlog(world, 3 * TIMERS_EACH)
    world.set_clock(40)
    invocations = Invocations(takes)
    sweep(world, invocations)
    handed = [shard for event in invocations.events for shard in event["shards"]]
    assert len(invocations.events) == takes
    assert {keys.due_shard(pk) for pk in world.pending()} == set(handed)


def test_few_that_are_due_are_swept_by_one_invocation() -> None:
    world = World()
    backlog(world, 50)
    world.set_clock(40)
    invocations = Invocations()
    assert sweep(world, invocations)["evaluated"] == 50
    assert invocations.events == []


@pytest.mark.slow
def test_notices_that_wait_for_the_bus_never_grow_past_what_a_timer_may_hold() -> None:
    """Identifiers as long as may be and hard to pack, hundreds of sittings of one learner, and EventBridge is down."""
    world = World()
    working, world.bus = world.bus, FailingBus()
    letters = random.Random(7)
    for portion in range(12):
        world.set_clock(portion)
        names = ["urn:x:" + "".join(letters.choices(ascii_letters + digits, k=2000)) for _ in range(50)]
        world.send(*(world.event(portion, session=name) for name in names))
    ended: list[Json] = []
    for minute in range(50, 110, 7):
        world.set_clock(minute)
        with contextlib.suppress(Unpublished):
            world.sweep()
        ended += world.drain()
    assert 30 <= len(ended) < 600, "who has no room for more notices ends nothing more"
    assert world.pending() == [keys.learner_pk(TENANT, STUDENT)]
    world.bus = working
    for minute in range(200, 210):
        world.set_clock(minute)
        world.sweep()
        ended += world.drain()
    assert len({event["object"]["id"] for event in ended}) == len(ended) == 600
    ended_ids = [about["event"]["id"] for kind, about in world.bus.notices if kind == "TimedOut"]
    assert sorted(ended_ids) == sorted(event["id"] for event in ended)
    assert world.pending() == []
