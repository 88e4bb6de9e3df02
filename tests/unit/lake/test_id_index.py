"""On which days the contents of an id lie, as the table's index by id says."""

import orjson
import pytest

from functions.core.messages import Item, Message
from functions.core.times import format_time, parse_time
from functions.lake.id_index import days_of_conflicts
from functions.store.rows.events import fact_of_item, row_of
from tests.fakes import MemoryTable
from tests.lake_lines import event
from tests.lake_world import NINE_US, TENANT
from tests.payloads import APP, Json

OTHER_TENANT = "u" * 22


def table_of(*events: Json, tenant: str = TENANT, page_rows: int | None = None) -> MemoryTable:
    table = MemoryTable(page_rows=page_rows)
    message = Message(tenant=tenant, app_id=APP, job="j", received_us=NINE_US)
    facts = [fact_of_item(Item("event", orjson.dumps(each)), message) for each in events]
    table.put_all(row_of(fact, tenant=tenant, auto_attach=False, expires_s=1_900_000_000) for fact in facts)
    return table


def event_at(identifier: str, time: str, **said: str) -> Json:
    us = parse_time(time)
    assert us is not None
    return event(identifier, "urn:x:ada", eventTime=format_time(us), **said)


def test_an_id_of_several_contents_lies_on_each_of_their_days() -> None:
    table = table_of(
        event_at("urn:x:1", "2026-03-02T09:00:00Z"),
        event_at("urn:x:1", "2026-03-02T10:00:00Z"),
        event_at("urn:x:1", "2026-01-21T10:00:00Z"),
        event_at("urn:x:2", "2026-03-05T09:00:00Z"),
    )
    wanted = [(TENANT, "urn:x:1"), (TENANT, "urn:x:2"), (TENANT, "urn:x:3"), (OTHER_TENANT, "urn:x:1")]
    assert days_of_conflicts(table, wanted) == {(TENANT, "urn:x:1"): {"2026-03-02", "2026-01-21"}}


def test_contents_of_one_day_lie_on_it() -> None:
    table = table_of(
        event_at("urn:x:1", "2026-03-02T09:00:00Z"), event_at("urn:x:1", "2026-03-02T09:00:00Z", action="Used")
    )
    assert days_of_conflicts(table, [(TENANT, "urn:x:1")]) == {(TENANT, "urn:x:1"): {"2026-03-02"}}


def test_an_impossible_time_is_of_no_day() -> None:
    table = table_of(event_at("urn:x:1", "2026-03-02T09:00:00Z"), event_at("urn:x:1", "1970-01-02T09:00:00Z"))
    assert days_of_conflicts(table, [(TENANT, "urn:x:1")]) == {(TENANT, "urn:x:1"): {"2026-03-02"}}


@pytest.mark.parametrize("page_rows", [1, 2])
def test_contents_of_several_pages_are_all_seen(page_rows: int) -> None:
    days = [f"2026-03-{day:02d}" for day in (2, 5, 9)]
    table = table_of(*(event_at("urn:x:1", f"{day}T09:00:00Z") for day in days), page_rows=page_rows)
    assert days_of_conflicts(table, iter([(TENANT, "urn:x:1")])) == {(TENANT, "urn:x:1"): set(days)}


def test_no_ids_are_no_queries() -> None:
    table = MemoryTable()
    assert days_of_conflicts(table, []) == {}
    assert table.calls.total == 0
