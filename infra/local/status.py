"""The status of a local stack: what `make status` says of it."""

from typing import Any

from infra.local import emulator
from infra.local.health import healthy
from infra.local.site import Site, client


def status(site: Site) -> dict[str, Any] | None:
    """What runs and how full the queues are; None where nothing does."""
    endpoint, running = site.endpoint(), emulator.running(site)
    if endpoint is None or running is None:
        return None
    sqs = client("sqs", endpoint.aws_endpoint_url)
    return {
        "url": endpoint.url,
        "answers": healthy(endpoint),
        "pid": running.pid,
        "queue": waiting(sqs, endpoint.queue_url),
        "dead letters": waiting(sqs, endpoint.dlq_url),
        "endpoint file": str(site.endpoint_file),
    }


def waiting(sqs: Any, queue_url: str) -> int:
    """How many messages a queue holds, those included that somebody is working on; about, as SQS counts."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)
