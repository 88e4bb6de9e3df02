"""How long each row of a batch lives, what it names, and which rows a batch has none of."""

import itertools
import json
from copy import replace
from typing import Any

import pytest

from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message
from functions.core.times import DAY_US, MINUTE_US
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.registrations import Registration
from functions.store.rows import conflicts, sensors
from functions.storing.deliveries import deliveries_of
from functions.storing.write_set import WriteSet, build_write_set
from tests.payloads import APP, Json, Payloads
from tests.unit.storing.test_counts_of_a_batch import TIMEOUTS, item, rejection
from tests.unit.storing.test_pipeline import NOW_US, TENANT, message
from tests.unit.storing.test_unique_ids import refused, stored, two_contents, world

STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-00000000000f"
OTHER = "https://other.example.org/app"
LATER_US = NOW_US + 9 * MINUTE_US  # in the same quarter of an hour
DAYS = {TENANT: 10, keys.tenant_of(OTHER): 400}
LONG = "https://sensor.example.org/" + "x" * sensors.SHORT_BYTES
SENSORS = keys.place_of(str(sensors.to_row(TENANT, LONG, expires_s=0)[keys.PK]))


@pytest.fixture
def payloads() -> Payloads:
    return Payloads(31)


def built(*messages: Message) -> WriteSet:
    return build_write_set(messages, retention_days=DAYS.__getitem__, timeouts=lambda _tenant: TIMEOUTS)


def lives_until_s(received_us: int, tenant: str = TENANT) -> int:
    return (received_us + DAYS[tenant] * DAY_US) // 1_000_000


def placed(write_set: WriteSet, prefix: str) -> list[Row]:
    rows = [*write_set.rows, *(marker for marker, _ in write_set.sent)]
    return [row for row in rows if keys.place_of(str(row[keys.PK])).startswith(prefix)]


def test_a_row_that_tells_of_several_arrivals_lives_as_long_as_the_last_of_them(payloads: Payloads) -> None:
    event = payloads.lesson_started(STUDENT)
    first, second = message(event), message(event | {"action": "Completed"}, received_us=LATER_US, job="k" * 22)
    for batch in ((first, second), (second, first)):
        write_set = built(*batch)
        manifest_and_marker, of_conflict = placed(write_set, "L#"), placed(write_set, "V#")
        assert (len(manifest_and_marker), len(of_conflict)) == (2, 1)
        assert {row[keys.TTL] for row in (*manifest_and_marker, *of_conflict)} == {lives_until_s(LATER_US)}


@pytest.mark.parametrize("other_us", [NOW_US, LATER_US])
def test_what_counts_the_rejected_items_of_two_apps_lives_as_long_as_the_longest_kept(other_us: int) -> None:
    theirs = message(items=[rejection()], tenant=keys.tenant_of(OTHER), app_id=OTHER, received_us=other_us)
    markers = [marker for marker, _ in built(message(items=[rejection()]), theirs).sent]
    assert len(markers) == 2
    assert {marker[keys.TTL] for marker in markers} == {lives_until_s(other_us, keys.tenant_of(OTHER))}


def test_a_conflict_names_the_app_whose_events_they_are(payloads: Payloads) -> None:
    event = payloads.lesson_started(STUDENT)
    both = [event, event | {"action": "Completed"}]
    write_set = built(message(*both), message(*both, tenant=keys.tenant_of(OTHER), app_id=OTHER))
    noted = [conflicts.from_row(row) for row in placed(write_set, "V#")]
    assert {(conflict.app_id, conflict.id) for conflict in noted} == {(APP, event["id"]), (OTHER, event["id"])}


@pytest.mark.parametrize(("kind", "rows"), [("event", 1), ("rejection", 0), ("erased", 0)])
def test_a_long_sensor_is_stored_only_beside_something_that_names_it(payloads: Payloads, kind: Any, rows: int) -> None:
    sent = item(payloads.lesson_started(STUDENT))
    items = [replace(sent, kind=kind, findings=rejection().findings if kind == "rejection" else [])]
    written = built(message(items=items, sensor=LONG)).rows
    assert len([row for row in written if keys.place_of(str(row[keys.PK])).startswith(SENSORS)]) == rows


def of_kinds(*kinds: Any, app_id: str = APP) -> Message:
    items = [Item(kind, b'{"id": "urn:x"}', [{"code": "c"}]) for kind in kinds]
    return message(items=items, app_id=app_id, tenant=keys.tenant_of(app_id))


@pytest.mark.parametrize(
    ("messages", "tenants"),
    [
        ([of_kinds("event")], [TENANT]),
        ([of_kinds("entity", "rejection", "heartbeat", "erased")], []),
        ([of_kinds("rejection", "event"), of_kinds("entity")], [TENANT]),
        ([of_kinds("entity"), of_kinds("event", app_id=OTHER)], [keys.tenant_of(OTHER)]),
        ([of_kinds()], []),
    ],
)
def test_only_of_an_app_with_events_something_is_queued_for_its_webhooks(
    messages: list[Message], tenants: list[str]
) -> None:
    registered = {tenant: Registration(timeouts=TIMEOUTS, webhooks=("a", "b")) for tenant in DAYS}
    wanted = deliveries_of(messages, ["archive/an-object"], registered, now_us=NOW_US)
    assert [(each.tenant, each.webhook, each.key, each.since_us) for each in wanted] == [
        (tenant, webhook, "archive/an-object", NOW_US) for tenant in tenants for webhook in ("a", "b")
    ]


def test_at_one_instant_a_session_begins_with_its_login_whichever_id_is_lower(payloads: Payloads) -> None:
    session = payloads.urn()
    login = payloads.logged_in(STUDENT, session)
    other: Json = payloads.question_started(STUDENT) | {"session": session, "eventTime": login["eventTime"]}
    for ids in (("urn:uuid:1", "urn:uuid:2"), ("urn:uuid:2", "urn:uuid:1")):
        events = [login | {"id": ids[0]}, other | {"id": ids[1]}]
        for order in (events, events[::-1]):
            (addition,) = built(message(*order)).additions.values()
            (fact,) = addition.named.values()
            assert (fact.is_login, fact.entry.id) == (True, ids[0])


def test_a_job_names_what_was_stored_and_what_could_not_be_and_nothing_that_was_rejected(payloads: Payloads) -> None:
    event = payloads.lesson_started(STUDENT)
    job = job_id(job_key(NOW_US, b"n" * 8), [str(event["id"])] * 30, 1)
    write_set = built(message(items=[item(event), rejection(b'{"id": "urn:refused"}')], job=job))
    (row,) = placed(write_set, "J#")
    assert json.dumps(row, default=repr).count("urn:refused") == 0


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_of_an_app_with_unique_ids_what_is_stored_already_is_never_refused(order: tuple[int, ...]) -> None:
    of = world(unique_ids=False)
    first, second = two_contents(of)
    of.send(first, second)
    with_ids = world(unique_ids=True)
    with_ids.table.items.update({key: row for key, row in of.table.items.items() if key not in with_ids.table.items})
    third = first | {"eventTime": of.event(2)["eventTime"]}
    contents = [first, second, third]
    with_ids.send(*(contents[place] for place in order))
    assert refused(with_ids) == [(third["eventTime"], "conflicting-id")]
    assert stored(with_ids) == 2
