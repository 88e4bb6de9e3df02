"""What a batch of messages means for the table, worked out before anything is written.

Step two of `process`: the messages are archived already. Pure, so that the same batch always gives the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.core.ids import id_as_sent, id_in
from functions.core.jobs import parse_job_id
from functions.core.messages import Item, Message
from functions.core.sessions import session_fields
from functions.core.sessions.session import auto_session_id
from functions.core.sessions.watches import Touch, joined
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US
from functions.store.dynamodb.row import Key, Row
from functions.store.rows import jobs, rejections, sensors
from functions.store.rows.events import row_of, stored
from functions.store.rows.jobs import JobPart
from functions.store.rows.manifests import count_of
from functions.store.rows.memberships import memberships
from functions.store.rows.watches import SLACK_US, watch_key
from functions.storing.manifests import Sent, manifest_rows, sent
from functions.storing.rejected import rejected_by_processing


@dataclass(slots=True)
class Plan:
    """Rows to put, memberships to put where they are missing, and the watches that the events bear on."""

    rows: list[Row] = field(default_factory=list)
    sent: list[tuple[Row, Key, int]] = field(default_factory=list)  # marker of a batch, where to count, how many
    memberships: dict[Key, Row] = field(default_factory=dict)
    touches: dict[Key, Touch] = field(default_factory=dict)
    events: int = 0
    rejections: int = 0
    unpublished: int = 0  # notices of new sessions that EventBridge did not take
    poisoned: list[str] = field(default_factory=list)  # names of the errors, never their texts


def plan(messages: Sequence[Message], *, retention_days: int) -> Plan:
    """An item that cannot be placed becomes a rejection of its own; its neighbours go through."""
    made = Plan()
    events: dict[str, list[Sent]] = {}
    touches: dict[Key, list[Touch]] = {}
    for message in messages:
        of_tenant = events.setdefault(message.tenant, [])
        ids: list[str] = []
        rejected: list[tuple[int, Item]] = []
        failed: list[tuple[int, Item]] = []
        expires_s = (message.received_us + retention_days * DAY_US) // 1_000_000
        for index, item in enumerate(message.items):
            if item.kind == "rejection":
                rejected.append((index, item))
                continue
            try:
                fact = stored(item, message)
                row = row_of(fact, tenant=message.tenant, auto_attach=message.auto_attach, expires_s=expires_s)
                members = memberships(fact, tenant=message.tenant, expires_s=expires_s + SLACK_US // 1_000_000)
                touch = touch_of(fact.entry, message)
            except Exception as error:  # noqa: BLE001  the edge where one poison event is set apart, recorded with its reason
                made.poisoned.append(type(error).__name__)
                failed.append((index, rejected_by_processing(item)))
                continue
            ids.append(id_as_sent(fact.entry.event) or fact.entry.id)
            if fact.entry.attribution.kind == "event":
                of_tenant.append(sent(fact))
            made.rows.append(row)
            made.memberships.update(members)
            if touch is not None:
                touches.setdefault(watch_key(touch), []).append(touch)
        if ids and sensors.is_long(message.sensor):
            made.rows.append(sensors.to_row(message.tenant, message.sensor, expires_s=expires_s))
        made.events += len(ids)
        made.rejections += len(rejected)
        made.rows += rejections.rejected_rows(message, rejected, expires_s=expires_s)
        made.rows += rejections.failed_rows(message, failed, expires_s=expires_s)
        job = parse_job_id(message.job)
        if job is not None and job.parts:
            part = JobPart(stored=ids, failed=[id_in(item.raw) for _, item in failed], received_us=message.received_us)
            made.rows += jobs.to_rows(part, message, expires_s=expires_s)
    made.touches = {key: joined(*several) for key, several in touches.items()}
    for tenant, of_tenant in events.items():
        manifests = manifest_rows(tenant, of_tenant, retention_days=retention_days)
        made.rows.extend(manifests)
        made.sent.extend(count_of(tenant, manifest) for manifest in manifests)
    return made


def touch_of(entry: Entry, message: Message) -> Touch | None:
    """What an event means for the session it names or joins; None where it opens, extends and closes nothing.

    TimedOut events of our own (`system`) tell of a watch that was read to its end, and events dated too far ahead
    of their arrival must not keep anything open (DESIGN: they are stored and warned).
    """
    about = entry.attribution
    if about.kind == "entity" or entry.future or message.system:
        return None
    if about.session is None and not (about.auto and about.learner is not None):
        return None
    asked = session_fields.asked(entry)
    return Touch(
        tenant=message.tenant,
        app_id=message.app_id,
        learner=about.learner,
        edapp=about.edapp,
        session=about.session or auto_session_id(entry, about.edapp, tenant=message.tenant, learner=about.learner),
        explicit=about.session is not None,
        first_us=entry.time_us,
        last_us=entry.time_us,
        arrival_us=entry.received_us,
        ends=session_fields.is_close(entry),
        requires_heartbeat=asked.heartbeat,
        process_insights=asked.insights,
    )
