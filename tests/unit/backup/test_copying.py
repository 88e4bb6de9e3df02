"""The daily copy of the registry: one object of every row, named by its time."""

import gzip
from types import SimpleNamespace
from typing import Any

import pytest

from functions.backup.handler import Dependencies, handler
from functions.core.times import parse_time
from functions.store import keys
from functions.store.copies.registry import RegistryCopies
from functions.store.dynamodb.row import encode
from tests.log_records import records_of

NOW_US = parse_time("2026-03-02T09:00:00Z") or 0
ROWS = [{keys.PK: keys.APPS, keys.SK: f"app-{number}"} for number in range(3)]


class Aws:
    """Clients of DynamoDB and S3: `tables` by name, and what was put."""

    def __init__(self) -> None:
        self.tables = {"the registry": ROWS}
        self.put: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> Any:
        assert operation == "scan"
        return self

    def paginate(self, **request: Any) -> Any:
        assert request["ConsistentRead"] is True
        return ({"Items": [encode(row)]} for row in self.tables[request["TableName"]])

    def put_object(self, **put: Any) -> None:
        self.put.append(put)

    def back_up(self, now_us: int | None = NOW_US) -> dict[str, Any]:
        clients: Any = self
        dependencies = Dependencies(
            dynamodb=clients, table_name="the registry", copies=RegistryCopies(clients, "the bucket")
        )
        return handler({}, None, dependencies=dependencies, now_us=now_us)


def test_every_row_is_copied_into_an_object_of_the_day_and_the_answer_names_it() -> None:
    aws = Aws()
    answer = aws.back_up()
    (put,) = aws.put
    assert answer == {"key": put["Key"], "rows": 3}
    assert put["Bucket"] == "the bucket"
    assert put["Key"] == f"registry/day=20260302/{NOW_US:016d}.ndjson.gz"
    assert len(gzip.decompress(put["Body"]).splitlines()) == 3


def test_without_a_time_the_copy_is_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.backup.handler.time", SimpleNamespace(time_ns=lambda: NOW_US * 1000 + 999))
    assert Aws().back_up(now_us=None)["key"] == f"registry/day=20260302/{NOW_US:016d}.ndjson.gz"


def test_the_log_line_names_the_copy_and_counts_its_rows() -> None:
    with records_of("backup") as log:
        answer = Aws().back_up()
    line = log.single("registry copied")
    assert (line.key, line.rows) == (answer["key"], 3)


def test_a_copy_that_cannot_be_put_raises_so_that_an_alarm_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws()

    def fail(**_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(aws, "put_object", fail)
    with pytest.raises(TimeoutError):
        aws.back_up()
