"""The doors in memory keep what their protocols promise, each by itself."""

from typing import Any

import pytest

from functions.client.memory.archive import MemoryArchive
from functions.client.memory.bus import MemoryBus
from functions.client.memory.deliveries import MemoryDeliveryQueue
from functions.client.memory.queue import MemoryQueue
from functions.client.memory.table import MemoryTable
from functions.core.messages import Item, Message
from functions.core.times import DAY_US, parse_time
from functions.core.webhooks.delivery import Delivery, pack
from functions.store.dynamodb.table import COUNT, VERSION, Row, rows
from functions.store.keys import BY_DUE, BY_ID, BY_ID_PK, DUE_PK, DUE_SK, PK, SK, TTL

NOON_US = parse_time("2026-03-02T12:00:00Z") or 0


def message(job: str, received_us: int = NOON_US, *items: bytes, tenant: str = "t") -> Message:
    raws = items or (b"{}",)
    return Message(
        tenant=tenant, app_id="a", job=job, received_us=received_us, items=[Item("event", raw) for raw in raws]
    )


def test_an_archive_has_an_object_for_each_day_of_a_batch() -> None:
    archive = MemoryArchive()
    first, second = archive.write([message("j1"), message("j2", NOON_US + DAY_US), message("j3")])
    assert ("day=20260302" in first, "day=20260303" in second) == (True, True)
    assert [each.job for each in archive.read(first)] == ["j1", "j3"]
    assert [each.job for each in archive.messages()] == ["j1", "j3", "j2"]


def test_an_archive_reads_what_one_tenant_sent() -> None:
    archive = MemoryArchive()
    (key,) = archive.write([message("j1"), message("j2", tenant="u")])
    assert [each.job for each in archive.read(key, tenant="u")] == ["j2"]


def test_an_archive_lists_days_and_keys_from_to_and_behind_one() -> None:
    archive = MemoryArchive()
    keys = [archive.write([message(f"j{day}", NOON_US + day * DAY_US)])[0] for day in (3, 0, 1, 2)]
    archive.put(f"{keys[0]}x", [])
    days = {"from_day": "20260303", "to_day": "20260304"}
    assert archive.days(**days) == ["20260303", "20260304"]
    assert list(archive.keys(**days)) == [keys[2], keys[3]]
    assert list(archive.keys(**days, after=keys[2])) == [keys[3]]
    assert archive.days(from_day="20260305", to_day="20260305") == ["20260305"]
    assert archive.put(keys[1], [b"other"]) == keys[1]
    assert archive.objects[keys[1]] == [b"other"]


def test_a_bus_keeps_every_notice_in_order() -> None:
    bus = MemoryBus()
    first: Any = ("SessionStarted", {"id": "1"})
    second: Any = ("SessionEnded", {"id": "1"})
    bus.publish([first])
    bus.publish([second, first])
    assert bus.notices == [first, second, first]


def test_a_queue_gives_out_what_was_sent_once() -> None:
    queue = MemoryQueue()
    assert queue.send(["a", "b"], group="g") == []
    assert queue.send(["c"], group="h") == []
    assert (queue.waiting(), queue.groups) == (3, ["g", "g", "h"])
    assert queue.take() == ["a", "b", "c"]
    assert (queue.take(), queue.waiting()) == ([], 0)


def test_deliveries_are_taken_when_they_are_due_those_that_were_due_first_first() -> None:
    queue = MemoryDeliveryQueue()
    soon, later = (Delivery(tenant="t", webhook="w", due_us=due_us) for due_us in (3_000_000, 9_000_000))
    now = Delivery(tenant="t", webhook="w")
    assert queue.next_us() is None
    queue.send([later, soon], now_us=1_000_000)
    queue.send([now], now_us=2_000_000)
    assert queue.next_us() == 2_000_000
    assert queue.take(1_999_999) == []
    assert queue.take(3_000_000) == [pack(now), pack(soon)]
    assert queue.next_us() == 9_000_000
    assert queue.take(8_999_999) == []
    assert queue.take(9_000_000) == [pack(later)]
    assert queue.next_us() is None


def test_deliveries_that_are_given_up_are_kept() -> None:
    queue = MemoryDeliveryQueue()
    delivery = Delivery(tenant="t", webhook="w")
    queue.put(delivery)
    assert (queue.given_up, queue.next_us()) == ([delivery], None)


def row(pk: str, sk: str, **said: Any) -> Row:
    return {PK: pk, SK: sk, **said}


@pytest.fixture
def table() -> MemoryTable:
    table = MemoryTable()
    table.put_all(row("p", f"{number}", n=number, **{DUE_PK: "d", DUE_SK: f"{9 - number}"}) for number in range(5))
    table.put_all(
        [row("q", "1", **{BY_ID_PK: "i"}), row("p", "8", **{BY_ID_PK: "i"}), row("p", "9", **{BY_ID_PK: "j"})]
    )
    return table


def sort_keys(page_rows: Any) -> list[str]:
    return [str(each[SK]) for each in page_rows]


@pytest.mark.parametrize(
    ("how", "expected", "more"),
    [
        ({}, "0123489", False),
        ({"start": "1", "end": "3"}, "123", False),
        ({"start": "1", "end": "3", "descending": True}, "321", False),
        ({"limit": 2}, "01", True),
        ({"limit": 2, "descending": True}, "98", True),
        ({"limit": 7}, "0123489", True),  # as DynamoDB: as many as its limit may be all
        ({"limit": 8}, "0123489", False),
        ({"start": "5", "end": "7"}, "", False),
        ({"start": "5", "end": "4"}, "", False),
        ({"limit": 0}, "", False),
        ({"after": {PK: "p", SK: "2"}}, "3489", False),
        ({"after": {PK: "p", SK: "2"}, "descending": True}, "10", False),
        ({"after": {PK: "p", SK: "2"}, "start": "4"}, "489", False),
        ({"after": {PK: "p", SK: "2"}, "end": "3"}, "3", False),
        ({"after": {PK: "p", SK: "8"}, "end": "3", "descending": True}, "3210", False),
        ({"after": {PK: "p", SK: "9"}}, "", False),
    ],
)
def test_a_query_gives_rows_in_order_between_two_sort_keys(
    table: MemoryTable, how: dict[str, Any], expected: str, more: bool
) -> None:
    page = table.query("p", **how)
    assert "".join(sort_keys(page.rows)) == expected
    assert (page.next_key is not None) is more
    if more:
        assert page.next_key == {PK: "p", SK: expected[-1]}


@pytest.mark.parametrize("page_rows", [1, 2, 3, None])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_together_are_all(table: MemoryTable, page_rows: int | None, descending: bool) -> None:
    table.page_rows = page_rows
    expected = "9843210" if descending else "0123489"
    assert "".join(sort_keys(rows(table, "p", descending=descending))) == expected
    assert len(table.query("p").rows) == (page_rows or 7)


def test_an_index_gives_keys_alone_in_its_own_order(table: MemoryTable) -> None:
    page = table.query("d", index=BY_DUE, limit=2)
    assert page.rows == [{PK: "p", SK: sk, DUE_PK: "d", DUE_SK: due} for sk, due in (("4", "5"), ("3", "6"))]
    assert page.next_key == page.rows[-1]
    assert sort_keys(table.query("d", index=BY_DUE, after=page.next_key).rows) == ["2", "1", "0"]
    assert sort_keys(table.query("d", index=BY_DUE, start="6", end="7").rows) == ["3", "2"]
    by_id = table.query("i", index=BY_ID)
    assert sorted(map(repr, by_id.rows)) == sorted(repr({PK: pk, SK: sk, BY_ID_PK: "i"}) for pk, sk in ("q1", "p8"))
    assert table.query("none", index=BY_ID).rows == []


@pytest.mark.parametrize("page_rows", [1, 2, None])
def test_a_scan_gives_all_of_an_index_and_nothing_of_another(table: MemoryTable, page_rows: int | None) -> None:
    table.page_rows = page_rows
    scanned: list[Row] = []
    after: Row | None = None
    while True:
        page = table.scan(BY_ID, after=after)
        assert len(page.rows) <= (page_rows or 3)
        scanned += page.rows
        after = page.next_key
        if after is None:
            break
    assert {(each[PK], each[SK], each[BY_ID_PK]) for each in scanned} == {
        ("q", "1", "i"),
        ("p", "8", "i"),
        ("p", "9", "j"),
    }
    assert len(scanned) == 3
    assert [each[BY_ID_PK] for each in scanned] == ["i", "i", "j"]
    assert all(each.keys() == {PK, SK, BY_ID_PK} for each in scanned)


def test_rows_that_are_put_again_stand_where_they_say_now(table: MemoryTable) -> None:
    table.put_all([row("p", "4", **{DUE_PK: "d", DUE_SK: "0"}), row("p", "3")])
    assert sort_keys(table.query("d", index=BY_DUE).rows) == ["4", "2", "1", "0"]
    table.delete_all([("p", "4"), ("p", "none")])
    assert sort_keys(table.query("d", index=BY_DUE).rows) == ["2", "1", "0"]
    assert sort_keys(table.query("p").rows) == list("012389")
    assert len(table.items) == 7


def test_rows_are_read_by_key_and_are_copies(table: MemoryTable) -> None:
    held = table.get_all([("p", "0"), ("none", "0")])
    assert held == {("p", "0"): row("p", "0", n=0, **{DUE_PK: "d", DUE_SK: "9"})}
    held["p", "0"]["n"] = 7
    table.query("p").rows[0]["n"] = 7
    assert table.get_all([("p", "0")])["p", "0"]["n"] == 0
    own_row = row("p", "0", n=1)
    table.put_all([own_row])
    own_row["n"] = 7
    assert table.get_all([("p", "0")])["p", "0"]["n"] == 1


def test_a_row_is_put_only_over_the_version_that_was_read() -> None:
    table = MemoryTable()
    first, second = row("p", "1", **{VERSION: 1}), row("p", "1", **{VERSION: 2})
    assert table.put_if(first, 1) is False
    assert table.put_if(first, None) is True
    assert table.put_if(second, None) is False
    assert table.put_if(second, 2) is False
    assert table.put_if(second, 1) is True
    assert table.put_all_if([(row("p", "2"), None), (row("p", "1"), 7)]) is False
    assert sort_keys(table.query("p").rows) == ["1"]
    assert table.put_all_if([(row("p", "2"), None), (row("p", "1"), 2)]) is True
    assert table.get_all([("p", "1")])["p", "1"] == row("p", "1")


def test_what_a_marker_stands_for_is_counted_once() -> None:
    table = MemoryTable()
    marker, other = row("m", "1", **{TTL: 5}), row("m", "2", **{TTL: 6})
    assert table.count_once(marker, {("c", "1"): 2, ("c", "2"): 1}) is True
    assert table.count_once(marker, {("c", "1"): 2}) is False
    assert table.count_once(other, {("c", "1"): 3}) is True
    assert table.get_all([("c", "1"), ("c", "2")]) == {
        ("c", "1"): row("c", "1", **{COUNT: 5, TTL: 6}),
        ("c", "2"): row("c", "2", **{COUNT: 1, TTL: 5}),
    }
    assert table.get_all([("m", "1")])["m", "1"] == marker


def test_amounts_are_counted_up_and_told() -> None:
    table = MemoryTable()
    assert table.count_up(("c", "1"), {"items": 2}, expires_s=5) == row("c", "1", **{"items": 2, TTL: 5})
    assert table.count_up(("c", "1"), {"items": 1, "bytes": 7}, expires_s=6) == row(
        "c", "1", **{"items": 3, "bytes": 7, TTL: 6}
    )
    assert table.get_all([("c", "1")])["c", "1"]["items"] == 3
