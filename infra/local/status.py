"""The status of a local stack: what `make status` says of it."""

from typing import Any

from functions.store.queue import SqsQueue
from infra.local.emulation import emulator
from infra.local.emulation.health import healthy
from infra.local.workspace import Workspace, client


def status(workspace: Workspace) -> dict[str, Any] | None:
    """What runs and how full the queues are; None if nothing does."""
    endpoint, running = workspace.endpoint(), emulator.running(workspace)
    if endpoint is None or running is None:
        return None
    sqs = client("sqs", endpoint.aws_endpoint_url, endpoint.aws_key)
    return {
        "url": endpoint.url,
        "answers": healthy(endpoint),
        "pid": running.pid,
        "queue": SqsQueue(sqs, endpoint.queue_url).waiting(),
        "dead letters": SqsQueue(sqs, endpoint.dlq_url).waiting(),
        "endpoint file": str(workspace.endpoint_file),
    }
