"""What was not taken is shown to its sender, newest first, with the reasons."""

import json

import pytest

from functions.core import packing
from functions.core.ids import id_digest
from functions.core.messages import Item
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Row
from functions.store.quarantine import marks
from functions.store.quarantine.marks import Mark
from functions.store.quarantine.rejections import KEPT_ITEMS, bytes_digest
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
        "sensor": None,
        "state": "waiting",
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


def test_a_page_costs_one_query_a_shard_and_one_read_of_marks(world: World) -> None:
    for second in range(40):
        reject(world, json.dumps({"n": second}).encode(), second=second)
    world.calls.counts.clear()
    world.get("/rejections", limit=10)
    assert dict(world.calls.counts) == {"query": 8, "get_all": 1}


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


def test_a_page_may_end_inside_the_items_of_one_request(world: World) -> None:
    for second in range(3):
        items = [Item("rejection", json.dumps({"n": 10 * second + n}).encode(), [FINDING]) for n in range(10)]
        world.send_items(*items, received_us=NINE_US + second * 1_000_000)
    expected = [10 * second + n for second in (2, 1, 0) for n in range(10)]
    for limit in (1, 7, 10, 100):
        assert [row["item"]["n"] for row in world.all("/rejections", "rejections", limit=limit)] == expected


def test_the_first_hundred_rejected_items_of_a_message_are_kept(world: World) -> None:
    items = [Item("rejection", json.dumps({"n": n}).encode(), [FINDING]) for n in range(250)]
    world.send_items(*items)
    rejections = world.all("/rejections", "rejections")
    assert [row["index"] for row in rejections] == list(range(KEPT_ITEMS))


def old_row(raw: bytes, *, received_us: int, job: str) -> Row:
    """A rejection as the version before packed rows stored it."""
    content = bytes_digest(raw)
    return {
        keys.PK: keys.rejection_pk(keys.tenant_of(APP), key_parts.shard_of(content, keys.REJECTION_SHARDS)),
        keys.SK: f"{key_parts.time_key(received_us)}#{content}",
        keys.TTL: 2_000_000_000,
        keys.BY_ID_PK: keys.rejection_ref(keys.tenant_of(APP), id_digest(json.loads(raw)["id"])),
        "body": packing.compress(raw),
        "reasons": packing.compress(json.dumps([FINDING]).encode()),
        "received": received_us,
        "app": APP,
        "job": job,
        "version": "v",
        "index": 3,
    }


def test_rejections_that_an_earlier_version_stored_one_a_row_are_still_shown(world: World) -> None:
    old = [old_row(b'{"id": "urn:x:%d"}' % n, received_us=NINE_US + n * 1_000_000, job="j") for n in range(5)]
    world.table.put_all(old)
    reject(world, b'{"id": "urn:x:new"}', second=2)
    rejections = world.all("/rejections", "rejections", limit=2)
    assert [row["item"]["id"].rpartition(":")[2] for row in rejections if row["jobId"] == "j"] == [
        "4",
        "3",
        "2",
        "1",
        "0",
    ]
    assert (rejections[0]["index"], len(rejections)) == (3, 6)
    (by_id,) = world.get("/events", id="urn:x:4")["rejections"]
    assert by_id == rejections[0]


def test_rejections_are_listed_by_code(world: World) -> None:
    other = FINDING | {"code": "other"}
    world.send_items(Item("rejection", b'{"n": 1}', [FINDING]), Item("rejection", b'{"n": 2}', [FINDING, other]))
    assert [row["item"]["n"] for row in world.get("/rejections", code="other")["rejections"]] == [2]
    assert [row["item"]["n"] for row in world.get("/rejections", code="missing")["rejections"]] == [1, 2]
    assert world.get("/rejections", code="no-such")["rejections"] == []


def test_a_marked_rejection_says_so_until_it_is_sent_again(world: World) -> None:
    reject(world, b'{"n": 1}')
    reject(world, b'{"n": 2}')
    mark = Mark(tenant=keys.tenant_of(APP), content=bytes_digest(b'{"n": 1}'), state="dismissed", until_us=NINE_US)
    world.table.put_all([marks.to_row(mark, expires_s=2_000_000_000)])
    assert [row["item"]["n"] for row in world.get("/rejections", state="dismissed")["rejections"]] == [1]
    assert [row["item"]["n"] for row in world.get("/rejections", state="waiting")["rejections"]] == [2]
    reject(world, b'{"n": 1}', second=1)
    states = [(row["item"]["n"], row["state"]) for row in world.get("/rejections")["rejections"]]
    assert sorted(states) == [(1, "dismissed"), (1, "waiting"), (2, "waiting")]


def test_a_code_that_few_have_is_looked_for_in_portions(world: World) -> None:
    for second in range(210):
        reject(world, json.dumps({"n": second}).encode(), second=second)
    first = world.get("/rejections", code="no-such", limit=1000)
    assert first["rejections"] == []
    assert first["cursor"] is not None
    assert world.get("/rejections", code="no-such", limit=1000, cursor=first["cursor"])["cursor"] is None
