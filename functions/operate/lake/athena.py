"""A question to Athena: what it can cost at most, asked, waited for, and its rows."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from functions.operate.lake.place import Place
from functions.operate.run import RecoveryError

DOLLARS_A_TERABYTE = 5.0  # list price of us-east-1
LEAST_BYTES = 10_000_000  # that a query is charged for
POLL_SECONDS = 1.0


def price(size: int) -> float:
    """Dollars for reading `size` bytes."""
    return max(size, LEAST_BYTES) / 1e12 * DOLLARS_A_TERABYTE


def ask(
    place: Place, sql: str, *, pause: Callable[[float], None] = time.sleep
) -> tuple[Sequence[str], list[list[str | None]], int]:
    """Names of columns, rows as text, and the bytes that were read. Raises RecoveryError with Athena's words."""
    athena = place.target.client("athena")
    query = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": place.database}, WorkGroup=place.workgroup
    )["QueryExecutionId"]
    while True:
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            break
        if state in ("FAILED", "CANCELLED"):
            raise RecoveryError(f"Athena did not answer: {execution['Status'].get('StateChangeReason', state)}")
        pause(POLL_SECONDS)
    rows: list[list[str | None]] = []
    names: Sequence[str] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=query):
        names = [column["Name"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
        rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
    scanned: Any = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
    return names, rows[1:], int(scanned)  # Athena's first row is the names
