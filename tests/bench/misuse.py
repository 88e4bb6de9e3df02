"""What abuse costs: write units and stored bytes a byte of request, of eleven kinds, beside an honest request.

A request's size is its bytes and its items, because both are counted by an app's budget: an accepted item is a row of
its own however small it is. So a request of n bytes and m items is compared with the dearer of two honest ones: one of
n bytes, one of m items. Each request goes through `ingest` and `process` over a table that adds up what DynamoDB would
bill. Counts, no clock.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from functions.core.messages import unpack
from functions.core.times import format_time
from functions.storing.pipeline import process
from functions.validate.ingest import ingest
from tests.bench import rubbish
from tests.bench.items import STORED_OVERHEAD
from tests.bench.measure import Figure
from tests.bench.processing import SETTINGS
from tests.bench.samples import LMS, NOW_US, School, bodies
from tests.fakes import MemoryArchive, MemoryQueue, MemoryTable
from tests.payloads import Payloads, envelope
from tests.units import index_row, item_bytes

BOUND = 4  # times what an honest request of its size costs
ITEMS = 1_000
_INDEXES = (("ref",), ("shard", "due"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request costs: its size, the write units that it causes, the bytes that table and indexes keep."""

    request_bytes: int
    items: int
    write_units: int
    stored_bytes: int

    @property
    def units_a_byte(self) -> float:
        return self.write_units / self.request_bytes

    @property
    def stored_a_byte(self) -> float:
        return self.stored_bytes / self.request_bytes


def cost_of(body: bytes) -> Cost:
    """The cost of a request to an empty table."""
    queue, table = MemoryQueue(), MemoryTable()
    ingest(body, app=LMS, queue=queue, now_us=NOW_US, nonce=bytes(8))
    messages = [unpack(text) for text in queue.bodies]
    if messages:
        process(messages, table=table, archive=MemoryArchive(), settings=SETTINGS, now_us=NOW_US)
    stored = 0
    for row in table.items.values():
        stored += item_bytes(row) + STORED_OVERHEAD
        for names in _INDEXES:
            if all(name in row for name in names):
                stored += item_bytes(index_row(row, *names)) + STORED_OVERHEAD
    return Cost(len(body), len(orjson.loads(body)["data"]), sum(table.written_units.values()), stored)


def ratios(cost: Cost, fair: Cost) -> tuple[float, float]:
    """Write units and stored bytes, each times those of an honest request of its size; `fair` is an honest one."""
    size = max(cost.request_bytes / fair.request_bytes, cost.items / fair.items)
    return cost.write_units / (fair.write_units * size), cost.stored_bytes / (fair.stored_bytes * size)


def _request(items: list[Any], **header: str) -> bytes:
    return orjson.dumps(envelope() | header | {"data": items})


def honest() -> bytes:
    """A request of a class at work: the mix of the source documents, learners in sessions and runs."""
    school = School(61, 100)
    return _request([*school.logged_in(), *(school.event() for _ in range(ITEMS - 100))])


def honest_single() -> bytes:
    """The smallest honest request: one event."""
    return next(bodies(62, 1))


def tiny_with_ids() -> bytes:
    return _request([{"id": str(number)} for number in range(ITEMS)])


def rejected_alike() -> bytes:
    """The same rejected item over and over under the same id."""
    return _request([{"id": "urn:x:1", "type": "ViewEvent"}] * ITEMS)


def _tiny_event(number: int, **more: Any) -> dict[str, Any]:
    """The smallest event that is accepted."""
    time = format_time(NOW_US - number * 1_000)
    return {"id": f"a:{number}", "type": "Event", "actor": f"b:{number}", "action": "Used", "object": "c:1",
            "eventTime": time, **more}  # fmt: skip


def new_learners() -> bytes:
    return _request([_tiny_event(number) for number in range(ITEMS)])


def new_sessions() -> bytes:
    """Each event begins a session and a run of a learner of its own, and says an address."""
    return _request(
        [_tiny_event(n, session=f"s:{n}", extensions={"runId": f"r:{n}", "email": f"{n}@x.y"}) for n in range(ITEMS)]
    )


def long_sensor() -> bytes:
    return _request([_tiny_event(number) for number in range(ITEMS)], sensor="https://x/" + "é" * 1_000)


def long_ids() -> bytes:
    """Ids of the most bytes in every place that rows repeat."""
    payloads = Payloads(63)

    def noise() -> str:
        return "x:" + f"{payloads.random.getrandbits(8_000):02000x}"

    return _request([_tiny_event(n, id=noise(), actor=noise(), session=noise()) for n in range(100)])


def entities() -> bytes:
    return _request([{"id": f"e:{number}", "type": "Person"} for number in range(ITEMS)])


def warned() -> bytes:
    """Accepted events with as many warnings as an item may have."""
    return _request([_tiny_event(number, a=1, b=1, c=1, d=1, e=1, f=1, g=1) for number in range(ITEMS)])


KINDS: dict[str, Callable[[], bytes]] = {
    "numbers": lambda: rubbish.numbers(ITEMS, 1),
    "empty objects": lambda: rubbish.empty(ITEMS, 2),
    "headless events": lambda: rubbish.headless(ITEMS, 3),
    "tiny items with ids": tiny_with_ids,
    "one rejected id over and over": rejected_alike,
    "new learners": new_learners,
    "new sessions": new_sessions,
    "a long sensor": long_sensor,
    "long ids": long_ids,
    "entities": entities,
    "warnings": warned,
}


def figures() -> Iterator[Figure]:
    """Units and stored bytes a byte of request, of honest requests and of each kind of abuse."""
    fair = cost_of(honest())
    for name, body in {"honest": honest, "honest single event": honest_single, **KINDS}.items():
        cost = cost_of(body())
        yield Figure(f"wru_per_request_byte:{name}", cost.units_a_byte, "WRU/byte")
        yield Figure(f"wru_vs_honest:{name}", ratios(cost, fair)[0], "× an honest request of its bytes or items")
        yield Figure(f"stored_bytes_per_request_byte:{name}", cost.stored_a_byte, "bytes/byte")
