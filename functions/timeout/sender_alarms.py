"""The alarms of apps about their own sending, asked each quarter of an hour and told once until they clear.

Told twice over: as an event of this service, which is stored, archived and sent to the app's webhooks like any event,
and as a notice on the bus, from which the owner gets an e-mail. What rings is noted when both are on their way: if one
fails, it is told again under the same event id.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import orjson

from functions.core.ids import content_digest, derived_uuid
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.sender_alarms.alarms import NEW_CODE, Rings, SenderAlarms, new_codes, ringing
from functions.core.times import MINUTE_US, format_time
from functions.store.bus import sender_alarm
from functions.store.dynamodb.table import Table
from functions.store.sender_alarms.counts import sent_counts
from functions.store.sender_alarms.keys import rings_key
from functions.store.sender_alarms.rows import every_alarm, rings_of, rings_row
from functions.timeout.context import Context
from functions.timeout.outbox import publish_notices

EVERY_MINUTES = 15
CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"

type Change = tuple[str, Literal["ringing", "cleared"], str, int]  # the alarm, its state, its sentence, since when


def is_asked(now_us: int) -> bool:
    """Whether the alarms are asked in this minute."""
    return now_us // MINUTE_US % EVERY_MINUTES == 1  # the walk of the ids begins at another minute


def ask_alarms(context: Context, registry: Table, *, time_left: Callable[[], bool]) -> int:
    """Ask the alarms of every app; how many changes were told. If an AWS call fails, the rest is asked again."""
    changes = 0
    for alarms in every_alarm(registry):
        if not time_left():
            break
        changes += _ask(context, alarms)
    return changes


def _ask(context: Context, alarms: SenderAlarms) -> int:
    key = rings_key(alarms.tenant)
    rings = rings_of(context.table.get_all([key]).get(key))
    counts = sent_counts(context.table, alarms.tenant, now_us=context.now_us)
    now = ringing(alarms, counts, now_us=context.now_us)
    changes: list[Change] = [
        *((name, "ringing", text, context.now_us) for name, text in now.items() if name not in rings.ringing),
        *((name, "cleared", text, us) for name, (us, text) in rings.ringing.items() if name not in now),
    ]
    if alarms.new_codes and rings.known is not None:
        unknown = new_codes(counts, rings.known)
        changes += ((f"{NEW_CODE}:{code}", "ringing", text, context.now_us) for code, text in unknown.items())
    known = frozenset(counts.codes) | (rings.known or frozenset())
    if not changes and known == rings.known:
        return 0
    if changes and not _tell(context, alarms, changes, rings.version):
        return 0
    began = {name: (context.now_us, text) for name, text in now.items()}
    changed = Rings(ringing={**began, **{n: v for n, v in rings.ringing.items() if n in now}}, known=known)
    changed = msgspec.structs.replace(changed, version=rings.version + 1)
    row = rings_row(alarms.tenant, changed, expires_s=context.expires_s(alarms.tenant))
    context.table.put_if(row, rings.version or None)
    return len(changes)


def _tell(context: Context, alarms: SenderAlarms, changes: Sequence[Change], version: int) -> bool:
    """Queue the events and publish the notices; False if one was not taken."""
    events = [_event(context, alarms, change, version) for change in changes]
    message = Message(
        tenant=alarms.tenant,
        app_id=alarms.app_id,
        job=job_key(context.now_us, content_digest(events).encode()),
        received_us=context.now_us,
        system=True,
        items=[Item("event", orjson.dumps(event)) for event in events],
    )
    if context.queue.send([pack(message)], group=alarms.tenant):
        return False
    notices = [
        sender_alarm(app=alarms.app_id, alarm=name, state=state, message=text, since=format_time(since_us))
        for name, state, text, since_us in changes
    ]
    return publish_notices(context.bus, notices)


def _event(context: Context, alarms: SenderAlarms, change: Change, version: int) -> Mapping[str, Any]:
    name, state, text, since_us = change
    return {
        "@context": CONTEXT,
        "id": derived_uuid("SenderAlarm", alarms.tenant, name, state, str(version)),
        "type": "Event",
        "actor": {"id": context.system_id, "type": "SoftwareApplication"},
        "action": "Activated" if state == "ringing" else "Deactivated",
        "object": {"id": alarms.app_id, "type": "SoftwareApplication"},
        "eventTime": format_time(context.now_us),
        "extensions": {"alarm": name, "state": state, "message": text, "since": format_time(since_us)},
    }
