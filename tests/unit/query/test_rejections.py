"""What was not taken is shown to its sender, newest first, with the reasons."""

import json

import pytest

from functions.core.messages import Item
from tests.payloads import APP
from tests.unit.query.world import NINE_US, OTHER_APP, World, principal_of

FINDING = {"severity": "error", "code": "missing", "pointer": "/actor", "message": "m", "source": "s"}


@pytest.fixture
def world() -> World:
    return World()


def reject(world: World, raw: bytes, *, second: int = 0, app: str = APP) -> str:
    return world.send_items(Item("rejection", raw, [FINDING]), received_us=NINE_US + second * 1_000_000, app=app)


def test_a_rejected_item_is_shown_with_its_reasons(world: World) -> None:
    job = reject(world, b'{"id": "urn:uuid:x", "n": 1.0}')
    (row,) = world.get("/rejections")["rejections"]
    assert row == {
        "item": {"id": "urn:uuid:x", "n": 1.0},
        "findings": [FINDING],
        "receivedAt": "2026-03-02T09:00:00.000Z",
        "app": APP,
        "jobId": job,
        "index": 0,
        "dataVersion": "",
    }


@pytest.mark.parametrize("raw", [b"{nope", b"[" * 5000 + b"]" * 5000, b'"\\ud800"', b"NaN"])
def test_what_is_no_json_is_shown_as_text(world: World, raw: bytes) -> None:
    reject(world, raw)
    (row,) = world.get("/rejections")["rejections"]
    assert row["item"] == raw.decode("utf-8", "replace")


def test_rejections_come_newest_first_over_all_shards(world: World) -> None:
    for second in range(40):
        reject(world, json.dumps({"n": second}).encode(), second=second)
    expected = list(range(39, -1, -1))
    assert [row["item"]["n"] for row in world.get("/rejections")["rejections"]] == expected
    assert [row["item"]["n"] for row in world.all("/rejections", "rejections", limit=7)] == expected
    window = world.get("/rejections", from_="2026-03-02T09:00:03Z", to="2026-03-02T09:00:05Z")["rejections"]
    assert [row["item"]["n"] for row in window] == [4, 3]


def test_a_page_costs_one_query_a_shard(world: World) -> None:
    for second in range(40):
        reject(world, json.dumps({"n": second}).encode(), second=second)
    world.calls.made.clear()
    world.get("/rejections", limit=10)
    assert dict(world.calls.made) == {"query": 8}


def test_rejections_of_another_app_are_not_shown(world: World) -> None:
    reject(world, b"{}", app=OTHER_APP)
    assert world.get("/rejections")["rejections"] == []
    world.principal = principal_of(OTHER_APP)
    assert len(world.get("/rejections")["rejections"]) == 1


def test_an_admin_sees_the_rejections_of_all_apps(world: World) -> None:
    world.register(OTHER_APP, APP)
    reject(world, b"{}", app=OTHER_APP)
    world.as_admin()
    assert len(world.all("/rejections", "rejections", app="*")) == 1
