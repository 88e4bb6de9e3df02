"""Each rule of DynamoDB for whole requests, at its limit and one beyond it."""

from collections.abc import Iterable
from typing import Any

import pytest

from functions.store import keys
from tests.aws_rules import dynamodb
from tests.aws_rules.items import ITEM_BYTES
from tests.aws_rules.refusal import Refused


def place(number: int = 0, **attributes: Any) -> dict[str, Any]:
    return {keys.PK: {"S": "p"}, keys.SK: {"S": f"{number:03d}"}} | attributes


def puts(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": item}} for item in items]


def writes(*numbers: int, **tables: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    own = {"t": puts(map(place, numbers))} if numbers else {}
    return "BatchWriteItem", {"RequestItems": own | tables}


def reads(*numbers: int) -> tuple[str, dict[str, Any]]:
    return "BatchGetItem", {"RequestItems": {"t": {"Keys": [place(number) for number in numbers]}}}


def transacted(items: Iterable[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    return "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": item}} for item in items]}


def gets(*numbers: int) -> tuple[str, dict[str, Any]]:
    return "TransactGetItems", {
        "TransactItems": [{"Get": {"TableName": "t", "Key": place(number)}} for number in numbers]
    }


def query(index: str = "", **more: Any) -> tuple[str, dict[str, Any]]:
    request: dict[str, Any] = {
        "KeyConditionExpression": "#p = :p",
        "ExpressionAttributeNames": {"#p": keys.KEY_NAMES[index][0]},
        "ExpressionAttributeValues": {":p": {"S": "p"}},
    }
    return "Query", request | ({"IndexName": index} if index else {}) | more


def ranged(**more: Any) -> tuple[str, dict[str, Any]]:
    values = {":p": {"S": "p"}, ":a": {"S": "003"}, ":z": {"S": "005"}}
    condition = "#p = :p AND sk BETWEEN :a AND :z"
    return query(KeyConditionExpression=condition, ExpressionAttributeValues=values, **more)


def large(items: int, whole: int) -> list[dict[str, Any]]:
    """So many items that are `whole` bytes together."""
    size, rest = divmod(whole, items)
    rows = [place(number, a={"S": "x" * (size - 9)}) for number in range(items)]
    rows[0]["a"] = {"S": "x" * (size - 9 + rest)}
    return rows


FOUR_MB = 4 * 1024 * 1024
REF = {keys.BY_ID_PK: {"S": "p"}}
CASES = {
    "writes a batch": (writes(*range(25)), writes(*range(26)), "less than or equal to 25"),
    "writes a batch over all tables": (
        writes(*range(20), u=puts(map(place, range(5)))),
        writes(*range(20), u=puts(map(place, range(6)))),
        "Too many items requested for the BatchWriteItem call",
    ),
    "no empty batch": (writes(1), writes(), "greater than or equal to 1"),
    "no empty table of a batch": (writes(1), writes(1, u=[]), "greater than or equal to 1"),
    "writes of one key": (writes(1, 2), writes(1, 1), "Provided list of item keys contains duplicates"),
    "deletes of one key": (
        writes(1, 2, u=[{"DeleteRequest": {"Key": place(1)}}]),
        writes(t=[*puts([place(1)]), {"DeleteRequest": {"Key": place(1)}}]),
        "contains duplicates",
    ),
    "items of a batch": (
        writes(t=puts([place(a={"S": "x" * (ITEM_BYTES - 9)})])),
        writes(t=puts([place(a={"S": "x" * (ITEM_BYTES - 8)})])),
        "Item size has exceeded the maximum allowed size",
    ),
    "reads a batch": (reads(*range(100)), reads(*range(101)), "Too many items requested for the BatchGetItem call"),
    "no empty reads": (reads(1), reads(), "greater than or equal to 1"),
    "reads of one key": (reads(1, 2), reads(1, 1), "contains duplicates"),
    "a transaction's items": (
        transacted(map(place, range(100))),
        transacted(map(place, range(101))),
        "less than or equal to 100",
    ),
    "no empty transaction": (transacted([place()]), transacted([]), "greater than or equal to 1"),
    "a transaction's keys": (
        transacted([place(1), place(2)]),
        transacted([place(1), place(1)]),
        "Transaction request cannot include multiple operations on one item",
    ),
    "a transaction's size": (transacted(large(16, FOUR_MB)), transacted(large(16, FOUR_MB + 1)), "cannot exceed"),
    "reads in a transaction": (gets(*range(100)), gets(*range(101)), "less than or equal to 100"),
    "Limit": (query(Limit=1), query(Limit=0), "greater than or equal to 1"),
    "Limit of a scan": (("Scan", {"Limit": 1}), ("Scan", {"Limit": 0}), "greater than or equal to 1"),
    "consistent reads": (
        query(ConsistentRead=True),
        query(keys.BY_ID, ConsistentRead=True),
        "Consistent reads are not supported on global secondary indexes",
    ),
    "where a page starts": (
        query(ExclusiveStartKey=place()),
        query(ExclusiveStartKey=place(a={"S": "x"})),
        "The provided starting key is invalid",
    ),
    "where a page of an index starts": (
        query(keys.BY_ID, ExclusiveStartKey=place() | REF),
        query(keys.BY_ID, ExclusiveStartKey=place()),
        "The provided starting key is invalid",
    ),
    "where a scan goes on": (
        ("Scan", {"ExclusiveStartKey": place()}),
        ("Scan", {"ExclusiveStartKey": {keys.PK: {"S": "p"}}}),
        "The provided starting key is invalid",
    ),
    "a page starts in its partition": (
        query(ExclusiveStartKey=place()),
        query(ExclusiveStartKey=place() | {keys.PK: {"S": "q"}}),
        "outside query boundaries",
    ),
    "a page starts in its range": (
        ranged(ExclusiveStartKey=place(5)),
        ranged(ExclusiveStartKey=place(6)),
        "does not match the range key predicate",
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_request_is_taken_at_the_limit_and_refused_beyond_it(rule: str) -> None:
    accepted, refused, message = CASES[rule]
    dynamodb.check(*accepted)
    with pytest.raises(Refused) as raised:
        dynamodb.check(*refused)
    assert raised.value.code == "ValidationException"
    assert message in raised.value.message


def test_a_batch_of_sixteen_megabytes_is_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    """25 items of 400 KB are 10 MB, so only a lower limit shows that it is held."""
    monkeypatch.setattr(dynamodb, "BATCH_BYTES", 20_000)
    dynamodb.check(*writes(t=puts(large(25, 20_000))))
    with pytest.raises(Refused, match="total size of a BatchWriteItem request"):
        dynamodb.check(*writes(t=puts(large(25, 20_001))))


def test_a_bad_item_cancels_its_transaction_and_says_which_it_is() -> None:
    with pytest.raises(Refused) as raised:
        dynamodb.check(*transacted([place(1), place(2, a={"S": "x" * ITEM_BYTES})]))
    assert raised.value.code == "TransactionCanceledException"
    assert raised.value.reasons == [
        {"Code": "None"},
        {"Code": "ValidationError", "Message": "Item size has exceeded the maximum allowed size"},
    ]
    assert raised.value.message.endswith("[None, ValidationError]")
