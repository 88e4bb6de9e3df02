"""What follows a POST: what is queued with which lines and when, what is noted of it, and what the endpoint is then."""

from collections.abc import Iterator
from typing import Any

import msgspec.structs
import pytest
from botocore.exceptions import ClientError

from functions.core.times import MINUTE_US, format_time
from functions.core.webhooks.delivery import Delivery, unpack
from functions.core.webhooks.schedule import SECOND_US
from functions.core.webhooks.webhook import Webhook
from functions.deliver.counts import Counts
from functions.deliver.delivering import OBJECTS_AT_ONCE, Worker
from functions.deliver.endpoint import Breaker
from functions.deliver.handler import handler
from functions.deliver.settings import DeliverSettings
from functions.store import keys
from functions.store.outbound.poster import Posted
from functions.store.webhooks.attempts import last_attempts
from functions.store.webhooks.webhooks import read_webhooks
from tests.fakes import MemoryTable
from tests.log_records import records_of
from tests.unit.deliver.test_boundaries import delivered, dependencies, pinged, stored
from tests.unit.deliver.test_delivering import APP, Town, ids_of
from tests.world import NINE_US

URL = "https://mine.example.org/"


class Broken(MemoryTable):
    """A table that cannot be read now."""

    def query(self, *_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "Query")

    get_all = query


def queued(town: Town) -> list[Delivery]:
    """What waits in the queue, and is taken from it."""
    bodies = town.deliveries.take(2**62)
    return [unpack(body) for body in bodies]


def mine(town: Town) -> Webhook:
    return read_webhooks(town.table, keys.tenant_of(APP)).webhooks["mine"]


def failing(town: Town) -> Delivery:
    """A delivery whose endpoint has just failed."""
    delivery = stored(town)
    town.endpoints.down.add(URL)
    delivered(town, delivery, now_us=NINE_US)
    queued(town)
    return delivery


def test_a_delivery_that_is_forced_asks_an_endpoint_that_fails_and_what_follows_it_waits_like_all() -> None:
    town = Town()
    forced = msgspec.structs.replace(failing(town), forced=True)
    assert delivered(town, forced, now_us=NINE_US + 1) == Counts(posts=1, failures=1, waiting=1)
    (again,) = queued(town)
    assert (again.forced, again.attempts) == (False, 1)
    assert delivered(town, msgspec.structs.replace(again, due_us=0), now_us=NINE_US + 2) == Counts(waiting=1)


def test_after_a_part_that_failed_the_rest_is_queued_from_its_first_line_as_never_tried_for_the_next_probe() -> None:
    town = Town()
    delivery = msgspec.structs.replace(stored(town, 250), attempts=3)
    town.endpoints.down.add(URL)
    delivered(town, delivery, now_us=NINE_US)
    part, rest = sorted(queued(town), key=lambda each: each.first)
    assert (part.first, part.last, part.attempts) == (0, 100, 4)
    assert (rest.first, rest.last, rest.attempts) == (100, 0, 0)
    assert rest.due_us == read_webhooks(town.table, delivery.tenant).endpoint(mine(town)).probe_at_us


def test_of_a_delivery_of_some_lines_only_these_are_sent() -> None:
    town = Town()
    delivery = msgspec.structs.replace(stored(town, 30), first=10, last=13)
    assert delivered(town, delivery, now_us=NINE_US) == Counts(posts=1, events=3)
    (attempt,) = last_attempts(town.table, delivery.tenant, "mine", most=5)
    assert (attempt.first, attempt.last, attempt.events) == (10, 13, 3)


def test_a_delivery_that_is_sent_again_after_it_was_given_up_has_its_days_from_now_on() -> None:
    town = Town()
    delivery = msgspec.structs.replace(stored(town), since_us=0)
    town.endpoints.down.add(URL)
    delivered(town, delivery, now_us=NINE_US + 5)
    (again,) = queued(town)
    assert again.since_us == NINE_US + 5


def test_what_is_given_up_is_kept_as_never_tried_and_due() -> None:
    town = Town()
    delivery = msgspec.structs.replace(stored(town), attempts=9)
    town.endpoints.down.add(URL)
    assert delivered(town, delivery, now_us=NINE_US) == Counts(posts=1, failures=1, given_up=1)
    (kept,) = town.deliveries.given_up
    assert (kept.key, kept.attempts, kept.due_us, kept.forced) == (delivery.key, 0, 0, False)


@pytest.mark.parametrize("status", [200, 410, 500])
def test_an_attempt_is_noted_whatever_came_of_it(status: int) -> None:
    town = Town()
    delivery = msgspec.structs.replace(stored(town), attempts=2)
    town.endpoints.answers[URL] = Posted(status=status, duration_ms=12)
    delivered(town, delivery, now_us=NINE_US)
    (attempt,) = last_attempts(town.table, delivery.tenant, "mine", most=5)
    assert (attempt.status, attempt.number, attempt.duration_ms, attempt.key) == (status, 3, 12, delivery.key)
    assert (attempt.first, attempt.last, attempt.time_us) == (0, 1, NINE_US)


@pytest.mark.parametrize("retry_after_s", [600, 7.5])
def test_an_endpoint_is_asked_again_when_it_says(retry_after_s: float) -> None:
    town = Town()
    delivery = stored(town)
    town.endpoints.answers[URL] = Posted(status=503, retry_after_s=retry_after_s)
    delivered(town, delivery, now_us=NINE_US)
    (again,) = queued(town)
    assert again.due_us == NINE_US + round(retry_after_s * SECOND_US)


def test_a_ping_is_the_first_attempt_of_itself_and_its_success_ends_a_failure() -> None:
    town = Town()
    delivery = failing(town)
    webhook = mine(town)
    assert read_webhooks(town.table, delivery.tenant).endpoint(webhook).fails
    town.endpoints.down.clear()
    ping = Delivery(tenant=webhook.tenant, webhook=webhook.id, kind="ping")
    delivered(town, ping, now_us=NINE_US + 1)
    assert not read_webhooks(town.table, delivery.tenant).endpoint(webhook).fails
    assert last_attempts(town.table, delivery.tenant, "mine", most=1)[0].number == 1


def test_two_webhooks_know_the_same_events_by_different_ids() -> None:
    town = Town()
    for name in ("mine", "theirs"):
        town.webhook(name)
    town.store(town.message())
    town.deliver()
    assert len({headers["webhook-id"] for _, headers, _ in town.endpoints.posts}) == 2


def test_the_versions_of_an_endpoint_are_counted_by_its_changes() -> None:
    town = Town()
    webhook = town.webhook("mine")
    breaker = Breaker(town.table, read_webhooks(town.table, webhook.tenant).endpoint(webhook), None, NINE_US)
    for version in (1, 2, 3):
        breaker.failed(webhook)
        assert read_webhooks(town.table, webhook.tenant).endpoint(webhook).version == version


@pytest.mark.parametrize("failed_before", [True, False])
def test_a_notice_says_since_when_the_endpoint_fails(failed_before: bool) -> None:
    town = Town()
    delivery = failing(town) if failed_before else stored(town)
    town.endpoints.down.clear()
    town.endpoints.answers[URL] = Posted(status=410)
    later_us = NINE_US + MINUTE_US
    delivered(town, delivery, now_us=later_us)
    (notice,) = [notice for kind, notice in town.bus.notices if kind == "WebhookDisabled"]
    assert notice["failingSince"] == format_time(NINE_US if failed_before else later_us)


def test_a_webhook_that_was_deactivated_meanwhile_is_not_disabled_over_it() -> None:
    town = Town()
    webhook = town.webhook("mine")
    breaker = Breaker(town.table, read_webhooks(town.table, webhook.tenant).endpoint(webhook), None, NINE_US)
    breaker.disable(webhook, "gone")
    breaker.disable(webhook, "failing")
    assert town.registered(webhook).disabled == "gone"
    unknown = msgspec.structs.replace(pinged(town), webhook="unknown")
    assert delivered(town, unknown, now_us=NINE_US) == Counts(dropped=1)


@pytest.mark.parametrize(("objects", "goes_on"), [(OBJECTS_AT_ONCE, False), (OBJECTS_AT_ONCE + 1, True)])
def test_two_hundred_objects_are_queued_at_once_and_a_message_goes_on_after_them(objects: int, goes_on: bool) -> None:
    town = Town()
    names = [f"archive/2026/03/02/{number:06d}" for number in range(objects)]
    queries: list[dict[str, str]] = []

    class Archive:
        def read(self, key: str, *, tenant: str = "") -> list[Any]:
            raise AssertionError((key, tenant))

        def keys(self, **days: str) -> Iterator[str]:
            queries.append(days)
            return iter(names)

    days = Delivery(**{**msgspec.structs.asdict(pinged(town)), "kind": "days", "first": 20260302, "last": 20260303})
    Worker(
        msgspec.structs.replace(dependencies(town), archive=Archive()), now_us=NINE_US, time_left=lambda: True
    ).deliver(days)
    messages = queued(town)
    assert queries == [{"from_day": "20260302", "to_day": "20260303"}]
    assert [each.key for each in messages if each.kind == "events"] == names[:OBJECTS_AT_ONCE]
    assert {each.since_us for each in messages if each.kind == "events"} == {NINE_US}
    following = [each for each in messages if each.kind == "days"]
    assert [(each.key, each.first, each.last) for each in following] == (
        [(names[OBJECTS_AT_ONCE - 1], 20260302, 20260303)] if goes_on else []
    )
    assert OBJECTS_AT_ONCE == 200


def test_days_that_are_not_asked_for_are_not_sent_again() -> None:
    town = Town()
    webhook = town.webhook("mine")
    messages = []
    for day in range(3):
        town.now_us = NINE_US + day * 1440 * MINUTE_US
        messages.append(town.message())
        town.store(messages[-1])
    queued(town)
    delivered(town, Delivery(tenant=webhook.tenant, webhook="mine", kind="days", first=20260303, last=20260303),
              now_us=town.now_us)  # fmt: skip
    town.deliver()
    assert town.endpoints.ids(URL) == ids_of(messages[1])


def test_the_log_says_what_came_of_the_messages_and_of_each_that_comes_again() -> None:
    town = Town()
    delivery = stored(town, 2)
    records = [{"messageId": "1", "body": msgspec.json.encode(delivery).decode()}, {"messageId": "2", "body": "{}"}]
    with records_of("deliver") as log:
        handler({"Records": records}, None, dependencies=dependencies(town), now_us=NINE_US)
    assert log.errors() == ["unreadable message"]
    assert "not a delivery" in log.single("unreadable message").reason
    line = log.single("delivered")
    assert (line.levelname, line.messages, line.posts, line.events) == ("INFO", 2, 1, 2)
    broken = msgspec.structs.replace(dependencies(town), registry_table=Broken())
    with records_of("deliver") as log:
        answer = handler({"Records": records[:1]}, None, dependencies=broken, now_us=NINE_US)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert log.errors() == ["an AWS call failed"]


def test_without_a_setting_nothing_on_this_machine_is_posted_to_and_no_bus_is_told() -> None:
    settings = DeliverSettings.read(dict.fromkeys(("TABLE_NAME", "BUCKET_NAME", "DELIVERIES_URL", "GIVEN_UP_URL"), "x"))
    assert (settings.allow_loopback, settings.bus_name, settings.registry_table_name) == (False, "", "")
