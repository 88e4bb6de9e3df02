"""When a delivery is tried again, given up, or its webhook disabled: what is just within each limit, and the next."""

from types import SimpleNamespace
from typing import Any

import msgspec.structs
import pytest

from functions.core.times import DAY_US, MINUTE_US
from functions.core.webhooks.delivery import Delivery, pack, unpack
from functions.core.webhooks.schedule import (
    DELAYS_US,
    DISABLED_US,
    GIVEN_UP_US,
    HOUR_US,
    JITTER,
    PROBE_US,
    RETRY_AFTER_MAX_US,
    SECOND_US,
    WAIT_US,
    next_attempt_us,
    probe_us,
    waiting_until_us,
)
from functions.deliver.counts import Counts
from functions.deliver.delivering import Worker
from functions.deliver.dependencies import Dependencies
from functions.deliver.endpoint import Breaker
from functions.deliver.handler import STOP_BEFORE_MS, handler
from functions.store import keys
from functions.store.outbound.poster import Posted
from functions.store.rows.webhooks.endpoints import Endpoint
from functions.store.webhooks.attempts import last_attempts
from functions.store.webhooks.webhooks import read_webhooks
from tests.unit.deliver.test_delivering import APP, Town
from tests.world import NINE_US


def dependencies(town: Town) -> Dependencies:
    return Dependencies(
        table=town.table,
        registry_table=town.table,
        archive=town.archive,
        deliveries=town.deliveries,
        given_up=town.deliveries,
        poster=town.endpoints,
        random=lambda: 0.5,
        bus=town.bus,
    )


def delivered(town: Town, delivery: Delivery, *, now_us: int) -> Counts:
    return Worker(dependencies(town), now_us=now_us, time_left=lambda: True).deliver(delivery)


def stored(town: Town, count: int = 1, **webhook: Any) -> Delivery:
    """The delivery of one message with so many events, for a webhook `mine`."""
    town.webhook("mine", **webhook)
    town.store(town.message(count))
    (body,) = town.deliveries.take(NINE_US)
    return unpack(body)


def test_the_attempts_are_ten_in_a_little_over_three_days() -> None:
    assert [delay / MINUTE_US for delay in DELAYS_US] == [1 / 12, 5, 30, 120, 300, 600, 840, 1200, 1440]
    first = [next_attempt_us(number, now_us=0, retry_after_us=0, random=lambda: 0) for number in range(1, 11)]
    assert first == [*DELAYS_US, None]
    last = [next_attempt_us(number, now_us=0, retry_after_us=0, random=lambda: 1) for number in range(1, 10)]
    assert last == [round(delay * (1 + JITTER)) for delay in DELAYS_US]
    assert sum(DELAYS_US) > 3 * DAY_US


@pytest.mark.parametrize(
    ("retry_after_us", "waits_us"),
    [(0, 5 * SECOND_US), (4 * SECOND_US, 5 * SECOND_US), (HOUR_US, HOUR_US), (2 * DAY_US, RETRY_AFTER_MAX_US)],
)
def test_an_endpoint_is_asked_no_sooner_than_it_says_and_within_a_day(retry_after_us: int, waits_us: int) -> None:
    assert next_attempt_us(1, now_us=7, retry_after_us=retry_after_us, random=lambda: 0) == 7 + waits_us
    assert RETRY_AFTER_MAX_US == DAY_US


@pytest.mark.parametrize(
    ("failures", "waits_us"), [(0, 5 * SECOND_US), (1, 5 * SECOND_US), (2, MINUTE_US), (9, MINUTE_US)]
)
def test_an_endpoint_that_fails_is_asked_once_a_minute(failures: int, waits_us: int) -> None:
    assert probe_us(failures, now_us=7) == 7 + waits_us


@pytest.mark.parametrize(
    ("probe_at_us", "failing_us", "chance", "until_us"),
    [
        (9, HOUR_US, 0.0, 9),
        (3, HOUR_US, 0.0, 7),
        (9, HOUR_US, 1.0, 7 + 14 * MINUTE_US),
        (9, HOUR_US, 0.5, 7 + 7 * MINUTE_US),
        (9, MINUTE_US, 1.0, 7 + MINUTE_US),
    ],
)
def test_what_waits_looks_again_within_a_quarter_of_an_hour(
    probe_at_us: int, failing_us: int, chance: float, until_us: int
) -> None:
    assert waiting_until_us(probe_at_us, now_us=7, failing_us=failing_us, random=lambda: chance) == until_us
    assert WAIT_US == 15 * MINUTE_US


@pytest.mark.parametrize(("later_us", "given_up"), [(GIVEN_UP_US, 0), (GIVEN_UP_US + 1, 1)])
def test_a_message_that_waited_four_days_is_given_up(later_us: int, given_up: int) -> None:
    town = Town()
    delivery = stored(town)
    counts = delivered(town, delivery, now_us=delivery.since_us + later_us)
    assert (counts.given_up, counts.posts) == (given_up, 1 - given_up)
    assert GIVEN_UP_US == 4 * DAY_US


@pytest.mark.parametrize(("later_us", "active"), [(DISABLED_US - 1, True), (DISABLED_US, False)])
def test_a_webhook_is_disabled_after_five_days_without_a_success(later_us: int, active: bool) -> None:
    town = Town()
    webhook = town.webhook("mine")
    endpoint = read_webhooks(town.table, webhook.tenant).endpoint(webhook)
    Breaker(town.table, endpoint, town.bus, NINE_US).failed(webhook)
    endpoint = read_webhooks(town.table, webhook.tenant).endpoint(webhook)
    assert (endpoint.failing_since_us, endpoint.failures) == (NINE_US, 1)
    Breaker(town.table, endpoint, town.bus, NINE_US + later_us).failed(webhook)
    assert town.registered(webhook).active is active
    assert [kind for kind, _ in town.bus.notices] == ([] if active else ["WebhookDisabled"])
    assert DISABLED_US == 5 * DAY_US


@pytest.mark.parametrize(("later_us", "may"), [(-1, False), (0, True), (1, True)])
def test_one_message_may_ask_an_endpoint_that_fails_once_its_time_has_come(later_us: int, may: bool) -> None:
    town = Town()
    webhook = town.webhook("mine")
    failing = Endpoint(
        tenant=webhook.tenant,
        slot=webhook.slot,
        webhook=webhook.id,
        failing_since_us=1,
        failures=2,
        probe_at_us=NINE_US,
    )
    first = Breaker(town.table, failing, None, NINE_US + later_us)
    assert first.claim() is may
    second = Breaker(town.table, failing, None, NINE_US + later_us)
    assert not second.claim(), "of two workers that read the same row one is the probe"
    healthy = Endpoint(tenant=webhook.tenant, slot=webhook.slot, webhook=webhook.id)
    assert Breaker(town.table, healthy, None, NINE_US).claim()
    if may:
        assert first.probe_at_us == NINE_US + later_us + PROBE_US


def test_an_endpoint_that_answers_again_is_asked_by_all_and_costs_one_write() -> None:
    town = Town()
    webhook = town.webhook("mine")
    breaker = Breaker(town.table, read_webhooks(town.table, webhook.tenant).endpoint(webhook), None, NINE_US)
    before = town.calls.total
    breaker.succeeded()
    assert town.calls.total == before, "an endpoint that answers costs no write"
    breaker.failed(webhook)
    breaker.succeeded()
    endpoint = read_webhooks(town.table, webhook.tenant).endpoint(webhook)
    assert (endpoint.failing_since_us, endpoint.failures, endpoint.probe_at_us) == (0, 0, 0)


def test_the_counts_of_messages_add_up() -> None:
    assert Counts(1, 2, 3, 4, 5, 6) + Counts(10, 20, 30, 40, 50, 60) == Counts(11, 22, 33, 44, 55, 66)
    assert Counts(1, 2, 3, 4, 5, 6).fields() == {
        "posts": 1, "failures": 2, "events": 3, "waiting": 4, "dropped": 5, "given_up": 6,
    }  # fmt: skip


def test_what_came_of_a_delivery_is_counted() -> None:
    town = Town()
    delivery = stored(town, 250)
    assert delivered(town, delivery, now_us=NINE_US) == Counts(posts=3, events=250)
    town.endpoints.down.add("https://mine.example.org/")
    assert delivered(town, delivery, now_us=NINE_US) == Counts(posts=1, failures=1, waiting=2)
    assert delivered(town, delivery, now_us=NINE_US) == Counts(waiting=1), "the endpoint fails: it is not its probe"
    gone = Town()
    delivery = stored(gone, 250)
    gone.endpoints.answers["https://mine.example.org/"] = Posted(status=410)
    assert delivered(gone, delivery, now_us=NINE_US) == Counts(posts=1, failures=1, given_up=1)
    assert delivered(gone, delivery, now_us=NINE_US) == Counts(dropped=1), "its webhook is disabled"


def test_a_delivery_that_is_not_due_is_queued_again_without_a_read() -> None:
    town = Town()
    delivery = stored(town)
    later = msgspec.structs.replace(delivery, due_us=NINE_US + 1)
    before = town.calls.total
    assert delivered(town, later, now_us=NINE_US) == Counts(waiting=1)
    assert town.calls.total == before
    assert delivered(town, later, now_us=NINE_US + 1) == Counts(posts=1, events=1)


def test_each_attempt_is_noted_with_its_number_and_what_follows() -> None:
    town = Town()
    delivery = stored(town)
    town.endpoints.down.add("https://mine.example.org/")
    delivered(town, delivery, now_us=NINE_US)
    (failed,) = last_attempts(town.table, delivery.tenant, "mine", most=5)
    assert (failed.number, failed.status, failed.error, failed.events) == (1, 0, "timeout", 1)
    assert failed.next_us == NINE_US + round(DELAYS_US[0] * (1 + JITTER * 0.5))
    assert failed.key == delivery.key
    town.endpoints.down.clear()
    (again,) = town.deliveries.take(NINE_US + MINUTE_US)
    record = {"messageId": "m", "body": again}
    handler({"Records": [record]}, None, dependencies=dependencies(town), now_us=NINE_US + MINUTE_US)
    done, _ = last_attempts(town.table, delivery.tenant, "mine", most=5)
    assert (done.number, done.status, done.next_us) == (2, 200, None)


@pytest.mark.parametrize(("left_ms", "posts"), [(STOP_BEFORE_MS + 1, 1), (STOP_BEFORE_MS, 0)])
def test_no_post_is_begun_in_the_last_twenty_seconds(left_ms: int, posts: int) -> None:
    class Clock:
        def get_remaining_time_in_millis(self) -> int:
            return left_ms

    town = Town()
    record = {"messageId": "m", "body": pack(stored(town))}
    handler({"Records": [record]}, Clock(), dependencies=dependencies(town), now_us=NINE_US)
    assert len(town.endpoints.posts) == posts
    assert STOP_BEFORE_MS == 20_000


def pinged(town: Town, **endpoint: Any) -> Delivery:
    """A ping that waits, for a webhook `mine`; its endpoint answers 200 or as given."""
    webhook = town.webhook("mine")
    if endpoint:
        town.endpoints.answers[webhook.target_url] = Posted(**endpoint)
    return Delivery(tenant=webhook.tenant, webhook=webhook.id, kind="ping", forced=True)


def test_a_post_says_what_it_is_who_sends_it_and_when() -> None:
    town = Town()
    delivered(town, pinged(town), now_us=NINE_US + 1_999_999)
    ((url, headers, _),) = town.endpoints.posts
    assert url == "https://mine.example.org/"
    assert set(headers) == {"Content-Type", "User-Agent", "webhook-id", "webhook-timestamp", "webhook-signature"}
    assert (headers["Content-Type"], headers["User-Agent"]) == ("application/json", "caliper-event-store")
    assert headers["webhook-timestamp"] == str(NINE_US // 1_000_000 + 1)


@pytest.mark.parametrize(("status", "failures"), [(204, 0), (500, 1), (410, 1), (0, 1)])
def test_a_ping_counts_as_a_post_and_as_a_failure_if_it_is_not_taken(status: int, failures: int) -> None:
    town = Town()
    assert delivered(town, pinged(town, status=status), now_us=NINE_US) == Counts(posts=1, failures=failures)


def test_without_a_time_the_clock_of_the_machine_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()
    record = {"messageId": "m", "body": pack(pinged(town))}
    later_us = NINE_US + 7 * MINUTE_US
    monkeypatch.setattr("functions.deliver.handler.time", SimpleNamespace(time_ns=lambda: later_us * 1000 + 999))
    handler({"Records": [record]}, None, dependencies=dependencies(town))
    (attempt,) = last_attempts(town.table, keys.tenant_of(APP), "mine")
    assert attempt.time_us == later_us
