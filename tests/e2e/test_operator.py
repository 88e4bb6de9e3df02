"""What an operator types when something is wrong: dead letters one by one, the way of one event, the canary."""

import json
import stat
import time
import uuid
from pathlib import Path
from typing import Any

from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message, pack
from functions.store import keys
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import envelope, generator, viewed
from tests.e2e.operator import run, succeeds


def message_of(stack: Stack, event: dict[str, Any]) -> str:
    """A message as `validate` queues it."""
    now_us = time.time_ns() // 1000
    job = job_id(job_key(now_us, uuid.uuid4().bytes[:8]), [event["id"]], 1)
    tenant, app_id = keys.tenant_of(stack.endpoint.app_id), stack.endpoint.app_id
    items = [Item("event", json.dumps(event).encode())]
    return pack(Message(tenant=tenant, app_id=app_id, job=job, received_us=now_us, items=items))


def dead_letter(stack: Stack, body: str) -> str:
    answer = stack.client("sqs").send_message(QueueUrl=stack.endpoint.dlq_url, MessageBody=body)
    return str(answer["MessageId"])


def test_dead_letters_are_saved_redriven_one_by_one_and_deleted(stack: Stack, place: Path) -> None:
    events = [viewed(stack) for _ in range(2)]
    first, second = (dead_letter(stack, message_of(stack, event)) for event in events)
    unreadable = dead_letter(stack, "no message of this service")

    listed = succeeds(place, "make dlq")
    assert all(letter in listed for letter in (first, second, unreadable))
    saved = place / "letters.ndjson"
    assert "3 dead letters" in succeeds(place, f"make dlq FILE={saved}")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert {json.loads(line)["id"] for line in saved.read_text().splitlines()} == {first, second, unreadable}
    traced = run(place, f"make trace ID={events[0]['id']}")
    assert "It is a dead letter" in traced.stdout

    assert "1 messages are back in the queue, 0 stay" in succeeds(place, f"make redrive ID={first}")
    stack.wait_for("the redriven event", lambda: stack.rows("/events", id=events[0]["id"]))
    assert stack.rows("/events", id=events[1]["id"]) == []

    refused = run(place, "make redrive")  # one of the others is no message of this service: it stays
    assert refused.returncode != 0
    assert f"{unreadable} stays" in refused.stdout + refused.stderr
    stack.wait_for("the other event", lambda: stack.rows("/events", id=events[1]["id"]))
    left = succeeds(place, "make dlq")
    assert unreadable in left
    assert first not in left

    assert run(place, f"make dlq-delete ID={uuid.uuid4()}").returncode != 0
    assert "1 dead letters deleted" in succeeds(place, f"make dlq-delete ID={unreadable}")
    assert "No dead letters" in succeeds(place, "make dlq")


def test_one_event_is_followed_from_the_request_to_its_session(stack: Stack, place: Path) -> None:
    payloads = generator(stack)
    learner, session = payloads.urn(), payloads.urn()
    event = payloads.logged_in(learner, session) | {"eventTime": viewed(stack)["eventTime"]}
    assert stack.post("/caliper/event", envelope(event)).status_code == 200
    stack.wait_for("the event", lambda: stack.rows("/events", id=event["id"]))
    output = succeeds(place, f"make trace ID={event['id']}")
    assert "It is stored." in output
    for stop in ("archive", "row", "session"):
        assert f"yes  {stop}" in output
    assert session in output

    unfinished = {name: value for name, value in viewed(stack).items() if name != "eventTime"}
    assert stack.post("/caliper/event", envelope(unfinished)).status_code == 400
    stack.wait_for("the rejection", lambda: stack.rows("/rejections"))
    rejected = run(place, f"make trace ID={unfinished['id']}")
    assert rejected.returncode != 0
    assert "It was rejected" in rejected.stdout

    unknown = run(place, f"make trace ID={uuid.uuid4().urn}")
    assert unknown.returncode != 0
    assert "There is no trace of it" in unknown.stdout


def test_the_canary_reads_its_event_back_and_no_app_sees_it(stack: Stack, place: Path) -> None:
    lambdas = stack.client("lambda")
    (name,) = [
        function["FunctionName"]
        for function in lambdas.list_functions()["Functions"]
        if "-CanaryFunction" in function["FunctionName"]
    ]
    answer = lambdas.invoke(FunctionName=name, Payload=b"{}")
    payload = answer["Payload"].read()
    assert "FunctionError" not in answer, payload
    event = json.loads(payload)["event"]
    assert stack.rows("/events", id=event) == []
    assert stack.rows("/events", lms=True, id=event) == []
    assert event not in succeeds(place, "make apps")
