"""A job is completed when every event of its request can be read by id, and failed with reasons, never by accident."""

import base64
import copy
import json
import random
from collections.abc import Iterable

import pytest

from functions.core.ids import id_digest
from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message
from functions.core.times import MINUTE_US
from functions.query.timeback.jobs import REASONS, WAITING_DAYS
from functions.store import keys
from functions.store.dynamodb.table import Key, Row, Unstorable, key_of
from tests.fakes import MemoryTable
from tests.payloads import Json
from tests.unit.query.world import OTHER_APP, World, principal_of
from tests.units import item_bytes


@pytest.fixture
def world() -> World:
    return World()


FINDING = {"severity": "error", "code": "missing", "pointer": "", "message": "m", "source": "s"}


def status(world: World, job: str) -> dict[str, object]:
    body: dict[str, object] = world.get(f"/jobs/{job}/status")["job"]
    return body


def rejected(event: Json) -> Item:
    return Item("rejection", json.dumps(event).encode(), [FINDING])


def place_of(world: World, event_id: str) -> Key:
    """Where an event lies."""
    ref = keys.event_ref(keys.tenant_of(world.payloads.app), event_id)
    return next(key for key, row in world.table.items.items() if row.get(keys.BY_ID_PK) == ref)


def test_a_job_waits_until_its_events_are_stored(world: World) -> None:
    events = [world.event(minute) for minute in range(3)]
    job = world.send(*events, stored=False)
    assert status(world, job) == {"id": job, "state": "waiting", "returnValue": None, "processedOn": None}
    world.store(*world.parts)
    done = status(world, job)
    assert done["state"] == "completed"
    assert done["processedOn"] == "2026-03-02T09:00:00.000Z"
    value = done["returnValue"]
    assert isinstance(value, dict)
    assert value["status"] == "success"
    assert [result["externalId"] for result in value["results"]] == [event["id"] for event in events]
    assert all(isinstance(result["allocatedId"], str) for result in value["results"])


def test_the_client_reads_every_state(world: World) -> None:
    api = pytest.importorskip("timeback_caliper.types.api")
    job = world.send(world.event(0), stored=False)
    assert api.JobStatus.model_validate(status(world, job)).state == "waiting"
    world.store(*world.parts)
    assert api.JobStatus.model_validate(status(world, job)).return_value.results


def test_a_job_of_which_some_is_stored_is_active(world: World) -> None:
    first, second = world.event(0), world.event(1)
    world.send(first)
    job = world.send(first, second, stored=False)
    assert status(world, job)["state"] == "active"


@pytest.mark.parametrize("count", [10, 11, 400])
def test_a_job_of_any_size_completes_when_all_its_messages_are_stored(world: World, count: int) -> None:
    events = [world.event(minute / 600) for minute in range(count)]
    job = world.send(*events, stored=False)
    states = [status(world, job)["state"]]
    for part in world.parts:
        world.store(part)
        states.append(status(world, job)["state"])
    assert states[0] == "waiting"
    assert states[-1] == "completed"
    assert set(states[1:-1]) <= {"active"}
    value = status(world, job)["returnValue"]
    assert isinstance(value, dict)
    assert {result["externalId"] for result in value["results"]} == {event["id"] for event in events}


@pytest.mark.parametrize("count", [3, 20])
def test_a_job_completes_though_ids_have_blanks_around_them(world: World, count: int) -> None:
    around = ("{} ", "\t{}", "{}\n", "\u00a0{}")
    events = [world.event(minute / 60) for minute in range(count)]
    for number, event in enumerate(events):
        event["id"] = around[number % len(around)].format(event["id"])
    assert status(world, world.send(*events))["state"] == "completed"


@pytest.mark.parametrize("count", [2, 20])
def test_an_event_that_could_not_be_processed_fails_its_job_with_reasons(world: World, count: int) -> None:
    events = [world.event(minute / 60) for minute in range(count)]
    unplaceable = Item("heartbeat", json.dumps({"id": events[1]["id"]}).encode())  # no judge lets that by
    items = [Item("event", json.dumps(event).encode()) for event in events]
    job = world.send_items(items[0], unplaceable, *items[2:])
    failed = status(world, job)
    assert failed["state"] == "failed"
    assert failed["failedReason"]
    value = failed["returnValue"]
    assert isinstance(value, dict)
    assert value["status"] == "error"
    assert [error["externalId"] for error in value["errors"]] == [events[1]["id"]]
    assert len(value["results"]) == count - 1


@pytest.mark.parametrize("count", [2, 20])
def test_an_event_that_dynamodb_will_not_take_fails_its_job_with_reasons(world: World, count: int) -> None:
    events = [world.event(minute / 60) for minute in range(count)]
    refused = events[-1]["id"]

    class Choosy(MemoryTable):
        def put_all(self, rows: Iterable[Row]) -> None:
            rows = list(rows)
            bad = [row for row in rows if id_digest(refused) in str(row[keys.SK])]
            super().put_all(row for row in rows if row not in bad)
            if bad:
                raise Unstorable([key_of(row) for row in bad])

    world.table = Choosy(world.calls)
    failed = status(world, world.send(*events))
    assert failed["state"] == "failed"
    value = failed["returnValue"]
    assert isinstance(value, dict)
    assert [error["externalId"] for error in value["errors"]] == [refused]
    assert [result["externalId"] for result in value["results"]] == [event["id"] for event in events[:-1]]


def test_an_earlier_rejection_of_the_same_id_fails_nothing(world: World) -> None:
    event = world.event(0)
    finding = {"severity": "error", "code": "missing", "pointer": "", "message": "m", "source": "s"}
    world.send_items(Item("rejection", json.dumps(event).encode(), [finding]))
    job = world.send(event, stored=False)
    assert status(world, job)["state"] == "waiting"
    world.store(*world.parts)
    assert status(world, job)["state"] == "completed"


@pytest.mark.parametrize("count", [1, 11])
def test_a_job_completes_however_often_its_events_were_rejected_before(world: World, count: int) -> None:
    events = [world.event(number) for number in range(count)]
    for number in range(40):
        world.set_clock(number)
        world.send_items(*(rejected(event | {"object": number}) for event in events))
    world.set_clock(60)
    job = world.send(*events, stored=False)
    assert status(world, job)["state"] == "waiting"
    world.store(*world.parts)
    done = status(world, job)
    assert done["state"] == "completed"
    value = done["returnValue"]
    assert isinstance(value, dict)
    assert [result["externalId"] for result in value["results"]] == [event["id"] for event in events]


def test_what_could_not_be_processed_is_told_however_often_it_was_rejected_before(world: World) -> None:
    event = world.event(0)
    for number in range(40):
        world.set_clock(number)
        world.send_items(rejected(event | {"object": number}))
    world.set_clock(60)
    job = world.send_items(Item("heartbeat", json.dumps({"id": event["id"]}).encode()))
    assert status(world, job)["state"] == "failed"


def test_a_large_job_is_not_completed_by_rejections_while_the_index_is_behind(world: World) -> None:
    events = [world.event(0) for _ in range(30)]
    world.send_items(*map(rejected, events))
    world.set_clock(1)
    job = world.send(*events)
    for event in events:
        del world.table.items[place_of(world, event["id"])]
    assert status(world, job)["state"] == "active"


def test_a_job_all_of_whose_items_were_rejected_fails_with_their_reasons(world: World) -> None:
    finding = {"severity": "error", "code": "missing", "pointer": "/actor", "message": "m", "source": "s"}
    world.send_items(Item("rejection", b'{"id": "urn:x:another"}', [finding]))  # at the same instant
    items = [Item("rejection", raw, [finding]) for raw in (b'{"id": "urn:x:1"}', b"7", b"no json")]
    failed = status(world, world.send_items(*items))
    assert failed["state"] == "failed"
    assert "GET /rejections" in str(failed["failedReason"])
    value = failed["returnValue"]
    assert isinstance(value, dict)
    assert (value["status"], value["results"]) == ("error", [])
    assert sorted(str(error["externalId"]) for error in value["errors"]) == ["None", "None", "urn:x:1"]
    assert [error["errors"] for error in value["errors"]] == [[finding]] * 3


def test_the_reasons_of_a_large_rejected_job_fit_into_an_answer(world: World) -> None:
    raw = [json.dumps({"id": f"{n}" + '"' * 100_000}).encode() for n in range(50)]
    job = world.send_items(*(Item("rejection", raw_item, []) for raw_item in raw))
    answer = world.ask(f"/jobs/{job}/status")
    assert 1 <= len(answer["json"]["job"]["returnValue"]["errors"]) <= REASONS
    assert len(json.dumps(answer["body"])) < 6_000_000  # Lambda's limit for a response


def test_the_results_of_a_job_fit_into_an_answer(world: World) -> None:
    """Quotes count four times: once escaped in the answer, and again in what Lambda makes of it."""
    job = world.send(*(world.event(0, id=f"{n}" + '"' * 2_000) for n in range(1_200)))
    answer = world.ask(f"/jobs/{job}/status")
    assert answer["json"]["job"]["state"] == "completed"
    assert answer["json"]["job"]["returnValue"]["results"]
    assert len(json.dumps(answer["body"])) < 6_000_000  # Lambda's limit for a response


def test_a_rejected_item_does_not_fail_the_job_of_its_neighbours(world: World) -> None:
    items = [Item("event", json.dumps(world.event(0)).encode()) for _ in range(12)]
    job = world.send_items(*items, Item("rejection", b"{}", []))
    assert status(world, job)["state"] == "completed"


def test_a_job_of_entities_without_an_id_is_completed(world: World) -> None:
    message = Message(
        tenant=keys.tenant_of(world.payloads.app), app_id=world.payloads.app, job="", received_us=world.now_us,
        items=[Item("entity", b'{"type": "Person", "name": "x"}')],
    )  # fmt: skip
    job = f"{job_key(world.now_us, b'12345678')}.p1"
    world.store(copy.replace(message, job=job))
    assert status(world, job)["state"] == "completed"


@pytest.mark.parametrize("job", ["x", "1", "a" * 22, "A" * 22 + ".p0x", "%20", "..", "A" * 500, "-" * 22 + ".p9"])
def test_what_is_no_job_id_is_404(world: World, job: str) -> None:
    assert world.refused(f"/jobs/{job}/status") == (404, "unknown-job")


@pytest.mark.parametrize("count", [1, 20])
def test_a_job_waits_for_as_long_as_a_queue_may_hold_it_and_then_has_failed(world: World, count: int) -> None:
    job = world.send(*(world.event(0) for _ in range(count)), stored=False)
    world.set_clock(WAITING_DAYS * 24 * 60)
    assert status(world, job)["state"] == "waiting"
    world.set_clock(WAITING_DAYS * 24 * 60 + 1)
    lost = status(world, job)
    assert (lost["state"], lost["processedOn"]) == ("failed", None)
    assert "send the events again" in str(lost["failedReason"])
    world.store(*world.parts)  # an operator had kept it
    assert status(world, job)["state"] == "completed"


def test_an_old_job_of_which_a_part_was_lost_names_what_is_stored(world: World) -> None:
    first, second = world.event(0), world.event(1)
    world.send(first)
    job = world.send(first, second, stored=False)
    world.set_clock(15 * 24 * 60)
    lost = status(world, job)
    assert lost["state"] == "failed"
    value = lost["returnValue"]
    assert isinstance(value, dict)
    assert [result["externalId"] for result in value["results"]] == [first["id"]]
    assert value["errors"]


def test_the_client_reads_a_failed_job(world: World) -> None:
    api = pytest.importorskip("timeback_caliper.types.api")
    rejected = world.send_items(Item("rejection", b"{}", []))
    lost = world.send(world.event(0), stored=False)
    world.set_clock(15 * 24 * 60)
    for job in (rejected, lost):
        assert api.JobStatus.model_validate(status(world, job)).state == "failed"


def test_a_job_id_that_nobody_issued_does_not_wait_forever(world: World) -> None:
    job = job_id(job_key(world.now_us, b"invented"), ["urn:x:1"], 1)
    assert status(world, job)["state"] == "waiting"
    world.set_clock(15 * 24 * 60)
    assert status(world, job)["state"] == "failed"


def test_a_job_from_before_anything_was_kept_is_404(world: World) -> None:
    job = world.send(world.event(0))
    world.set_clock(401 * 24 * 60)
    assert world.refused(f"/jobs/{job}/status") == (404, "unknown-job")


@pytest.mark.parametrize("minutes", [2, 60 * 24 * 365 * 1000])
def test_a_job_id_from_the_future_is_404(world: World, minutes: int) -> None:
    job = job_id(job_key(world.now_us + minutes * MINUTE_US, b"12345678"), ["urn:x:1"], 1)
    assert world.refused(f"/jobs/{job}/status") == (404, "unknown-job")


def test_a_clock_that_is_a_little_behind_makes_no_job_unknown(world: World) -> None:
    job = world.send(world.event(0), received_us=world.now_us + 1_000_000, stored=False)
    assert status(world, job)["state"] == "waiting"


def test_another_app_learns_nothing_of_a_job(world: World) -> None:
    job = world.send(world.event(0))
    world.principal = principal_of(OTHER_APP)
    assert status(world, job)["state"] == "waiting"


@pytest.mark.parametrize("count", [1, 3, 4, 10, 400])
@pytest.mark.parametrize("stored", [False, True])
def test_a_poll_is_four_calls_at_most(world: World, count: int, stored: bool) -> None:
    job = world.send(*(world.event(0) for _ in range(count)), stored=stored)
    world.calls.counts.clear()
    assert status(world, job)["state"] == ("completed" if stored else "waiting")
    assert world.calls.total <= 4


def test_the_reasons_of_a_rejected_job_cost_a_query_a_shard(world: World) -> None:
    job = world.send_items(Item("rejection", b"{}", []))
    world.calls.counts.clear()
    status(world, job)
    assert dict(world.calls.counts) == {"query": 2}


def test_a_job_is_not_completed_while_the_index_is_behind(world: World) -> None:
    events = [world.event(0) for _ in range(30)]
    job = world.send(*events)
    late = world.table.items.pop(place_of(world, events[-1]["id"]))
    assert status(world, job)["state"] == "active"
    world.table.put_all([late])
    assert status(world, job)["state"] == "completed"


def test_the_row_of_a_message_of_the_longest_ids_stays_under_the_limit_of_a_row(world: World) -> None:
    noise = random.Random(7)
    ids = [base64.urlsafe_b64encode(noise.randbytes(1_536)).decode() for _ in range(250)]
    job = world.send(*(world.event(0, id=event_id) for event_id in ids))
    assert max(item_bytes(row) for row in world.table.items.values()) < 400_000
    done = status(world, job)
    assert done["state"] == "completed"
    value = done["returnValue"]
    assert isinstance(value, dict)
    assert {result["externalId"] for result in value["results"]} <= set(ids)
    second = next(key for key in world.table.items if "#J#" in key[0] and "#" in key[1])
    del world.table.items[second]
    assert status(world, job)["state"] == "active"
