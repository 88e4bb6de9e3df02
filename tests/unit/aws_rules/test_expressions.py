"""Each rule of DynamoDB for expressions: what it accepts, and what is refused in which words."""

from typing import Any

import pytest

from functions.store import keys
from tests.aws_rules import dynamodb
from tests.aws_rules.expressions import EXPRESSION_BYTES
from tests.aws_rules.refusal import Refused

VALUES = {":p": {"S": "p"}, ":a": {"S": "a"}, ":z": {"S": "z"}, ":n": {"N": "1"}}
PLACE = {keys.PK: {"S": "p"}, keys.SK: {"S": "s"}}


def with_values(text: str, **more: Any) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {name: value for name, value in VALUES.items() if name in text}} | more


def query(text: str, *, filtered: str = "", **more: Any) -> tuple[str, dict[str, Any]]:
    filters = {"FilterExpression": filtered} if filtered else {}
    return "Query", with_values(text + filtered, KeyConditionExpression=text, **filters, **more)


def update(text: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "UpdateItem", with_values(text, UpdateExpression=text, Key=PLACE, **more)


def padded(size: int) -> str:
    return "pk = :p AND sk = :a".ljust(size)


OF_PK = "pk = :p"
CASES = {
    "BETWEEN is in order": (
        query(f"{OF_PK} AND sk BETWEEN :a AND :a"),
        query(f"{OF_PK} AND sk BETWEEN :z AND :a"),
        "lower bound operand: AttributeValue: {S:z}, upper bound operand: AttributeValue: {S:a}",
    ),
    "one condition a key": (
        query(f"{OF_PK} AND sk >= :a"),
        query(f"{OF_PK} AND sk >= :a AND sk <= :z"),
        "must only contain one condition per key",
    ),
    "begins_with and its brackets": (
        query(f"({OF_PK}) AND (begins_with(sk, :a))"),
        query("begins_with(pk, :p)"),
        "Query key condition not supported",
    ),
    "no alternatives": (query(OF_PK), query(f"{OF_PK} OR sk = :a"), "Query key condition not supported"),
    "no inequality": (query(f"{OF_PK} AND sk < :a"), query(f"{OF_PK} AND sk <> :a"), "Invalid operator used in"),
    "the partition key is named": (query(OF_PK), query("sk = :a"), "missed key schema element: pk"),
    "keys only": (query(f"{OF_PK} AND sk = :a"), query(f"{OF_PK} AND version = :a"), "missed key schema element: sk"),
    "an index has its own keys": (
        query("#r = :p", IndexName=keys.BY_ID, ExpressionAttributeNames={"#r": "ref"}),
        query(OF_PK, IndexName=keys.BY_ID),
        "missed key schema element",
    ),
    "names are used": (
        query("#p = :p", ExpressionAttributeNames={"#p": "pk"}),
        query("#p = :p", ExpressionAttributeNames={"#p": "pk", "#x": "x"}),
        "ExpressionAttributeNames unused in expressions: keys: {#x}",
    ),
    "values are used": (
        query(OF_PK, ExpressionAttributeValues={":p": {"S": "p"}}),
        query(OF_PK, ExpressionAttributeValues={":p": {"S": "p"}, ":x": {"S": "x"}}),
        "ExpressionAttributeValues unused in expressions: keys: {:x}",
    ),
    "names are defined": (
        query("#p = :p", ExpressionAttributeNames={"#p": "pk"}),
        query("#p = :p"),
        "used in the document path is not defined; attribute name: #p",
    ),
    "values are defined": (
        query(OF_PK),
        query(f"{OF_PK} AND sk = :undefined"),
        "used in expression is not defined; attribute value: :undefined",
    ),
    "no empty names": (query(OF_PK), query(OF_PK, ExpressionAttributeNames={}), "Names must not be empty"),
    "names only with an expression": (
        ("GetItem", {"Key": PLACE, "ProjectionExpression": "#a", "ExpressionAttributeNames": {"#a": "a"}}),
        ("GetItem", {"Key": PLACE, "ExpressionAttributeNames": {"#a": "a"}}),
        "can only be specified when using expressions",
    ),
    "expression size": (
        query(padded(EXPRESSION_BYTES)),
        query(padded(EXPRESSION_BYTES + 1)),
        "Expression size has exceeded the maximum allowed size; expression size: 4097",
    ),
    "reserved words": (
        update("SET version_ = :n"),
        update("SET name = :n"),
        "Attribute name is a reserved keyword; reserved keyword: name",
    ),
    "a filter is on other attributes": (
        query(OF_PK, filtered="attribute_exists(version_) AND size(body) > :n"),
        query(OF_PK, filtered="begins_with(sk, :a)"),
        "non-primary key attributes: Primary key attribute: sk",
    ),
    "a filter by a placeholder, too": (
        query(OF_PK, filtered="#x = :a", ExpressionAttributeNames={"#x": "x"}),
        query(OF_PK, filtered="#x = :a", ExpressionAttributeNames={"#x": "sk"}),
        "Primary key attribute: sk",
    ),
    "update paths apart": (
        update("SET a.b = :a, a.c = if_not_exists(a.c, :n) REMOVE d[0], d[1]"),
        update("SET a.b = :a REMOVE a"),
        "path one: [a, b], path two: [a]",
    ),
    "update paths through names": (
        update("ADD #n :n SET #e = :a", ExpressionAttributeNames={"#n": "n", "#e": "e"}),
        update("ADD #n :n SET #e = :a", ExpressionAttributeNames={"#n": "n", "#e": "n"}),
        "Two document paths overlap with each other",
    ),
    "updates leave the key alone": (update("SET a = :a"), update("SET sk = :a"), "Cannot update attribute sk"),
    "key values in a condition": (
        query(OF_PK, ExpressionAttributeValues={":p": {"S": "x" * 2048}}),
        query(OF_PK, ExpressionAttributeValues={":p": {"S": "x" * 2049}}),
        "limit of2048 bytes",
    ),
    "no empty key value in a condition": (
        query(OF_PK),
        query(OF_PK, ExpressionAttributeValues={":p": {"S": ""}}),
        "cannot contain an empty string value. Key: pk",
    ),
    "numbers in an expression": (
        update("ADD a :n", ExpressionAttributeValues={":n": {"N": "9" * 38}}),
        update("ADD a :n", ExpressionAttributeValues={":n": {"N": "9" * 39}}),
        "more than 38 significant digits",
    ),
    "no empty expression": (query(OF_PK), ("PutItem", {"Item": PLACE, "ConditionExpression": ""}), "can not be empty"),
    "characters of an expression": (update("SET a = :a"), update("SET a = :a;"), 'Syntax error; token: ";"'),
}


@pytest.mark.parametrize("rule", CASES)
def test_an_expression_is_taken_or_refused_as_by_aws(rule: str) -> None:
    accepted, refused, message = CASES[rule]
    dynamodb.check(*accepted)
    with pytest.raises(Refused) as raised:
        dynamodb.check(*refused)
    assert raised.value.code == "ValidationException"
    assert message in raised.value.message
