"""A batch of messages becomes rows and scheduled timers, once in effect however often it comes."""

import base64
import json
import math
import random
import threading
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.messages import Item, Message, pack
from functions.core.sessions.timer import SessionTimer
from functions.core.times import DAY_US, MINUTE_US, day_of, parse_time
from functions.process.handler import handler
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.dynamodb import attributes
from functions.store.dynamodb.table import Row, key_of
from functions.store.quarantine.rejections import INDEX_STEP_BYTES, entry_of, from_row, item_of
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.store.rows.events import fact_of_row
from functions.store.rows.sensors import is_from, with_sensors
from functions.store.rows.timers import timer_of
from functions.storing.pipeline import process
from tests.fakes import Calls, Crash, MemoryArchive, MemoryBus, MemoryTable
from tests.handlers import process_dependencies
from tests.payloads import APP, Json, Payloads
from tests.units import item_bytes

SETTINGS = ProcessSettings(table_name="t", bucket_name="b", idle_minutes=30, retention_days=400)
TENANT = keys.tenant_of(APP)
FINDING = {"severity": "error", "code": "missing", "pointer": "/actor", "message": "m", "source": "s"}
NOW_US = parse_time("2026-03-02T09:00:05Z") or 0
COUNTS = 3  # rows of a batch with rejections of one code: a marker, the count of all, the count of the code


def message(*events: Json, **changed: Any) -> Message:
    items = [Item("event", json.dumps(event).encode()) for event in events]
    values: dict[str, Any] = {
        "tenant": TENANT, "app_id": APP, "job": "j" * 22, "received_us": NOW_US, "items": items, **changed,
    }  # fmt: skip
    return Message(**values)


def run(table: MemoryTable, *messages: Message, archive: MemoryArchive | None = None) -> None:
    process(messages, table=table, archive=archive or MemoryArchive(), settings=SETTINGS, now_us=NOW_US)


def with_prefix(table: MemoryTable, prefix: str) -> list[Row]:
    return [row for (_, sk), row in sorted(table.items.items()) if sk.startswith(prefix)]


@pytest.fixture
def payloads() -> Payloads:
    return Payloads(3)


def test_the_bytes_of_an_event_rest_unchanged_in_table_and_archive(payloads: Payloads) -> None:
    raw = (
        b'{ "type":"ViewEvent",\n"id" : "urn:uuid:A1B2C3D4-0000-4000-8000-000000000000", "actor":"https://x/u",'
        b'"action":"Viewed","object":"https://x/o","eventTime":"2026-03-02T09:00:00+0000", "n":1.0}'
    )
    table, archive = MemoryTable(), MemoryArchive()
    run(table, message(items=[Item("event", raw)]), archive=archive)
    (row,) = with_prefix(table, keys.EVENT)
    assert fact_of_row(row).raw == raw
    assert [item.raw for message in archive.messages() for item in message.items] == [raw]


def test_a_repeated_event_is_stored_once(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    table = MemoryTable()
    run(table, message(event), message(event, job="k" * 22))
    run(table, message(dict(reversed(event.items()))))
    assert len(with_prefix(table, keys.EVENT)) == 1


def test_another_content_under_the_same_id_is_kept_beside_it(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    table = MemoryTable()
    run(table, message(event), message(event | {"action": "Completed"}))
    rows = table.query(keys.event_ref(TENANT, event["id"]), index=keys.BY_ID).rows
    assert len(rows) == 2


def test_every_row_of_a_tenant_begins_with_it(payloads: Payloads) -> None:
    table = MemoryTable()
    run(table, message(*payloads.events(30)))
    assert {pk.partition("#")[0] for pk, _ in table.items} == {TENANT}


def test_an_event_lies_with_its_learner_else_its_session_else_in_a_shard(payloads: Payloads) -> None:
    student, session = payloads.urn(), payloads.urn()
    app = {"id": APP, "type": "SoftwareApplication"}
    of_learner = payloads.question_started(student)
    of_session = payloads.question_started(student) | {"actor": app, "session": session}
    unattributed = payloads.question_started(student) | {"actor": app, "session": None}
    table = MemoryTable()
    run(table, message(of_learner, of_session, unattributed))
    places = {row[keys.PK]: fact_of_row(row).entry.id for row in with_prefix(table, keys.EVENT)}
    assert places[keys.learner_pk(TENANT, student)] == of_learner["id"]
    assert places[keys.session_pk(TENANT, session)] == of_session["id"]
    assert places[keys.unattributed_pk(TENANT, unattributed["id"])] == unattributed["id"]


def test_an_event_in_an_open_session_costs_one_row_and_no_more(payloads: Payloads) -> None:
    student, session = payloads.urn(), payloads.urn()
    table = MemoryTable()
    run(table, message(payloads.logged_in(student, session)))
    later = payloads.lesson_started(student) | {"session": session}
    table.written = 0
    run(table, message(later))
    assert table.written == 6  # the event, and the batch's manifest, its pointer, its marker and its two counts


def test_a_session_and_a_run_are_found_on_the_days_of_their_events(payloads: Payloads) -> None:
    student, run_id = payloads.urn(), payloads.urn()
    first, second = payloads.time_spent(student, run_id), payloads.time_spent(student, run_id)
    second["eventTime"] = "2026-03-05T10:00:00.000Z"
    table = MemoryTable()
    run(table, message(first, second, received_us=parse_time("2026-03-05T10:00:01Z")))
    index_rows = table.query(keys.event_index_ref(TENANT, run_id.removeprefix("urn:uuid:")), index=keys.BY_ID).rows
    assert {str(row[keys.SK]).rpartition("#")[2] for row in index_rows} == {day_of(NOW_US), "20260305"}


def timer(table: MemoryTable, learner: str) -> SessionTimer:
    return timer_of(table.items[keys.learner_pk(TENANT, learner), keys.TIMER]).timer


def test_a_learners_first_event_schedules_a_look_at_its_timeline(payloads: Payloads) -> None:
    student, session = payloads.urn(), payloads.urn()
    event = payloads.question_started(student) | {"session": session}
    table = MemoryTable()
    run(table, message(event))
    timer_row = timer(table, student)
    assert (timer_row.state, timer_row.from_us) == ("scheduled", parse_time(event["eventTime"]))
    assert timer_row.due_us == max(timer_row.from_us, NOW_US) + 30 * MINUTE_US


def test_all_events_of_a_learner_share_one_timer(payloads: Payloads) -> None:
    student = payloads.urn()
    table = MemoryTable()
    named = payloads.question_started(student) | {"session": payloads.urn(), "edApp": payloads.urn()}
    run(table, message(payloads.lesson_started(student), payloads.question_started(student), named))
    assert len(with_prefix(table, keys.TIMER)) == 1


def test_an_event_from_the_future_is_stored_but_opens_nothing(payloads: Payloads) -> None:
    student = payloads.urn()
    event = payloads.lesson_started(student) | {"eventTime": "2026-03-02T10:00:00.000Z"}
    table, bus = MemoryTable(), MemoryBus()
    process([message(event)], table=table, archive=MemoryArchive(), settings=SETTINGS, now_us=NOW_US, bus=bus)
    assert len(with_prefix(table, keys.EVENT)) == 1
    assert bus.notices == []
    assert timer(table, student).due_us == NOW_US + 30 * MINUTE_US


def test_only_a_session_that_asks_for_heartbeats_has_a_login_row(payloads: Payloads) -> None:
    student, session = payloads.urn(), payloads.urn()
    table = MemoryTable()
    run(table, message(payloads.logged_in(student), payloads.logged_in(student, session, requiresHeartbeat=True)))
    (row,) = with_prefix(table, keys.LOGIN)
    assert row["session"] == session


class Slow(MemoryTable):
    """Notes how many writers put session timers, and waits for others before the first put ends."""

    def __init__(self, *, writers: int) -> None:
        super().__init__()
        self.writers: set[int] = set()
        self._all_here = threading.Barrier(writers)

    def put_if(self, row: Row, version: int | None) -> bool:
        if threading.get_ident() not in self.writers:
            self.writers.add(threading.get_ident())
            self._all_here.wait(timeout=10)
        return super().put_if(row, version)


def test_new_timers_of_a_batch_are_put_by_eight_writers_at_once(payloads: Payloads) -> None:
    table = Slow(writers=8)
    run(table, message(*(payloads.lesson_started(payloads.urn()) for _ in range(40))))
    assert len(table.writers) == 8
    assert len(with_prefix(table, keys.TIMER)) == 40


def test_what_is_not_scheduled_in_time_is_delivered_again_and_nothing_else(payloads: Payloads) -> None:
    known, new = payloads.urn(), payloads.urn()
    table = MemoryTable()
    run(table, message(payloads.lesson_started(known)))
    batch = [message(payloads.lesson_started(known)), message(payloads.lesson_started(new), job="k" * 22)]
    result = process(
        batch,
        table=table,
        archive=MemoryArchive(),
        settings=SETTINGS,
        now_us=NOW_US,
        time_left=lambda: False,
    )
    assert result.unscheduled == {1}
    assert (keys.learner_pk(TENANT, new), keys.TIMER) not in table.items
    run(table, batch[1])
    assert timer(table, new).state == "scheduled"


def test_a_registration_is_read_once_a_minute_by_a_worker(payloads: Payloads) -> None:
    table = MemoryTable()
    registrations = Registrations(table, SETTINGS.timeouts)
    for second, reads in ((0, 1), (59, 1), (61, 2)):
        registrations.of(TENANT, now_us=NOW_US + second * 1_000_000)
        assert table.calls.counts["get_all"] == reads


def test_an_edapp_that_only_a_pattern_of_the_registration_names_is_marked(payloads: Payloads) -> None:
    table, archive = MemoryTable(), MemoryArchive()
    app = App(app_id=APP, tenant=TENANT, edapps=(APP, "https://pattern.example.org/*"))
    Registry(table).add_app(app, now_us=NOW_US)
    exact = payloads.question_started(payloads.urn())
    by_pattern = exact | {"id": payloads.urn(), "edApp": "https://pattern.example.org/1"}
    run(table, message(exact, by_pattern), archive=archive)
    marked = {fact_of_row(row).entry.id: fact_of_row(row).entry.wildcard for row in with_prefix(table, keys.EVENT)}
    assert marked == {exact["id"]: False, by_pattern["id"]: True}
    assert {message.edapps for message in archive.messages()} == {(APP,)}, (
        "a rebuild marks the same, whatever is registered"
    )


def test_retention_counts_from_when_an_event_was_received(payloads: Payloads) -> None:
    old = payloads.lesson_started(payloads.urn()) | {"eventTime": "2012-03-02T10:00:00.000Z"}
    table = MemoryTable()
    run(table, message(old))
    (row,) = with_prefix(table, keys.EVENT)
    assert row[keys.TTL] == NOW_US // 1_000_000 + 400 * 86_400


def test_a_rejected_item_is_kept_with_its_reasons_and_found_by_its_id(payloads: Payloads) -> None:
    raw = json.dumps({"id": "urn:uuid:bad", "type": "ViewEvent"}).encode()
    table = MemoryTable()
    run(table, message(items=[Item("rejection", raw, [{"severity": "error", "code": "missing-actor"}])]))
    packed, entry = sorted((row for (pk, _), row in table.items.items() if "#X#" in pk), key=len, reverse=True)
    assert entry[keys.BY_ID_PK] == keys.rejection_ref(TENANT, id_digest("urn:uuid:bad"))
    assert item_of({key_of(packed): packed}, entry_of(key_of(entry))) == from_row(packed)[0]
    assert from_row(packed)[0].raw == raw


@pytest.mark.parametrize(("count", "rows_written"), [(1, 2), (100, 101), (250, 101)])
def test_rejected_items_of_a_message_are_one_row_and_an_index_entry_for_the_first_hundred(
    payloads: Payloads, count: int, rows_written: int
) -> None:
    raws = [json.dumps({"id": payloads.urn(), "filler": "x" * 600}).encode() for _ in range(count)]
    table = MemoryTable()
    run(table, message(items=[Item("rejection", raw, [FINDING]) for raw in raws]))
    assert sum("#X#" in pk for pk, _ in table.items) == rows_written
    assert table.written == rows_written + COUNTS


def test_small_rejected_items_have_an_index_entry_for_each_half_kilobyte(payloads: Payloads) -> None:
    raws = [b'{"id":"%d"}' % number for number in range(250)]
    table = MemoryTable()
    run(table, message(items=[Item("rejection", raw, [FINDING]) for raw in raws]))
    assert table.written == 1 + math.ceil(sum(map(len, raws)) / INDEX_STEP_BYTES) + COUNTS


def test_rejected_items_that_cannot_be_compressed_stay_under_the_limit_of_a_row(payloads: Payloads) -> None:
    noise = [base64.b64encode(random.Random(number).randbytes(150_000)) for number in range(3)]
    table = MemoryTable()
    run(table, message(items=[Item("rejection", raw, [FINDING]) for raw in noise]))
    (row,) = (row for row in table.items.values() if "items" in row)
    assert item_bytes(row) < 400_000
    assert (len(from_row(row)), row["left_out"]) == (1, 2)


def test_every_accepted_item_that_cannot_be_processed_is_kept(payloads: Payloads) -> None:
    items = [Item("event", b"\x00 never accepted %d" % number) for number in range(250)]
    table = MemoryTable()
    run(table, message(items=items))
    kept = [item for row in table.items.values() if "items" in row for item in from_row(row)]
    assert sorted(item.index for item in kept) == list(range(250))
    assert {finding["code"] for item in kept for finding in item.findings} == {"processing-failed"}


def test_an_event_that_cannot_be_handled_is_rejected_and_its_neighbours_are_stored(payloads: Payloads) -> None:
    good, also_good = payloads.lesson_started(payloads.urn()), payloads.question_started(payloads.urn())
    items = [
        Item("event", json.dumps(good).encode()),
        Item("event", b"\x00 this was never accepted"),
        Item("event", json.dumps(also_good).encode()),
    ]
    table = MemoryTable()
    run(table, message(items=items))
    assert {fact_of_row(row).entry.id for row in with_prefix(table, keys.EVENT)} == {
        good["id"],
        also_good["id"],
    }
    assert [len(from_row(row)) for row in table.items.values() if "items" in row] == [1]


def test_a_manifest_row_names_every_event_of_the_batch(payloads: Payloads) -> None:
    events = list(payloads.events(28))
    table = MemoryTable()
    run(table, message(*events))
    (row,) = [row for (pk, _), row in table.items.items() if "#L#" in pk and "keys" in row]
    assert row["count"] == 28


@pytest.mark.slow
def test_a_crash_at_any_call_and_a_second_delivery_end_as_one_delivery_does(payloads: Payloads) -> None:
    student = payloads.urn()
    batch = [
        message(payloads.logged_in(student), *payloads.events(40)),
        message(payloads.lesson_started(student), job="k" * 22),
    ]
    whole = MemoryTable()
    run(whole, *batch)
    for moment in ("fail_before", "fail_after"):
        for number in range(1, 100):
            calls = Calls()
            setattr(calls, moment, number)
            table, archive = MemoryTable(calls), MemoryArchive(calls)
            try:
                run(table, *batch, archive=archive)
            except Crash:
                setattr(calls, moment, None)
                run(table, *batch, archive=archive)
                assert table.items == whole.items
                assert len(archive.objects) == 1
            else:
                break
        assert number > 4


def test_a_message_that_cannot_be_read_fails_alone(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    records = [
        {"messageId": "good", "body": pack(message(event))},
        {"messageId": "bad", "body": "AAAA"},
    ]
    table = MemoryTable()
    answer = handler({"Records": records}, None, dependencies=process_dependencies(table, SETTINGS))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert id_digest(event["id"]) in with_prefix(table, keys.EVENT)[0][keys.SK]  # type: ignore[operator]


def test_a_long_sensor_is_stored_once_a_message(payloads: Payloads) -> None:
    events = list(payloads.events(28))
    table = MemoryTable()
    sensor = "https://app.example.org/" + "é" * 900
    run(table, message(*events, sensor=sensor))
    assert [row["sensor"] for row in table.items.values() if "sensor" in row] == [sensor]
    stored_rows = with_prefix(table, keys.EVENT)
    assert {row["sensor"] for row in with_sensors(table, stored_rows)} == {sensor}
    assert all(is_from(row, sensor) and not is_from(row, "https://another") for row in stored_rows)


def test_a_replay_of_old_events_does_not_let_the_sensor_of_newer_ones_expire(payloads: Payloads) -> None:
    sensor = "https://app.example.org/" + "x" * 900
    table = MemoryTable()
    run(table, message(payloads.lesson_started(payloads.urn()), sensor=sensor))
    run(table, message(payloads.lesson_started(payloads.urn()), sensor=sensor, received_us=NOW_US - 300 * DAY_US))
    for row in with_prefix(table, keys.EVENT):
        (resolved,) = with_sensors(table, [row])
        assert resolved["sensor"] == sensor
    sensor_ends, event_ends = (
        sorted(attributes.number(row, keys.TTL) for row in with_prefix(table, prefix))
        for prefix in ("SENSOR#", keys.EVENT)
    )
    assert all(later > end for later, end in zip(sensor_ends, event_ends, strict=True))


def test_a_batch_counts_the_sessions_that_it_begins(payloads: Payloads) -> None:
    table = MemoryTable()
    events = [payloads.question_started(payloads.urn()) | {"session": payloads.urn()} for _ in range(30)]
    bodies = {"Records": [{"messageId": "1", "body": pack(message(*events))}]}
    handler(bodies, None, dependencies=process_dependencies(table, SETTINGS))
    (row,) = (row for row in table.items.values() if row[keys.SK] == "USAGE")
    assert row["sessions"] == 30
