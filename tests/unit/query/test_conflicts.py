"""`GET /conflicts`: ids that were sent with two contents."""

from tests.payloads import APP
from tests.unit.query.world import OTHER_APP, World


def conflicting(world: World, minute: int, app: str = APP) -> str:
    event = world.event(minute)
    world.send(event, event | {"eventTime": world.time(minute + 0.5)}, app=app)
    return str(event["id"])


def test_conflicts_are_listed_newest_first_and_paged() -> None:
    world = World()
    conflicts = [conflicting(world, minute) for minute in range(7)]
    world.send(world.event(9))
    listed = world.all("/conflicts", "conflicts", limit=3)
    assert [row["id"] for row in listed] == conflicts[::-1]
    assert listed[0].keys() == {"id", "app", "eventTime", "receivedAt"}
    assert world.get("/events", id=conflicts[0])["conflict"] is True


def test_conflicts_of_a_time_are_listed() -> None:
    world = World()
    conflicts = [conflicting(world, minute) for minute in (0, 10, 20)]
    listed = world.get("/conflicts", from_=world.time(10), to=world.time(20))["conflicts"]
    assert [row["id"] for row in listed] == [conflicts[1]]


def test_an_app_sees_its_own_conflicts_alone() -> None:
    world = World()
    world.register(OTHER_APP)
    conflicting(world, 0, OTHER_APP)
    assert world.get("/conflicts") == {"conflicts": [], "cursor": None}


def test_a_page_costs_a_query_a_shard() -> None:
    world = World()
    conflicting(world, 0)
    world.calls.counts.clear()
    world.get("/conflicts")
    assert world.calls.counts == {"query": 8}
