"""What a worker remembers saves reads and changes nothing of what is stored."""

import json
from collections.abc import Callable
from typing import Any

from functions.core.messages import Item, Message
from functions.core.times import DAY_US
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.dynamodb.table import Key, Row
from functions.storing.event_index_cache import EventIndexCache
from functions.storing.pipeline import process
from tests.fakes import MemoryArchive, MemoryTable
from tests.payloads import APP, Payloads
from tests.world import NINE_US, STUDENT, TENANT

SETTINGS = ProcessSettings(table_name="t", bucket_name="b", retention_days=400)
SESSION = "https://sessions.example.org/1"


class Watched(MemoryTable):
    """Notes which keys were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[list[Key]] = []

    def get_all(self, wanted: Any, *, consistent: bool = True) -> Any:
        self.read.append(list(wanted))
        return super().get_all(self.read[-1], consistent=consistent)


def send(table: MemoryTable, known: EventIndexCache, payloads: Payloads, *, received_us: int = NINE_US) -> None:
    event = payloads.question_started(STUDENT) | {"session": SESSION, "eventTime": "2026-03-02T09:00:00.000Z"}
    item = Item("event", json.dumps(event).encode())
    message = Message(tenant=TENANT, app_id=APP, job="j" * 22, received_us=received_us, items=[item])
    process([message], table=table, archive=MemoryArchive(), settings=SETTINGS, now_us=NINE_US, event_index_cache=known)


def index_rows(table: MemoryTable) -> dict[Key, Any]:
    return {key: row for key, row in table.items.items() if key[1].startswith(keys.EVENT_INDEX)}


def test_an_event_index_row_is_read_once_by_a_worker_and_its_timer_every_time() -> None:
    table, known, payloads = Watched(), EventIndexCache(), Payloads(1)
    for _ in range(3):
        send(table, known, payloads)
    of_timelines = [len(wanted) for wanted in table.read if wanted[0][0] != keys.APPS]
    assert of_timelines == [2, 1, 1]
    assert len(index_rows(table)) == 1


def test_a_worker_that_remembers_stores_what_one_that_forgets_stores() -> None:
    remembering, forgetting, known = MemoryTable(), MemoryTable(), EventIndexCache()
    memories: list[tuple[MemoryTable, Callable[[], EventIndexCache]]] = [
        (remembering, lambda: known),
        (forgetting, EventIndexCache),
    ]
    for table, memory in memories:
        payloads = Payloads(2)
        for day in range(0, 90, 10):
            send(table, memory(), payloads, received_us=NINE_US + day * DAY_US)
    assert remembering.items == forgetting.items


def test_an_event_index_row_lives_as_long_as_the_latest_event_that_it_leads_to() -> None:
    table, known, payloads = MemoryTable(), EventIndexCache(), Payloads(3)
    for day in (0, 20, 60, 200):
        send(table, known, payloads, received_us=NINE_US + day * DAY_US)
    (row,) = index_rows(table).values()
    newest = max(int(str(row[keys.TTL])) for (_, sk), row in table.items.items() if sk.startswith(keys.EVENT))
    assert row[keys.TTL] >= newest


def test_what_is_remembered_is_bounded() -> None:
    known = EventIndexCache(most=10)
    rows: dict[Key, Row] = {("p", str(number)): {keys.TTL: 10**10} for number in range(25)}
    for key, row in rows.items():
        known.stored(key, row)
    assert 0 < 25 - len(known.unknown(rows)) <= 10
