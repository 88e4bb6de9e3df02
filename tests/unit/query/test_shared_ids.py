"""An id that many learners, apps or addresses share leads to each of them once, a part at a time, up to a limit."""

from typing import Any

import pytest

from functions.query import paging
from functions.query.edubridge import metrics, students
from functions.query.sessions import attachment, current_sessions
from functions.query.timeback import events
from tests.payloads import APP, Json
from tests.unit.query.world import STUDENT, World

pytestmark = pytest.mark.slow

SESSION, RUN = "urn:uuid:0b0b0b0b-0000-4000-8000-000000000001", "urn:uuid:0c0c0c0c-0000-4000-8000-000000000001"
LEARNERS = [f"https://roster.example.org/students/{number}" for number in range(7)]
DAY = 1440


@pytest.fixture
def world() -> World:
    return World()


def share(world: World, *learners: str, minute: int = 0) -> None:
    """These learners name one session and one run, each a day after the other."""
    for day, learner in enumerate(learners):
        world.set_clock(day * DAY + minute)
        about = {"actor": {"id": learner, "type": "Person"}, "session": SESSION}
        event = world.payloads.activity_completed(learner, RUN)
        world.send(event | about | {"eventTime": world.time(day * DAY + minute)})


def pages(world: World, path: str, name: str, **parameters: Any) -> list[list[str]]:
    """The learners of each page of a list."""
    listed: list[list[str]] = []
    cursor: Json = {}
    while True:
        body = world.get(path, **parameters, **cursor)
        listed.append([row["actor"] for row in body[name]])
        if body["cursor"] is None:
            return listed
        cursor = {"cursor": body["cursor"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 30])
def test_a_session_that_many_learners_share_is_listed_of_each_once(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int, limit: int
) -> None:
    monkeypatch.setattr(current_sessions, "PARTITIONS_AT_ONCE", at_once)
    share(world, *LEARNERS)
    calls = world.calls.counts["get_all"]
    listed = pages(world, "/sessions", "sessions", id=SESSION, limit=limit)
    assert sorted(learner for page in listed for learner in page) == LEARNERS
    assert [len(page) for page in listed][:-1] == [limit] * (len(listed) - 1)
    if limit == 100:
        assert world.calls.counts["get_all"] - calls == -(-7 // at_once) + 7 + 1  # timers of names, and the app


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_a_run_that_many_learners_share_is_listed_of_each_once_by_its_first_day(
    world: World, order: str, limit: int
) -> None:
    share(world, *LEARNERS)
    listed = pages(world, "/runs", "runs", id=RUN, limit=limit, order=order)
    assert [learner for page in listed for learner in page] == (LEARNERS if order == "asc" else LEARNERS[::-1])
    assert [len(page) for page in listed][:-1] == [limit] * (len(listed) - 1)


@pytest.mark.parametrize(
    ("window", "count"),
    [
        ({}, 3),
        ({"from_": "2026-03-03"}, 2),
        ({"from_": "2026-03-02T23:59:59.999999Z"}, 3),
        ({"from_": "2026-03-04"}, 1),
        ({"from_": "2026-03-05"}, 0),
        ({"to": "2026-03-02"}, 0),
        ({"to": "2026-03-02T00:00:00.000001Z"}, 1),
        ({"to": "2026-03-03"}, 1),
        ({"to": "2026-03-03T00:00:00.000001Z"}, 2),
        ({"from_": "2026-03-03", "to": "2026-03-04"}, 1),
    ],
)
def test_a_run_is_listed_if_some_of_its_days_are_asked_for(world: World, window: Json, count: int) -> None:
    share(world, *LEARNERS[:3])
    assert [row["actor"] for row in world.get("/runs", id=RUN, **window)["runs"]] in (
        LEARNERS[:count] if "to" in window and "from_" not in window else LEARNERS[3 - count : 3],
        LEARNERS[1 : 1 + count],
    )


@pytest.mark.parametrize(("limit", "number_of_pages"), [(1, 5), (2, 3), (100, 3)])
def test_an_answer_reads_so_many_apps(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: int, number_of_pages: int
) -> None:
    monkeypatch.setattr(paging, "APPS_PER_ANSWER", 2)
    apps = [APP, *(f"https://other.example.org/{number}" for number in range(4))]
    world.register(*apps)
    sent: set[tuple[str, str]] = set()
    for app in apps:
        event = world.event(0)
        world.send(event, app=app)
        sent.add((app, event["id"]))
    world.as_admin()
    listed = pages(world, "/events", "events", actor=STUDENT, app="*", limit=limit)
    assert len(listed) == number_of_pages
    rows = world.all("/events", "events", actor=STUDENT, app="*", limit=limit)
    assert len(rows) == 5
    assert {(row["app"], row["event"]["id"]) for row in rows} == sent


@pytest.mark.parametrize(("most", "status"), [(3, 422), (4, 200), (5, 200)])
def test_a_week_of_more_events_than_are_folded_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int, status: int
) -> None:
    monkeypatch.setattr(metrics, "FACTS", most)
    world.send(*(world.payloads.time_spent(STUDENT) | {"actor": {"id": STUDENT, "type": "Person"}} for _ in range(4)))
    answer = world.ask("/edubridge/analytics/facts/weekly", studentId=STUDENT, weekDate="2026-03-02")
    assert answer["statusCode"] == status
    if status == 200:
        assert len(answer["json"]["facts"]) == 4


@pytest.mark.parametrize(("most", "count"), [(1, 1), (2, 2), (3, 3), (4, 3)])
def test_of_an_address_so_many_students_are_read(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int, count: int
) -> None:
    monkeypatch.setattr(students, "MOST", most)
    for learner in LEARNERS[:3]:
        actor = {"id": learner, "type": "Person", "email": "class@example.org"}
        world.send(world.payloads.activity_completed(learner, RUN) | {"actor": actor, "eventTime": world.time(0)})
    week = {"email": "class@example.org", "weekDate": "2026-03-02"}
    facts = world.get("/edubridge/analytics/facts/weekly", **week)["facts"]
    assert len({fact["userId"] for fact in facts}) == count


@pytest.mark.parametrize("most", [1, 2, 3])
def test_of_one_id_the_contents_that_came_last_are_looked_at_for_the_one_that_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    event = world.event(0)
    for minute in (0, 1, 2):
        world.send(event | {"eventTime": world.time(minute)})
    whole = world.get("/caliper/events/" + event["id"])["event"]["eventTime"]
    monkeypatch.setattr(events, "CONTENTS", most)
    rows = world.table.rows_read
    counts = world.get("/caliper/events/" + event["id"])["event"]["eventTime"]
    assert world.table.rows_read - rows == 3 + most  # of the index all
    assert counts in [world.time(minute) for minute in (0, 1, 2)][-most:]
    assert most < 3 or counts == whole


@pytest.mark.parametrize("explicit_rows", [1, 3, 4, 60])
@pytest.mark.parametrize("before", [1, 4])
def test_whose_an_event_is_does_not_hang_on_how_it_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, explicit_rows: int, before: int
) -> None:
    """Off the rows of sessions, where they are few, else off a fold."""
    world = World()
    for number in range(3):
        world.set_clock(number * 200)
        session = world.payloads.urn()
        world.send(
            world.event(number * 200, session=session),
            world.event(number * 200 + 1),
            world.event(number * 200 + 90),
            world.event(number * 200 + 95),
        )
    world.set_clock(900)
    world.sweep()
    world.drain()
    world.warm()
    expected = world.all("/events", "events", actor=STUDENT)
    assert len({row["session"] for row in expected}) > 3
    monkeypatch.setattr(attachment, "EXPLICIT_ROWS", explicit_rows)
    monkeypatch.setattr(attachment, "BEFORE", before)
    queries = world.calls.counts["query"]
    assert world.get("/events", actor=STUDENT)["events"] == expected
    # Off rows: one more query of those, and a fold of what they leave open.
    assert world.calls.counts["query"] - queries == (5 if explicit_rows <= 3 else 6)


@pytest.mark.parametrize("conflicting", [0, 1, 2])
def test_over_all_apps_an_id_is_in_conflict_if_it_is_in_some_app(world: World, conflicting: int) -> None:
    apps = [APP, "https://other.example.org/1", "https://other.example.org/2"]
    world.register(*apps)
    event = world.event(0)
    for number, app in enumerate(apps):
        world.send(event, app=app)
        if number == conflicting:
            world.send(event | {"eventTime": world.time(1)}, app=app)
    world.as_admin()
    assert world.get("/events", id=event["id"], app="*")["conflict"] is True
    by_app = [world.get("/events", id=event["id"], app=app)["conflict"] for app in apps]
    assert by_app == [number == conflicting for number in range(3)]
