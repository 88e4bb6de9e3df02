"""The product's in-memory doors, which here also count their calls and can be made to fail.

What AWS refuses they refuse: the requests that the real doors would send are held against `tests.aws_rules`.

`Crash` stands for a Lambda that is killed, or an AWS call that fails: `fail_at` names the number of the call before
(or after) which it happens, over all doors that share one `Calls`.
"""

import functools
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.client.memory import archive, bus, deliveries, queue, table
from functions.core.usage.audit import Line
from functions.core.webhooks.delivery import Delivery
from functions.store import keys
from functions.store.bus import EventBridgeBus, Notice, Unpublished
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.batches import Unstorable
from functions.store.dynamodb.row import encode
from functions.store.dynamodb.table import DynamoTable, Key, Page, Row, key_of
from functions.store.queue import SetAside, SqsQueue
from functions.store.webhooks.delivery_queue import SqsDeliveryQueue, SqsGivenUp
from tests.aws_rules import dynamodb, s3
from tests.aws_rules.client import RefusingClient
from tests.aws_rules.refusal import Refused, as_client_error
from tests.units import get_units, kind_of, put_units, read_units, rows_of_a_page, write_units


class Crash(Exception):
    """What the tests kill a handler with."""


@dataclass
class Calls:
    """Counts calls by name; raises before the `fail_before`th or after the `fail_after`th."""

    counts: Counter[str] = field(default_factory=Counter)
    fail_before: int | None = None
    fail_after: int | None = None
    interruptions: dict[int, Callable[[], None]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def interrupt(self, number: int, action: Callable[[], None]) -> None:
        """Let `action` happen just before the `number`th call."""
        self.interruptions[number] = action

    def interrupted(self) -> None:
        """What is to happen before the next call; outside of its lock, for it makes calls of its own."""
        action = self.interruptions.pop(self.total + 1, None)
        if action is not None:
            action()

    def begin(self, name: str) -> None:
        if self.fail_before is not None and self.total + 1 == self.fail_before:
            raise Crash(f"before call {self.fail_before}: {name}")
        self.counts[name] += 1

    def end(self, name: str) -> None:
        if self.fail_after is not None and self.total == self.fail_after:
            raise Crash(f"after call {self.fail_after}: {name}")


def _one_at_a_time[**P, T](method: Callable[P, T]) -> Callable[P, T]:
    """The sweep works in threads; each call of a real door is atomic, so a fake's is."""

    @functools.wraps(method)
    def locked(*args: P.args, **kwargs: P.kwargs) -> T:
        calls: Calls = args[0].calls  # type: ignore[attr-defined]
        calls.interrupted()
        with calls.lock:
            return method(*args, **kwargs)

    return locked


_REFUSING: Any = RefusingClient()
_TABLE_DOOR = DynamoTable(_REFUSING, "in-memory")
_QUEUE_DOOR = SqsQueue(_REFUSING, "in-memory")
_DELIVERIES_DOOR = SqsDeliveryQueue(_REFUSING, "in-memory")
_GIVEN_UP_DOOR = SqsGivenUp(_REFUSING, "in-memory")
_BUS_DOOR = EventBridgeBus(_REFUSING, "in-memory")


def _unstorable(batch: Sequence[tuple[Key, Row]]) -> list[Key]:
    """The keys of a batch that DynamoDB would not take, looked for where it refuses the whole."""
    typed = {key: {"PutRequest": {"Item": encode(row)}} for key, row in batch}
    try:
        dynamodb.check("BatchWriteItem", {"RequestItems": {"in-memory": list(typed.values())}})
    except Refused:
        if len(batch) == 1:
            return [batch[0][0]]
        half = len(batch) // 2
        return [*_unstorable(batch[:half]), *_unstorable(batch[half:])]
    return []


class MemoryTable(table.MemoryTable):
    """The table, with DynamoDB's limits, and what DynamoDB bills for what is done to it.

    A query reads a megabyte at most; `page_rows` cuts its pages shorter. `rows_read` counts rows that were there,
    `read_units` what they cost; `written_units` are by the kind of row, indexes included.
    """

    def __init__(self, calls: Calls | None = None, *, page_rows: int | None = None) -> None:
        super().__init__(page_rows=page_rows)
        self.calls = calls or Calls()
        self.written = 0
        self.rows_read = 0
        self.read_units = 0.0
        self.consistent_reads = 0
        self.written_units: Counter[str] = Counter()

    def _put(self, row: Row) -> None:
        key = key_of(row)
        self.written_units[kind_of(key)] += put_units(self.items.get(key), row)
        self.written += 1
        super()._put(row)

    def _bill_transaction(self, rows: Iterable[Row]) -> None:
        """A transaction costs each row a second time."""
        for row in rows:
            self.written_units[kind_of(key_of(row))] += write_units(row)

    def _rows_of_a_page(self, rows: Sequence[Row]) -> int:
        return rows_of_a_page(rows)

    @_one_at_a_time
    def put_all(self, rows: Iterable[Row]) -> None:
        unique = {key_of(row): dict(row) for row in rows}
        refused: list[Key] = []
        for batch in itertools.batched(unique.items(), 25, strict=False):
            self.calls.begin("put_all")
            bad = _unstorable(batch)
            super().put_all(row for key, row in batch if key not in bad)
            refused += bad
            self.calls.end("put_all")
        if refused:
            raise Unstorable(refused)

    @_one_at_a_time
    def delete_all(self, unwanted: Iterable[Key]) -> None:
        for batch in itertools.batched(dict.fromkeys(unwanted), 25, strict=False):
            self.calls.begin("delete_all")
            typed = [{"DeleteRequest": {"Key": {keys.PK: {"S": pk}, keys.SK: {"S": sk}}}} for pk, sk in batch]
            with as_client_error("BatchWriteItem"):
                dynamodb.check("BatchWriteItem", {"RequestItems": {"in-memory": typed}})
            super().delete_all(batch)
            self.calls.end("delete_all")

    @_one_at_a_time
    def get_all(self, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Row]:
        unique = list(dict.fromkeys(wanted))
        held: dict[Key, Row] = {}
        for batch in itertools.batched(unique, 100, strict=False):
            self.calls.begin("get_all")
            typed_keys = [{keys.PK: {"S": pk}, keys.SK: {"S": sk}} for pk, sk in batch]
            with as_client_error("BatchGetItem"):
                dynamodb.check("BatchGetItem", {"RequestItems": {"in-memory": {"Keys": typed_keys}}})
            rows = super().get_all(batch)
            held |= rows
            self.rows_read += len(rows)
            self.consistent_reads += consistent
            self.read_units += get_units(rows.values(), missing=len(batch) - len(rows), consistent=consistent)
            self.calls.end("get_all")
        return held

    @_one_at_a_time
    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool:
        self.calls.begin("put_if")
        _TABLE_DOOR.put_all_if(rows)
        held = super().put_all_if(rows)
        if held and len(rows) > 1:
            self._bill_transaction(row for row, _ in rows)
        self.calls.end("put_if")
        return held

    @_one_at_a_time
    def count_once(self, marker: Row, amounts: Mapping[Key, int]) -> bool:
        self.calls.begin("count_once")
        _TABLE_DOOR.count_once(marker, amounts)
        new = super().count_once(marker, amounts)
        if new:
            self._bill_transaction([marker, *(self.items[key] for key in amounts)])
        self.calls.end("count_once")
        return new

    @_one_at_a_time
    def count_up(self, key: Key, amounts: dict[str, int], *, expires_s: int) -> Row:
        self.calls.begin("count_up")
        _TABLE_DOOR.count_up(key, amounts, expires_s=expires_s)
        row = super().count_up(key, amounts, expires_s=expires_s)
        self.calls.end("count_up")
        return row

    @_one_at_a_time
    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = key_parts.KEY_MAX,
        index: str = "",
        descending: bool = False,
        limit: int | None = None,
        after: Row | None = None,
        consistent: bool = False,
    ) -> Page:
        self.calls.begin("query")
        parameters: dict[str, Any] = {
            "start": start,
            "end": end,
            "index": index,
            "descending": descending,
            "limit": limit,
            "after": after,
            "consistent": consistent,
        }
        _TABLE_DOOR.query(pk, **parameters)
        page = super().query(pk, **parameters)
        self.rows_read += len(page.rows)
        self.consistent_reads += consistent
        self.read_units += read_units(page.rows, consistent=consistent)
        self.calls.end("query")
        return page

    @_one_at_a_time
    def scan(self, index: str, *, after: Row | None = None) -> Page:
        self.calls.begin("scan")
        page = super().scan(index, after=after)
        self.rows_read += len(page.rows)
        self.read_units += read_units(page.rows, consistent=False)
        self.calls.end("scan")
        return page


class MemoryQueue(queue.MemoryQueue):
    """The queue, with SQS's limits: it does not take the positions `refuse`, and says that `backlog` messages wait."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__()
        self.calls = calls or Calls()
        self.refuse: set[int] = set()
        self.backlog = 0

    @_one_at_a_time
    def send(self, bodies: Sequence[str], *, group: str) -> list[int]:
        self.calls.begin("send")
        _QUEUE_DOOR.send(bodies, group=group)
        super().send([body for position, body in enumerate(bodies) if position not in self.refuse], group=group)
        self.calls.end("send")
        return sorted(self.refuse & set(range(len(bodies))))

    @_one_at_a_time
    def waiting(self) -> int:
        self.calls.begin("waiting")
        return self.backlog


class MemoryDeliveryQueue(deliveries.MemoryDeliveryQueue):
    """The queue of deliveries, with SQS's limits."""

    def send(self, deliveries: Sequence[Delivery], *, now_us: int) -> None:
        _DELIVERIES_DOOR.send(deliveries, now_us=now_us)
        super().send(deliveries, now_us=now_us)

    def put(self, delivery: Delivery) -> None:
        _GIVEN_UP_DOOR.put(delivery)
        super().put(delivery)


class MemoryArchive(archive.MemoryArchive):
    """The archive, with S3's limits."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__()
        self.calls = calls or Calls()

    @_one_at_a_time
    def put(self, key: str, ndjson: list[bytes]) -> str:
        self.calls.begin("archive")
        with as_client_error("PutObject"):
            s3.check("PutObject", {"Key": key})
        super().put(key, ndjson)
        self.calls.end("archive")
        return key


class MemoryBus(bus.MemoryBus):
    """The bus, with EventBridge's limits."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__()
        self.calls = calls or Calls()

    @_one_at_a_time
    def publish(self, notices: Sequence[Notice]) -> None:
        self.calls.begin("publish")
        _BUS_DOOR.publish(notices)
        super().publish(notices)
        self.calls.end("publish")


class FailingBus(MemoryBus):
    """EventBridge that is down, and how often it was tried."""

    attempts = 0

    def publish(self, notices: Sequence[Notice]) -> None:
        self.attempts += 1
        raise Unpublished("EventBridge is down")


class MemoryAuditLog:
    """Keeps `functions.store.audit.AuditLog`; `refusal` is why it takes no line."""

    key = b"the key of the digests"

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.refusal: str | None = None

    def write(self, line: Line) -> str | None:
        self.lines += [line] if self.refusal is None else []
        return self.refusal


class QuietQueues:
    """A queue in which nothing waits, and no dead letters."""

    def waiting(self) -> int:
        return 0

    def set_aside(self) -> int:
        return 0

    def letters(self) -> list[SetAside]:
        return []
