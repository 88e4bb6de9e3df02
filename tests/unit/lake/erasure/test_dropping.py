"""Rows out of a table: which, how many, what is put in their place, and how often it is tried."""

from copy import replace

import pytest
from pyiceberg.exceptions import CommitFailedException

from functions.core.errors import TransientError
from functions.lake.erasure.dropping import OF_CONTENTS, TRIES, Dropping, Overtaken, learners_left, tried
from functions.lake.merging import Merge, apply, merge_by_key
from functions.lake.opened_lake import Lake
from tests.lake_lines import event, line, loaded
from tests.lake_world import PSEUDONYMS, TENANT
from tests.payloads import APP
from tests.small_table import SMALL, TUESDAY, UNDIVIDED, held, put, row

pytestmark = pytest.mark.slow

BY_ID = "app = ? AND id IN (SELECT unnest(?::VARCHAR[]))"


@pytest.fixture
def filled(lake: Lake) -> Lake:
    put(lake, row("x"), row("y"), row("t", day=TUESDAY), row("x", app="b"))
    return lake


@pytest.mark.parametrize("applies", [True, False])
def test_rows_of_the_app_are_dropped_and_counted(filled: Lake, applies: bool) -> None:
    of_app = Dropping(filled, "a", applies=applies)
    assert of_app.drop(SMALL, BY_ID, [["x", "t", "none"]]) == ("lake: small", 2)
    every = [("a", "t"), ("a", "x"), ("a", "y"), ("b", "x")]
    assert held(filled, "app", "id") == ([("a", "y"), ("b", "x")] if applies else every)
    assert of_app.drop(SMALL, BY_ID, [["x", "t"]]) == ("lake: small", 0 if applies else 2)


def test_nothing_to_look_for_reads_nothing_and_changes_nothing(filled: Lake) -> None:
    before = filled.catalog.table(SMALL).metadata_location
    assert Dropping(filled, "a", applies=True).drop(SMALL, "app = ? AND no_such_column = ?", [[]]) == ("lake: small", 0)
    assert filled.catalog.table(SMALL).metadata_location == before


def test_a_table_that_is_not_there_has_nothing_to_drop(lake: Lake) -> None:
    of_app = Dropping(lake, "a", applies=True)
    assert of_app.held(SMALL, BY_ID, [["x"]]) is None
    assert of_app.drop(SMALL, BY_ID, [["x"]], [row("z")]) == ("lake: small", 0)
    assert of_app.rows(SMALL, BY_ID, [["x"]]) == []
    assert lake.catalog.existing(SMALL) is None


def test_rows_are_put_in_the_place_of_those_that_went_unless_others_go_before_them(filled: Lake) -> None:
    put(filled, row("kept", "a"))
    new = iter([row("x", "z"), row("kept", "z"), row("w", "z")])
    assert Dropping(filled, "a", applies=True).drop(SMALL, BY_ID, [["x"]], new) == ("lake: small", 1)
    contents = {(app, name): content for app, name, content in held(filled, "app", "id", "content")}
    assert contents["a", "x"] == contents["a", "w"] == "z"
    assert contents["a", "kept"] == "a"
    assert contents["b", "x"] == "b"


def test_a_dry_run_puts_nothing(filled: Lake) -> None:
    Dropping(filled, "a", applies=False).drop(SMALL, BY_ID, [["x"]], [row("z")])
    assert len(held(filled, "id")) == 4


def test_a_row_is_dropped_by_its_key_wherever_it_lies(lake: Lake) -> None:
    put(lake, row("x"), row("y", day=TUESDAY), definition=UNDIVIDED)
    Dropping(lake, "a", applies=True).drop(UNDIVIDED, OF_CONTENTS, [["b"]])
    assert held(lake, "id", definition=UNDIVIDED) == []


def test_rows_are_read_by_their_scope_key_and_precedence(filled: Lake) -> None:
    dated = replace(SMALL, scope=("day", "app"))
    assert Dropping(filled, "a", applies=True).rows(dated, BY_ID, [["t"]]) == [
        {"day": TUESDAY, "app": "a", "id": "t", "content": "b", "received": 5}
    ]


def test_a_commit_that_was_overtaken_is_worked_out_again(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [[row("x", "a"), row("new")]]

    def overtaken(lake: Lake, merge: Merge) -> int:
        while others:
            apply(lake, merge_by_key(lake, SMALL, others.pop()))
        return apply(lake, merge)

    monkeypatch.setattr("functions.lake.erasure.dropping.apply", overtaken)
    assert Dropping(filled, "a", applies=True).drop(SMALL, BY_ID, [["x", "new"]]) == ("lake: small", 2)
    assert held(filled, "app", "id") == [("a", "t"), ("a", "y"), ("b", "x")]


def test_it_is_tried_five_times_and_then_the_command_is_to_be_run_again() -> None:
    tries = []

    def step() -> int:
        tries.append(True)
        if len(tries) % TRIES:
            raise CommitFailedException("overtaken")
        return len(tries)

    assert tried(step) == TRIES == 5

    def never() -> int:
        tries.append(True)
        raise CommitFailedException("overtaken")

    with pytest.raises(Overtaken, match="5 times: run the same command again"):
        tried(never)
    assert len(tries) == 2 * TRIES
    assert issubclass(Overtaken, TransientError)


def test_the_learners_that_are_left_are_those_of_whom_raw_holds_something(lake: Lake) -> None:
    of_app = Dropping(lake, APP, applies=True)
    assert learners_left(of_app) == set()
    loaded(
        lake,
        line(event("urn:x:1", "urn:x:ada")),
        line(event("urn:x:2", "urn:x:ada")),
        line({"type": "X"}, kind="rejection"),
        line(event("urn:x:3", "urn:x:ben"), app="urn:x:other"),
    )
    assert learners_left(of_app) == {PSEUDONYMS.of(TENANT, "urn:x:ada")}
