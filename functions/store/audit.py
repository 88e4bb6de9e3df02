"""The audit log: a log group of its own, with one line for each read that names people and each administrative action.

A line that cannot be written there is for its caller to log: an answer does not wait until CloudWatch is mended.
The key of its digests lies in the registry, where neither `process` nor `timeout` may write; the first line makes it.
"""

import secrets
import time
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import orjson

from functions.core.usage.audit import Line
from functions.store import keys
from functions.store.dynamodb.table import Table
from functions.store.errors import TRANSIENT, cause_of

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

KEY_BYTES = 32
AUDIT_KEY = (keys.AUDIT, "KEY")  # its row in the registry


class AuditLog(Protocol):
    """Where audit lines go; `key` is that of the digests in them."""

    @property
    def key(self) -> bytes: ...
    def write(self, line: Line) -> str | None: ...


class CloudWatchAuditLog:
    """One log group; each instance writes a stream of its own."""

    def __init__(self, client: "CloudWatchLogsClient", group: str, registry_table: Table) -> None:
        self._client = client
        self._group = group
        self._registry_table = registry_table

    @cached_property
    def key(self) -> bytes:
        """The stack's key, which is made if there is none. Raises what a failing AWS call raises."""
        return audit_key(self._registry_table)

    @cached_property
    def _stream(self) -> str:
        name = f"{time.strftime('%Y/%m/%d', time.gmtime())}/{secrets.token_hex(8)}"
        self._client.create_log_stream(logGroupName=self._group, logStreamName=name)
        return name

    def write(self, line: Line) -> str | None:
        """Write a line; None, or why CloudWatch did not take it."""
        text = orjson.dumps(line).decode()
        try:
            answer = self._client.put_log_events(
                logGroupName=self._group,
                logStreamName=self._stream,
                logEvents=[{"timestamp": time.time_ns() // 1_000_000, "message": text}],
            )
        except TRANSIENT as failure:
            return cause_of(failure)
        return "rejected" if answer.get("rejectedLogEventsInfo") else None


def audit_key(registry_table: Table) -> bytes:
    """The key of the digests in audit lines. Of several that make one at once, the first counts."""
    for _ in range(2):
        row = registry_table.get_all([AUDIT_KEY]).get(AUDIT_KEY)
        if row is not None:
            return bytes.fromhex(str(row["key"]))
        pk, sk = AUDIT_KEY
        registry_table.put_if({keys.PK: pk, keys.SK: sk, "key": secrets.token_hex(KEY_BYTES)}, None)
    raise LookupError("the key of the audit log cannot be read back")
