"""A connection to a stack as an operator's command has it, with whatever of it a test does not care about made up."""

from typing import Any

from functions.operate.connection import StackConnection

MADE_UP: dict[str, Any] = {
    "url": "https://api.example",
    "token_url": "https://api.example/oauth2/token",
    "table": "table",
    "registry_table": "registry",
    "bucket": "bucket",
    "queue_url": "https://queue",
    "dlq_url": "https://dead-letters",
    "user_pool_id": "pool",
    "retention_days": 400,
    "idle_minutes": 30,
    "heartbeat_minutes": 5,
}


def connection_to[Connection: StackConnection](kind: type[Connection], **known: Any) -> Connection:
    """A connection of that class; `known` are the parts that matter."""
    return kind(**MADE_UP | known)
