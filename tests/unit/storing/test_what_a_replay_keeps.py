"""Small rules of storing that a wrong number or a lost row would follow from."""

import json
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.messages import Item
from functions.core.sessions.timeouts import Timeouts
from functions.core.sessions.timer import TimerRequest
from functions.core.times import DAY_US, FIRST_US
from functions.store import keys
from functions.store.dynamodb.table import Row, key_of
from functions.store.facts.reading import Reading
from functions.store.quarantine.rejections import from_row
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.store.rows.conflicts import rows_of_conflicts
from functions.store.rows.events import fact_of_item
from functions.store.rows.timers import timer_key, timer_of
from functions.store.slices import slices
from functions.storing.additions import Addition
from functions.storing.event_index_cache import EventIndexCache
from functions.storing.rejected import rejection_of
from functions.storing.replaying import merged, store_again
from functions.storing.scheduling import expiry_of_timer_s, schedule_timer
from functions.storing.unique_ids import with_unique_ids
from functions.storing.write_set import build_write_set
from tests.fakes import MemoryTable
from tests.payloads import APP, Json, Payloads
from tests.unit.storing.test_pipeline import NOW_US, SETTINGS, TENANT, message, run, with_prefix
from tests.world import PROCESS, STUDENT, World

TIMEOUTS = Timeouts.constant(idle_minutes=30, heartbeat_minutes=5)


def in_session(payloads: Payloads) -> Json:
    return payloads.lesson_started(payloads.urn()) | {"session": payloads.urn()}


def counted(table: MemoryTable) -> dict[Any, Any]:
    return {key: row["count"] for key, row in table.items.items() if "count" in row}


@pytest.mark.parametrize("held", [True, False])
def test_a_replay_stores_and_counts_what_process_does(held: bool) -> None:
    payloads = Payloads(31)
    batches = [[message(in_session(payloads), job=f"j{number:021d}")] for number in range(3)]
    live, replayed = MemoryTable(), MemoryTable()
    for batch in batches:
        run(live, *batch)
    registrations = Registrations(replayed, SETTINGS.timeouts)
    for _ in range(2):
        store_again(
            batches,
            table=replayed,
            settings=SETTINGS,
            now_us=NOW_US,
            event_index_cache=EventIndexCache(),
            registrations=registrations,
            held=held,
        )
    assert counted(replayed) == counted(live)
    assert len(counted(live)) > 0
    for prefix in (keys.EVENT, keys.EVENT_INDEX, keys.TIMER):
        assert with_prefix(replayed, prefix) == with_prefix(live, prefix), prefix
        assert len(with_prefix(live, prefix)) >= 3, prefix


def test_the_index_rows_of_all_batches_are_in_their_sum() -> None:
    payloads = Payloads(32)
    parts = [
        build_write_set([message(in_session(payloads))], retention_days=lambda _: 400, timeouts=lambda _: TIMEOUTS)
        for _ in range(2)
    ]
    first, second = ({**part.index_rows} for part in parts)
    assert first
    assert second
    assert not first.keys() & second.keys()
    assert merged(parts).index_rows == first | second


def test_each_id_with_several_contents_has_rows_of_its_own() -> None:
    payloads = Payloads(33)
    facts = []
    for event in (payloads.lesson_started(STUDENT), payloads.lesson_started(STUDENT)):
        for action in ("Started", "Completed"):
            sent = message(event | {"action": action})
            facts.append(fact_of_item(sent.items[0], sent))
    rows = rows_of_conflicts(facts, tenant=TENANT, app_id=APP, expires_s=9)
    assert len(rows) == 2 * 3, "a row beside each content, and one in the list of conflicts"
    assert {row[keys.TTL] for row in rows} == {9}
    assert len({key_of(row) for row in rows}) == 6
    assert rows_of_conflicts(facts[:1], tenant=TENANT, app_id=APP, expires_s=9) == []


@pytest.mark.parametrize(("pause_minutes", "facts"), [(35, 2), (35.00002, 1)])
def test_a_slice_reaches_back_to_the_pause_that_is_longer_than_a_slice_gap(pause_minutes: float, facts: int) -> None:
    """It is asked for from the later fact on."""
    world = World()
    world.send(world.event(0), world.event(pause_minutes))
    reading = Reading(slice_gap_us=PROCESS.timeouts.slice_gap_us)
    later_us = max(fact.entry.time_us for fact in world.facts())
    (of,) = slices(world.table, keys.learner_pk(TENANT, STUDENT), later_us, reading)
    assert len(of.facts) == facts
    assert later_us > FIRST_US


def test_rejected_items_of_several_lines_come_back_byte_for_byte() -> None:
    raws = [b'{\n"a": 1\n}', b"\n", b"[]", b"\xff\n\xfe"]
    items = [Item("rejection", raw, [{"code": "x", "severity": "error", "pointer": ""}]) for raw in raws]
    table = MemoryTable()
    run(table, message(items=items))
    stored = [item for row in table.items.values() if "items" in row for item in from_row(row)]
    assert [item.raw for item in stored] == raws
    assert [item.index for item in stored] == [0, 1, 2, 3]


@pytest.mark.parametrize("sensor", ["urn:x:sensor", ""])
def test_an_event_that_dynamodb_will_not_take_is_rejected_with_all_that_came_with_it(sensor: str) -> None:
    table = MemoryTable()
    event = Payloads(34).lesson_started(STUDENT)
    run(table, message(event, sensor=sensor))
    (row,) = with_prefix(table, keys.EVENT)
    items = [item for kept in rejection_of(row) if "items" in kept for item in from_row(kept)]
    (rejected,) = items
    assert (rejected.sensor, rejected.app_id, rejected.received_us, rejected.job) == (sensor, APP, NOW_US, "j" * 22)
    assert json.loads(rejected.raw) == event
    (finding,) = rejected.findings
    assert (finding["severity"], finding["code"], finding["pointer"]) == ("error", "processing-failed", "")
    assert set(finding) == {"severity", "code", "pointer", "message", "source"}


def test_a_second_content_that_is_refused_says_why_in_full() -> None:
    event = Payloads(35).lesson_started(STUDENT)
    first, second = message(event), message(event | {"action": "Completed"}, job="k" * 22)
    kept, refused = with_unique_ids([first, second], MemoryTable(), {TENANT})
    assert [item.kind for item in kept.items] == ["event"]
    ((item,),) = [refused.items]
    assert item.kind == "rejection"
    (finding,) = item.findings
    assert {name: finding[name] for name in ("severity", "code", "pointer")} == {
        "severity": "error",
        "code": "conflicting-id",
        "pointer": "/id",
    }
    assert set(finding) == {"severity", "code", "pointer", "message", "source"}


def test_a_session_timer_outlives_what_is_kept_from_now_on_by_a_month() -> None:
    assert expiry_of_timer_s(400, now_us=NOW_US) == (NOW_US + (400 + 31) * DAY_US) // 1_000_000


def test_a_replay_into_a_table_that_holds_all_reads_the_rows_at_half_the_price_and_writes_none() -> None:
    batches = [[message(in_session(Payloads(36)), job="j" * 22)]]
    table = MemoryTable()
    run(table, *batches[0])
    table.consistent_reads, table.written = 0, 0
    table.calls.counts.clear()
    store_again(
        batches,
        table=table,
        settings=SETTINGS,
        now_us=NOW_US,
        event_index_cache=EventIndexCache(),
        registrations=Registrations(table, SETTINGS.timeouts),
        held=True,
    )
    assert (len(with_prefix(table, keys.EVENT)), table.written) == (1, 0)
    assert table.calls.counts["get_all"] - table.consistent_reads == 1


def test_only_the_first_fact_opens_a_timeline() -> None:
    table = MemoryTable()
    pk = keys.learner_pk(TENANT, STUDENT)
    request = TimerRequest(from_us=NOW_US, due_us=NOW_US + 10)
    addition = Addition(tenant=TENANT, app_id=APP, learner=STUDENT, session=None, request=request)

    def stored() -> Any:
        row: Row | None = table.items.get(timer_key(pk))
        return None if row is None else timer_of(row)

    assert schedule_timer(table, pk, addition, None, expires_s=1)
    assert not schedule_timer(table, pk, addition, stored(), expires_s=1), "it stands as it must already"
    addition.request = TimerRequest(from_us=NOW_US - 5, due_us=NOW_US)
    assert not schedule_timer(table, pk, addition, stored(), expires_s=1), "it was open before"
    assert not schedule_timer(table, pk, addition, None, expires_s=1), "another worker was first"


def test_an_app_that_was_removed_is_not_changed_or_removed_again() -> None:
    registry = Registry(MemoryTable())
    app = App(app_id=APP, tenant=TENANT, name="Fractions")
    assert not registry.remove_app(TENANT, now_us=NOW_US)
    registry.add_app(app, now_us=NOW_US)
    assert registry.remove_app(TENANT, now_us=NOW_US)
    assert not registry.remove_app(TENANT, now_us=NOW_US + 1)
    assert registry.apps() == []
