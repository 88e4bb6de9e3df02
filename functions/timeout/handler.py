"""Lambda `timeout`: runs each minute, ends sittings whose learner is inactive, and emits their TimedOut events.

If very much is due, the invocation of the schedule hands shards of the index to further invocations of this function;
the event of such a one names them: `{"shards": ["I#03", …]}`. `{"askAlarms": true}` asks the alarms of apps at once.
"""

import os
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from msgspec import Struct
from msgspec.structs import asdict

from functions.core.identity import SYSTEM_ID
from functions.metrics import SESSIONS_ENDED, SWEEP_LAG, metric_fields
from functions.settings import TimeoutSettings
from functions.store import keys
from functions.store.aws.client import open_client
from functions.store.aws.invocation import Invoker, LambdaInvoker
from functions.store.backlog import lag_us, sweep_orders
from functions.store.bus import Bus, open_bus
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.erasure.secret import pseudonym_secret
from functions.store.errors import TRANSIENT, cause_of
from functions.store.queue import Queue, SqsQueue
from functions.store.registrations import Registrations
from functions.timeout.context import Context
from functions.timeout.ids.step import is_step
from functions.timeout.sender_alarms import ask_alarms, is_asked
from functions.timeout.sweep import sweep

logger = Logger(service="timeout")

STOP_BEFORE_MS = 10_000  # enough to finish the timelines that were begun


class Dependencies(Struct, frozen=True, kw_only=True):
    """Where timelines are read and TimedOuts and notices go, and by which settings.

    `open_invoker` makes the door to a function of that name. `secret` is the stack's, by which notices name learners:
    the first sweep makes it, because `process` may only read it.
    """

    table: Table
    queue: Queue
    settings: TimeoutSettings
    registrations: Registrations
    bus: Bus | None = None
    secret: Callable[[], bytes] | None = None
    registry_table: Table | None = None  # None: the registry is in the same table
    open_invoker: Callable[[str], Invoker] | None = None


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = TimeoutSettings.read()
    config = Config(
        retries={"mode": "standard", "max_attempts": 5},
        connect_timeout=2,
        read_timeout=5,  # a call that hangs must not eat the minute of all other timelines
        parameter_validation=False,
        max_pool_connections=16,
    )
    dynamodb = open_client("dynamodb", config=config)
    table = DynamoTable(dynamodb, settings.table_name)
    registry = DynamoTable(dynamodb, settings.registry_table_name or settings.table_name)
    secret = cache(lambda: pseudonym_secret(registry, random_bytes=os.urandom))
    return Dependencies(
        table=table,
        queue=SqsQueue(open_client("sqs", config=config), settings.queue_url),
        settings=settings,
        registrations=Registrations(registry, settings.timeouts),
        registry_table=registry,
        bus=open_bus(
            settings.bus_name,
            lambda: open_client("events", config=config),
            secret,
            plain=settings.plain_notices,
        ),
        secret=secret if settings.bus_name else None,
        open_invoker=lambda name: LambdaInvoker(lambda: open_client("lambda", config=config), name),
    )


def _handed_over(invoker: Invoker, shards: Sequence[str]) -> bool:
    """Whether another invocation sweeps them."""
    try:
        invoker.begin({"shards": list(shards)})
    except TRANSIENT as error:
        logger.warning(
            "shards are swept here, because Lambda took no further invocation", extra={"error": cause_of(error)}
        )
        return False
    return True


def handler(
    event: dict[str, Any],
    context: Any,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> dict[str, Any]:
    """One sweep, and the counts that it logs. A failing AWS call raises; what it concerned is still due."""
    dependencies = dependencies or open_dependencies()
    if dependencies.secret is not None:
        dependencies.secret()
    table, queue, settings = dependencies.table, dependencies.queue, dependencies.settings
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    orders = sweep_orders(table, now_us=now_us)
    if orders.is_paused:
        logger.info("the sweep is paused: a replay or a rebuild is running")
        return {}
    work = Context(
        table=table,
        queue=queue,
        settings=settings,
        registrations=dependencies.registrations,
        now_us=now_us,
        lag_us=lag_us(table, queue, now_us=now_us, margin_us=settings.margin_us),
        system_id=SYSTEM_ID,
        bus=dependencies.bus,
        published_until_us=orders.published_until_us,
    )
    shards = event.get("shards")
    invoker = None
    if shards is None and dependencies.open_invoker is not None and settings.sweep_invocations > 1:
        invoker = dependencies.open_invoker(context.function_name)
    handed: list[str] = []

    def hand_over(group: Sequence[str]) -> bool:
        taken = invoker is not None and _handed_over(invoker, group)
        handed.extend(group if taken else ())
        return taken

    def time_left() -> bool:
        return bool(context.get_remaining_time_in_millis() > STOP_BEFORE_MS)

    swept = sweep(work, time_left=time_left, shards=shards, hand_over=None if invoker is None else hand_over)
    counts = asdict(swept) | {"errors": sorted(swept.errors), "lag_s": round(work.lag_us / 1e6, 3)}
    counts["shards"] = keys.DUE_SHARDS - len(handed) if shards is None else len(shards)
    line = counts | metric_fields({SESSIONS_ENDED: swept.closed, SWEEP_LAG: counts["lag_s"]})
    if swept.failed or swept.unreadable:
        logger.error("timelines put off, or rows left out", extra=line)
    else:
        logger.info("swept", extra=line)
    if shards is None and is_step(now_us) and time_left():
        from functions.timeout.ids.walk import walk_on  # nine sweeps of ten do without

        noticed = walk_on(work, time_left=time_left)
        logger.info("walked through ids", extra={"conflicts_far_apart": noticed})
    if shards is None and (is_asked(now_us) or event.get("askAlarms")) and time_left():
        changes = ask_alarms(work, dependencies.registry_table or table, time_left=time_left)
        logger.info("asked the alarms of apps", extra={"told": changes})
    return counts
