"""Each metric is in one log line of its service, as CloudWatch reads it (embedded metric format)."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from functions.core.messages import Item, Message, pack
from functions.http.gate import KEY_SCOPES, Principal, principal_context
from functions.metrics import METRICS, NAMESPACE_VARIABLE
from functions.process import handler as process
from functions.timeout import handler as timeout
from functions.validate import handler as validate
from tests.faults import Clock
from tests.handlers import process_dependencies, timeout_dependencies, validate_dependencies
from tests.payloads import APP, Json, Payloads, envelope
from tests.unit.validate.test_ingest import OWN
from tests.world import NINE_US, PROCESS, STUDENT, TENANT, TIMEOUT, World

STACK = "Stack-Of-A-Test"


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMESPACE_VARIABLE, STACK)


@contextmanager
def log_of(logger: Logger) -> Iterator[io.StringIO]:
    text = io.StringIO()
    (handler,) = logger.handlers
    before = handler.setStream(text)  # type: ignore[attr-defined]
    yield text
    handler.setStream(before)  # type: ignore[attr-defined]


def line(text: io.StringIO, message: str) -> Json:
    (wanted,) = [each for each in map(json.loads, text.getvalue().splitlines()) if each["message"] == message]
    return dict(wanted)


def published(line: Json) -> dict[str, tuple[float, str]]:
    """What CloudWatch makes of a line: each metric's value and unit; all in one namespace, by service."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == STACK
    assert directive["Dimensions"] == [["service"]]
    assert isinstance(line["_aws"]["Timestamp"], int)
    return {metric["Name"]: (sum(line[metric["Name"]]), metric["Unit"]) for metric in directive["Metrics"]}


def validated(body: Any) -> Json:
    event = {
        "rawPath": "/caliper/event",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST"},
            "authorizer": {"lambda": principal_context(Principal(app=OWN, scopes=KEY_SCOPES, kind="key"))},
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    world = World()
    with log_of(validate.logger) as text:
        validate.handler(event, None, dependencies=validate_dependencies(world.queue))
    return line(text, "taken")


def processed(*events: Json) -> Json:
    items = [Item("event", json.dumps(event).encode()) for event in events]
    message = Message(tenant=TENANT, app_id=APP, job="j" * 22, received_us=NINE_US, items=items)
    world = World()
    with log_of(process.logger) as text:
        records = [{"messageId": "m", "body": pack(message)}]
        process.handler({"Records": records}, None, dependencies=process_dependencies(world.table, PROCESS))
    return line(text, "stored")


def swept(world: World) -> Json:
    with log_of(timeout.logger) as text:
        dependencies = timeout_dependencies(world.table, world.queue, TIMEOUT)
        timeout.handler({}, Clock(), dependencies=dependencies, now_us=world.now_us)
    return line(text, "swept")


def test_accepted_rejected_and_warned_items_are_counted_in_the_line_of_their_request() -> None:
    payloads = Payloads(5)
    clean, warned = payloads.lesson_started(STUDENT), payloads.lesson_started(STUDENT) | {"type": "NoSuchEvent"}
    counted = validated(envelope(clean, clean, warned, {"id": "urn:x:1"}, {}))
    assert published(counted) == {"accepted": (3, "Count"), "rejected": (2, "Count"), "warned": (1, "Count")}
    assert counted["service"] == "validate"


def test_a_request_that_is_refused_counts_no_item() -> None:
    assert {value for value, _ in published(validated({"sensor": "urn:x"})).values()} == {0}


def test_an_event_that_a_batch_has_twice_is_a_duplicate_and_one_with_two_contents_a_conflict() -> None:
    payloads = Payloads(5)
    first, other = payloads.lesson_started(STUDENT), payloads.lesson_started(STUDENT)
    changed = other | {"eventTime": "2026-03-02T09:30:00.000Z"}
    counted = processed(first, first, first, other, changed)
    assert published(counted) == {"duplicates": (2, "Count"), "conflicts": (1, "Count"), "ahead": (1, "Count")}
    assert counted["service"] == "process"


def test_sessions_that_a_sweep_ends_and_its_lag_are_counted_in_its_line() -> None:
    world = World()
    world.send(world.event(0))
    world.set_clock(45)
    assert published(swept(world)) == {"sessions_ended": (1, "Count"), "sweep_lag_seconds": (0, "Seconds")}
    behind = World()
    behind.queue.backlog = 1
    counted = swept(behind)
    assert published(counted)["sweep_lag_seconds"] == (3600, "Seconds")  # nothing is known of a new table's queue
    assert counted["service"] == "timeout"


def walked(world: World) -> Json:
    with log_of(timeout.logger) as text:
        dependencies = timeout_dependencies(world.table, world.queue, TIMEOUT)
        timeout.handler({}, Clock(), dependencies=dependencies, now_us=world.now_us)
    return line(text, "walked through ids")


def test_conflicts_that_lie_far_apart_are_counted_in_the_line_of_the_walk() -> None:
    world = World()
    first = world.event(0)
    for changed in ({}, {"actor": "urn:uuid:0a0a0a0a-0000-4000-8000-000000000002"}):
        world.send(first | changed)
    assert [walked(world)["conflicts_far_apart"] for _ in range(2)] == [1, 0]


def test_every_metric_is_published_by_one_of_the_lines() -> None:
    lines = [validated(envelope(Payloads(5).lesson_started(STUDENT))), processed(), swept(World())]
    assert {(name, each["service"]) for each in lines for name in published(each)} == {
        (metric.name, metric.service) for metric in METRICS
    }


def test_without_a_namespace_a_line_has_the_counts_and_publishes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAMESPACE_VARIABLE)
    counted = validated(envelope(Payloads(5).lesson_started(STUDENT)))
    assert "_aws" not in counted
    assert counted["accepted"] == 1
