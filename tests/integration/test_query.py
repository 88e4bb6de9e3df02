"""The query API over a real DynamoDB client: keys, indexes, paging and limits are as the in-memory table has them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.core.messages import Item
from functions.query import handler as query
from functions.store.dynamodb.table import DynamoTable
from tests.aws import TABLE, dynamodb_table, mocked
from tests.unit.query.test_insights import idled
from tests.unit.query.test_listing import listed
from tests.unit.query.world import STUDENT, World, ids

SENSOR = "https://app.example.org/sensor"


class DynamoWorld(World):
    """The same world over moto."""

    def __init__(self) -> None:
        super().__init__()
        self.table = DynamoTable(dynamodb_table(), TABLE)  # type: ignore[assignment]  # the protocol is what is used


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoWorld]:
    with mocked(monkeypatch):
        yield DynamoWorld()


def test_a_learners_events_are_paged_over_real_keys(world: World) -> None:
    events = [world.event(minute) for minute in range(12)]
    world.set_clock(20)
    world.send(*events)
    expected = [event["id"] for event in events]
    for order in ("asc", "desc"):
        event_rows = world.all("/events", "events", actor=STUDENT, limit=5, order=order)
        assert ids(event_rows) == (expected if order == "asc" else expected[::-1])
    window = world.get("/events", actor=STUDENT, from_=world.time(3), to=world.time(5))["events"]
    assert ids(window) == expected[3:5]


def test_every_selector_finds_what_was_sent(world: World) -> None:
    world.set_clock(60)
    session = idled(world, 0)
    run = world.payloads.urn()
    spent = world.payloads.time_spent(STUDENT, run)
    job = world.send(spent, sensor=SENSOR)
    actor, address = spent["actor"]["id"], spent["actor"]["email"]
    assert len(world.get("/events", session=session)["events"]) == 4
    assert ids(world.get("/events", run=run)["events"]) == [spent["id"]]
    assert ids(world.get("/events", id=spent["id"])["events"]) == [spent["id"]]
    assert world.get("/runs", id=run)["runs"] == world.get("/runs", actor=actor)["runs"]
    assert world.get("/progress", actor=actor)["days"]
    assert world.get("/insights", session=session)["insights"]
    assert world.get(f"/jobs/{job}/status")["job"]["state"] == "completed"
    assert world.get("/caliper/events/" + spent["id"])["event"]["sensor"] == SENSOR
    assert listed(world, actorEmail=address) == ([spent["id"]], 1)
    assert listed(world, sensor=SENSOR) == ([spent["id"]], 1)
    assert listed(world)[1] == 5
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert row in world.get("/sessions", actor=STUDENT)["sessions"]


def test_a_swept_session_reads_as_it_did_before(world: World) -> None:
    world.set_clock(60)
    world.send(world.event(0), world.event(5))
    before = world.get("/sessions", actor=STUDENT)["sessions"]
    world.set_clock(120)
    world.sweep()
    world.drain()
    (after,) = world.get("/sessions", actor=STUDENT)["sessions"]
    assert after["state"] == "closed"
    assert (after["id"], after["events"]) == (before[0]["id"], before[0]["events"])
    assert world.get("/sessions", id=after["id"])["sessions"] == [after]


def test_a_large_job_completes_when_its_rows_and_its_index_are_there(world: World) -> None:
    job = world.send(*(world.event(minute / 600) for minute in range(300)), stored=False)
    assert world.get(f"/jobs/{job}/status")["job"]["state"] == "waiting"
    world.store(*world.parts)
    assert world.get(f"/jobs/{job}/status")["job"]["state"] == "completed"
    assert len(world.all("/events", "events", actor=STUDENT, limit=100)) == 300


def test_rejections_come_newest_first(world: World) -> None:
    for second in range(12):
        world.send_items(Item("rejection", json.dumps({"n": second}).encode()), received_us=world.now_us + second)
    rejections = world.all("/rejections", "rejections", limit=5)
    assert [row["item"]["n"] for row in rejections] == list(range(11, -1, -1))


def test_a_table_that_fails_is_503_with_a_time_to_retry(world: World) -> None:
    class Failing:
        def query(self, *args: Any, **values: Any) -> None:
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "Query")

        get_all = query

    world.table = Failing()  # type: ignore[assignment]  # nothing else is asked of it
    answer = world.ask("/events", actor=STUDENT)
    assert answer["statusCode"] == 503
    assert answer["headers"]["Retry-After"]
    assert answer["json"]["message"]


def test_the_handler_opens_its_own_doors_from_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send(world.event(0))
    monkeypatch.setenv("TABLE_NAME", TABLE)
    query.open_dependencies.cache_clear()
    event = {
        "rawPath": "/events",
        "queryStringParameters": {"actor": STUDENT},
        "requestContext": {"http": {"method": "GET"}, "authorizer": {"lambda": world.context()}},
    }
    answer = query.handler(event, None)
    query.open_dependencies.cache_clear()
    assert len(json.loads(answer["body"])["events"]) == 1
