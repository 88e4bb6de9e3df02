"""Fair processing: tenants take turns in a batch, and what there is no time for is given back at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import replace
from typing import Any

import orjson
import pytest

from functions.core.messages import Item, Message, pack
from functions.core.times import DAY_US, MINUTE_US, format_time
from functions.process import handler as process
from functions.process.batch import Waiting
from functions.process.handler import BEGIN_BEFORE_MS, Dependencies, handler
from functions.process.turns import in_turn, parts
from functions.store import keys
from functions.store.backlog import lag_us
from functions.store.dynamodb.batches import Unprocessed
from functions.store.dynamodb.table import Row
from infra.storage import MAX_RECEIVES, PROCESS_SECONDS
from tests.fakes import MemoryArchive, MemoryBus, MemoryQueue, MemoryTable
from tests.handlers import process_dependencies
from tests.unit.storing.test_pipeline import NOW_US, SETTINGS

PUT_MS = 8.0 / 8  # of one of eight writers at once
BATCH_PUT_MS = 20.0 / 25  # of a row in a batch of 25


class Clock:
    """The time of one invocation, which the calls of `SlowTable` use up."""

    def __init__(self, seconds: float = PROCESS_SECONDS) -> None:
        self.left_ms = seconds * 1000

    def get_remaining_time_in_millis(self) -> float:
        assert self.left_ms > 0, "the function was killed"
        return self.left_ms


class SlowTable(MemoryTable):
    """A table whose writes take time. Its requests are not held against the rules of AWS: other tests do that."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()

    def put_all(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.clock.left_ms -= len(rows) * BATCH_PUT_MS
        for row in rows:
            self._put(row)

    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool:
        self.clock.left_ms -= PUT_MS
        return super().put_all_if(rows)


class Shown:
    """Notes which messages are to be shown again, and when."""

    def __init__(self) -> None:
        self.after_s: dict[str, int] = {}

    def show_again(self, receipts: Sequence[str], *, after_s: int) -> None:
        self.after_s |= dict.fromkeys(receipts, after_s)


def event(name: str, **more: Any) -> Item:
    """The smallest event that is accepted, in a session of its own."""
    smallest = {"id": f"a:{name}", "type": "Event", "actor": f"b:{name}", "action": "Used", "object": "c:1"}
    return Item("event", orjson.dumps({**smallest, "session": f"s:{name}", "eventTime": format_time(NOW_US), **more}))


def message(app: str, number: int, items: int) -> Message:
    return Message(
        tenant=keys.tenant_of(app),
        app_id=app,
        job=f"{app}-{number}",
        received_us=NOW_US,
        items=[event(f"{app}-{number}-{item}") for item in range(items)],
    )


def waiting(*messages: Message) -> list[Waiting]:
    return [Waiting(message.job, message, NOW_US) for message in messages]


def record(message: Message) -> dict[str, Any]:
    return {"messageId": message.job, "receiptHandle": f"receipt of {message.job}", "body": pack(message)}


def deliver(messages: Sequence[Message], dependencies: Dependencies, clock: Clock) -> list[Message]:
    """One invocation; the messages that stay in the queue."""
    event = {"Records": [record(message) for message in messages]}
    answer = handler(event, clock, dependencies=dependencies, now_us=NOW_US)
    kept = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    return [message for message in messages if message.job in kept]


@pytest.fixture
def table() -> SlowTable:
    return SlowTable()


@pytest.fixture
def shown_again() -> Shown:
    return Shown()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def dependencies(table: SlowTable, shown_again: Shown, bus: MemoryBus) -> Dependencies:
    return replace(process_dependencies(table, SETTINGS), in_flight=shown_again, bus=bus)


def timers(table: MemoryTable) -> int:
    return sum(sk == keys.TIMER for _, sk in table.items)


def test_tenants_take_turns_and_a_tenants_messages_keep_their_order() -> None:
    batch = waiting(*(message("noisy", number, 1) for number in range(4)), message("quiet", 0, 1))
    assert [received.id for received in in_turn(batch)] == ["noisy-0", "quiet-0", "noisy-1", "noisy-2", "noisy-3"]


def test_a_part_has_at_most_so_many_items_unless_one_message_has_more() -> None:
    batch = waiting(*(message("a", number, items) for number, items in enumerate([3, 2, 9, 1, 4, 1])))
    assert [[len(received.message.items) for received in part] for part in parts(batch, most_items=5)] == [
        [3, 2],
        [9],
        [1, 4],
        [1],
    ]
    assert list(parts([])) == []


def test_what_there_is_no_time_for_is_given_back_within_seconds(
    table: SlowTable, shown_again: Shown, dependencies: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "parts", lambda batch: parts(batch, most_items=10))
    table.clock = Clock(BEGIN_BEFORE_MS / 1000 + 0.01)  # the first part uses up what is left before no more is begun
    noisy = [message("noisy", number, 10) for number in range(3)]
    left = deliver([*noisy, message("quiet", 0, 10)], dependencies, table.clock)
    assert [message.job for message in left] == ["noisy-1", "noisy-2", "quiet-0"]
    assert shown_again.after_s == {f"receipt of {message.job}": 5 for message in left}
    table.clock = Clock()
    assert deliver(left, dependencies, table.clock) == []
    assert timers(table) == 40


@pytest.mark.slow
def test_a_quiet_tenant_behind_sixty_thousand_new_sessions_is_stored_first_and_all_are_watched(
    table: SlowTable, dependencies: Dependencies, bus: MemoryBus
) -> None:
    noisy = [message("noisy", number, 250) for number in range(240)]
    waiting_messages = [*noisy, message("quiet", 0, 1)]
    receives: Counter[str] = Counter()
    first: list[str] = []
    while waiting_messages:
        receives.update(waiting_message.job for waiting_message in waiting_messages)
        table.clock = Clock()
        waiting_messages = deliver(waiting_messages, dependencies, table.clock)
        first = first or [waiting_message.job for waiting_message in waiting_messages]
    assert first
    assert "quiet-0" not in first
    assert max(receives.values()) < MAX_RECEIVES / 2
    assert sum(sk.startswith(keys.EVENT) for _, sk in table.items) == timers(table) == 60_001
    assert Counter(notices_of(bus)).most_common(1)[0][1] == 1
    assert len(bus.notices) == 60_001


def test_messages_that_were_given_back_do_not_hold_up_the_ends_of_sessions(
    table: SlowTable, dependencies: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "parts", lambda batch: parts(batch, most_items=1))
    table.clock = Clock(BEGIN_BEFORE_MS / 1000)
    assert deliver([message("a", number, 1) for number in range(2)], dependencies, table.clock)
    queue = MemoryQueue()
    queue.backlog = 1
    deliver([replace(message("a", 9, 1), received_us=NOW_US + 40_000_000)], dependencies, Clock())
    assert lag_us(table, queue, now_us=NOW_US + MINUTE_US) <= MINUTE_US


def test_what_was_stored_before_an_aws_call_failed_is_acknowledged(
    dependencies: Dependencies, table: SlowTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "parts", lambda batch: parts(batch, most_items=1))
    put_all, calls = table.put_all, iter([True, True, False])

    def fails_later(rows: Iterable[Row]) -> None:
        rows = list(rows)
        if any(str(row[keys.SK]).startswith(keys.EVENT) for row in rows) and not next(calls, False):
            raise Unprocessed("throttled")
        put_all(rows)

    monkeypatch.setattr(table, "put_all", fails_later)
    batch = [message("a", number, 1) for number in range(4)]
    assert deliver(batch, dependencies, Clock()) == batch[2:]
    with pytest.raises(Unprocessed):
        deliver(batch[2:], dependencies, Clock())


def notices_of(bus: MemoryBus) -> list[str]:
    return [str(detail["session"]) for _, detail in bus.notices]


def said(dependencies: Dependencies, *items: Item, number: int, received_us: int = NOW_US) -> None:
    in_batch = replace(message("a", number, 0), items=list(items), received_us=received_us)
    deliver([in_batch], dependencies, Clock())


def midnight_us() -> int:
    return NOW_US - NOW_US % (DAY_US) + DAY_US


def test_a_session_that_goes_on_after_midnight_did_not_begin_then(dependencies: Dependencies, bus: MemoryBus) -> None:

    for number, minute in enumerate([-5, 5, 20, 40]):
        time_us = midnight_us() + minute * MINUTE_US
        about = {"actor": "b:1", "session": "s:1", "id": f"a:{number}", "eventTime": format_time(time_us)}
        said(dependencies, event("1", **about), number=number, received_us=time_us)
    assert notices_of(bus) == ["s:1"]


def test_a_session_that_begins_after_midnight_beside_an_open_one_is_announced(
    dependencies: Dependencies, bus: MemoryBus
) -> None:
    for number, (session, minute) in enumerate([("s:1", -5), ("s:2", 5)]):
        time_us = midnight_us() + minute * MINUTE_US
        about = {"actor": "b:1", "session": session, "eventTime": format_time(time_us)}
        said(dependencies, event(session, **about), number=number, received_us=time_us)
    assert notices_of(bus) == ["s:1", "s:2"]


def test_a_login_that_is_delivered_again_began_nothing(dependencies: Dependencies, bus: MemoryBus) -> None:
    login = event("1", type="SessionEvent", action="LoggedIn", session={"id": "s:1", "type": "Session"})
    for _ in range(2):
        said(replace(dependencies, archive=MemoryArchive()), login, number=0)
    assert notices_of(bus) == ["s:1"]


@pytest.fixture
def broken_once(table: SlowTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second timer of a batch cannot be put, once."""
    put_all_if, calls = table.put_all_if, iter([True, False])

    def fails(rows: Sequence[tuple[Row, int | None]]) -> bool:
        if not next(calls, True):
            raise Unprocessed("throttled")
        return put_all_if(rows)

    monkeypatch.setattr(table, "put_all_if", fails)


@pytest.mark.usefixtures("broken_once")
def test_what_began_before_a_timer_failed_is_announced_once_and_the_rest_when_it_is_delivered_again(
    dependencies: Dependencies, bus: MemoryBus
) -> None:
    batch = [message("a", 0, 20)]
    with pytest.raises(Unprocessed):
        deliver(batch, dependencies, Clock())
    assert 1 <= len(notices_of(bus)) < 20
    assert deliver(batch, dependencies, Clock()) == []
    assert sorted(notices_of(bus)) == sorted(f"s:a-0-{item}" for item in range(20))
