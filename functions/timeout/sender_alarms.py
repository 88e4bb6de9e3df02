"""The alarms of apps about their own sending, asked each quarter of an hour and told once until they clear.

Told twice over: as an event of this service, which is stored, archived and sent to the app's webhooks like any event,
and as a notice on the bus, from which the owner gets an e-mail. What is to be told is decided by one conditional put,
so that of two sweeps one decides, and stays in that row until both are on their way: what is told again after a failure
is the same event, which is stored once.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from msgspec import structs

from functions.core.ids import content_digest, derived_uuid
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.sender_alarms.alarms import SILENT, Change, Rings, SenderAlarms, SentCounts, rings_after
from functions.core.times import MINUTE_US, format_time
from functions.store.bus import publish_notices, sender_alarm
from functions.store.dynamodb.table import Table
from functions.store.sender_alarms.counts import last_rejection_us, sent_counts
from functions.store.sender_alarms.rows import every_alarm, every_ring, rings_row
from functions.timeout.context import Context

EVERY_MINUTES = 15
STRIDE = 7919  # prime: if time runs out, another app comes first each time
CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"


def is_asked(now_us: int) -> bool:
    """Whether the alarms are asked in this minute."""
    return now_us // MINUTE_US % EVERY_MINUTES == 1  # the walk of the ids begins at another minute


def ask_alarms(context: Context, registry: Table, *, time_left: Callable[[], bool]) -> int:
    """Ask the alarms of every app; how many changes were told. If an AWS call fails, the rest is asked again."""
    every = every_alarm(registry)
    first = context.now_us // (EVERY_MINUTES * MINUTE_US) * STRIDE % len(every) if every else 0
    rings = every_ring(context.table, [alarms.tenant for alarms in every])
    changes = 0
    for alarms in (*every[first:], *every[:first]):
        if not time_left():
            break
        changes += ask_app(context, alarms, rings[alarms.tenant])
    return changes


def ask_app(context: Context, alarms: SenderAlarms, rings: Rings) -> int:
    """Ask the alarms of one app, of which `rings` was read; how many changes were told."""
    if rings.untold:  # of a sweep that failed
        return _tell(context, alarms, rings)
    if not alarms.is_wanted and rings == Rings(version=rings.version):
        return 0
    now_us = context.now_us
    counts = sent_counts(context.table, alarms, now_us=now_us) if alarms.is_wanted else SentCounts()
    after = rings_after(rings, alarms, counts, now_us=now_us)
    if SILENT in after.ringing:  # by what was stored: what was rejected was received too
        rejected_us = last_rejection_us(context.table, alarms.tenant)
        counts = structs.replace(counts, last_us=max(counts.last_us or 0, rejected_us or 0) or None)
        after = rings_after(rings, alarms, counts, now_us=now_us)
    if after == rings or not _put(context, alarms.tenant, after):
        return 0
    return _tell(context, alarms, structs.replace(after, version=after.version + 1)) if after.untold else 0


def _put(context: Context, tenant: str, rings: Rings) -> bool:
    """Put the next version of what rings. False if another sweep did."""
    row = rings_row(tenant, structs.replace(rings, version=rings.version + 1), expires_s=context.expires_s(tenant))
    return context.table.put_if(row, rings.version or None)


def _tell(context: Context, alarms: SenderAlarms, rings: Rings) -> int:
    """Queue the events and publish the notices of what is untold; how many. 0 if one was not taken: it stays untold."""
    events = [_event(context, alarms, change) for change in rings.untold]
    decided_us = rings.untold[0].decided_us
    message = Message(
        tenant=alarms.tenant,
        app_id=alarms.app_id,
        job=job_key(decided_us, content_digest(events).encode()),
        received_us=decided_us,
        system=True,
        items=[Item("event", orjson.dumps(event)) for event in events],
    )
    if context.queue.send([pack(message)], group=alarms.tenant):
        return 0
    notices = [
        sender_alarm(
            app=alarms.app_id,
            alarm=change.alarm,
            state=change.state,
            message=change.text,
            since=format_time(change.since_us),
        )
        for change in rings.untold
    ]
    if not publish_notices(context.bus, notices):
        return 0
    _put(context, alarms.tenant, structs.replace(rings, untold=()))
    return len(events)


def _event(context: Context, alarms: SenderAlarms, change: Change) -> Mapping[str, Any]:
    return {
        "@context": CONTEXT,
        "id": derived_uuid("SenderAlarm", alarms.tenant, change.alarm, change.state, str(change.decided_us)),
        "type": "Event",
        "actor": {"id": context.system_id, "type": "SoftwareApplication"},
        "action": "Activated" if change.state == "ringing" else "Deactivated",
        "object": {"id": alarms.app_id, "type": "SoftwareApplication"},
        "eventTime": format_time(change.decided_us),
        "extensions": {
            "alarm": change.alarm,
            "state": change.state,
            "message": change.text,
            "since": format_time(change.since_us),
        },
    }
