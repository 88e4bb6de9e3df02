"""What a new credential and a resubmitted item keep of the old ones."""

import json
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.messages import Message, unpack
from functions.core.times import DAY_US
from functions.http.gate import EVENTS_READONLY, KEY_SCOPES
from functions.operate.errors import RecoveryError
from functions.operate.recovery import quarantine
from functions.operate.registry.credentials import issue_key, rotate
from functions.store import keys
from tests.fakes import MemoryQueue, MemoryTable
from tests.payloads import APP, Json, Payloads
from tests.unit.operate.desk import NOW_US, POOL, Desk

V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"


@pytest.mark.parametrize("read", [True, False])
def test_a_key_that_may_read_may_read_after_its_rotation_and_no_other_may(desk: Desk, read: bool) -> None:
    app = desk.register().app
    old = issue_key(desk.registry, app, read=read, label="sensor", now_us=NOW_US).credential
    new = rotate(desk.registry, desk.pool, app, old, user_pool_id=POOL, overlap_us=0, now_us=NOW_US).credential
    assert new.scopes == KEY_SCOPES | ({EVENTS_READONLY} if read else set())
    assert new.label == "sensor"


def test_a_client_is_issued_for_an_hour_a_token(desk: Desk) -> None:
    registration = desk.register()
    client = desk.pool.clients[registration.client_id]
    assert (client["AccessTokenValidity"], client["TokenValidityUnits"]) == (1, {"AccessToken": "hours"})


def app_of(**settings: Any) -> App:
    return App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",), **settings)


def line(event: Json, **parts: Any) -> bytes:
    return json.dumps({"version": V1P2, "item": event, **parts}).encode()


def resubmitted(app: App, *lines: bytes, queue: MemoryQueue | None = None) -> list[Message]:
    queue = queue or MemoryQueue()
    quarantine.resubmit(queue, MemoryTable(), app, lines, now_us=NOW_US, nonce=b"n" * 8)
    return [unpack(body) for body in queue.bodies]


@pytest.mark.parametrize("auto_attach", [True, False])
def test_what_is_resubmitted_joins_a_session_as_the_apps_own_request_would(auto_attach: bool) -> None:
    (message,) = resubmitted(app_of(auto_attach=auto_attach), line(Payloads(1).lesson_started("urn:x:learner")))
    assert message.auto_attach is auto_attach


def test_what_is_resubmitted_keeps_its_envelope_and_comes_now() -> None:
    event = Payloads(1).lesson_started("urn:x:learner")
    (message,) = resubmitted(app_of(), line(event, sensor="urn:x:sensor", sendTime="2026-03-01T00:00:00Z"))
    assert (message.sensor, message.send_time, message.data_version) == ("urn:x:sensor", "2026-03-01T00:00:00Z", V1P2)
    assert (message.received_us, message.tenant, message.app_id) == (NOW_US, keys.tenant_of(APP), APP)
    assert not message.system
    assert [json.loads(item.raw) for item in message.items] == [event]


def test_items_of_different_envelopes_are_messages_of_their_own() -> None:
    first, other = (Payloads(number).lesson_started("urn:x:learner") for number in (1, 2))
    lines = [line(first, sensor="urn:x:a"), line(other, sensor="urn:x:b"), line(first, sensor="urn:x:a")]
    messages = resubmitted(app_of(), *lines)
    assert [(message.sensor, len(message.items)) for message in messages] == [("urn:x:a", 2), ("urn:x:b", 1)]


def test_of_what_sqs_did_not_take_nothing_is_marked_so_that_it_can_be_submitted_again() -> None:
    queue, table = MemoryQueue(), MemoryTable()
    queue.refuse = {0}
    event = Payloads(1).lesson_started("urn:x:learner")
    exported = line(event, content="c" * 22, receivedAt="2026-01-27T09:00:00.000Z")
    with pytest.raises(RecoveryError, match="1 of 1 messages were not queued"):
        quarantine.resubmit(queue, table, app_of(), [exported], now_us=NOW_US, nonce=b"n" * 8)
    assert not table.items
    queue.refuse = set()
    quarantine.resubmit(queue, table, app_of(), [exported], now_us=NOW_US, nonce=b"n" * 8)
    (row,) = table.items.values()
    assert row[keys.TTL] == (NOW_US + 3_650 * DAY_US) // 1_000_000
