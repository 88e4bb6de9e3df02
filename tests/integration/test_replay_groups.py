"""Archived facts are stored in groups of thousands, days side by side, and over what is there nothing is written."""

import dataclasses
from collections import Counter
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError

from functions.core.times import DAY_US, MINUTE_US
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.store import keys
from functions.store.dynamodb.table import COUNT, Row
from tests.aws import REGION, TABLE
from tests.integration.mended import NOW_US, WatchedConnection, everything, message, store
from tests.payloads import Payloads

REPLAY = ["replay", "2026-03-02", "2026-03-02"]
SECOND_US = 1_000_000


def calls_of(connection: StackConnection, command: list[str], *, now_us: int = NOW_US) -> Counter[str]:
    """The calls of DynamoDB that a command makes, by operation."""
    calls: Counter[str] = Counter()

    class Counting(StackConnection):
        def client(self, service: str) -> Any:
            client = super().client(service)
            client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.update([model.name]))
            return client

    counting = Counting(
        **{declared.name: getattr(connection, declared.name) for declared in dataclasses.fields(connection)}
    )
    assert main(command, connection=counting, clock=lambda: now_us) == 0
    return calls


def small_objects(connection: StackConnection, count: int) -> None:
    """So many archive objects of one event each, a second apart."""
    for number in range(count):
        events = Payloads(number).events(1)
        store(connection, message(*events, received_us=NOW_US + number * SECOND_US, job=f"{number:022d}"))


def what_was_sent(rows: dict[tuple[str, str], Row]) -> dict[str, Any]:
    """The events, and how many were counted by day, whatever batches they came in."""
    sent: Counter[str] = Counter()
    for (pk, sk), row in rows.items():
        if keys.place_of(pk) in {"L", "W"}:
            sent[f"{pk} {sk[:8]}"] += int(str(row[COUNT]))
    events = {key: row for key, row in rows.items() if key[1].startswith(keys.EVENT)}
    return {"counts": dict(sent), "events": events}


def test_a_replay_over_what_is_there_reads_and_writes_nothing_but_its_pause(connection: StackConnection) -> None:
    small_objects(connection, 30)
    calls = calls_of(connection, REPLAY)
    assert (calls["BatchWriteItem"], calls["PutItem"], calls["TransactWriteItems"]) == (2, 0, 0), (
        "the pause and its end"
    )
    assert calls["BatchGetItem"] <= 6


def test_what_is_missing_is_put_again(connection: StackConnection) -> None:
    store(connection, message(*Payloads(3).events(40)))
    before = everything(connection)
    table = boto3.resource("dynamodb", region_name=REGION).Table(TABLE)
    for pk, sk in [key for key in before if key[1].startswith(keys.EVENT)][::3]:
        table.delete_item(Key={keys.PK: pk, keys.SK: sk})
    assert main(REPLAY, connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection) == before


def test_a_rebuild_joins_small_objects_and_a_replay_over_it_changes_nothing(connection: StackConnection) -> None:
    small_objects(connection, 30)
    later_us = NOW_US + DAY_US
    calls = calls_of(connection, ["rebuild", "--into", "twin"], now_us=later_us)
    assert calls["TransactWriteItems"] == 1, "thirty batches are counted as one"
    rebuilt = everything(connection, "twin")
    assert what_was_sent(rebuilt) == what_was_sent(everything(connection))
    calls = calls_of(connection, [*REPLAY, "--into", "twin"], now_us=later_us)
    assert (calls["BatchWriteItem"], calls["TransactWriteItems"]) == (2, 0)
    assert everything(connection, "twin") == rebuilt


def test_what_arrives_after_a_rebuild_is_replayed_as_it_was_stored(connection: StackConnection) -> None:
    small_objects(connection, 3)
    assert main(["rebuild", "--into", "twin"], connection=connection, clock=lambda: NOW_US + SECOND_US) == 0
    rebuilt, live = everything(connection, "twin"), everything(connection)
    late = {key for key in live if key[1].startswith(keys.EVENT)}
    assert late <= rebuilt.keys()
    batches = [key for key in live if keys.place_of(key[0]).startswith("L#2026")]
    assert sum(key in rebuilt for key in batches) >= 4, "manifests and markers of the two later batches"


@pytest.mark.usefixtures("object_by_object")
@pytest.mark.parametrize("workers", ["1", "3"])
def test_days_are_replayed_side_by_side_and_each_goes_on_where_it_was(
    connection: StackConnection, workers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in range(4):
        for hour in range(3):
            received_us = NOW_US + day * DAY_US + hour * 60 * MINUTE_US
            store(connection, message(*Payloads(10 * day + hour).events(3), received_us=received_us))
    command = ["rebuild", "--into", "twin", "--workers", workers]
    now_us = NOW_US + 5 * DAY_US
    reads: list[int] = []

    def fail(number: int) -> None:
        if number == 8:
            raise ConnectionClosedError(endpoint_url="https://s3")

    failing, counting = WatchedConnection.of(connection, fail), WatchedConnection.of(connection, reads.append)
    assert main(command, connection=failing, clock=lambda: now_us) == 2
    assert main([*command, "--resume"], connection=counting, clock=lambda: now_us) == 0
    assert 4 <= len(reads) <= 8, "no object is read again whose group was noted"
    assert "going on after archive/day=2026" in capsys.readouterr().err
    assert what_was_sent(everything(connection, "twin")) == what_was_sent(everything(connection))
