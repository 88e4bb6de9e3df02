"""A question to Athena: what it can cost at most, asked, waited for, and its rows."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from functions.operate.errors import LakeError
from functions.operate.lake.place import Place

DOLLARS_A_TERABYTE = 5.0  # list price of us-east-1
LEAST_BYTES = 10_000_000  # that a query is charged for
POLL_SECONDS = 1.0


def price(size: int) -> float:
    """Dollars for reading `size` bytes."""
    return max(size, LEAST_BYTES) / 1e12 * DOLLARS_A_TERABYTE


@dataclass(frozen=True, slots=True)
class AthenaAnswer:
    """Names of columns, rows (a value as text, None for NULL), and the bytes that were read."""

    names: Sequence[str]
    rows: list[list[str | None]]
    read_bytes: int


class Athena:
    """The workgroup of a stack's lake."""

    def __init__(self, client: Any, place: Place, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._place, self._pause = client, place, pause

    def ask(self, sql: str) -> AthenaAnswer:
        """The answer. Raises LakeError with Athena's words if there is none."""
        query = self._client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self._place.database},
            WorkGroup=self._place.workgroup,
        )["QueryExecutionId"]
        execution = self._ended(query)
        names: list[str] = []
        rows: list[list[str | None]] = []
        for page in self._client.get_paginator("get_query_results").paginate(QueryExecutionId=query):
            names = [column["Name"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
            rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
        return AthenaAnswer(names, rows[1:], int(scanned))  # Athena's first row is the names

    def _ended(self, query: str) -> dict[str, Any]:
        while True:
            execution: dict[str, Any] = self._client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            state = execution["Status"]["State"]
            if state == "SUCCEEDED":
                return execution
            if state in ("FAILED", "CANCELLED"):
                raise LakeError(f"Athena did not answer: {execution['Status'].get('StateChangeReason', state)}")
            self._pause(POLL_SECONDS)
