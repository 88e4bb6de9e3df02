"""A window of a list holds its first moment and not its end, to the microsecond, in both orders and page by page."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from functions.core.messages import Item
from functions.core.times import MINUTE_US, parse_time
from tests.payloads import Json
from tests.unit.query.world import NINE_US, STUDENT, World

START, END = "2026-03-02T09:10:00.000001Z", "2026-03-02T09:20:00.000001Z"
MOMENTS = [  # of each whether it is in the window
    ("2026-03-02T09:10:00.000000Z", False),
    ("2026-03-02T09:10:00.000001Z", True),
    ("2026-03-02T09:15:00.000000Z", True),
    ("2026-03-02T09:20:00.000000Z", True),
    ("2026-03-02T09:20:00.000001Z", False),
]
EARLIEST, LATEST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
SESSION, RUN = "urn:uuid:0b0b0b0b-0000-4000-8000-000000000001", "urn:uuid:0c0c0c0c-0000-4000-8000-000000000001"
FINDING = {"severity": "error", "code": "time", "pointer": "/eventTime", "message": "m", "source": "s"}
BY_EVENT = {"actor": {"actor": STUDENT}, "session": {"session": SESSION}, "run": {"run": RUN}}


class Received(NamedTuple):
    world: World
    inside: list[str]


def events_at(world: World, *times: str) -> list[Json]:
    return [world.event(0, eventTime=time, session=SESSION, extensions={"runId": RUN}) for time in times]


@pytest.fixture
def happened() -> Received:
    """A learner's events at each of the moments."""
    world = World()
    events = events_at(world, *(time for time, _ in MOMENTS))
    world.send(*events)
    inside = [event["id"] for event, (_, is_in) in zip(events, MOMENTS, strict=True) if is_in]
    return Received(world, inside)


@pytest.fixture
def received() -> Received:
    """The same, received at each of the moments; of each also an item that was rejected."""
    world = World()
    inside: list[str] = []
    for number, (time, is_in) in enumerate(MOMENTS):
        (event,) = events_at(world, world.time(number))
        received_us = NINE_US + {"10": 10, "15": 15, "20": 20}[time[14:16]] * MINUTE_US + int(time[20:26])
        world.send(event, received_us=received_us)
        rejected = Item("rejection", f'{{"id": "urn:rejected:{number}"}}'.encode(), [FINDING])
        world.send_items(rejected, received_us=received_us)
        inside += [event["id"]] * is_in
    world.set_clock(60)
    return Received(world, inside)


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("selector", BY_EVENT.values(), ids=BY_EVENT.keys())
def test_events_are_of_their_window(happened: Received, selector: Json, order: str, limit: int) -> None:
    window = {"from_": START, "to": END}
    rows = happened.world.all("/events", "events", limit=limit, order=order, **selector, **window)
    assert [row["event"]["id"] for row in rows] == (happened.inside if order == "asc" else happened.inside[::-1])


@pytest.mark.parametrize(("end", "count"), [("00.000001", 1), ("00.000002", 2)])
@pytest.mark.parametrize("selector", BY_EVENT.values(), ids=BY_EVENT.keys())
def test_a_window_may_be_a_microsecond_long(happened: Received, selector: Json, end: str, count: int) -> None:
    rows = happened.world.get("/events", from_=MOMENTS[0][0], to=f"2026-03-02T09:10:{end}Z", **selector)["events"]
    assert len(rows) == count


def listed(world: World, **parameters: Any) -> list[str]:
    """The ids of a list of the TimeBack client, by its cursor, and the same by its offsets."""
    by_cursor: list[str] = []
    page: Json = {"cursor": None}
    while page["cursor"] is not None or not by_cursor:
        more = {} if page["cursor"] is None else {"cursor": page["cursor"]}
        page = world.get("/caliper/events", limit=1, **parameters, **more)
        by_cursor += [event["externalId"] for event in page["events"]]
    at_once = world.get("/caliper/events", **parameters)
    assert [event["externalId"] for event in at_once["events"]] == by_cursor
    assert at_once["pagination"]["total"] == len(by_cursor)
    return by_cursor


@pytest.mark.parametrize("selector", [{}, {"actorId": STUDENT}], ids=["all", "learner"])
def test_the_list_of_the_client_is_of_its_window(happened: Received, selector: Json) -> None:
    ids = listed(happened.world, startDate=START, endDate=END, **selector)
    assert sorted(ids) == sorted(happened.inside)
    assert ids == happened.inside[::-1]


@pytest.mark.parametrize("selector", [{}, {"actorId": STUDENT}], ids=["all", "learner"])
def test_the_list_of_the_client_is_of_its_window_of_arrivals(received: Received, selector: Json) -> None:
    assert listed(received.world, receivedFrom=START, receivedTo=END, **selector) == received.inside


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("selector", BY_EVENT.values(), ids=BY_EVENT.keys())
def test_events_are_of_their_window_of_arrivals(received: Received, selector: Json, limit: int) -> None:
    window = {"receivedFrom": START, "receivedTo": END}
    rows = received.world.all("/events", "events", limit=limit, **selector, **window)
    assert [row["event"]["id"] for row in rows] == received.inside


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_what_arrived_is_of_its_window(received: Received, limit: int) -> None:
    window = {"from_": START, "to": END, "limit": limit}
    for outcome in ("accepted", "rejected"):
        rows = received.world.all("/arrivals", "arrivals", outcome=outcome, **window)
        assert [row["outcome"] for row in rows] == [outcome] * 3
    rows = received.world.all("/arrivals", "arrivals", **window)
    assert sorted(row["item"]["id"] for row in rows) == sorted(
        [*received.inside, "urn:rejected:1", "urn:rejected:2", "urn:rejected:3"]
    )
    assert [row["item"]["id"] for row in received.world.all("/rejections", "rejections", **window)] == [
        "urn:rejected:3",
        "urn:rejected:2",
        "urn:rejected:1",
    ]


@pytest.mark.parametrize("limit", [1, 100])
def test_conflicts_are_of_their_window(limit: int) -> None:
    world = World()
    for event in events_at(world, *(time for time, _ in MOMENTS)):
        world.send(event, event | {"extensions": {"runId": RUN, "other": True}})
    whole = world.all("/conflicts", "conflicts", limit=limit)
    assert len(whole) == 5
    times = [parse_time(row["eventTime"]) for row in whole]
    assert times == [parse_time(time) for time, _ in reversed(MOMENTS)]
    assert world.all("/conflicts", "conflicts", limit=limit, from_=START, to=END) == whole[1:4]


def by_actor(world: World, **parameters: Any) -> list[str]:
    return [row["event"]["id"] for row in world.all("/events", "events", actor=STUDENT, **parameters)]


def by_run(world: World, **parameters: Any) -> list[str]:
    return [row["event"]["id"] for row in world.all("/events", "events", run=RUN, **parameters)]


def of_the_client(world: World, **parameters: Any) -> list[str]:
    """As the others ask, of a learner."""
    names = {"from_": "startDate", "to": "endDate"}
    renamed = {names[name]: value for name, value in parameters.items() if name in names}
    return listed(world, actorId=STUDENT, **renamed)[:: -1 if parameters.get("order") != "desc" else 1]


@pytest.mark.parametrize("ask", [by_actor, by_run, of_the_client])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_first_and_last_moments_of_all_are_listed(ask: Callable[..., list[str]], order: str) -> None:
    world = World()
    events = events_at(world, EARLIEST, "2026-03-02T09:00:00Z", LATEST)
    world.send(*events)
    expected = [event["id"] for event in events]
    for window in ({}, {"from_": EARLIEST}, {"to": LATEST}, {"from_": LATEST}):
        wanted = {"to": expected[:2], "from_": expected[2:] if window.get("from_") == LATEST else expected}
        inside = wanted[next(iter(window), "from_")]
        assert ask(world, order=order, **window) == (inside if order == "asc" else inside[::-1]), window


@pytest.mark.parametrize("selector", [{}, {"actorId": STUDENT}, {"receivedFrom": "2026-03-01"}])
@pytest.mark.parametrize("end", [START, "2026-03-02T09:10:00Z", EARLIEST])
def test_a_window_that_ends_before_it_begins_holds_nothing(happened: Received, selector: Json, end: str) -> None:
    body = happened.world.get("/caliper/events", startDate=START, endDate=end, **selector)
    assert (body["events"], body["cursor"], body["message"]) == ([], None, "0 events")
    assert body["pagination"] == {"total": 0, "totalPages": 0, "currentPage": 1, "limit": 100}
