"""A stack with every optional part, in which each setting has a value of its own: one that goes astray is seen."""

from typing import Any

CHOSEN: dict[str, Any] = {
    "stack_name": "Whole",
    "idle_minutes": 31.5,
    "heartbeat_minutes": 6.5,
    "retention_days": 401,
    "idling_gap_minutes": 11.5,
    "idling_inactive_seconds": 301,
    "shopping_lessons": 4,
    "shopping_minutes": 12.5,
    "batching_window_seconds": 3,
    "sweep_invocations": 9,
    "cors_origins": "https://app.example.org",
    "requests_per_second": 1001,
    "process_reserved_concurrency": 41,
    "timeout_reserved_concurrency": 6,
    "query_reserved_concurrency": 31,
    "queue_maximum_concurrency": 40,
    "lake_minutes": 55,
    "lake_query_gigabytes": 99,
    "canvas_app": "https://canvas.example.edu",
    "console_mfa": "required",
    "canary": True,
    "alarm_email": "alarms@example.org",
    "plain_notices": True,
    "security_contact": "mailto:security@example.org",
}


def as_context(value: Any) -> str:
    """A setting as `cdk -c` gives it."""
    return str(value).lower() if value is True else str(value)
