"""TimeBack's own Python client, unchanged, as it speaks to TimeBack Platform: dialect P, and its trap."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from timeback_caliper import CaliperClient, UnsupportedOperationError
from timeback_common import TimebackProvider

from functions.core.ids import AUTO_ATTACH
from functions.http.gate import EVENTS_READONLY, EVENTS_WRITE
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import generator, now, viewed
from tests.e2e.test_timeback_client import SENDERS, SENSOR, enveloped


def provider(stack: Stack, **changes: Any) -> TimebackProvider:
    it = stack.endpoint
    options = {
        "base_url": it.url,
        "auth_url": f"{it.url}/auth/1.0/token",
        "client_id": it.client_id,
        "client_secret": it.client_secret,
        "path_profile": "LEARNWITH_AI",
        "scope": EVENTS_WRITE,
    }
    return TimebackProvider(**(options | changes))


def run[T](work: Callable[[CaliperClient], Awaitable[T]], **options: Any) -> T:
    async def whole() -> T:
        async with CaliperClient(platform="LEARNWITH_AI", **options) as caliper_client:
            return await work(caliper_client)

    return asyncio.run(whole())


def stored(stack: Stack, event_id: str) -> dict[str, Any]:
    (row,) = stack.wait_for("the event", lambda: stack.rows("/events", id=event_id))
    stored_row: dict[str, Any] = row
    return stored_row


@pytest.mark.parametrize("method", SENDERS)
def test_what_it_sends_to_the_platform_is_stored(stack: Stack, method: str) -> None:
    payload = SENDERS[method](stack)
    sent = run(lambda caliper_client: getattr(caliper_client.events, method)(SENSOR, payload), provider=provider(stack))
    assert isinstance(sent.job_id, str)
    row = stored(stack, payload.id)
    assert row["event"]["session"] == AUTO_ATTACH  # which the client puts in, and the store understands
    # What the client makes of an event is as it should be; an attempt's IRI in place of the attempt is its caller's.
    assert {warning["code"] for warning in row["warnings"]} <= {"timeback.attempt-by-iri"}


@pytest.mark.parametrize("method", SENDERS)
def test_a_base_url_alone_posts_the_platforms_payload_to_the_other_path_and_it_is_taken(
    stack: Stack, method: str
) -> None:
    """The trap: `platform="LEARNWITH_AI"` with a `base_url` rewrites payloads and posts them to `/caliper/event`."""
    it, payload = stack.endpoint, SENDERS[method](stack)
    sent = run(
        lambda caliper_client: getattr(caliper_client.events, method)(SENSOR, payload),
        base_url=it.url,
        auth_url=it.token_url,
        client_id=it.client_id,
        client_secret=it.client_secret,
    )
    assert isinstance(sent.job_id, str)
    assert stored(stack, payload.id)["event"]["session"] == AUTO_ATTACH


def test_an_activity_arrives_with_its_numbers(stack: Stack) -> None:
    payload = SENDERS["send_activity"](stack)
    run(lambda caliper_client: caliper_client.events.send_activity(SENSOR, payload), provider=provider(stack))
    event = stored(stack, payload.id)["event"]
    assert event["profile"] == "AggregationProfile"
    metrics = {item["metricType"]: item["metricValue"] for item in event["generated"]["items"]}
    assert metrics == {"XpEarned": 12.5, "TotalQuestions": 10, "CorrectQuestions": 8}


def test_whole_envelopes_and_events_of_the_catalogue_are_taken(stack: Stack) -> None:
    made_up = generator(stack)
    student = made_up.urn()
    events = [
        make(student) | {"eventTime": now()}
        for make in (made_up.lesson_started, made_up.question_started, made_up.question_completed)
    ]
    sent = run(lambda caliper_client: caliper_client.events.send_envelope(enveloped(*events)), provider=provider(stack))
    assert sent.job_id
    sent = run(lambda caliper_client: caliper_client.events.send(SENSOR, [viewed(stack)]), provider=provider(stack))
    assert sent.job_id
    for event in events:
        stored(stack, event["id"])


def test_its_check_of_the_credentials_passes(stack: Stack) -> None:
    assert run(lambda caliper_client: caliper_client.check_auth(), provider=provider(stack))["ok"] is True


def test_what_the_platform_has_not_the_client_does_not_ask_for(stack: Stack) -> None:
    async def work(caliper_client: CaliperClient) -> None:
        for ask in (
            caliper_client.events.list,
            lambda: caliper_client.events.get("urn:uuid:none"),
            lambda: caliper_client.events.validate(enveloped(viewed(stack))),
            lambda: caliper_client.jobs.get_status("none"),
            lambda: caliper_client.jobs.wait_for_completion("none"),
        ):
            with pytest.raises(UnsupportedOperationError):
                await ask()

    run(work, provider=provider(stack))


def test_heartbeats_as_a_live_integration_sends_them(stack: Stack) -> None:
    """A bare UUID, an eventTime, the app's IRI; 404 makes that client open a new session, anything else is ignored."""
    made_up = generator(stack)
    headers = stack.headers()

    def beat(session: str) -> int:
        body = {"sessionId": session, "eventTime": now(), "edApp": stack.endpoint.app_id}
        answer = stack.http.post(f"{stack.endpoint.url}/events/1.0/heartbeat", json=body, headers=headers)
        assert answer.json()["message"]
        return answer.status_code

    def opened(*, asks: bool) -> str:
        login = made_up.logged_in(made_up.urn()) | {"eventTime": now()}
        login["session"] |= {"startedAtTime": login["eventTime"], "extensions": {"requiresHeartbeat": asks}}
        answer = stack.post("/events/1.0", login)
        assert answer.status_code == 202, answer.text
        return str(login["session"]["id"]).removeprefix("urn:uuid:")

    asking, silent = opened(asks=True), opened(asks=False)
    stack.wait_for("the heartbeat", lambda: beat(asking) == 202)
    stack.wait_for("the refusal", lambda: beat(silent) == 409)
    assert beat("00000000-0000-4000-8000-000000000000") == 404


def test_sessions_and_insights_are_read_in_the_platforms_pages(stack: Stack) -> None:
    made_up = generator(stack)
    student = made_up.urn()
    event = made_up.resource_viewed(student) | {"eventTime": now()}
    assert stack.post("/events/1.0/", event).status_code == 202
    stored(stack, event["id"])
    user = student.removeprefix("urn:uuid:")
    token = stack.http.post(
        f"{stack.endpoint.url}/auth/1.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": stack.endpoint.client_id,
            "client_secret": stack.endpoint.client_secret,
            "scope": EVENTS_READONLY,
        },
    ).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    def page(path: str) -> dict[str, Any]:
        answer = stack.http.get(f"{stack.endpoint.url}/insights/1.0/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    (session,) = stack.wait_for("the session", lambda: page(f"users/{user}/sessions?limit=5")["items"])
    sessions = page(f"users/{user}/sessions?limit=5")
    assert (sessions["limit"], sessions["offset"], sessions["total"]) == (5, 0, 1)
    assert session["userId"] == user
    assert isinstance(session["durationInSeconds"], int)
    for path in (f"users/{user}", f"sessions/{session['id']}", f"users/{user}/overview", "types"):
        assert page(path) is not None
