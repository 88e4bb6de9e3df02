"""The table's door keeps its promises, over moto's DynamoDB and in memory alike: so the fake may stand in."""

from collections.abc import Iterator

import pytest

from functions.store import keys
from functions.store.dynamodb.table import DynamoTable, Row, Table, rows
from tests.aws import TABLE, dynamodb_table, mocked
from tests.fakes import MemoryTable


@pytest.fixture(params=["moto", "memory"])
def table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    if request.param == "memory":
        yield MemoryTable()
        return
    with mocked(monkeypatch):
        yield DynamoTable(dynamodb_table(), TABLE)


def row(pk: str, sk: str, **values: str | int | bytes | bool | list[str]) -> Row:
    return {keys.PK: pk, keys.SK: sk, **values}


def test_every_kind_of_value_comes_back_as_it_was_put(table: Table) -> None:
    stored = row("p", "s", text="é", number=-7, large=10**30, bytes=b"\x00\xff", yes=True, no=False, names=["a", ""])
    table.put_all([stored])
    assert table.get_all([("p", "s")]) == {("p", "s"): stored}


def test_more_rows_than_one_batch_holds_are_all_stored(table: Table) -> None:
    table.put_all(row("p", f"{n:04d}", n=n) for n in range(230))
    assert len(table.get_all([("p", f"{n:04d}") for n in range(300)])) == 230


def test_of_equal_keys_in_one_batch_the_last_is_stored(table: Table) -> None:
    table.put_all([row("p", "s", n=1), row("p", "s", n=2)])
    assert table.get_all([("p", "s"), ("p", "s")])["p", "s"]["n"] == 2


def test_a_row_is_put_only_over_the_version_that_was_read(table: Table) -> None:
    assert table.put_if(row("p", "s", version=1), None)
    assert not table.put_if(row("p", "s", version=1), None)
    assert table.put_if(row("p", "s", version=2), 1)
    assert not table.put_if(row("p", "s", version=2), 1)
    assert not table.put_if(row("p", "absent", version=2), 1)


def test_rows_that_belong_together_are_put_together_or_not_at_all(table: Table) -> None:
    table.put_all([row("p", "old", version=3)])
    assert not table.put_all_if([(row("p", "old", version=5), 4), (row("p", "new", version=1), None)])
    assert table.get_all([("p", "new")]) == {}
    assert table.put_all_if([(row("p", "old", version=4), 3), (row("p", "new", version=1), None)])
    assert table.get_all([("p", "old"), ("p", "new")]).keys() == {("p", "old"), ("p", "new")}


def test_a_query_reads_a_span_in_either_direction(table: Table) -> None:
    table.put_all(row("p", sk) for sk in ("E#1", "E#2", "E#3", "M#1"))
    sort_keys = [row[keys.SK] for row in rows(table, "p", start="E#2", end="E#~")]
    assert sort_keys == ["E#2", "E#3"]
    backwards = [row[keys.SK] for row in rows(table, "p", start="E#", end="E#~", descending=True, consistent=True)]
    assert backwards == ["E#3", "E#2", "E#1"]


def test_a_query_goes_on_where_its_page_ended(table: Table) -> None:
    table.put_all(row("p", f"{n}") for n in range(5))
    first = table.query("p", limit=2)
    assert [row[keys.SK] for row in first.rows] == ["0", "1"]
    assert first.next_key is not None
    second = table.query("p", limit=2, after=first.next_key)
    assert [row[keys.SK] for row in second.rows] == ["2", "3"]
    assert [row[keys.SK] for row in rows(table, "p", limit=2)] == ["0", "1", "2", "3", "4"]


def test_an_index_knows_only_rows_that_carry_its_keys(table: Table) -> None:
    table.put_all(
        [
            row("p", "1", **{keys.BY_ID_PK: "id", "more": "x"}),
            row("p", "2"),
            row("q", "3", **{keys.DUE_PK: "I#00", keys.DUE_SK: "2#b"}),
            row("q", "4", **{keys.DUE_PK: "I#00", keys.DUE_SK: "1#a"}),
        ]
    )
    assert table.query("id", index=keys.BY_ID).rows == [{keys.PK: "p", keys.SK: "1", keys.BY_ID_PK: "id"}]
    due = table.query("I#00", index=keys.BY_DUE, end="1#~").rows
    assert [(row[keys.PK], row[keys.SK]) for row in due] == [("q", "4")]


def test_what_is_marked_is_counted_once(table: Table) -> None:
    marker = row("p", "marker", expires=7)
    assert table.count_once(marker, {("p", "counter"): 5, ("p", "beside"): 1})
    assert not table.count_once(marker, {("p", "counter"): 5})
    assert table.count_once(row("p", "other", expires=8), {("p", "counter"): 2})
    assert table.get_all([("p", "beside")]) == {("p", "beside"): row("p", "beside", count=1, expires=7)}
    assert table.get_all([("p", "counter")]) == {("p", "counter"): row("p", "counter", count=7, expires=8)}


def test_amounts_are_counted_up_in_a_row_and_the_row_comes_back(table: Table) -> None:
    assert table.count_up(("p", "s"), {"items": 3}, expires_s=7) == row("p", "s", items=3, expires=7)
    counted = table.count_up(("p", "s"), {"items": 4, "rejects": 1}, expires_s=9)
    assert counted == row("p", "s", items=7, rejects=1, expires=9)
    assert table.get_all([("p", "s")]) == {("p", "s"): counted}
