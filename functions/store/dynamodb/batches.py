"""Rows by the batch: written and read in as few calls as DynamoDB allows, until it has taken or given every one.

What it hands back unprocessed is sent again, after a pause that grows; a row that it will never take is found among its
neighbours, which are written.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.core.errors import CaliperError, TransientError
from functions.store import keys
from functions.store.dynamodb import wire
from functions.store.dynamodb.row import Key, Row, decode, encode, key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

WRITE_BATCH = 25  # BatchWriteItem limit
READ_BATCH = 100  # BatchGetItem limit
WRITERS = 2  # threads; while one waits the other works, and more of them only contend for the interpreter
UNPROCESSED_ROUNDS = 8
FIRST_PAUSE_S = 0.05  # doubled every round and drawn at random below that: 3 s in all on average, 6 at most


class Unprocessed(TransientError):
    """DynamoDB kept handing items back (throttling); the caller's message is to be retried."""


class Unstorable(CaliperError):
    """Rows that DynamoDB will never take (a ValidationException: too large, say). Their neighbours were written."""

    def __init__(self, keys_refused: Sequence[Key]) -> None:
        super().__init__(f"{len(keys_refused)} rows are not valid for DynamoDB")
        self.keys = frozenset(keys_refused)


def rounds(pause: Callable[[float], None]) -> Iterator[int]:
    """How often something is sent before it is given up; AWS asks for exponential backoff with jitter in between."""
    for number in range(UNPROCESSED_ROUNDS):
        if number:
            pause(random.uniform(0, FIRST_PAUSE_S * 2 ** (number - 1)))  # noqa: S311  no secret
        yield number


def not_valid(error: ClientError) -> bool:
    """Whether DynamoDB would refuse the same again, however often it is asked."""
    return bool(error.response["Error"]["Code"] == "ValidationException")


class Batches:
    """Batches of rows of one table."""

    def __init__(self, client: "DynamoDBClient", table: str, pause: Callable[[float], None]) -> None:
        wire.attach(client)
        self._client = client
        self._table = table
        self._pause = pause
        self._writers = ThreadPoolExecutor(WRITERS)  # starts a thread when there is work; ends them when dropped

    def put(self, rows: Iterable[Row]) -> None:
        """Put every row, last one wins among equal keys (BatchWriteItem refuses repeats in one call).

        Raises Unstorable, after all others were put, if some are not valid.
        """
        unique = list({key_of(row): row for row in rows}.values())
        batches = [unique[first : first + WRITE_BATCH] for first in range(0, len(unique), WRITE_BATCH)]
        if len(batches) < 2:
            refused = [key for batch in batches for key in self._write_or_isolate(batch)]
        else:
            left = iter(batches)  # shared by the writers; that of a list gives each batch once
            writing = [self._writers.submit(self._write_from, left) for _ in range(WRITERS)]
            wait(writing)  # nothing may be written once this has raised
            refused = [key for writer in writing for key in writer.result()]
        if refused:
            raise Unstorable(refused)

    def _write_from(self, left: Iterator[Sequence[Row]]) -> list[Key]:
        """Write batches until none is `left`; the keys that are not valid."""
        try:
            return [key for batch in left for key in self._write_or_isolate(batch)]
        finally:
            deque(left, maxlen=0)  # a failure leaves nothing to the others

    def _write_or_isolate(self, batch: Sequence[Row]) -> list[Key]:
        """Write a batch; the keys of those in it that are not valid. One such fails the whole call: halve it."""
        try:
            self._write(batch)
        except ClientError as error:
            if not not_valid(error):
                raise
            if len(batch) == 1:
                return [key_of(batch[0])]
            half = len(batch) // 2
            return [*self._write_or_isolate(batch[:half]), *self._write_or_isolate(batch[half:])]
        return []

    def delete(self, unwanted: Iterable[Key]) -> None:
        """Delete the rows that exist among `unwanted`."""
        unique = list(dict.fromkeys(unwanted))
        for start in range(0, len(unique), WRITE_BATCH):
            typed = [{keys.PK: {"S": pk}, keys.SK: {"S": sk}} for pk, sk in unique[start : start + WRITE_BATCH]]
            self._send([{"DeleteRequest": {"Key": key}} for key in typed])

    def _write(self, batch: Sequence[Row]) -> None:
        self._send([{"PutRequest": {"Item": encode(row)}} for row in batch])

    def _send(self, requests: Sequence[Any]) -> None:
        pending: Any = {self._table: requests}
        for _ in rounds(self._pause):
            pending = wire.batch_write(self._client, pending)
            if not pending:
                return
        raise Unprocessed(f"{sum(map(len, pending.values()))} items were handed back {UNPROCESSED_ROUNDS} times")

    def get(self, wanted: Iterable[Key], *, consistent: bool) -> dict[Key, Row]:
        """The rows that exist among `wanted`."""
        unique = list(dict.fromkeys(wanted))
        row_by_key: dict[Key, Row] = {}
        for first in range(0, len(unique), READ_BATCH):
            batch = [{keys.PK: {"S": pk}, keys.SK: {"S": sk}} for pk, sk in unique[first : first + READ_BATCH]]
            pending: Any = {self._table: {"Keys": batch, "ConsistentRead": consistent}}
            for _ in rounds(self._pause):
                answer = wire.batch_get(self._client, pending)
                for item in answer["Responses"].get(self._table, []):
                    row = decode(item)
                    row_by_key[key_of(row)] = row
                pending = answer.get("UnprocessedKeys")
                if not pending:
                    break
            else:
                left = len(pending[self._table]["Keys"])
                raise Unprocessed(f"{left} keys were handed back {UNPROCESSED_ROUNDS} times")
        return row_by_key
