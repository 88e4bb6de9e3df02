"""What one page of rejected items, of arrivals or of one id looks at, and that all the rest follows by its cursor."""

import pytest

from functions.core.messages import Item
from functions.query.events import by_arrival, by_id
from functions.query.operations import rejections
from tests.unit.query.test_bounded_reads import pages
from tests.unit.query.world import NINE_US, World

DAY = 1440
FINDING = {"severity": "error", "code": "time", "pointer": "/eventTime", "message": "m", "source": "s"}


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(("count", "number_of_pages"), [(1, 1), (5, 1), (6, 2), (10, 2), (11, 3)])
def test_of_one_id_so_many_contents_are_looked_at_a_page(
    monkeypatch: pytest.MonkeyPatch, count: int, number_of_pages: int, order: str
) -> None:
    monkeypatch.setattr(by_id, "VERSIONS", 5)
    world = World()
    name = "https://app.example.org/users/1"
    for number in range(count):
        world.set_clock(number)
        world.send_items(Item("entity", f'{{"id": "{name}", "type": "Person", "name": "{number}"}}'.encode()))
    read = pages(world, "/events", "events", id=name, order=order)
    names = [row["event"]["name"] for rows, _, _ in read for row in rows]
    assert names == [str(number) for number in (range(count) if order == "asc" else reversed(range(count)))]
    assert len(read) == number_of_pages


@pytest.mark.parametrize(("contents", "counted"), [(1, 1), (3, 3), (4, 3)])
def test_of_one_id_the_arrivals_of_so_many_contents_are_counted(
    monkeypatch: pytest.MonkeyPatch, contents: int, counted: int
) -> None:
    monkeypatch.setattr(by_id, "CONFLICTS", 3)
    world = World()
    event = world.event(0)
    for number in range(contents):
        world.send(event | {"eventTime": world.time(number)}, received_us=NINE_US + number * 60_000_000)
    world.set_clock(60)
    body = world.get("/events", id=event["id"])
    assert body["arrivals"] == {"count": counted, "since": world.time(contents - counted)}
    assert body["conflict"] is (contents > 1)


def refuse(world: World, count: int, *, code: str = "time", text: str = "") -> list[str]:
    """So many rejected items, each in a request of its own, the newest first."""
    names = [f"urn:{code}:{number}" for number in range(count)]
    for number, name in enumerate(names):
        item = Item("rejection", f'{{"id": "{name}", "text": "{text}"}}'.encode(), [FINDING | {"code": code}])
        world.send_items(item, received_us=NINE_US + number * 1_000_000)
    return names[::-1]


@pytest.mark.parametrize(("count", "number_of_pages"), [(4, 1), (5, 1), (6, 2), (10, 2), (11, 3)])
def test_a_page_of_rejections_looks_at_so_many_requests(
    monkeypatch: pytest.MonkeyPatch, count: int, number_of_pages: int
) -> None:
    monkeypatch.setattr(rejections, "ROWS_READ", 5)
    world = World()
    names = refuse(world, count)
    for code, expected in (("time", names), ("other", [])):
        read = pages(world, "/rejections", "rejections", code=code)
        assert [row["item"]["id"] for rows, _, _ in read for row in rows] == expected
        assert len(read) == number_of_pages


@pytest.mark.parametrize(("path", "most"), [("/arrivals", 3), ("/rejections", 3)])
def test_a_page_holds_as_many_rejected_items_as_fit_into_an_answer(
    monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    world = World()
    names = refuse(world, 10, text="x" * 1000)
    monkeypatch.setattr(by_arrival, "ANSWER_BYTES", 2500)
    monkeypatch.setattr(rejections, "ANSWER_BYTES", 2500)
    calls = world.calls.counts["get_all"]
    read = pages(world, path, path[1:])
    assert [row["item"]["id"] for rows, _, _ in read for row in rows] == names
    if path == "/arrivals":
        assert [len(rows) for rows, _, _ in read] == [3, 3, 3, 1]
    else:
        assert world.calls.counts["get_all"] - calls == 4


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_every_arrival_is_listed_once_however_few_are_read_at_once(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(by_arrival, "POINTERS_AT_ONCE", 2)
    monkeypatch.setattr(by_arrival, "FIRST_MANIFESTS", 1)
    monkeypatch.setattr(by_arrival, "READ_BATCH", 4)
    world = World()
    sent: list[str] = []
    for number in range(30):
        batch = [world.event(number), world.event(number)]
        world.send(*batch, received_us=NINE_US + number * 5 * DAY * 60_000_000)
        sent += sorted(event["id"] for event in batch)
    world.set_clock(150 * DAY)
    calls = world.calls.counts["get_all"]
    listed = [row["item"]["id"] for row in world.all("/arrivals", "arrivals", limit=limit)]
    assert sorted(listed) == sorted(sent)
    assert [*map(frozenset, zip(listed[::2], listed[1::2], strict=True))] == [
        *map(frozenset, zip(sent[-2::-2], sent[::-2], strict=True))
    ]
    # Of 30 manifests 1, 2, and then 4 at once; all sixty events at once.
    assert limit < 100 or world.calls.counts["get_all"] - calls == 1 + 1 + 7 + 1
