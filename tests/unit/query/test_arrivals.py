"""What arrived, stored and refused together: newest first, complete over pages, one app's alone."""

import json
from copy import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.messages import Item
from functions.http.gate import (
    ADMIN,
    EVENTS_READONLY,
    EVENTS_WRITE,
    PEOPLE_WRITE,
    READ_EVERYTHING,
    WEBHOOKS_READONLY,
    WEBHOOKS_WRITE,
)
from tests.examples import examples
from tests.payloads import APP
from tests.unit.query.world import NINE_US, OTHER_APP, STUDENT, World, app_of, principal_of

FINDING = {"severity": "error", "code": "time", "pointer": "/eventTime", "message": "m", "source": "s"}
WARNING = FINDING | {"severity": "warning"}
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US


@pytest.fixture
def world() -> World:
    return World()


def item(world: World, *, good: bool) -> Item:
    if good:
        return Item("event", json.dumps(world.event(0)).encode())
    return Item("rejection", json.dumps({"id": world.payloads.urn()}).encode(), [FINDING])


def send(world: World, outcomes: list[bool], *, second: float = 0, app: str = APP) -> list[str]:
    items = [item(world, good=good) for good in outcomes]
    world.send_items(*items, received_us=NINE_US + round(second * SECOND_US), app=app)
    return [json.loads(item.raw)["id"] for item in items]


def test_stored_and_refused_items_are_listed_together_newest_first(world: World) -> None:
    send(world, [True], second=0)
    send(world, [False], second=1)
    send(world, [True], second=2)
    rows = world.get("/arrivals")["arrivals"]
    assert [row["outcome"] for row in rows] == ["accepted", "rejected", "accepted"]
    assert rows[1]["findings"] == [FINDING]
    assert rows[0]["actor"] == STUDENT
    assert rows[0]["receivedAt"] > rows[1]["receivedAt"] > rows[2]["receivedAt"]


def test_a_refused_item_is_spliced_in_as_it_was_sent(world: World) -> None:
    raw = b'{"id": "urn:uuid:x", "n": 1.0, "n": 1e2}'
    world.send_items(Item("rejection", raw, [FINDING]))
    assert raw.decode() in world.ask("/arrivals")["body"]


def test_warnings_stand_beside_a_stored_event(world: World) -> None:
    world.send_items(Item("event", json.dumps(world.event(0)).encode(), [WARNING]))
    (row,) = world.get("/arrivals")["arrivals"]
    assert (row["outcome"], row["findings"]) == ("accepted", [WARNING])


@pytest.mark.slow
@settings(max_examples=examples(25))
@given(
    batches=st.lists(
        st.tuples(st.integers(0, 3 * 86_400), st.lists(st.booleans(), min_size=1, max_size=6)), min_size=1, max_size=8
    ),
    limit=st.integers(1, 9),
)
def test_pages_of_any_size_list_everything_once(batches: list[tuple[int, list[bool]]], limit: int) -> None:
    world = World()
    sent = [event_id for second, outcomes in batches for event_id in send(world, outcomes, second=second)]
    rows = world.all("/arrivals", "arrivals", limit=limit)
    assert sorted(row["item"]["id"] for row in rows) == sorted(sent)
    assert len({row["key"] for row in rows}) == len(rows)
    assert [row["key"] for row in rows] == [row["key"] for row in world.get("/arrivals")["arrivals"]]


@pytest.mark.parametrize("outcome", ["accepted", "rejected"])
def test_one_outcome_can_be_asked_for(world: World, outcome: str) -> None:
    for second in range(6):
        send(world, [second % 2 == 0, True], second=second)
    rows = world.all("/arrivals", "arrivals", outcome=outcome, limit=2)
    assert {row["outcome"] for row in rows} == {outcome}
    assert len(rows) == (9 if outcome == "accepted" else 3)


def test_a_window_of_arrival_is_kept_over_midnight(world: World) -> None:
    for day in range(4):
        send(world, [True, False], second=day * 86_400)
    rows = world.all("/arrivals", "arrivals", from_="2026-03-03", to="2026-03-05", limit=1)
    assert [row["receivedAt"][:10] for row in rows] == ["2026-03-04"] * 2 + ["2026-03-03"] * 2


def test_a_page_of_a_quiet_app_costs_thirteen_queries_and_two_batches(world: World) -> None:
    for second in range(20):
        send(world, [True, False], second=second)
    world.calls.counts.clear()
    world.get("/arrivals", limit=10)
    assert dict(world.calls.counts) == {"query": 13, "get_all": 2}


def test_arrivals_of_another_app_are_not_listed(world: World) -> None:
    send(world, [True, False], app=OTHER_APP)
    assert world.get("/arrivals")["arrivals"] == []
    assert world.refused("/arrivals", app=OTHER_APP) == (403, "foreign-app")


def test_a_person_reads_each_of_their_apps_and_is_told_of_no_other(world: World) -> None:
    third = "https://third.example.org/app"
    world.register(APP, OTHER_APP, third)
    send(world, [True], app=OTHER_APP)
    send(world, [True], app=third)
    person = principal_of(APP)
    world.principal = replace(person, kind="person", other_tenants=(app_of(OTHER_APP).tenant,))
    assert len(world.get("/arrivals", app=OTHER_APP)["arrivals"]) == 1
    for path, selector in (("/arrivals", {}), ("/volume", {}), ("/sessions", {"actor": STUDENT}), ("/rejections", {})):
        assert world.refused(path, app=third, **selector) == (404, "unknown-app")
        assert world.refused(path, app="urn:never-registered", **selector) == (404, "unknown-app")
    assert world.refused("/arrivals", app="*") == (404, "unknown-app")
    assert [app["id"] for app in world.get("/account")["apps"]] == [APP, OTHER_APP]


@pytest.mark.parametrize(
    ("scopes", "changes"),
    [
        ({EVENTS_READONLY}, []),
        ({EVENTS_READONLY, WEBHOOKS_READONLY, READ_EVERYTHING}, []),
        ({EVENTS_READONLY, WEBHOOKS_WRITE}, ["webhooks"]),
        ({EVENTS_READONLY, PEOPLE_WRITE}, ["people", "aliases"]),
        ({EVENTS_READONLY, EVENTS_WRITE}, ["aliases"]),
        (ADMIN, ["webhooks", "people", "aliases"]),
    ],
)
def test_an_account_says_what_it_may_change(scopes: set[str], changes: list[str]) -> None:
    world = World()
    world.principal = principal_of(APP, frozenset(scopes))
    assert world.get("/account")["changes"] == changes
