"""The door to DynamoDB: batches, conditional rows and queries over the one table. Knows no Caliper.

Rows are plain dicts of str, int, bytes, bool and lists of str. A throttled or failing call is an exception, let out
so that SQS retries; what DynamoDB hands back unprocessed is sent again here, after a pause that grows.
"""

import base64
import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from functions.aws import keys, wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

type Value = str | int | bytes | bool | list[str]
type Row = dict[str, Value]
type Key = tuple[str, str]

WRITE_BATCH = 25  # BatchWriteItem limit
READ_BATCH = 100  # BatchGetItem limit
WRITERS = 4
UNPROCESSED_ROUNDS = 8
FIRST_PAUSE_S = 0.05  # doubled every round and drawn at random below that: 3 s in all on average, 6 at most
VERSION = "version"
COUNT = "count"


class Unprocessed(Exception):
    """DynamoDB kept handing items back (throttling); the caller's message is to be retried."""


class Unstorable(Exception):
    """Rows that DynamoDB will never take (a ValidationException: too large, say). Their neighbours were written."""

    def __init__(self, keys_refused: Sequence[Key]) -> None:
        super().__init__(f"{len(keys_refused)} rows are not valid for DynamoDB")
        self.keys = frozenset(keys_refused)


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
    """The table on AWS (or wherever the client points). `pause` waits so many seconds."""

    def __init__(self, client: "DynamoDBClient", name: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        wire.attach(client)
        self._client = client
        self.name = name
        self._pause = pause

    def put_all(self, rows: Iterable[Row]) -> None:
        """Put every row, last one wins among equal keys (BatchWriteItem refuses repeats in one call).

        Raises Unstorable, after all others were put, where some are not valid.
        """
        unique = {key_of(row): row for row in rows}
        requests = [{"PutRequest": {"Item": _encode(row)}} for row in unique.values()]
        batches = [requests[at : at + WRITE_BATCH] for at in range(0, len(requests), WRITE_BATCH)]
        if len(batches) < 2:
            refused = [key for batch in batches for key in self._write_or_isolate(batch)]
        else:
            with ThreadPoolExecutor(min(WRITERS, len(batches))) as pool:
                refused = [key for found in pool.map(self._write_or_isolate, batches) for key in found]
        if refused:
            raise Unstorable(refused)

    def _write_or_isolate(self, batch: list[dict[str, Any]]) -> list[Key]:
        """Write a batch; the keys of those in it that are not valid. One such fails the whole call: halve it."""
        try:
            self._write(batch)
        except ClientError as error:
            if not _not_valid(error):
                raise
            if len(batch) == 1:
                item = batch[0]["PutRequest"]["Item"]
                return [(item[keys.PK]["S"], item[keys.SK]["S"])]
            half = len(batch) // 2
            return [*self._write_or_isolate(batch[:half]), *self._write_or_isolate(batch[half:])]
        return []

    def _write(self, batch: list[dict[str, Any]]) -> None:
        pending: Any = {self.name: batch}
        for round_number in range(UNPROCESSED_ROUNDS):
            self._wait(round_number)
            pending = wire.batch_write(self._client, pending)
            if not pending:
                return
        raise Unprocessed(f"{sum(map(len, pending.values()))} items were handed back {UNPROCESSED_ROUNDS} times")

    def _wait(self, round_number: int) -> None:
        """Before sending again what was handed back; AWS asks for exponential backoff with jitter."""
        if round_number:
            self._pause(random.uniform(0, FIRST_PAUSE_S * 2 ** (round_number - 1)))  # noqa: S311  no secret

    def get_all(self, wanted: Iterable[Key]) -> dict[Key, Row]:
        """The rows that exist among `wanted`, read consistently."""
        unique = list(dict.fromkeys(wanted))
        found: dict[Key, Row] = {}
        for at in range(0, len(unique), READ_BATCH):
            batch = [{keys.PK: {"S": pk}, keys.SK: {"S": sk}} for pk, sk in unique[at : at + READ_BATCH]]
            pending: Any = {self.name: {"Keys": batch, "ConsistentRead": True}}
            for round_number in range(UNPROCESSED_ROUNDS):
                self._wait(round_number)
                answer = wire.batch_get(self._client, pending)
                for item in answer["Responses"].get(self.name, []):
                    row = _decode(item)
                    found[key_of(row)] = row
                pending = answer.get("UnprocessedKeys")
                if not pending:
                    break
            else:
                raise Unprocessed(f"{len(pending[self.name]['Keys'])} keys were handed back {UNPROCESSED_ROUNDS} times")
        return found

    def put_if(self, row: Row, version: int | None) -> bool:
        """Put `row` if the stored one has `version` (None: if there is none). False where it has not.

        Raises Unstorable where the row is not valid.
        """
        try:
            self._client.put_item(TableName=self.name, Item=_encode(row), **_condition(version))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except ClientError as error:
            if _not_valid(error):
                raise Unstorable([key_of(row)]) from error
            raise
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
            if "ValidationError" in reasons:
                raise Unstorable([_placed(item) for item in items]) from error
            raise
        except ClientError as error:
            if _not_valid(error):
                raise Unstorable([_placed(item) for item in items]) from error
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
        for round_number in range(UNPROCESSED_ROUNDS):
            self._wait(round_number)
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


def _not_valid(error: ClientError) -> bool:
    return bool(error.response["Error"]["Code"] == "ValidationException")


def _placed(item: Mapping[str, Any]) -> Key:
    """The key of an item of a transaction."""
    ((_, action),) = item.items()
    typed = action.get("Item") or action["Key"]
    return typed[keys.PK]["S"], typed[keys.SK]["S"]


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
