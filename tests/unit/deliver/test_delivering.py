"""What is stored reaches the webhooks that want it: at least once, signed, and whatever an endpoint does."""

import itertools
import json
import logging
from collections.abc import Mapping
from copy import replace
from typing import Any

import pytest

from functions.core.messages import Item, Message
from functions.core.times import DAY_US, MINUTE_US
from functions.core.webhooks.delivery import Delivery, pack, unpack
from functions.core.webhooks.schedule import DELAYS_US, SECOND_US
from functions.core.webhooks.webhook import Filter, Webhook
from functions.deliver.dependencies import Dependencies
from functions.deliver.handler import handler
from functions.operate.recovery.given_up import GivenUpDeliveries
from functions.store import keys
from functions.store.outbound.poster import Posted
from functions.store.registrations import Registrations
from functions.store.webhooks.attempts import last_attempts
from functions.store.webhooks.webhooks import Registered, change_webhooks, read_webhooks
from functions.storing.pipeline import process
from tests.fakes import Calls, MemoryArchive, MemoryBus, MemoryDeliveryQueue, MemoryTable
from tests.payloads import Payloads
from tests.world import NINE_US, PROCESS, STUDENT

APP, OTHER, THIRD = "https://learn.example.org/app", "https://lms.example.org/app", "https://third.example.org/app"
SENSOR = "https://learn.example.org/sensor"
VERSION = "http://purl.imsglobal.org/ctx/caliper/v1p2"
HOUR_US = 60 * MINUTE_US


class Endpoints:
    """Every endpoint of the internet: what was posted where, and what is answered. `down` do not answer."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, Mapping[str, str], bytes]] = []
        self.down: set[str] = set()
        self.answers: dict[str, Posted] = {}

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        self.posts.append((url, headers, body))
        return Posted(status=0, error="timeout") if url in self.down else self.answers.get(url, Posted(status=200))

    def bodies(self, url: str = "") -> list[dict[str, Any]]:
        return [json.loads(body) for posted_url, _, body in self.posts if url in ("", posted_url)]

    def ids(self, url: str) -> list[str]:
        """Of the events that were taken there."""
        return [event["id"] for body in self.bodies(url) for event in body["data"]]


class Town:
    """Apps, their webhooks, what they send, and a clock that only the test moves."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.table, self.archive, self.bus = MemoryTable(self.calls), MemoryArchive(self.calls), MemoryBus(self.calls)
        self.deliveries, self.endpoints = MemoryDeliveryQueue(), Endpoints()
        self.registrations = Registrations(self.table, PROCESS.timeouts)
        self.payloads = Payloads(3)
        self.now_us = NINE_US
        self._jobs = 0

    def webhook(self, name: str, app: str = APP, **how: Any) -> Webhook:
        webhook = Webhook(
            id=name, tenant=keys.tenant_of(app), app_id=app, name=name, target_url=f"https://{name}.example.org/",
            secret="my-shared-secret", active=True, created_us=NINE_US, updated_us=NINE_US, **how,
        )  # fmt: skip
        change_webhooks(self.table, webhook.tenant, lambda known: ([known.placed(webhook)], None))
        self.registrations = Registrations(self.table, PROCESS.timeouts)
        return webhook

    def filter(self, webhook: Webhook, key: str, value: str) -> None:
        def change(known: Registered) -> Any:
            stored = Filter(
                id=f"{key}={value}", webhook=webhook.id, key=key, value=value, type="string", operator="eq",
                active=True, created_us=NINE_US, updated_us=NINE_US,
            )  # fmt: skip
            return [known.placed_filter(stored)], None

        change_webhooks(self.table, webhook.tenant, change)

    def registered(self, webhook: Webhook) -> Webhook:
        return read_webhooks(self.table, webhook.tenant).webhooks[webhook.id]

    def message(self, count: int = 1, app: str = APP, *, sensor: str = SENSOR, **how: Any) -> Message:
        self._jobs += 1
        raws = [json.dumps(self.payloads.question_started(STUDENT)).encode() for _ in range(count)]
        return Message(
            tenant=keys.tenant_of(app), app_id=app, job=f"j{self._jobs:021d}", received_us=self.now_us, sensor=sensor,
            data_version=VERSION, items=[Item("event", raw) for raw in raws], **how,
        )  # fmt: skip

    def store(self, *messages: Message) -> None:
        process(
            messages, table=self.table, archive=self.archive, settings=PROCESS, now_us=self.now_us, bus=self.bus,
            registrations=self.registrations, deliveries=self.deliveries,
        )  # fmt: skip

    def deliver(self) -> None:
        """What is due now, a message at a time."""
        dependencies = Dependencies(
            table=self.table, registry_table=self.table, archive=self.archive, deliveries=self.deliveries,
            given_up=self.deliveries, poster=self.endpoints, random=lambda: 0.5, bus=self.bus,
        )  # fmt: skip
        while bodies := self.deliveries.take(self.now_us):
            records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
            answer = handler({"Records": records}, None, dependencies=dependencies, now_us=self.now_us)
            assert answer == {"batchItemFailures": []}

    def run_until(self, until_us: int) -> None:
        """Deliver at each moment at which a message is due."""
        while (next_us := self.deliveries.next_us()) is not None and next_us <= until_us:
            self.now_us = max(self.now_us, next_us)
            self.deliver()
        self.now_us = until_us


def ids_of(*messages: Message) -> list[str]:
    return [json.loads(item.raw)["id"] for message in messages for item in message.items]


def test_an_object_with_three_apps_lines_delivers_one_apps_only() -> None:
    town = Town()
    webhook = town.webhook("mine")
    theirs = town.webhook("theirs", OTHER)
    mine, other, third = town.message(3), town.message(2, OTHER), town.message(4, THIRD)
    town.store(other, mine, third)
    assert len(town.archive.objects) == 1
    town.deliver()
    assert town.endpoints.ids(webhook.target_url) == ids_of(mine)
    assert town.endpoints.ids(theirs.target_url) == ids_of(other)
    assert len(town.endpoints.posts) == 2


def test_a_body_is_an_envelope_with_the_events_byte_for_byte() -> None:
    town = Town()
    webhook = town.webhook("mine")
    message = town.message()
    spaced = b'{ "id":"urn:uuid:1",\n"type": "Event", "x":1.50 }'
    message = replace(message, items=[*message.items, Item("event", spaced)])
    town.store(message)
    town.deliver()
    ((_, headers, body),) = town.endpoints.posts
    assert b",".join(item.raw for item in message.items) in body
    envelope = json.loads(body)
    assert (envelope["sensor"], envelope["dataVersion"], len(envelope["data"])) == (SENSOR, VERSION, 2)
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-timestamp"] == str(town.now_us // 1_000_000)
    assert last_attempts(town.table, webhook.tenant, webhook.id)[0].events == 2


def test_only_events_are_delivered() -> None:
    town = Town()
    town.webhook("mine")
    message = town.message()
    items = [Item("rejection", b'{"id":"r"}', ({"code": "x"},)), Item("entity", b'{"id":"d","type":"Person"}')]
    town.store(replace(message, items=[*items, *message.items]))
    town.deliver()
    assert town.endpoints.ids("https://mine.example.org/") == ids_of(message)


@pytest.mark.slow
def test_ten_thousand_events_are_a_hundred_posts() -> None:
    town = Town()
    town.webhook("mine")
    messages = [town.message(250) for _ in range(40)]
    town.store(*messages)
    town.deliver()
    assert len(town.endpoints.posts) == 100
    assert town.endpoints.ids("https://mine.example.org/") == ids_of(*messages)


def test_a_body_has_one_sensor_and_one_version() -> None:
    town = Town()
    webhook, narrow = town.webhook("mine"), town.webhook("narrow", sensor="https://other.example.org/sensor")
    first, second = town.message(2), town.message(1, sensor="https://other.example.org/sensor")
    town.store(first, second)
    town.deliver()
    assert [body["sensor"] for body in town.endpoints.bodies(webhook.target_url)] == [first.sensor, second.sensor]
    assert town.endpoints.ids(narrow.target_url) == ids_of(second)


def test_filters_choose_the_events() -> None:
    town = Town()
    webhook = town.webhook("mine")
    message = town.message(3)
    wanted = json.loads(message.items[1].raw)["id"]
    town.filter(webhook, "id", wanted)
    town.store(message)
    town.deliver()
    assert town.endpoints.ids(webhook.target_url) == [wanted]


def test_what_nobody_wants_is_no_post() -> None:
    town = Town()
    town.filter(town.webhook("mine"), "type", "NothingEvent")
    town.store(town.message())
    town.deliver()
    assert town.endpoints.posts == []


def test_without_a_webhook_process_makes_no_call_more() -> None:
    """One cached read of the registration, in the same request as before."""

    def calls_of(webhooks: bool) -> dict[str, int]:
        town = Town()
        if webhooks:
            town.webhook("mine", OTHER)
        town.calls.counts.clear()
        messages = [town.message(2), town.message(2)]
        town.store(messages[0])
        town.store(messages[1])
        assert town.deliveries.waiting == []
        return dict(town.calls.counts)

    with_deliveries = calls_of(webhooks=False)
    assert calls_of(webhooks=True) == with_deliveries
    plain = Town()
    for _ in range(2):
        process(
            [plain.message(2)], table=plain.table, archive=plain.archive, settings=PROCESS, now_us=plain.now_us,
            bus=plain.bus, registrations=plain.registrations,
        )  # fmt: skip
    assert dict(plain.calls.counts) == with_deliveries


def test_an_endpoint_that_is_down_for_an_hour_loses_nothing_and_its_ids_do_not_change() -> None:
    town = Town()
    webhook = town.webhook("mine")
    town.endpoints.down.add(webhook.target_url)
    messages = []
    for minute in range(0, 60, 5):
        town.run_until(NINE_US + minute * MINUTE_US)
        messages.append(town.message(2))
        town.store(messages[-1])
        town.deliver()
    town.run_until(NINE_US + HOUR_US)
    tried = len(town.endpoints.posts)
    assert tried <= 70  # one probe a minute, at most
    town.endpoints.down.clear()
    town.run_until(NINE_US + DAY_US)
    arrived = town.endpoints.posts[tried:]
    delivered = [event["id"] for _, _, body in arrived for event in json.loads(body)["data"]]
    assert sorted(delivered) == sorted(ids_of(*messages))
    by_events: dict[str, set[str]] = {}
    for _, headers, body in town.endpoints.posts:
        events = json.dumps([event["id"] for event in json.loads(body)["data"]])
        by_events.setdefault(events, set()).add(headers["webhook-id"])
    assert {len(ids) for ids in by_events.values()} == {1}
    assert len({next(iter(ids)) for ids in by_events.values()}) == len(by_events)
    assert not read_webhooks(town.table, webhook.tenant).endpoint(webhook).fails


def test_a_message_with_nothing_to_post_leaves_the_probe_to_one_that_has_something() -> None:
    town = Town()
    webhook = town.webhook("mine")
    wanted, unwanted = town.message(), town.message()
    town.filter(webhook, "id", ids_of(wanted)[0])
    town.endpoints.down.add(webhook.target_url)
    town.store(wanted)
    town.deliver()
    town.endpoints.down.clear()
    town.now_us += 5 * SECOND_US  # the endpoint may be asked again; the retry is due by jitter a little later
    town.store(unwanted)
    town.deliver()
    assert len(town.endpoints.posts) == 1
    town.run_until(town.now_us + SECOND_US)
    assert town.endpoints.ids(webhook.target_url) == ids_of(wanted) * 2


def test_what_waits_for_an_endpoint_comes_no_longer_after_it_answers_than_it_failed() -> None:
    town = Town()
    webhook = town.webhook("mine")
    town.endpoints.down.add(webhook.target_url)
    for _ in range(3):
        town.store(town.message())
        town.deliver()
        town.now_us += SECOND_US
    town.run_until(NINE_US + 10 * SECOND_US)  # two failures: a probe a minute from now on
    town.endpoints.down.clear()
    later = town.message()
    town.store(later)
    town.run_until(NINE_US + 2 * MINUTE_US)
    assert ids_of(later)[0] in town.endpoints.ids(webhook.target_url)
    assert not read_webhooks(town.table, webhook.tenant).endpoint(webhook).fails


def test_a_dead_endpoint_delays_neither_another_endpoint_nor_storing() -> None:
    town = Town()
    dead, alive = town.webhook("dead"), town.webhook("alive")
    town.endpoints.down.add(dead.target_url)
    messages = []
    for minute in range(10):
        town.run_until(NINE_US + minute * MINUTE_US)
        messages.append(town.message())
        town.store(messages[-1])
        town.deliver()
        assert town.endpoints.ids(alive.target_url) == ids_of(*messages)
    assert town.registered(dead).active


def test_what_fails_for_days_is_given_up_after_ten_attempts_and_kept() -> None:
    town = Town()
    webhook = town.webhook("mine")
    town.endpoints.down.add(webhook.target_url)
    message = town.message()
    town.store(message)
    town.deliver()
    town.run_until(NINE_US + 4 * DAY_US)
    assert len(town.endpoints.posts) == len(DELAYS_US) + 1
    (kept,) = town.deliveries.given_up
    town.endpoints.down.clear()
    town.now_us += 9 * DAY_US
    renewed = unpack(GivenUpDeliveries(town.table).renewed(pack(kept)))
    town.deliveries.send([renewed], now_us=town.now_us)
    town.deliver()
    assert len(town.endpoints.posts) == len(DELAYS_US) + 2
    assert town.deliveries.given_up == [kept]
    assert len({headers["webhook-id"] for _, headers, _ in town.endpoints.posts}) == 1


def test_attempts_come_at_their_times_with_jitter() -> None:
    town = Town()
    webhook = town.webhook("mine")
    town.endpoints.down.add(webhook.target_url)
    town.store(town.message())
    town.deliver()
    town.run_until(NINE_US + 4 * DAY_US)
    times = [int(headers["webhook-timestamp"]) * 1_000_000 for _, headers, _ in town.endpoints.posts]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    for gap, delay in zip(gaps, DELAYS_US, strict=True):
        assert delay <= gap <= delay * 1.1 + 2 * SECOND_US


def test_retry_after_is_honoured() -> None:
    town = Town()
    webhook = town.webhook("mine")
    town.endpoints.answers[webhook.target_url] = Posted(status=503, retry_after_s=3600)
    town.store(town.message())
    town.deliver()
    town.run_until(NINE_US + 59 * MINUTE_US)
    assert len(town.endpoints.posts) == 1
    town.run_until(NINE_US + 61 * MINUTE_US)
    assert len(town.endpoints.posts) == 2


def test_410_disables_at_once_with_a_notice_and_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    town = Town()
    webhook = town.webhook("mine")
    town.endpoints.answers[webhook.target_url] = Posted(status=410)
    town.store(town.message(250))
    town.deliver()
    assert len(town.endpoints.posts) == 1
    stored = town.registered(webhook)
    assert (stored.active, stored.disabled) == (False, "gone")
    assert [(kind, notice["reason"]) for kind, notice in town.bus.notices if kind == "WebhookDisabled"] == [
        ("WebhookDisabled", "gone")
    ]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == ["webhook disabled"]
    assert town.deliveries.waiting == []
    assert [(delivery.first, delivery.last) for delivery in town.deliveries.given_up] == [(0, 0)], (
        "kept for a redrive, and an alarm"
    )
    assert Registrations(town.table, PROCESS.timeouts).of(webhook.tenant, now_us=NINE_US).webhooks == ()


@pytest.mark.slow
def test_five_days_of_failures_disable_and_a_success_between_them_begins_anew() -> None:
    def lived(success_on_day: int | None) -> Webhook:
        town = Town()
        webhook = town.webhook("mine")
        for day in range(6):
            town.endpoints.down = set() if day == success_on_day else {webhook.target_url}
            town.run_until(NINE_US + day * DAY_US)
            town.store(town.message())
            town.deliver()
        return town.registered(webhook)

    assert (lived(None).active, lived(None).disabled) == (False, "failing")
    assert (lived(3).active, lived(3).disabled) == (True, "")


def test_what_is_registered_or_deactivated_meanwhile_decides() -> None:
    town = Town()
    webhook = town.webhook("mine")
    town.store(town.message())
    change_webhooks(
        town.table, webhook.tenant, lambda known: ([replace(known.webhooks[webhook.id], active=False)], None)
    )
    town.deliver()
    assert town.endpoints.posts == []


def test_a_ping_is_a_signed_envelope_without_events_also_to_an_inactive_webhook() -> None:
    town = Town()
    webhook = town.webhook("mine")
    change_webhooks(
        town.table, webhook.tenant, lambda known: ([replace(known.webhooks[webhook.id], active=False)], None)
    )
    town.deliveries.send(
        [Delivery(tenant=webhook.tenant, webhook=webhook.id, kind="ping", forced=True)], now_us=town.now_us
    )
    town.deliver()
    ((_, headers, body),) = town.endpoints.posts
    assert json.loads(body)["data"] == []
    assert headers["webhook-signature"].startswith("v1,")
    (attempt,) = last_attempts(town.table, webhook.tenant, webhook.id)
    assert (attempt.delivered, attempt.events, attempt.key) == (True, 0, "")


def test_days_are_sent_again_from_the_archive_with_the_same_ids() -> None:
    town = Town()
    webhook = town.webhook("mine")
    messages = []
    for day in range(3):
        town.now_us = NINE_US + day * DAY_US
        messages.append(town.message())
        town.store(messages[-1], town.message(2, OTHER))
        town.deliver()
    first_time = [headers["webhook-id"] for _, headers, _ in town.endpoints.posts]
    town.endpoints.posts.clear()
    days = Delivery(
        tenant=webhook.tenant, webhook=webhook.id, kind="days", first=20260303, last=20260304, since_us=town.now_us
    )
    town.deliveries.send([days], now_us=town.now_us)
    town.deliver()
    assert town.endpoints.ids(webhook.target_url) == ids_of(*messages[1:])
    assert [headers["webhook-id"] for _, headers, _ in town.endpoints.posts] == first_time[1:]


def test_many_objects_of_a_day_are_queued_by_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.deliver.delivering.OBJECTS_AT_ONCE", 2)
    town = Town()
    webhook = town.webhook("mine")
    messages = []
    for second in range(5):
        town.now_us = NINE_US + second * SECOND_US
        messages.append(town.message())
        town.store(messages[-1])
    town.deliveries.waiting.clear()
    days = Delivery(tenant=webhook.tenant, webhook=webhook.id, kind="days", first=20260302, last=20260302)
    town.deliveries.send([days], now_us=town.now_us)
    town.deliver()
    assert sorted(town.endpoints.ids(webhook.target_url)) == sorted(ids_of(*messages))


def test_without_time_for_one_more_post_the_rest_is_queued() -> None:
    class Short:
        left = iter([30_000, 30_000, 1_000])

        def get_remaining_time_in_millis(self) -> int:
            return next(self.left, 1_000)

    town = Town()
    webhook = town.webhook("mine")
    message = town.message(250)
    town.store(message)
    dependencies = Dependencies(
        table=town.table, registry_table=town.table, archive=town.archive, deliveries=town.deliveries,
        given_up=town.deliveries, poster=town.endpoints, random=lambda: 0.5,
    )  # fmt: skip
    ((_, body),) = town.deliveries.waiting
    town.deliveries.waiting.clear()
    handler({"Records": [{"messageId": "1", "body": body}]}, Short(), dependencies=dependencies, now_us=town.now_us)
    assert len(town.endpoints.posts) == 2
    town.deliver()
    assert town.endpoints.ids(webhook.target_url) == ids_of(message)


def test_a_message_of_a_later_version_and_a_failing_table_are_delivered_again() -> None:
    town = Town(Calls())
    webhook = town.webhook("mine")
    town.store(town.message())
    dependencies = Dependencies(
        table=town.table, registry_table=town.table, archive=town.archive, deliveries=town.deliveries,
        given_up=town.deliveries, poster=town.endpoints, random=lambda: 0.5,
    )  # fmt: skip
    unreadable = {"Records": [{"messageId": "7", "body": "{}"}]}
    assert handler(unreadable, None, dependencies=dependencies) == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    missing = pack(Delivery(tenant=webhook.tenant, webhook="unknown", key="archive/none"))
    answer = handler({"Records": [{"messageId": "8", "body": missing}]}, None, dependencies=dependencies)
    assert answer == {"batchItemFailures": []}
    assert town.endpoints.posts == []
