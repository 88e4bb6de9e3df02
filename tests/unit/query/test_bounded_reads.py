"""One answer reads so many rows and no more: it may come back short, with a cursor that leads to all the rest."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from functions.query.events import by_event_index, by_session, events
from tests.payloads import Json
from tests.unit.query.world import STUDENT, World, ids

pytestmark = pytest.mark.slow

SESSION, RUN = "urn:uuid:0b0b0b0b-0000-4000-8000-000000000001", "urn:uuid:0c0c0c0c-0000-4000-8000-000000000001"
OTHER_RUN = "urn:uuid:0c0c0c0c-0000-4000-8000-000000000002"
SECOND = 1 / 60


def sparse(count: int, places: list[int]) -> tuple[World, list[str]]:
    """So many events of a learner's day, those at these places of the run and type that is asked for; their ids."""
    world = World()
    sent: list[Json] = []
    for number in range(count):
        run = RUN if number in places else OTHER_RUN
        kind = {"type": "GradeEvent", "action": "Graded"} if number in places else {}
        sent.append(world.event(number * SECOND, session=SESSION, extensions={"runId": run}, **kind))
    world.send(*sent)
    world.warm()
    return world, [sent[number]["id"] for number in places]


def pages(world: World, path: str, name: str, **parameters: Any) -> list[tuple[list[Json], int, int]]:
    """The rows of each page of a list, how many rows of the table it read, and in how many queries."""
    read: list[tuple[list[Json], int, int]] = []
    cursor: Json = {}
    while True:
        rows, queries = world.table.rows_read, world.calls.counts["query"]
        body = world.get(path, **parameters, **cursor)
        read.append((body[name], world.table.rows_read - rows, world.calls.counts["query"] - queries))
        if body["cursor"] is None:
            return read
        assert {"cursor": body["cursor"]} != cursor, "a cursor leads on"
        cursor = {"cursor": body["cursor"]}


def of_type(monkeypatch: pytest.MonkeyPatch, most: int) -> Json:
    monkeypatch.setattr(events, "LOOKED_AT", most)
    monkeypatch.setattr(events, "FILTERED_BATCH", 8)
    return {"actor": STUDENT, "type": "GradeEvent"}


def of_run(monkeypatch: pytest.MonkeyPatch, most: int) -> Json:
    monkeypatch.setattr(by_event_index, "LOOKED_AT", most)
    monkeypatch.setattr(by_event_index, "BATCH", 8)
    return {"run": RUN}


def of_session(monkeypatch: pytest.MonkeyPatch, most: int) -> Json:
    monkeypatch.setattr(by_session, "LOOKED_AT", most)
    return {"session": SESSION, "type": "GradeEvent", "limit": 7}


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("select", [of_type, of_run, of_session])
@pytest.mark.parametrize("places", [[0, 99], [50], [50, 51], [3, 30, 31, 32, 33, 77, 98]], ids=str)
def test_what_lies_far_apart_is_listed_once_over_pages_that_read_little(
    monkeypatch: pytest.MonkeyPatch, select: Callable[..., Json], order: str, places: list[int]
) -> None:
    selector = {"limit": 1, **select(monkeypatch, 20)}
    world, expected = sparse(100, places)
    read = pages(world, "/events", "events", order=order, **selector)
    listed = [event_id for rows, _, _ in read for event_id in ids(rows)]
    assert listed == (expected if order == "asc" else expected[::-1])
    assert len(read) >= 5
    assert max(rows for _, rows, _ in read) <= 20 + 8 + 8


class Reads(NamedTuple):
    """Of so many events none is of the type that is asked for; one answer reads `most` of them, and the page after it
    goes on. `asc` and `desc`: of each page its rows and its queries.
    """

    select: Callable[..., Json]
    events: int
    most: int
    asc: list[tuple[int, int]]
    desc: list[tuple[int, int]]


# Oldest first the last row is read again, for what may tell of the next. Newest first a page reads one row more.
READS = [
    Reads(of_type, 24, 24, [(24, 3), (1, 1)], [(26, 3)]),
    Reads(of_type, 24, 25, [(24, 4)], [(26, 3)]),
    Reads(of_type, 24, 16, [(16, 2), (9, 2)], [(18, 2), (8, 1)]),
    Reads(of_type, 24, 17, [(24, 3), (1, 1)], [(18, 2), (8, 1)]),
    Reads(of_type, 25, 24, [(24, 3), (2, 1)], [(27, 3), (1, 1)]),
    Reads(of_type, 100, 30, [(32, 4), (32, 4), (32, 4), (7, 1)], [(36, 4), (36, 4), (36, 4), (4, 1)]),
    Reads(of_run, 24, 24, [(25, 6)], [(29, 6)]),
    Reads(of_run, 24, 16, [(23, 5), (4, 3)], [(23, 5), (9, 4)]),
    Reads(of_run, 24, 14, [(15, 4), (12, 4)], [(15, 4), (15, 4), (4, 3)]),
    Reads(of_run, 24, 13, [(15, 4), (12, 4)], [(15, 4), (15, 4), (4, 3)]),
    Reads(of_run, 100, 30, [(31, 6), (31, 6), (31, 6), (14, 4)], [(31, 6), (31, 6), (31, 6), (30, 6)]),
    Reads(of_session, 24, 24, [(25, 4), (2, 2)], [(25, 5), (4, 3)]),
    Reads(of_session, 24, 25, [(25, 5)], [(28, 6)]),
    Reads(of_session, 24, 16, [(17, 3), (10, 3)], [(17, 4), (12, 4)]),
    Reads(of_session, 25, 24, [(25, 4), (3, 2)], [(25, 5), (5, 3)]),
    Reads(of_session, 100, 30, [(33, 5), (33, 5), (33, 5), (8, 2)], [(33, 6), (33, 6), (33, 6), (19, 5)]),
]


@pytest.mark.parametrize("reads", READS)
def test_a_page_ends_when_its_rows_are_read_and_not_before(monkeypatch: pytest.MonkeyPatch, reads: Reads) -> None:
    for order, expected in (("asc", reads.asc), ("desc", reads.desc)):
        world, _ = sparse(reads.events, [0])
        selector = {"limit": 1, **reads.select(monkeypatch, reads.most), "type": "ForumEvent"}
        read = pages(world, "/events", "events", order=order, **selector)
        assert [(rows, queries) for _, rows, queries in read] == expected, order


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_ends_after_so_many_queries(monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    selector = of_type(monkeypatch, 1000)
    monkeypatch.setattr(events, "QUERIES", 3)
    world, expected = sparse(60, [0, 59])
    read = pages(world, "/events", "events", order=order, limit=5, **selector)
    assert [queries for _, _, queries in read] == [3, 3, 2]
    assert sorted(event_id for rows, _, _ in read for event_id in ids(rows)) == sorted(expected)


DAY = 1440


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("selector", [{"run": RUN}, {"session": SESSION}], ids=["run", "session"])
@pytest.mark.parametrize(("most", "limit"), [(5, 2), (7, 3), (12, 4), (5_000, 1), (5_000, 100)])
def test_what_lies_on_many_days_of_two_learners_is_read_a_part_at_a_time(
    monkeypatch: pytest.MonkeyPatch, selector: Json, order: str, most: int, limit: int
) -> None:
    """As many rows are read over all days and learners together."""
    monkeypatch.setattr(by_event_index, "LOOKED_AT", most)
    monkeypatch.setattr(by_session, "LOOKED_AT", most)
    world = World()
    world.set_clock(19 * DAY)
    expected: list[str] = []
    for learner in (STUDENT, "urn:uuid:0a0a0a0a-0000-4000-8000-000000000009"):
        days = [
            world.event(3 * day * DAY + minute, actor=learner, session=SESSION, extensions={"runId": RUN})
            for day in range(6)
            for minute in (0, 1, 2)
        ]
        world.send(*days)
        expected += [event["id"] for event in days]
    world.warm()
    read = pages(world, "/events", "events", order=order, limit=limit, **selector)
    listed = [event_id for rows, _, _ in read for event_id in ids(rows)]
    assert len(listed) == 36
    assert sorted(listed) == sorted(expected)
    of_each = [[event_id for event_id in listed if event_id in own] for own in (expected[:18], expected[18:])]
    assert of_each == ([expected[:18], expected[18:]] if order == "asc" else [expected[17::-1], expected[:17:-1]])
    largest = max(rows for _, rows, _ in read)
    # What leads to the days is read for each page: a row of each, and with each the first and last once more.
    assert largest <= most + limit + 2 * 12
    assert (len(read) == 1) == (most == 5_000 and limit == 100)
