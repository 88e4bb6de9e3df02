"""What the table answers about a write: whether the row is there now, and which rows it would never take."""

from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from functions.store import keys
from functions.store.dynamodb.batches import UNPROCESSED_ROUNDS
from functions.store.dynamodb.table import DynamoTable, Row, Unprocessed, Unstorable
from tests.bench.answers import Answers, Counted

FAULT = "com.amazonaws.dynamodb.v20120810#"
MARKER: Row = {keys.PK: "p", keys.SK: "marker", keys.TTL: 7}


def row(sk: str = "s", *, version: int = 1) -> Row:
    return {keys.PK: "p", keys.SK: sk, "version": version}


class Failing(Answers):
    """Answers with these faults in turn, and as ever when they have come to an end."""

    def __init__(self, *faults: dict[str, Any]) -> None:
        super().__init__()
        self.faults = list(faults)

    def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
        if self.faults:
            return 400, orjson.dumps(self.faults.pop(0))
        return super().answer(target, body)


def cancelled(*codes: str) -> dict[str, Any]:
    reasons = [{"Code": code} for code in codes]
    return {"__type": f"{FAULT}TransactionCanceledException", "message": "m", "CancellationReasons": reasons}


def table_of(*faults: dict[str, Any]) -> tuple[DynamoTable, Counted]:
    counted = Counted(Failing(*faults))
    return DynamoTable(counted.client("dynamodb"), "t", pause=lambda _: None), counted


NOT_VALID = {"__type": "x#ValidationException", "message": "m"}
NO_TABLE = {"__type": "x#ResourceNotFoundException", "message": "m"}


def test_a_row_is_put_if_there_is_none_or_if_it_has_the_version() -> None:
    table, counted = table_of()
    stored = counted.answers.items
    assert table.put_if(row(), None) is True
    assert table.put_if(row(version=9), None) is False
    assert table.put_if(row(version=9), 2) is False
    assert stored["p", "s"]["version"] == {"N": "1"}
    assert table.put_if(row(version=2), 1) is True
    assert stored["p", "s"]["version"] == {"N": "2"}
    assert table.put_all_if([(row(version=3), 1)]) is False
    assert table.put_all_if([(row(version=3), 2)]) is True
    assert counted.calls == {"PutItem": 6}, "a row alone costs no transaction"


def test_a_single_row_that_is_not_valid_is_named_and_any_other_fault_is_raised_as_it_is() -> None:
    table, _ = table_of(NOT_VALID, NO_TABLE)
    with pytest.raises(Unstorable) as refused:
        table.put_if(row("long"), None)
    assert refused.value.keys == {("p", "long")}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        table.put_if(row(), None)


@pytest.mark.parametrize("codes", [("None", "ConditionalCheckFailed"), ("TransactionConflict", "None")])
def test_rows_that_others_changed_meanwhile_are_not_put(codes: tuple[str, ...]) -> None:
    table, counted = table_of(cancelled(*codes))
    rows = [(row("a"), 1), (row("b"), None)]
    assert table.put_all_if(rows) is False
    assert table.put_all_if(rows) is True
    assert counted.calls == {"TransactWriteItems": 2}


@pytest.mark.parametrize("fault", [NOT_VALID, cancelled("None", "ValidationError")])
def test_rows_that_are_not_valid_together_are_all_named(fault: dict[str, Any]) -> None:
    table, _ = table_of(fault)
    with pytest.raises(Unstorable) as refused:
        table.put_all_if([(row("a"), 1), (row("b"), None)])
    assert refused.value.keys == {("p", "a"), ("p", "b")}


@pytest.mark.parametrize("fault", [NO_TABLE, cancelled("None", "ThrottlingError")])
def test_any_other_fault_of_a_transaction_is_raised_as_it_is(fault: dict[str, Any]) -> None:
    table, _ = table_of(fault)
    with pytest.raises(ClientError):
        table.put_all_if([(row("a"), 1), (row("b"), None)])


@pytest.mark.parametrize(
    ("faults", "new", "calls"),
    [
        ([], True, 1),
        ([cancelled("ConditionalCheckFailed", "None")], False, 1),
        ([cancelled("None", "TransactionConflict")] * 2, True, 3),
        ([cancelled("None", "TransactionConflict"), cancelled("ConditionalCheckFailed", "None")], False, 2),
    ],
)
def test_a_count_is_told_to_be_new_or_known_and_tried_again_while_another_counts(
    faults: list[dict[str, Any]], new: bool, calls: int
) -> None:
    table, counted = table_of(*faults)
    assert table.count_once(MARKER, {("p", "n"): 3}) is new
    assert counted.calls == {"TransactWriteItems": calls}


def test_a_count_that_others_change_all_the_time_is_given_up() -> None:
    table, counted = table_of(*[cancelled("None", "TransactionConflict")] * UNPROCESSED_ROUNDS)
    with pytest.raises(Unprocessed):
        table.count_once(MARKER, {("p", "n"): 3})
    assert counted.calls == {"TransactWriteItems": UNPROCESSED_ROUNDS}
    assert UNPROCESSED_ROUNDS == 8
