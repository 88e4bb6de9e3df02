"""A second content under an event's id: noted for every app, refused for one that is registered with unique ids."""

import json

import pytest

from functions.core.apps import App
from functions.core.jobs import job_id, job_key
from functions.core.messages import Item
from functions.store import keys
from functions.store.facts.rivals import is_rival
from functions.store.quarantine import rejections
from functions.store.quarantine.rejections import KEPT_ITEMS
from functions.store.registry import Registry
from functions.store.rows import conflicts, jobs
from functions.store.rows.conflicts import Conflict
from functions.storing.unique_ids import with_unique_ids
from tests.fakes import MemoryTable
from tests.payloads import APP, Json
from tests.unit.storing.test_pipeline import message
from tests.world import STUDENT, TENANT, World

OTHER = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000002"


def world(*, unique_ids: bool) -> World:
    new_world = World()
    app = App(app_id=APP, tenant=TENANT, edapps=(APP,), unique_ids=unique_ids)
    Registry(new_world.table).add_app(app, now_us=0)
    return new_world


def noted(of: World) -> list[Conflict]:
    return [conflicts.from_row(row) for (pk, _), row in of.table.items.items() if keys.place_of(pk).startswith("V#")]


def refused(of: World) -> list[tuple[str, str]]:
    kept = [row for row in of.table.items.values() if "items" in row]
    rows = [item for row in kept for item in rejections.from_row(row)]
    return [(json.loads(row.raw)["eventTime"], row.findings[0]["code"]) for row in rows]


def stored(of: World) -> int:
    return sum(sk.startswith(keys.EVENT) and not is_rival(sk) for _, sk in of.table.items)


def two_contents(of: World, *, learner: str = STUDENT) -> tuple[Json, Json]:
    first = of.event(0)
    return first, first | {"eventTime": of.event(1)["eventTime"], "actor": learner}


@pytest.mark.parametrize("learner", [STUDENT, OTHER])
def test_two_contents_in_one_batch_are_noted_once_in_any_order(learner: str) -> None:
    of, other = world(unique_ids=False), world(unique_ids=False)
    first, second = two_contents(of, learner=learner)
    of.send(first, second, first)
    other.send(second, first)
    assert noted(of) == noted(other)
    assert [conflict.id for conflict in noted(of)] == [first["id"]]
    assert stored(of) == 2


def test_two_contents_in_one_timeline_are_noted_by_the_sweep() -> None:
    of = world(unique_ids=False)
    first, second = two_contents(of)
    of.send(first)
    of.send(second)
    assert noted(of) == []
    of.set_clock(60)
    of.sweep()
    of.sweep()
    assert [conflict.id for conflict in noted(of)] == [first["id"]]


@pytest.mark.parametrize("learner", [STUDENT, OTHER])
def test_a_second_content_is_refused_by_an_app_with_unique_ids(learner: str) -> None:
    of = world(unique_ids=True)
    first, second = two_contents(of, learner=learner)
    of.send(first)
    of.send(second)
    of.send(first)
    assert refused(of) == [(second["eventTime"], "conflicting-id")]
    assert stored(of) == 1


def test_of_two_contents_in_one_batch_the_first_is_taken_and_a_redelivery_changes_nothing() -> None:
    of = world(unique_ids=True)
    first, second = two_contents(of)
    of.send(first, second)
    before = dict(of.table.items)
    of._sent -= 1
    of.send(first, second)
    assert refused(of) == [(second["eventTime"], "conflicting-id")]
    assert of.table.items.keys() == before.keys()


def test_every_item_that_is_refused_is_kept_and_its_large_request_says_that_it_failed() -> None:
    """They were accepted, so they are no rejections of which only the first are kept."""
    of = world(unique_ids=True)
    event = of.event(0)
    contents = [event | {"action": f"Action{number}"} for number in range(KEPT_ITEMS + 20)]
    ids = [str(event["id"])] * len(contents)
    of._process([message(*contents, job=job_id(job_key(of.now_us, b"n" * 8), ids, 1))])
    assert len(refused(of)) == len(contents) - 1
    (part,) = [jobs.from_row(row) for row in of.table.items.values() if jobs.is_job_row(row)]
    assert (part.stored, part.failed) == (ids[:1], ids[1:])


def test_the_archive_says_what_was_refused() -> None:
    of = world(unique_ids=True)
    first, second = two_contents(of)
    of.send(first)
    of.send(second)
    kinds = [item.kind for message in of.archive.messages() for item in message.items]
    assert sorted(kinds) == ["event", "rejection"]


def test_only_an_app_with_unique_ids_pays_a_query_an_event() -> None:
    calls = []
    for unique_ids in (False, True):
        of = world(unique_ids=unique_ids)
        of.table.calls.counts.clear()
        of.send(*(of.event(minute) for minute in range(7)))
        calls.append(of.table.calls.counts["query"])
    assert calls == [0, 7]


def test_in_a_batch_of_two_apps_only_the_one_with_unique_ids_is_asked_about() -> None:
    event = json.dumps(World().event(0)).encode()
    second = event.replace(b"09:00", b"09:01")
    items = [Item("event", event), Item("event", second)]
    other = keys.tenant_of("urn:x:other")
    messages = [message(tenant=tenant, items=items) for tenant in (TENANT, other)]
    table = MemoryTable()
    kept = with_unique_ids(messages, table, {TENANT})
    assert [[item.kind for item in each.items] for each in kept] == [["event", "rejection"], ["event", "event"]]
    assert table.calls.counts["query"] == 1


def test_what_this_service_emits_itself_is_not_asked_about() -> None:
    event = json.dumps(World().event(0)).encode()
    items = [Item("event", event), Item("event", event.replace(b"09:00", b"09:01"))]
    table = MemoryTable()
    (kept,) = with_unique_ids([message(items=items, system=True)], table, {TENANT})
    assert kept.items == items
    assert table.calls.total == 0


def test_an_entity_under_an_id_leaves_it_free_for_an_event() -> None:
    of = world(unique_ids=True)
    event = of.event(0)
    describe = {"id": event["id"], "type": "Person"}
    body = message(items=[Item("entity", json.dumps(describe).encode())], job="e" * 22)
    of._process([body])
    of.send(event)
    assert refused(of) == []
    assert [fact.entry.id for fact in of.facts()] == [event["id"]]


@pytest.mark.parametrize("name", [None, "", "_:b0", "http://purl.imsglobal.org/caliper/Event"])
def test_events_under_an_id_that_names_nothing_are_no_conflict(name: str | None) -> None:
    of = world(unique_ids=True)
    for minute in range(2):
        of.send(of.event(minute, id=name), of.event(minute + 5, id=name))
    assert refused(of) == []
    assert stored(of) == 4


def test_what_describes_an_entity_under_the_id_of_an_event_is_not_refused() -> None:
    of = world(unique_ids=True)
    event = of.event(0)
    of.send(event)
    raw = json.dumps({"id": event["id"], "type": "Person", "name": "A"}).encode()
    described = message(items=[Item("entity", raw)])
    assert with_unique_ids([described], of.table, {TENANT}) == [described]
