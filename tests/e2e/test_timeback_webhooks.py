"""TimeBack's own webhooks client (PyPI timeback-webhooks), unchanged, through every method; deliveries are verified."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from timeback_common import NotFoundError, ValidationError
from timeback_webhooks import WebhooksClient

from functions.store.registrations import KEPT_US
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import envelope, viewed
from tests.e2e.receivers import Receiver, receiver
from tests.e2e.waiting import wait_for

KNOWN_S = KEPT_US / 1e6 + 5
SECRETS = ("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "my-shared-secret")

type Endpoints = Mapping[str, tuple[Receiver, str]]


@asynccontextmanager
async def client(stack: Stack) -> AsyncIterator[WebhooksClient]:
    it = stack.endpoint
    webhooks_client = WebhooksClient(
        base_url=it.url, auth_url=it.token_url, client_id=it.client_id, client_secret=it.client_secret
    )
    try:
        yield webhooks_client
    finally:
        await webhooks_client.close()


def with_client[T](stack: Stack, use: Callable[[WebhooksClient], Awaitable[T]]) -> T:
    async def run() -> T:
        async with client(stack) as webhooks_client:
            return await use(webhooks_client)

    return asyncio.run(run())


def webhook(target: str, **changed: Any) -> dict[str, Any]:
    return {"name": "Warehouse", "targetUrl": target, "secret": SECRETS[0], "active": True} | changed


def a_filter(webhook_id: str, **changed: Any) -> dict[str, Any]:
    return {
        "webhookId": webhook_id,
        "filterKey": "type",
        "filterValue": "NavigationEvent",
        "filterType": "string",
        "filterOperator": "neq",
        "active": True,
    } | changed


def test_every_method_of_the_client(stack: Stack) -> None:
    async def use(webhooks_client: WebhooksClient) -> None:
        first = await webhooks_client.webhooks.create(webhook("https://events.example.org"))
        assert first.secret == SECRETS[0]
        assert first.target_url == "https://events.example.org/"
        read = await webhooks_client.webhooks.get(first.id)
        assert read.secret == "whsec_…" + SECRETS[0][-4:]
        assert first.id in [listed.id for listed in await webhooks_client.webhooks.list()]
        assert await webhooks_client.webhooks.list(sensor="https://none.example.org") == []
        changed = await webhooks_client.webhooks.update(
            first.id, webhook("https://other.example.org", secret=read.secret)
        )
        assert (changed.target_url, changed.id) == ("https://other.example.org/", first.id)
        assert (await webhooks_client.webhooks.deactivate(first.id)).active is False
        assert (await webhooks_client.webhooks.activate(first.id)).active is True

        stored = await webhooks_client.webhook_filters.create(a_filter(first.id))
        assert (await webhooks_client.webhook_filters.get(stored.id)).filter_operator == "neq"
        assert stored.id in [listed.id for listed in await webhooks_client.webhook_filters.list()]
        assert [listed.id for listed in await webhooks_client.webhook_filters.list_by_webhook(first.id)] == [stored.id]
        again = await webhooks_client.webhook_filters.update(
            stored.id, a_filter(first.id, filterValue="x", active=False)
        )
        assert (again.filter_value, again.active) == ("x", False)
        await webhooks_client.webhook_filters.delete(stored.id)
        with pytest.raises(NotFoundError):
            await webhooks_client.webhook_filters.get(stored.id)

        await webhooks_client.webhooks.delete(first.id)
        await webhooks_client.webhooks.delete(first.id)
        with pytest.raises(NotFoundError):
            await webhooks_client.webhooks.get(first.id)
        with pytest.raises(NotFoundError):
            await webhooks_client.webhook_filters.create(a_filter(first.id))
        with pytest.raises(NotFoundError):
            await webhooks_client.webhooks.get("a/b c:ü")

    with_client(stack, use)


def test_what_the_client_lets_through_and_cannot_be_is_refused_with_a_message(stack: Stack) -> None:
    async def use(webhooks_client: WebhooksClient) -> None:
        first = await webhooks_client.webhooks.create(webhook("https://events.example.org"))
        for wrong in (
            {"filterType": "number", "filterValue": "abc"},
            {"filterOperator": "regexp", "filterValue": "(("},
            {"filterType": "boolean", "filterOperator": "gt", "filterValue": "true"},
        ):
            with pytest.raises(Exception, match="filter") as refused:
                await webhooks_client.webhook_filters.create(a_filter(first.id, **wrong))
            assert getattr(refused.value, "status_code", 400) == 400
            assert not isinstance(refused.value, ValidationError)
        with pytest.raises(Exception, match="https"):
            await webhooks_client.webhooks.create(webhook("http://events.example.org"))
        await webhooks_client.webhooks.delete(first.id)

    with_client(stack, use)


@pytest.fixture(scope="module")
def endpoints(stack: Stack) -> Iterator[Endpoints]:
    """A receiver and its webhook's id for each test. Every worker knows them: it reads once a minute which there are,
    so all of them wait for that minute together.
    """
    secrets = {"signed": SECRETS[0], "signed by a plain secret": SECRETS[1], "filters": SECRETS[0], "fails": SECRETS[0]}
    with ExitStack() as listening:
        receivers = {name: listening.enter_context(receiver(secret)) for name, secret in secrets.items()}
        known = {name: (into, registered(stack, into)) for name, into in receivers.items()}
        if stack.endpoint.aws_endpoint_url.startswith("http"):  # the double knows them at once
            began = time.monotonic()

            def all_know() -> bool:
                assert stack.post("/caliper/event", envelope(viewed(stack))).status_code == 200
                seconds = time.monotonic() - began
                return all(into.taken for into in receivers.values()) and seconds > KNOWN_S

            wait_for("a first delivery to each", all_know, seconds=150)
        yield known
        for _, webhook_id in known.values():
            ended(stack, webhook_id)


def registered(stack: Stack, into: Receiver) -> str:
    """The id of a new webhook that posts to the receiver."""
    wanted = webhook(into.url, secret=into.secret)
    return str(with_client(stack, lambda client: client.webhooks.create(wanted)).id)


def ended(stack: Stack, webhook_id: str) -> None:
    with_client(stack, lambda client: client.webhooks.delete(webhook_id))


def delivered(stack: Stack, into: Receiver, ids: set[str]) -> None:
    """Wait until the receiver has these events."""
    stack.wait_for("the deliveries", lambda: ids <= {event["id"] for event in into.events})


@pytest.mark.parametrize("name", ["signed", "signed by a plain secret"])
def test_every_stored_event_is_delivered_signed_and_byte_for_byte(
    stack: Stack, endpoints: Endpoints, name: str
) -> None:
    into, _ = endpoints[name]
    events, foreign = [viewed(stack) for _ in range(3)], viewed(stack)
    body = envelope(*events, sensor=f"https://app.example.org/{uuid4()}")
    assert stack.post("/caliper/event", envelope(foreign), lms=True).status_code == 200
    assert stack.post("/caliper/event", body).status_code == 200
    delivered(stack, into, {event["id"] for event in events})
    assert into.faults == []
    assert foreign["id"] not in {event["id"] for event in into.events}, "no event of the other app"
    (sent,) = (received for received in into.bodies if received["sensor"] == body["sensor"])
    assert sent["data"] == events
    written = json.dumps(events[0], separators=(",", ":"), ensure_ascii=False)
    assert any(written.encode() in raw for raw in into.raw)


def test_filters_hold_back_what_is_not_wanted(stack: Stack, endpoints: Endpoints) -> None:
    into, webhook_id = endpoints["filters"]
    events = [viewed(stack) for _ in range(2)]
    wanted = {"filterKey": "id", "filterOperator": "in", "filterValue": events[1]["id"]}
    with_client(stack, lambda client: client.webhook_filters.create(a_filter(webhook_id, **wanted)))
    assert stack.post("/caliper/event", envelope(*events)).status_code == 200
    delivered(stack, into, {events[1]["id"]})
    assert events[0]["id"] not in {event["id"] for event in into.events}


def test_a_failing_endpoint_gets_everything_once_it_answers_with_the_ids_unchanged(
    stack: Stack, endpoints: Endpoints
) -> None:
    into, webhook_id = endpoints["fails"]
    before, event = viewed(stack), viewed(stack)
    # Nothing else is posted from now on: not what made the webhook known, nor sessions that end meanwhile.
    wanted = {"filterKey": "id", "filterOperator": "in", "filterValue": f"{before['id']},{event['id']}"}
    with_client(stack, lambda client: client.webhook_filters.create(a_filter(webhook_id, **wanted)))
    assert stack.post("/caliper/event", envelope(before)).status_code == 200
    delivered(stack, into, {before["id"]})
    into.status = 503
    assert stack.post("/caliper/event", envelope(event)).status_code == 200
    stack.wait_for("a first attempt", lambda: into.refused)
    into.status = 204
    (message_id,) = into.refused
    # The double does what is due when it is asked for something.
    attempts = stack.wait_for("both attempts", lambda: attempts_of(stack, webhook_id, message_id, 2))
    delivered(stack, into, {event["id"]})
    assert [sent for sent, body in zip(into.taken, into.bodies, strict=True) if event in body["data"]] == [message_id]
    assert into.faults == []
    assert [(attempt["status"], attempt["delivered"]) for attempt in attempts[:2]] == [(204, True), (503, False)]
    retried = stack.post(f"/webhooks/{webhook_id}/retry", {"messageId": message_id})
    assert retried.status_code == 202
    stack.wait_for("the retry", lambda: into.taken.count(message_id) == 2)
    stack.post(f"/webhooks/{webhook_id}/test", {})
    stack.wait_for("the test", lambda: any(not body["data"] for body in into.bodies))


def attempts_of(stack: Stack, webhook_id: str, message_id: str, least: int) -> list[dict[str, Any]]:
    """Those of one delivery, newest first, once there are as many."""
    listed = stack.get(f"/webhooks/{webhook_id}/attempts").json()["attempts"]
    own = [delivery for delivery in listed if delivery["messageId"] == message_id]
    return own if len(own) >= least else []
