"""The door to DynamoDB: batches, conditional rows and queries over the one table. Knows no Caliper.

Rows are plain dicts of str, int, bytes, bool and lists of str. A throttled or failing call is an exception, let out
so that SQS retries; what DynamoDB hands back unprocessed is sent again here.
"""

import base64
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from functions.aws import keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

type Value = str | int | bytes | bool | list[str]
type Row = dict[str, Value]
type Key = tuple[str, str]

WRITE_BATCH = 25  # BatchWriteItem limit
READ_BATCH = 100  # BatchGetItem limit
WRITERS = 4
UNPROCESSED_ROUNDS = 8
VERSION = "version"
COUNT = "count"


class Unprocessed(Exception):
    """DynamoDB kept handing items back (throttling); the caller's message is to be retried."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one query in key order, and where the next page starts (None at the end)."""

    rows: list[Row]
    next_key: Row | None


class Table(Protocol):
    """What the rest of the code asks of the table; `DynamoTable` and the tests' in-memory one keep it."""

    def put_all(self, rows: Iterable[Row]) -> None: ...
    def get_all(self, wanted: Iterable[Key]) -> dict[Key, Row]: ...
    def put_if(self, row: Row, version: int | None) -> bool: ...
    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool: ...
    def count_once(self, marker: Row, key: Key, amount: int) -> bool: ...
    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = keys.HIGHEST,
        index: str = "",
        descending: bool = False,
        limit: int | None = None,
        after: Row | None = None,
        consistent: bool = False,
    ) -> Page: ...


def key_of(row: Mapping[str, Value]) -> Key:
    return str(row[keys.PK]), str(row[keys.SK])


def pages(table: Table, pk: str, **query: Any) -> Iterator[Page]:
    """Every page of one query, read as they are asked for."""
    after: Row | None = None
    while True:
        page = table.query(pk, after=after, **query)
        yield page
        after = page.next_key
        if after is None:
            return


def rows(table: Table, pk: str, **query: Any) -> Iterator[Row]:
    """Every row of one query, page by page."""
    return itertools.chain.from_iterable(page.rows for page in pages(table, pk, **query))


class DynamoTable:
    """The table on AWS (or wherever the client points)."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def put_all(self, rows: Iterable[Row]) -> None:
        """Put every row, last one wins among equal keys (BatchWriteItem refuses repeats in one call)."""
        unique = {key_of(row): row for row in rows}
        requests = [{"PutRequest": {"Item": _encode(row)}} for row in unique.values()]
        batches = [requests[at : at + WRITE_BATCH] for at in range(0, len(requests), WRITE_BATCH)]
        if len(batches) < 2:
            for batch in batches:
                self._write(batch)
            return
        with ThreadPoolExecutor(min(WRITERS, len(batches))) as pool:
            for _ in pool.map(self._write, batches):
                pass

    def _write(self, batch: list[dict[str, Any]]) -> None:
        pending: Any = {self.name: batch}
        for _ in range(UNPROCESSED_ROUNDS):
            pending = self._client.batch_write_item(RequestItems=pending).get("UnprocessedItems")
            if not pending:
                return
        raise Unprocessed(f"{sum(map(len, pending.values()))} items were handed back {UNPROCESSED_ROUNDS} times")

    def get_all(self, wanted: Iterable[Key]) -> dict[Key, Row]:
        """The rows that exist among `wanted`, read consistently."""
        unique = list(dict.fromkeys(wanted))
        found: dict[Key, Row] = {}
        for at in range(0, len(unique), READ_BATCH):
            batch = [{keys.PK: {"S": pk}, keys.SK: {"S": sk}} for pk, sk in unique[at : at + READ_BATCH]]
            pending: Any = {self.name: {"Keys": batch, "ConsistentRead": True}}
            for _ in range(UNPROCESSED_ROUNDS):
                answer = self._client.batch_get_item(RequestItems=pending)
                for item in answer["Responses"].get(self.name, []):
                    row = _decode(item)
                    found[key_of(row)] = row
                pending = answer.get("UnprocessedKeys")
                if not pending:
                    break
            else:
                raise Unprocessed(f"{READ_BATCH} keys were handed back {UNPROCESSED_ROUNDS} times")
        return found

    def put_if(self, row: Row, version: int | None) -> bool:
        """Put `row` if the stored one has `version` (None: if there is none). False where it has not."""
        try:
            self._client.put_item(TableName=self.name, Item=_encode(row), **_condition(version))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool:
        """Put all rows if every one's version holds, or none (up to 100: TransactWriteItems limit)."""
        if len(rows) == 1:
            return self.put_if(*rows[0])
        puts = [{"Put": {"TableName": self.name, "Item": _encode(row), **_condition(version)}} for row, version in rows]
        return self._transacted(puts) is None

    def _transacted(self, items: list[Any]) -> list[str] | None:
        """None where it is done, else per item why nothing was: a condition, a concurrent change, or `None`."""
        try:
            self._client.transact_write_items(TransactItems=items)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
            if {*reasons} <= {"None", "ConditionalCheckFailed", "TransactionConflict"}:
                return reasons
            raise
        return None

    def count_once(self, marker: Row, key: Key, amount: int) -> bool:
        """Put `marker` and count `amount` up at `key`, both or neither. False where the marker is there already."""
        update = {
            "TableName": self.name,
            "Key": {keys.PK: {"S": key[0]}, keys.SK: {"S": key[1]}},
            "UpdateExpression": "ADD #n :n SET #e = :e",
            "ExpressionAttributeNames": {"#n": COUNT, "#e": keys.TTL},
            "ExpressionAttributeValues": {":n": {"N": str(amount)}, ":e": {"N": str(marker[keys.TTL])}},
        }
        put = {"TableName": self.name, "Item": _encode(marker), **_condition(None)}
        for _ in range(UNPROCESSED_ROUNDS):
            failed = self._transacted([{"Put": put}, {"Update": update}])
            if failed is None:
                return True
            if failed[0] == "ConditionalCheckFailed":
                return False
        raise Unprocessed(f"a count was being changed {UNPROCESSED_ROUNDS} times")

    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = keys.HIGHEST,
        index: str = "",
        descending: bool = False,
        limit: int | None = None,
        after: Row | None = None,
        consistent: bool = False,
    ) -> Page:
        """One page (at most 1 MB: DynamoDB limit) of the partition `pk`, sort keys from `start` to `end` inclusive."""
        pk_name, sk_name = keys.KEY_NAMES[index]
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": pk_name},
            "ExpressionAttributeValues": {":p": {"S": pk}},
            "ScanIndexForward": not descending,
            "ConsistentRead": consistent,
        }
        if sk_name and (start or end != keys.HIGHEST):
            request["KeyConditionExpression"] += " AND #s BETWEEN :a AND :z"
            request["ExpressionAttributeNames"]["#s"] = sk_name
            request["ExpressionAttributeValues"] |= {":a": {"S": start or " "}, ":z": {"S": end}}
        if index:
            request["IndexName"] = index
        if limit is not None:
            request["Limit"] = limit
        if after is not None:
            request["ExclusiveStartKey"] = _encode(after)
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return Page([_decode(item) for item in answer["Items"]], _decode(last) if last else None)


def _condition(version: int | None) -> dict[str, Any]:
    if version is None:
        return {"ConditionExpression": f"attribute_not_exists({keys.PK})"}
    return {
        "ConditionExpression": "#v = :v",
        "ExpressionAttributeNames": {"#v": VERSION},
        "ExpressionAttributeValues": {":v": {"N": str(version)}},
    }


def _encode(row: Mapping[str, Value]) -> dict[str, Any]:
    return {name: _encode_value(value) for name, value in row.items()}


def _encode_value(value: Value) -> dict[str, Any]:
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is bytes:
        return {"B": value}
    if kind is bool:
        return {"BOOL": value}
    if kind is int:
        return {"N": str(value)}
    assert isinstance(value, list)
    return {"L": [{"S": text} for text in value]}


def _decode(item: Mapping[str, Any]) -> Row:
    return {name: _decode_value(typed) for name, typed in item.items()}


def _decode_value(typed: Mapping[str, Any]) -> Value:
    ((kind, value),) = typed.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [element["S"] for element in value]
    if kind == "B":
        return value if isinstance(value, bytes) else base64.b64decode(value)
    return value  # type: ignore[no-any-return]  # S and BOOL are what they are
