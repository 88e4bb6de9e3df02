"""Lambda `canary`: every five minutes sends one synthetic event and reads it back. If it cannot, it raises, and an
alarm rings. It stands in a deployment only if the setting `canary` is on.
"""

import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from msgspec import Struct

from functions.canary.probe import Call, Lost, new_id, probe
from functions.canary.settings import CanarySettings
from functions.store.aws.client import open_client
from functions.store.aws.invocation import Raised, answer_of

logger = Logger(service="canary")


class Dependencies(Struct, frozen=True, kw_only=True):
    """The functions that answer the API, how often to look for the event, and how to wait."""

    validate: Call
    query: Call
    looks: int
    pause: Callable[[float], None] = time.sleep


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = CanarySettings.read()
    client = open_client("lambda")
    return Dependencies(
        validate=partial(answer_of, client, settings.validate_function),
        query=partial(answer_of, client, settings.query_function),
        looks=settings.looks,
    )


def handler(
    event: dict[str, Any], context: object, *, dependencies: Dependencies | None = None, now_us: int | None = None
) -> dict[str, Any]:
    """One round; the id of its event and after how many looks it was there. Raises Lost, or what AWS raised."""
    dependencies = dependencies or open_dependencies()
    event_id = new_id()
    try:
        looks = probe(
            validate=dependencies.validate,
            query=dependencies.query,
            event_id=event_id,
            now_us=time.time_ns() // 1000 if now_us is None else now_us,
            looks=dependencies.looks,
            pause=dependencies.pause,
        )
    except (Lost, Raised) as lost:
        logger.error("the canary's event was lost", extra={"event": event_id, "reason": str(lost)})
        raise
    logger.info("the canary's event came back", extra={"event": event_id, "looks": looks})
    return {"event": event_id, "looks": looks}
