"""Batches of rows cross as whole JSON: what is handed back goes out again as it was, and errors stay botocore's."""

from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from functions.store.dynamodb.table import DynamoTable, Row
from tests.bench.answers import Answers, Counted

BODY = bytes(range(256))
ROW: Row = {"pk": "p", "sk": "M#1", "body": BODY, "n": -7, "yes": True, "names": ["a", "é"]}


class Throttled(Answers):
    """Hands every write and every key back once before it takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
        request = orjson.loads(body)
        again = request in self.seen
        self.seen.append(request)
        if again:
            return super().answer(target, body)
        if target.endswith("BatchWriteItem"):
            return 200, orjson.dumps({"UnprocessedItems": request["RequestItems"]})
        return 200, orjson.dumps({"Responses": {}, "UnprocessedKeys": request["RequestItems"]})


def table_of(answers: Answers) -> tuple[DynamoTable, Counted]:
    counted = Counted(answers)
    return DynamoTable(counted.client("dynamodb"), "t", pause=lambda seconds: None), counted


def test_what_was_handed_back_goes_out_again_byte_for_byte() -> None:
    table, counted = table_of(Throttled())
    table.put_all([ROW])
    assert table.get_all([("p", "M#1")]) == {("p", "M#1"): ROW}
    assert counted.calls == {"BatchWriteItem": 2, "BatchGetItem": 2}


def test_a_client_that_two_tables_share_is_taught_once() -> None:
    counted = Counted()
    client = counted.client("dynamodb")
    for name in ("one", "two"):
        DynamoTable(client, name).put_all([ROW])
    assert DynamoTable(client, "three").get_all([("p", "M#1")]) == {("p", "M#1"): ROW}


def test_an_error_of_dynamodb_is_botocores_error() -> None:
    class Refusing(Answers):
        def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
            return 400, b'{"__type":"x#ResourceNotFoundException","message":"no table"}'

    table, _ = table_of(Refusing())
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        table.put_all([ROW])
