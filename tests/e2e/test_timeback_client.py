"""TimeBack's own Python client (PyPI timeback-caliper, newest), unchanged, through every method: dialect B."""

import asyncio
import json
import os
import random
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from timeback_caliper import (
    ActivityCompletedInput,
    APIError,
    AuthenticationError,
    CaliperClient,
    CaliperEnvelope,
    EventResult,
    ForbiddenError,
    JobFailedError,
    NotFoundError,
    QuestionAnsweredInput,
    QuestionGradedInput,
    QuestionObjectInput,
    QuestionSeenInput,
    ResponseGeneratedInput,
    ScoreGeneratedInput,
    SendEventsResult,
    StoredEvent,
    TimebackActivityContext,
    TimebackActivityMetric,
    TimebackApp,
    TimebackCourse,
    TimebackUser,
    TimeSpentInput,
    TimeSpentMetric,
    create_activity_event,
    create_time_spent_event,
)

from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message, pack
from functions.core.times import parse_time
from functions.http.gate import EVENT_CREATE
from functions.store.keys import tenant_of
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import envelope, generator, now, viewed
from tests.payloads import V1P2

SENSOR = "https://app.example.org/sensors/main"
LARGEST_SAFE = 2**53 - 1  # of JavaScript


@asynccontextmanager
async def client(stack: Stack, **changes: Any) -> AsyncIterator[CaliperClient]:
    """The client as its documentation makes one for a custom host."""
    it = stack.endpoint
    options = {
        "base_url": it.url,
        "auth_url": f"{it.url}/oauth2/token",
        "client_id": it.client_id,
        "client_secret": it.client_secret,
    }
    async with CaliperClient(**(options | changes)) as caliper_client:
        yield caliper_client


def run[T](stack: Stack, work: Callable[[CaliperClient], Awaitable[T]], **changes: Any) -> T:
    async def whole() -> T:
        async with client(stack, **changes) as caliper_client:
            return await work(caliper_client)

    return asyncio.run(whole())


def urn() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def user(**changes: Any) -> TimebackUser:
    name = f"student.{random.randrange(1 << 40)}"
    fields = {"id": f"https://oneroster.example.org/users/{name}", "email": f"{name}@example.edu", "role": "student"}
    return TimebackUser(**(fields | changes))


def context() -> TimebackActivityContext:
    return TimebackActivityContext(
        id=f"https://app.example.org/activities/{uuid.uuid4()}",
        subject="Math",
        app=TimebackApp(name="Ratios"),
        course=TimebackCourse(id="https://app.example.org/courses/7", name="Grade 6 Math"),
    )


def activity(**changes: Any) -> ActivityCompletedInput:
    metrics = [
        TimebackActivityMetric(type="xpEarned", value=12.5),
        TimebackActivityMetric(type="totalQuestions", value=10),
        TimebackActivityMetric(type="correctQuestions", value=8),
    ]
    return ActivityCompletedInput(actor=user(), object=context(), metrics=metrics, id=urn(), attempt=1, **changes)


def time_spent(**changes: Any) -> TimeSpentInput:
    metrics = [TimeSpentMetric(type="active", value=14.25), TimeSpentMetric(type="inactive", value=0.75)]
    return TimeSpentInput(actor=user(), object=context(), metrics=metrics, id=urn(), **changes)


def seen(stack: Stack) -> QuestionSeenInput:
    return QuestionSeenInput(actor=urn(), object=QuestionObjectInput(id=urn()), ed_app=stack.endpoint.app_id, id=urn())


def answered(stack: Stack) -> QuestionAnsweredInput:
    return QuestionAnsweredInput(
        actor=urn(),
        object=QuestionObjectInput(id=urn(), name="What is 2+2?"),
        ed_app=stack.endpoint.app_id,
        generated=ResponseGeneratedInput(id=urn(), attempt=urn()),
        id=urn(),
    )


def graded(stack: Stack) -> QuestionGradedInput:
    return QuestionGradedInput(
        actor=urn(),
        object=urn(),
        generated=ScoreGeneratedInput(score_given=1, max_score=1, attempt=urn()),
        ed_app=stack.endpoint.app_id,
        id=urn(),
    )


def enveloped(*events: Any) -> CaliperEnvelope:
    return CaliperEnvelope.model_validate(envelope(*events, sensor=SENSOR))


async def completed(caliper_client: CaliperClient, sent: SendEventsResult) -> list[EventResult]:
    """What the client gets when it waits for a job, as it does by default: 30 s at most."""
    assert isinstance(sent.job_id, str)
    status = await caliper_client.jobs.wait_for_completion(sent.job_id)
    assert status.state == "completed"
    assert status.return_value is not None
    assert status.return_value.status == "success"
    return status.return_value.results


# Method → the input it is called with.
SENDERS: dict[str, Callable[[Stack], Any]] = {
    "send_activity": lambda _: activity(),
    "send_time_spent": lambda _: time_spent(),
    "send_question_seen": seen,
    "send_question_answered": answered,
    "send_question_graded": graded,
}


def test_its_check_of_the_credentials_passes(stack: Stack) -> None:
    outcome = run(stack, lambda caliper_client: caliper_client.check_auth())
    assert outcome["ok"] is True


@pytest.mark.parametrize("method", SENDERS)
def test_what_it_sends_is_completed_and_can_be_read_by_id(stack: Stack, method: str) -> None:
    payload = SENDERS[method](stack)

    async def work(caliper_client: CaliperClient) -> StoredEvent:
        sent = await getattr(caliper_client.events, method)(SENSOR, payload)
        results = await completed(caliper_client, sent)
        assert [result.external_id for result in results] == [payload.id]
        assert all(result.allocated_id for result in results)
        return await caliper_client.events.get(payload.id)

    stored = run(stack, work)
    assert stored.external_id == payload.id
    assert stored.sensor == SENSOR
    assert 0 < stored.id <= LARGEST_SAFE
    assert parse_time(stored.event_time) is not None
    assert parse_time(stored.send_time) is not None
    assert parse_time(stored.created_at) is not None
    assert stored.deleted_at is None


def test_completed_means_that_every_event_of_the_envelope_can_be_read(stack: Stack) -> None:
    """For an envelope whose job id carries its events, and for one that is too large for that."""

    async def work(caliper_client: CaliperClient, count: int) -> None:
        events = [create_time_spent_event(time_spent()) for _ in range(count)]
        sent = await caliper_client.events.send(SENSOR, list(events))
        results = await completed(caliper_client, sent)
        assert {result.external_id for result in results} == {event.id for event in events}
        for event in events:
            assert (await caliper_client.events.get(event.id)).external_id == event.id

    for count in (3, 60):
        run(stack, lambda caliper_client, count=count: work(caliper_client, count))  # type: ignore[misc]


def test_an_envelope_of_its_own_making_is_taken(stack: Stack) -> None:
    event = viewed(stack)

    async def work(caliper_client: CaliperClient) -> StoredEvent:
        sent = await caliper_client.events.send_envelope(enveloped(event))
        assert (await caliper_client.jobs.get_status(sent.job_id or "")).state in ("waiting", "active", "completed")
        await completed(caliper_client, sent)
        return await caliper_client.events.get(event["id"])

    stored = run(stack, work)
    assert stored.object == event["object"]
    assert stored.generated == event["generated"]
    assert stored.actor == event["actor"]
    assert stored.session == event["session"]


def test_raw_events_and_models_may_be_mixed(stack: Stack) -> None:
    async def work(caliper_client: CaliperClient) -> None:
        sent = await caliper_client.events.send(SENSOR, [create_activity_event(activity()), viewed(stack)])
        assert len(await completed(caliper_client, sent)) == 2

    run(stack, work)


def test_validate_says_what_is_wrong_and_stores_nothing(stack: Stack) -> None:
    good, bad = viewed(stack), viewed(stack, object=7)

    async def work(caliper_client: CaliperClient) -> None:
        right = await caliper_client.events.validate(enveloped(good))
        assert right.status == "success"
        wrong = await caliper_client.events.validate(enveloped(good, bad))
        assert wrong.status == "error"
        assert wrong.errors
        assert {(result["index"], result["pointer"]) for result in wrong.errors} == {(1, "/object")}
        with pytest.raises(APIError) as raised:
            await caliper_client.events.get(good["id"])
        assert raised.value.status_code == 404

    run(stack, work)


def test_list_pages_by_limit_and_offset_under_every_filter(stack: Stack) -> None:
    sensor, student = f"{SENSOR}/{uuid.uuid4()}", user()
    inputs = [time_spent(), *(time_spent() for _ in range(4))]
    for payload in inputs:
        payload.actor = student
    ids = {payload.id for payload in inputs}
    today = datetime.now(UTC).date()
    tomorrow, yesterday = (str(today + timedelta(days=days)) for days in (1, -1))

    async def work(caliper_client: CaliperClient) -> None:
        sent = await caliper_client.events.send(sensor, [create_time_spent_event(payload) for payload in inputs])
        await completed(caliper_client, sent)
        filters: list[dict[str, Any]] = [
            {"sensor": sensor},
            {"sensor": sensor, "start_date": str(today), "end_date": tomorrow},
            {"actor_id": student.id},
            {"actor_email": student.email},
            {"actor_id": student.id, "sensor": sensor, "start_date": yesterday},
        ]
        for filtered in filters:
            first = await caliper_client.events.list(limit=2, **filtered)
            second = await caliper_client.events.list(limit=2, offset=2, **filtered)
            third = await caliper_client.events.list(limit=2, offset=4, **filtered)
            pages = [first, second, third]
            assert [len(page.events) for page in pages] == [2, 2, 1], filtered
            assert {event.external_id for page in pages for event in page.events} == ids
            assert first.pagination.total >= 5
            assert first.pagination.total_pages >= 3
            assert [page.pagination.current_page for page in pages] == [1, 2, 3]
            assert first.pagination.limit == 2
        nothing = await caliper_client.events.list(sensor=sensor, end_date=yesterday)
        assert nothing.events == []
        with pytest.raises(APIError) as raised:
            await caliper_client.events.list(start_date="not a date")
        assert raised.value.status_code == 400

    run(stack, work)


def test_list_without_a_filter_is_what_the_app_sent_last(stack: Stack) -> None:
    payload = time_spent()

    async def work(caliper_client: CaliperClient) -> None:
        sent = await caliper_client.events.send_time_spent(SENSOR, payload)
        await completed(caliper_client, sent)
        page = await caliper_client.events.list(limit=10)
        assert payload.id in {event.external_id for event in page.events}
        assert page.pagination.total >= len(page.events)

    run(stack, work)


def test_stream_meets_every_event_once(stack: Stack) -> None:
    sensor = f"{SENSOR}/{uuid.uuid4()}"
    events = [create_time_spent_event(time_spent()) for _ in range(7)]

    async def work(caliper_client: CaliperClient) -> None:
        sent = await caliper_client.events.send(sensor, list(events))
        await completed(caliper_client, sent)
        met = [event.external_id async for event in caliper_client.events.stream(sensor=sensor, limit=3)]
        assert sorted(met) == sorted(event.id for event in events)
        assert len(await caliper_client.events.stream(sensor=sensor, limit=3).to_list()) == 7
        assert len(await caliper_client.events.stream(sensor=sensor, limit=3, max_items=4).to_list()) == 4
        assert len(await caliper_client.events.stream(sensor=sensor, limit=3, offset=5).to_array()) == 2
        first = await caliper_client.events.stream(sensor=sensor).first()
        assert first is not None
        page = await caliper_client.events.stream(sensor=sensor, limit=3).first_page()
        assert (len(page.data), page.has_more, page.next_offset) == (3, True, 3)
        assert page.total is not None
        assert page.total >= 7

    run(stack, work)


def test_get_takes_any_id_percent_encoded(stack: Stack) -> None:
    """Of an event that is not there, and of an id with a slash in it."""

    async def work(caliper_client: CaliperClient) -> None:
        for missing in (urn(), "https://app.example.org/events/1?a=b%2Fc"):
            with pytest.raises((NotFoundError, APIError)) as raised:
                await caliper_client.events.get(missing)
            assert raised.value.status_code == 404
            assert str(raised.value)

    run(stack, work)


def test_an_event_that_the_service_sent_itself_has_every_field_too(stack: Stack) -> None:
    made_up = generator(stack)
    login: Any = made_up.logged_in(made_up.urn()) | {"eventTime": now()}
    login["session"]["startedAtTime"] = login["eventTime"]

    async def work(caliper_client: CaliperClient) -> str:
        sent = await caliper_client.events.send(SENSOR, [login])
        await completed(caliper_client, sent)
        return sent.job_id or ""

    run(stack, work)

    def timed_out() -> list[dict[str, Any]]:
        stack.sweep()
        rows = stack.rows("/events", session=login["session"]["id"])
        return [row["event"] for row in rows if row["event"]["action"] == "TimedOut"]

    (event,) = stack.wait_for("TimedOut", timed_out)
    stored = run(stack, lambda caliper_client: caliper_client.events.get(event["id"]))
    assert stored.action == "TimedOut"
    assert stored.sensor
    assert 0 < stored.id <= LARGEST_SAFE
    listed = run(stack, lambda caliper_client: caliper_client.events.list(limit=50))
    assert event["id"] in {result.external_id for result in listed.events}


def test_a_rejected_event_is_told_when_it_is_sent_and_the_good_ones_are_stored(stack: Stack) -> None:
    good, bad = viewed(stack), viewed(stack, object=7)

    async def work(caliper_client: CaliperClient) -> None:
        sent = await caliper_client.events.send(SENSOR, [bad, good])
        assert [result.external_id for result in await completed(caliper_client, sent)] == [good["id"]]
        with pytest.raises(APIError) as raised:
            await caliper_client.events.send(SENSOR, [bad])
        assert raised.value.status_code == 400
        assert "errors" in str(raised.value)

    run(stack, work)


def test_it_hears_when_processing_gave_up_on_an_event(stack: Stack) -> None:
    """What nobody can send: an item that was accepted and cannot be placed, put into the queue past `validate`."""
    event_id, received_us = urn(), time.time_ns() // 1000
    job = job_id(job_key(received_us, os.urandom(8)), [event_id], 1)
    item = Item("heartbeat", json.dumps({"id": event_id}).encode())
    app = stack.endpoint.app_id
    message = Message(tenant=tenant_of(app), app_id=app, job=job, received_us=received_us, items=[item])
    stack.client("sqs").send_message(QueueUrl=stack.endpoint.queue_url, MessageBody=pack(message))
    with pytest.raises(JobFailedError, match=re.escape(job)):
        run(stack, lambda caliper_client: caliper_client.jobs.wait_for_completion(job))
    status = stack.get(f"/jobs/{job}/status").json()["job"]
    assert status["state"] == "failed"
    assert [error["externalId"] for error in status["returnValue"]["errors"]] == [event_id]
    assert status["failedReason"]


def test_it_hears_that_all_of_a_job_was_rejected(stack: Stack) -> None:
    answer = stack.post("/caliper/event", envelope({"type": "ViewEvent", "id": urn()}))
    assert answer.status_code == 400
    job = answer.json()["jobId"]
    with pytest.raises(JobFailedError, match=re.escape(job)):
        run(stack, lambda caliper_client: caliper_client.jobs.wait_for_completion(job))


def test_it_does_not_wait_for_a_job_that_cannot_be_on_its_way_any_more(stack: Stack) -> None:
    job = job_id(job_key(time.time_ns() // 1000 - 15 * 86_400 * 1_000_000, os.urandom(8)), ["urn:uuid:1"], 1)
    with pytest.raises(JobFailedError, match=re.escape(job)):
        run(stack, lambda caliper_client: caliper_client.jobs.wait_for_completion(job))


def test_entities_are_described_and_their_job_completes(stack: Stack) -> None:
    course = {"@context": V1P2, "id": f"https://app.example.org/courses/{uuid.uuid4()}", "type": "CourseOffering"}

    async def work(caliper_client: CaliperClient) -> None:
        sent = await caliper_client.events.send_envelope(enveloped(course, viewed(stack)))
        assert course["id"] in {result.external_id for result in await completed(caliper_client, sent)}

    run(stack, work)


def test_an_unknown_job_is_not_found(stack: Stack) -> None:
    async def work(caliper_client: CaliperClient) -> None:
        for unknown in ("job-1", "6", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA.p3"):
            with pytest.raises(APIError) as raised:
                await caliper_client.jobs.get_status(unknown)
            assert raised.value.status_code == 404

    run(stack, work)


def test_without_a_good_secret_it_cannot_even_begin(stack: Stack) -> None:
    with pytest.raises(Exception, match="invalid_client"):
        run(stack, lambda caliper_client: caliper_client.events.list(), client_secret="wrong")


def test_its_errors_are_of_the_right_kind(stack: Stack) -> None:
    """401 for a token that is none; 403 where the token may only send."""
    from timeback_common import TimebackProvider

    it = stack.endpoint
    provider = TimebackProvider(
        base_url=it.url,
        auth_url=it.token_url,
        client_id=it.client_id,
        client_secret=it.client_secret,
        scope=EVENT_CREATE,
    )
    with pytest.raises(ForbiddenError, match="scope"):
        run(stack, lambda caliper_client: caliper_client.events.list(), provider=provider, base_url=None, auth_url=None)
    stranger = TimebackProvider(base_url=it.url)  # sends no Authorization at all
    with pytest.raises(AuthenticationError):
        run(stack, lambda caliper_client: caliper_client.events.list(), provider=stranger, base_url=None, auth_url=None)


def test_a_base_url_may_end_in_a_slash(stack: Stack) -> None:
    sent = run(
        stack,
        lambda caliper_client: caliper_client.events.send(SENSOR, [viewed(stack)]),
        base_url=f"{stack.endpoint.url}/",
    )
    assert sent.job_id
