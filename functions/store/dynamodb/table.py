"""The door to DynamoDB: batches, conditional rows and queries over one table. A failing call raises: SQS retries."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.batches import (
    READ_BATCH,
    UNPROCESSED_ROUNDS,
    Batches,
    Unprocessed,
    Unstorable,
    not_valid,
    rounds,
)
from functions.store.dynamodb.conditions import VERSION, condition, placed
from functions.store.dynamodb.counting import counting_update
from functions.store.dynamodb.protocol import Page, Table, pages, rows
from functions.store.dynamodb.row import Key, Row, Value, decode, encode, key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

__all__ = [
    "COUNT", "READ_BATCH", "UNPROCESSED_ROUNDS", "VERSION", "DynamoTable", "Key", "Page", "Row", "Table", "Unprocessed",
    "Unstorable", "Value", "key_of", "pages", "rows",
]  # fmt: skip

COUNT = "count"


class DynamoTable:
    """The table on AWS (or wherever the client points). `pause` waits for that many seconds."""

    def __init__(self, client: "DynamoDBClient", name: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._batches = Batches(client, name, pause)
        self._client = client
        self.name = name
        self._pause = pause

    def put_all(self, rows: Iterable[Row]) -> None:
        """Put every row, the last among equal keys. Raises Unstorable, once the others are put, if some are bad."""
        self._batches.put(rows)

    def delete_all(self, unwanted: Iterable[Key]) -> None:
        """Delete the rows that exist among `unwanted`."""
        self._batches.delete(unwanted)

    def get_all(self, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Row]:
        """The rows that exist among `wanted`; if not `consistent`, for half the price, as they were a moment ago.

        Of none there is no call.
        """
        return self._batches.get(wanted, consistent=consistent)

    def put_if(self, row: Row, version: int | None) -> bool:
        """Put `row` if the stored one has `version` (None: there is none), else False. Unstorable if it is bad."""
        try:
            self._client.put_item(TableName=self.name, Item=encode(row), **condition(version))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except ClientError as error:
            if not_valid(error):
                raise Unstorable([key_of(row)]) from error
            raise
        return True

    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool:
        """Put all rows if every one's version holds, or none (up to 100: TransactWriteItems limit)."""
        if len(rows) == 1:
            return self.put_if(*rows[0])
        puts = [{"Put": {"TableName": self.name, "Item": encode(row), **condition(version)}} for row, version in rows]
        return self._transacted(puts) is None

    def _transacted(self, items: list[Any]) -> list[str] | None:
        """None if it is done, else per item why nothing was: a condition, a concurrent change, or `None`."""
        try:
            self._client.transact_write_items(TransactItems=items)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
            if {*reasons} <= {"None", "ConditionalCheckFailed", "TransactionConflict"}:
                return reasons
            if "ValidationError" in reasons:
                raise Unstorable([placed(item) for item in items]) from error
            raise
        except ClientError as error:
            if not_valid(error):
                raise Unstorable([placed(item) for item in items]) from error
            raise
        return None

    def count_once(self, marker: Row, amounts: Mapping[Key, int]) -> bool:
        """Put `marker` and count up at each key (99 at most) by its amount. False if the marker is there already."""
        put = {"TableName": self.name, "Item": encode(marker), **condition(None)}
        expires_s = int(str(marker[keys.TTL]))
        updates = [
            {"Update": counting_update(self.name, key, {COUNT: amount}, expires_s=expires_s)}
            for key, amount in amounts.items()
        ]
        for _ in rounds(self._pause):
            failed = self._transacted([{"Put": put}, *updates])
            if failed is None:
                return True
            if failed[0] == "ConditionalCheckFailed":
                return False
        raise Unprocessed(f"a count was being changed {UNPROCESSED_ROUNDS} times")

    def count_up(self, key: Key, amounts: dict[str, int], *, expires_s: int) -> Row:
        """Count each of `amounts` up in the row at `key`; the row as it is then."""
        update = counting_update(self.name, key, amounts, expires_s=expires_s)
        answer = self._client.update_item(**update, ReturnValues="ALL_NEW")
        return decode(answer["Attributes"])

    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = key_parts.KEY_MAX,
        index: str = "",
        descending: bool = False,
        limit: int | None = None,
        after: Row | None = None,
        consistent: bool = False,
    ) -> Page:
        """One page (at most 1 MB: DynamoDB limit) of the partition `pk`, sort keys from `start` to `end` inclusive."""
        pk_name, sk_name = keys.KEY_NAMES[index]
        names, values = {"#p": pk_name}, {":p": {"S": pk}}
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not descending,
            "ConsistentRead": consistent,
        }
        if sk_name and (start or end != key_parts.KEY_MAX):
            request["KeyConditionExpression"] += " AND #s BETWEEN :a AND :z"
            names["#s"] = sk_name
            values |= {":a": {"S": start or " "}, ":z": {"S": end}}
        optional = {"IndexName": index or None, "Limit": limit}
        request |= {name: value for name, value in optional.items() if value is not None}
        if after is not None:
            request["ExclusiveStartKey"] = encode(after)
        return _page(self._client.query(**request))

    def scan(self, index: str, *, after: Row | None = None) -> Page:
        """One page (1 MB) of a whole index, as it was a moment ago; rows of one partition key lie side by side."""
        start: Any = {} if after is None else {"ExclusiveStartKey": encode(after)}
        return _page(self._client.scan(TableName=self.name, IndexName=index, **start))


def _page(answer: Mapping[str, Any]) -> Page:
    after = answer.get("LastEvaluatedKey")
    return Page([decode(item) for item in answer["Items"]], decode(after) if after else None)
