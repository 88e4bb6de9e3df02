"""Each rule of DynamoDB for items, at its limit and one beyond it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.store import keys
from tests.aws_rules import dynamodb
from tests.aws_rules.items import ITEM_BYTES, LATEST_EXPIRY_S, NeverExpires, size_of
from tests.aws_rules.refusal import Refused, as_client_error

PLACE = {keys.PK: {"S": "p"}, keys.SK: {"S": "s"}}


def put(**attributes: Any) -> None:
    with as_client_error("PutItem"):
        dynamodb.check("PutItem", {"TableName": "t", "Item": PLACE | attributes})


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": ""}
    for _ in range(levels):
        value = {"L": [value]}
    return value


OF_NAMES = sum(map(len, ("p", "s", keys.PK, keys.SK, "é".encode())))

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "item size, names counted in bytes": (
        {"é": {"S": "x" * (ITEM_BYTES - OF_NAMES)}},
        {"é": {"S": "x" * (ITEM_BYTES - OF_NAMES + 1)}},
        "Item size has exceeded",
    ),
    "bytes of text, not characters": (
        {"é": {"S": "é" * ((ITEM_BYTES - OF_NAMES) // 2)}},
        {"é": {"S": "é" * ((ITEM_BYTES - OF_NAMES) // 2 + 1)}},
        "Item size has exceeded",
    ),
    "partition key": ({keys.PK: {"S": "é" * 1024}}, {keys.PK: {"S": "é" * 1024 + "x"}}, "limit of2048 bytes"),
    "sort key": ({keys.SK: {"S": "é" * 512}}, {keys.SK: {"S": "é" * 512 + "x"}}, "limit of 1024 bytes"),
    "partition key of an index": (
        {keys.BY_ID_PK: {"S": "x" * 2048}},
        {keys.BY_ID_PK: {"S": "x" * 2049}},
        "limit of2048 bytes",
    ),
    "sort key of an index": ({keys.DUE_SK: {"S": "x" * 1024}}, {keys.DUE_SK: {"S": "x" * 1025}}, "limit of 1024"),
    "empty key": ({keys.SK: {"S": "x"}}, {keys.SK: {"S": ""}}, "cannot contain an empty string value. Key: sk"),
    "empty key of an index": (
        {keys.BY_ID_PK: {"S": "x"}},
        {keys.BY_ID_PK: {"S": ""}},
        "IndexName: by_id, IndexKey: ref",
    ),
    "type of a key": ({keys.SK: {"S": "1"}}, {keys.SK: {"N": "1"}}, "Type mismatch for key sk expected: S actual: N"),
    "type of an index key": ({keys.DUE_SK: {"S": "1"}}, {keys.DUE_SK: {"N": "1"}}, "Type mismatch for Index Key due"),
    "empty text, but no empty set": ({"a": {"S": ""}}, {"a": {"SS": []}}, "may not be empty"),
    "digits": ({"a": {"N": "9" * 38}}, {"a": {"N": "9" * 39}}, "more than 38 significant digits"),
    "digits, zeros at the ends left out": ({"a": {"N": "1" + "0" * 100}}, {"a": {"N": "1" + "0" * 50 + "1"}}, "38"),
    "large numbers": ({"a": {"N": "9.9E125"}}, {"a": {"N": "-1E126"}}, "Number overflow"),
    "small numbers": ({"a": {"N": "-1E-130"}}, {"a": {"N": "9.9E-131"}}, "Number underflow"),
    "text that is a number": ({"a": {"N": "-1.5e3"}}, {"a": {"N": "one"}}, "cannot be converted to a numeric value"),
    "sets without repeats": ({"a": {"SS": ["x", "y"]}}, {"a": {"SS": ["x", "x"]}}, "contains duplicates"),
    "nesting": ({"a": nested(32)}, {"a": nested(33)}, "Nesting Levels"),
}


@pytest.mark.parametrize("rule", CASES)
def test_an_item_is_taken_at_the_limit_and_refused_beyond_it(rule: str) -> None:
    accepted, refused, message = CASES[rule]
    put(**accepted)
    with pytest.raises(ClientError, match=r"ValidationException.*PutItem operation") as raised:
        put(**refused)
    assert message in raised.value.response["Error"]["Message"]


def test_an_item_has_its_whole_key() -> None:
    with pytest.raises(Refused, match="Missing the key sk in the item"):
        dynamodb.check("PutItem", {"Item": {keys.PK: {"S": "p"}}})


def test_the_key_of_a_read_is_the_tables_and_no_more() -> None:
    dynamodb.check("GetItem", {"Key": PLACE})
    for key in ({keys.PK: {"S": "p"}}, PLACE | {"a": {"S": "x"}}):
        with pytest.raises(Refused, match="The provided key element does not match the schema"):
            dynamodb.check("GetItem", {"Key": key})


def test_a_time_to_live_is_in_seconds() -> None:
    put(**{keys.TTL: {"N": str(LATEST_EXPIRY_S)}})
    for wrong in ({"N": str(LATEST_EXPIRY_S + 1)}, {"N": "1.5"}, {"S": "1790000000"}):
        with pytest.raises(NeverExpires):
            put(**{keys.TTL: wrong})


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "né"}, 3),
        ({"N": "0"}, 1),
        ({"N": "-12345"}, 5),
        ({"N": "1200"}, 2),
        ({"B": b"abc"}, 3),
        ({"B": "YWJjZA=="}, 4),
        ({"BOOL": True}, 1),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 8),
        ({"M": {"né": {"S": "ab"}}}, 9),
        ({"SS": ["ab", "c"]}, 3),
    ],
)
def test_a_value_counts_for_its_documented_size(value: dict[str, Any], size: int) -> None:
    assert size_of(value) == size
