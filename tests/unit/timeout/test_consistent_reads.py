"""What a sweep and a batch must read as it is now, not as it was a moment ago; and when what a sweep writes expires."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from functions.client.memory import table as memory
from functions.core.times import DAY_US, format_time
from functions.store import keys
from functions.store.dynamodb.table import Key, Page, Row
from functions.store.rows.timers import SLACK_US
from tests.fakes import MemoryTable
from tests.payloads import Json
from tests.unit.timeout.test_first_totals import of_timeline
from tests.world import NINE_US, STUDENT, TIMEOUT, World


class LaggingTable(MemoryTable):
    """As DynamoDB may answer: a read that does not ask to be consistent sees what was there when it last caught up.

    An index is never consistent, but these tests are not about indexes: it is up to date.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._before = memory.MemoryTable(page_rows=None)
        self.inconsistent: list[str] = []

    def catch_up(self) -> None:
        self._before.items = dict(self.items)

    def get_all(self, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Row]:
        wanted = list(wanted)
        current = super().get_all(wanted, consistent=consistent)
        if consistent:
            return current
        self.inconsistent += [f"{pk} {sk}" for pk, sk in wanted]
        return self._before.get_all(wanted)

    def query(self, pk: str, **options: Any) -> Page:
        current = super().query(pk, **options)
        if options.get("consistent") or options.get("index"):
            return current
        self.inconsistent.append(f"{pk} {options.get('start', '')}")
        return self._before.query(pk, **options)


@pytest.fixture
def world() -> World:
    world = World()
    world.table = LaggingTable(world.calls)
    return world


def lagging(world: World) -> LaggingTable:
    assert isinstance(world.table, LaggingTable)
    return world.table


SESSION = "urn:uuid:11111111-2222-4333-8444-555555555555"


def logged_in(world: World) -> Json:
    return world.payloads.logged_in(STUDENT, SESSION) | {"eventTime": format_time(NINE_US)}


@pytest.mark.parametrize("session", ["urn:tag:auto-attach", SESSION])
def test_an_event_that_was_written_a_moment_ago_keeps_its_session_open(world: World, session: str) -> None:
    world.send(world.event(0, session=session))
    lagging(world).catch_up()
    world.set_clock(25)
    world.send(world.event(25, session=session))
    world.set_clock(31)
    assert world.sweep().closed == 0
    world.set_clock(56)
    assert world.sweep().closed == 1
    assert [event["eventTime"][11:16] for event in world.drain()] == ["09:25"]


def test_a_logged_out_that_was_written_a_moment_ago_ends_its_session(world: World) -> None:
    world.send(logged_in(world))
    lagging(world).catch_up()
    closed = world.payloads.logged_out(STUDENT, SESSION) | {"eventTime": format_time(NINE_US + 60_000_000)}
    world.send(closed, received_us=NINE_US + 1)
    world.set_clock(60)
    world.sweep()
    assert world.drain() == []


def whole_life(world: World) -> None:
    """Explicit and inferred sessions, a close without a learner, a late event, a conflict, and sweeps between them."""
    world.send(logged_in(world), world.event(1), world.event(2, session=SESSION))
    world.set_clock(32)
    world.sweep()
    world.drain()
    app = {"id": world.payloads.logged_in(STUDENT)["edApp"], "type": "SoftwareApplication"}
    client = world.payloads.logged_out(STUDENT, SESSION) | {"actor": app, "eventTime": format_time(NINE_US)}
    world.send(client, world.event(3))
    for minute in (40, 80, 120, 200):
        world.set_clock(minute)
        world.send(world.event(minute - 20))
        world.sweep()
        world.drain()


def test_every_read_of_the_sweep_and_of_process_is_consistent(world: World) -> None:
    whole_life(world)
    assert lagging(world).inconsistent == []
    lagging(world).catch_up()
    assert world.timed_out(), "sessions ended meanwhile"


def rows_of(world: World, chosen: Callable[[str, str], bool]) -> list[Row]:
    return [row for (pk, sk), row in world.table.items.items() if chosen(pk, sk)]


def test_what_a_sweep_writes_outlives_the_events_that_it_leads_to_by_a_month(world: World) -> None:
    world.send(logged_in(world), world.event(1))
    world.set_clock(60)
    world.sweep()
    swept_s = world.now_us // 1_000_000
    retention_s = TIMEOUT.retention_days * DAY_US // 1_000_000
    slack_s = SLACK_US // 1_000_000
    for prefix in (keys.SESSION, keys.TOTALS, keys.TIMER):
        written = rows_of(world, lambda pk, sk, prefix=prefix: keys.is_learners(pk) and sk.startswith(prefix))  # type: ignore[misc]
        assert written, prefix
        assert {row[keys.TTL] for row in written} == {swept_s + retention_s + slack_s}, prefix


def test_a_timed_out_expires_as_an_event_that_arrived_when_it_was_decided(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(31)
    world.sweep()
    expected_s = (world.now_us + TIMEOUT.retention_days * DAY_US) // 1_000_000
    before = {row[keys.TTL] for row in rows_of(world, lambda _pk, sk: sk.startswith(keys.EVENT)) if row.get("system")}
    assert before == {expected_s}
    world.drain()
    after = {row[keys.TTL] for row in rows_of(world, lambda _pk, sk: sk.startswith(keys.EVENT)) if row.get("system")}
    assert after == before, "the queue brings the same row"


class OrderedTable(MemoryTable):
    """Notes which sort keys are read, in order."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.read: list[str] = []

    def query(self, pk: str, **options: Any) -> Page:
        self.read.append(str(options.get("start", ""))[:2])
        return super().query(pk, **options)


def test_totals_are_read_before_the_facts_that_they_are_made_of(world: World) -> None:
    """So an evaluation that another one overtook finds the totals changed, and writes none of its own."""
    table = OrderedTable(world.calls)
    world.table = table
    world.send(world.event(0))
    table.read.clear()
    assert of_timeline(world).store_before(NINE_US + 24 * 3_600_000_000)
    assert table.read[0] == keys.TOTALS
    assert keys.EVENT in table.read[1:]
