"""New rows into a table: each key once, the lowest precedence kept, in one commit."""

from copy import replace
from typing import Any

import pytest
from pyiceberg.exceptions import CommitFailedException

from functions.lake.iceberg.snapshots import live_files
from functions.lake.lookup import all_keys, with_same_key
from functions.lake.merging import Merge, apply, merge_by_key, replace_in_scope
from functions.lake.opened_lake import Lake
from tests.small_table import MONDAY, SMALL, TUESDAY, UNDIVIDED, held, put, row

pytestmark = pytest.mark.slow

WEDNESDAY = "2026-03-04"


def contents(lake: Lake) -> dict[str, str]:
    return dict(held(lake, "id", "content"))


def files(lake: Lake, definition: Any = SMALL) -> list[str]:
    return [file.file_path for file in live_files(lake.catalog.table(definition), definition)]


def test_rows_that_are_new_are_added_and_counted(lake: Lake) -> None:
    assert put(lake, row("x"), row("y", day=TUESDAY), row("z", day=None)) == 3
    assert put(lake, row("w")) == 1
    assert contents(lake) == dict.fromkeys("wxyz", "b")
    assert len(lake.catalog.table(SMALL).snapshots()) == 2
    assert put(lake) == 0
    assert len(lake.catalog.table(SMALL).snapshots()) == 2


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_of_one_batch_the_lowest_is_kept_and_the_others_are_further_ones(lake: Lake, order: str) -> None:
    merge = merge_by_key(lake, SMALL, [row("x", content) for content in order])
    assert [each["content"] for each in merge.add] == ["a"]
    assert sorted(each["content"] for each in merge.further) == ["b", "c"]
    assert {key: kept["content"] for key, kept in merge.kept.items()} == {("a", "x"): "a"}


def test_of_two_with_one_content_the_first_to_arrive_is_kept(lake: Lake) -> None:
    put(lake, row("x", received=5))
    put(lake, row("x", received=3))
    put(lake, row("x", received=4))
    assert [value.microsecond for (value,) in held(lake, "received")] == [3]


def test_a_lower_one_takes_the_place_of_what_is_there(lake: Lake) -> None:
    put(lake, row("x", "b"), row("y", "b"))
    merge = merge_by_key(lake, SMALL, [row("x", "a", size=7)])
    (further,) = merge.further
    assert (further["content"], further["size"], further["received"]) == ("b", 7, 5)
    assert merge.kept["a", "x"]["content"] == "a"
    assert apply(lake, merge) == 1
    assert contents(lake) == {"x": "a", "y": "b"}


@pytest.mark.parametrize("content", ["b", "c"])
def test_an_equal_or_higher_one_changes_nothing(lake: Lake, content: str) -> None:
    put(lake, row("x", "b", size=1))
    before = files(lake)
    merge = merge_by_key(lake, SMALL, [row("x", content, size=2)])
    assert (merge.add, dict(merge.drop)) == ([], {})
    assert [each["size"] for each in merge.further] == [2]
    assert merge.kept["a", "x"] == {"app": "a", "id": "x", "content": "b", "received": 5}
    assert apply(lake, merge) == 0
    assert files(lake) == before


@pytest.mark.parametrize(("content", "size"), [("a", 2), ("b", 2), ("c", 1)])
def test_a_rewrite_replaces_an_equal_one_too(lake: Lake, content: str, size: int) -> None:
    put(lake, row("x", "b", size=1))
    merge = merge_by_key(lake, SMALL, [row("x", content, size=2)], rewrite=True)
    assert len(merge.further) == (content != "b")
    apply(lake, merge)
    assert held(lake, "id", "size") == [("x", size)]


@pytest.mark.parametrize("size", [None, 0, 4])
def test_a_key_may_lack_a_value(lake: Lake, size: int | None) -> None:
    definition = replace(SMALL, key=("app", "size"))
    for content in ("b", "a"):
        put(lake, row("x", content, size=size), definition=definition)
    assert held(lake, "content", "size") == [("a", size)]


def test_a_precedence_may_lack_a_value_which_goes_before_any_text(lake: Lake) -> None:
    definition = replace(SMALL, precedence=("content",))
    for content in ("b", None, "a"):
        put(lake, row("x") | {"content": content}, definition=definition)
    assert contents(lake) == {"x": None}


def test_a_key_is_looked_for_on_its_day_on_no_day_and_on_those_that_are_named(lake: Lake) -> None:
    put(lake, row("of no day", "b", day=None), row("on wednesday", "b", day=WEDNESDAY))
    put(lake, row("of no day", "a"), row("on wednesday", "a"), days=[WEDNESDAY])
    assert contents(lake) == {"of no day": "a", "on wednesday": "a"}
    assert len(held(lake, "id")) == 2


def test_other_days_are_not_read(lake: Lake) -> None:
    put(lake, row("x", "b", day=WEDNESDAY))
    assert put(lake, row("x", "a", day=TUESDAY)) == 1
    assert len(held(lake, "id")) == 2


def test_a_file_whose_rows_all_went_is_gone_and_one_whose_rows_stay_is_left(lake: Lake) -> None:
    put(lake, row("x"), row("t", day=TUESDAY))
    put(lake, row("y"))
    before = set(files(lake))
    put(lake, row("x", "a"))
    after = set(files(lake))
    assert len(before & after) == 2
    assert len(after) == 3
    assert contents(lake) == {"x": "a", "y": "b", "t": "b"}


def test_what_stays_of_a_file_that_is_written_anew_keeps_every_value(lake: Lake) -> None:
    full = row("full", right=False, attempt=1, size=2, score=0.5, tags=["x"], metrics={"xp": 1.0})
    put(lake, full, row("x"))
    names = SMALL.names()
    before = [each for each in held(lake, *names) if each[2] == "full"]
    put(lake, row("x", "a"))
    assert [each for each in held(lake, *names) if each[2] == "full"] == before != []


def test_a_table_without_partitions_is_merged_as_a_whole(lake: Lake) -> None:
    put(lake, row("x"), row("y", day=TUESDAY), definition=UNDIVIDED)
    assert len(files(lake, UNDIVIDED)) == 1
    put(lake, row("x", "a", day=WEDNESDAY), definition=UNDIVIDED)
    assert held(lake, "id", "content", definition=UNDIVIDED) == [("x", "a"), ("y", "b")]


def test_a_merge_that_was_overtaken_is_refused(lake: Lake) -> None:
    put(lake, row("x"))
    merge = merge_by_key(lake, SMALL, [row("y")])
    put(lake, row("y"))
    with pytest.raises(CommitFailedException):
        apply(lake, merge)
    assert len(held(lake, "id")) == 2


def scoped(lake: Lake, *rows: Any, scopes: Any = (("a",),), days: Any = (MONDAY,)) -> Merge:
    return replace_in_scope(lake, SMALL, rows, scopes=scopes, days=days)


def test_of_a_scope_exactly_the_new_rows_are_there(lake: Lake) -> None:
    put(lake, row("goes"), row("changes", "b"), row("stays"), row("of b", app="b"), row("on tuesday", day=TUESDAY))
    merge = scoped(lake, row("changes", "c"), row("stays"), row("comes"))
    assert sorted(each["id"] for each in merge.add) == ["changes", "comes"]
    assert apply(lake, merge) == 2
    assert contents(lake) == {"changes": "c", "stays": "b", "comes": "b", "of b": "b", "on tuesday": "b"}


def test_a_scope_that_is_as_it_is_to_be_costs_no_commit(lake: Lake) -> None:
    put(lake, row("x"), row("y"))
    before = files(lake)
    merge = scoped(lake, row("x"), row("y"))
    assert (merge.add, dict(merge.drop)) == ([], {})
    apply(lake, merge)
    assert files(lake) == before


def test_a_row_that_is_there_twice_is_there_once_afterwards(lake: Lake) -> None:
    put(lake, row("x"))
    apply(lake, Merge(SMALL, lake.catalog.table(SMALL), {}, add=[row("x"), row("y")]))  # as two runs at once leave it
    assert len(held(lake, "id")) == 3
    apply(lake, scoped(lake, row("x"), row("y")))
    assert held(lake, "id") == [("x",), ("y",)]


def test_what_is_looked_up_says_its_file_and_values_as_rows_of_python(lake: Lake) -> None:
    put(lake, row("x", received=7), row("y", app="b"))
    (file,) = files(lake)
    same_key = list(with_same_key(lake, SMALL, [row("x", "other"), row("none")], [file]))
    assert same_key == [({"app": "a", "id": "x", "content": "b", "received": 7}, file)]
    dated = replace(SMALL, scope=("day", "app"))
    assert all_keys(lake, dated, [file], "app = ?", ["b"]) == [
        ({"day": MONDAY, "app": "b", "id": "y", "content": "b", "received": 5}, file)
    ]
    assert len(all_keys(lake, dated, [file])) == 2
    assert list(with_same_key(lake, SMALL, [row("x")], [])) == all_keys(lake, SMALL, []) == []
