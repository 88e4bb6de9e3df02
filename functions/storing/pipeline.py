"""The third stop of an event: from the queue to the archive, the table and the session timer of its learner.

Archive first, then table, then acknowledge: at least once in S3, once in effect in DynamoDB, whatever is delivered
again and wherever this crashes (every write puts a row that its content names, or depends on a version).
"""

from collections.abc import Callable, Sequence
from copy import replace

from functions.core.ids import canonical_id
from functions.core.messages import Message
from functions.core.sessions.timeouts import Timeouts
from functions.core.times import MINUTE_US
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import Archive
from functions.store.bus import Bus
from functions.store.dynamodb.table import Table, Unstorable, key_of
from functions.store.registrations import Registration, Registrations
from functions.store.rows.timers import timer_key
from functions.store.webhooks.delivery_queue import DeliveryQueue
from functions.storing.announcing import Claims, claim_all, claims_of, notices, publish_started
from functions.storing.deliveries import deliveries_of
from functions.storing.event_index_cache import EventIndexCache, stale
from functions.storing.rejected import failed_job_rows, rejection_of
from functions.storing.scheduling import expiry_of_timer_s, schedule_all
from functions.storing.suppression import without_the_erased
from functions.storing.unique_ids import with_unique_ids
from functions.storing.write_set import WriteSet, build_write_set

FRESH_US = MINUTE_US


def process(
    messages: Sequence[Message],
    *,
    table: Table,
    archive: Archive | None,
    settings: ProcessSettings,
    now_us: int,
    bus: Bus | None = None,
    event_index_cache: EventIndexCache | None = None,
    registrations: Registrations | None = None,
    deliveries: DeliveryQueue | None = None,
    time_left: Callable[[], bool] = lambda: True,
) -> WriteSet:
    """Store everything in `messages`. Returns when it is safe to acknowledge all but the `unscheduled`; an AWS failure
    raises.

    `archive` is None in a rebuild, which reads what was archived already. `event_index_cache` and `registrations` are
    remembered by this worker. What was stored of apps with webhooks goes to `deliveries`. Once no `time_left`, no more
    session timers are scheduled.
    """
    registrations = registrations or Registrations(table, settings.timeouts)
    try:
        registered = registrations.read({message.tenant for message in messages}, now_us=now_us)
        messages = without_the_erased(messages, registered, registrations, now_us=now_us)
        unique = {tenant for tenant, registration in registered.items() if registration.unique_ids}
        messages = with_unique_ids(messages, table, unique) if unique else messages
    except BaseException:
        # Archived though the table does not answer; the next delivery writes the same object anew. Not what is older:
        # it may be of a person who was erased meanwhile, and an erasure looks again only at what comes so soon.
        fresh = [message for message in messages if now_us - message.received_us <= FRESH_US]
        if archive is not None and fresh:
            archive.write(fresh)
        raise
    messages = [as_registered(message, registered[message.tenant]) for message in messages]
    archived = [] if archive is None else archive.write(messages)

    def timeouts(tenant: str) -> Timeouts:
        return registered[tenant].timeouts

    def kept_days(tenant: str) -> int:
        return registered[tenant].kept_days(settings.retention_days)

    write_set = build_write_set(messages, retention_days=kept_days, timeouts=timeouts)
    for marker, amounts in write_set.sent:
        table.count_once(marker, amounts)
    store(write_set, table)
    schedule_and_announce(
        write_set,
        table=table,
        bus=bus,
        event_index_cache=event_index_cache or EventIndexCache(),
        timeouts=timeouts,
        expires_s=lambda tenant: expiry_of_timer_s(kept_days(tenant), now_us=now_us),
        time_left=time_left,
    )
    if deliveries is not None:
        wanted = deliveries_of(messages, archived, registered, now_us=now_us)
        if wanted:
            deliveries.send(wanted, now_us=now_us)
    return write_set


def as_registered(message: Message, registration: Registration) -> Message:
    """`message` with the edApps that are its app itself: the app's own id, and those that its registration names one by
    one. A message that is replayed keeps those of its arrival.
    """
    if message.edapps is not None:
        return message
    own = canonical_id(message.app_id)
    return replace(message, edapps=tuple(dict.fromkeys((own, *registration.edapps))))


def store(write_set: WriteSet, table: Table) -> None:
    """Put the rows. An event that DynamoDB will never take goes to quarantine; its neighbours are stored.

    Raises Unstorable if something else than an event is not taken: then the message must not be acknowledged.
    """
    try:
        table.put_all(write_set.rows)
    except Unstorable as refused:
        events = [
            row for row in write_set.rows if key_of(row) in refused.keys and str(row[keys.SK]).startswith(keys.EVENT)
        ]
        if {key_of(row) for row in events} != refused.keys:
            raise
        write_set.rejection_errors += [type(refused).__name__] * len(events)
        write_set.events -= len(events)
        kept = [row for event in events for row in rejection_of(event)]
        table.put_all([*kept, *failed_job_rows(write_set.rows, events)])


def schedule_and_announce(
    write_set: WriteSet,
    *,
    table: Table,
    bus: Bus | None,
    event_index_cache: EventIndexCache,
    timeouts: Callable[[str], Timeouts],
    expires_s: Callable[[str], int],
    time_left: Callable[[], bool],
) -> None:
    """Event index rows that are missing and timers that must be scheduled, after one read of what is there already.

    The facts are stored, so whichever of this and a sweep comes second sees the other (functions.timeout.due_timer).
    """
    unknown = event_index_cache.unknown(write_set.index_rows)
    row_by_key = table.get_all([*unknown, *map(timer_key, write_set.additions)])
    timers = schedule_all(write_set.additions, row_by_key, table=table, expires_s=expires_s, time_left=time_left)
    missing = {key: row for key, row in unknown.items() if stale(row_by_key.get(key), row)}
    new = [row for key, row in missing.items() if key not in row_by_key and key[0] not in timers.unscheduled]
    deciding = claims_of(write_set, new, timers, table, timeouts)
    claims = Claims(won=set(deciding))  # where there are no subscribers to tell
    if bus is not None:
        claims = claim_all(deciding, timers, table=table, time_left=time_left)
    write_set.unscheduled = {position for pk in timers.unscheduled for position in write_set.additions[pk].messages}
    # That an event index row is missing says that its session is new: of what is delivered again, it must say so again.
    known = {key: row for key, row in unknown.items() if key[0] not in timers.unscheduled}
    table.put_all(row for key, row in missing.items() if key in known and key not in claims.keys)
    for key in known:
        event_index_cache.stored(key, missing.get(key) or row_by_key[key])
    write_set.unpublished = publish_started(bus, notices(write_set, timers, claims))
    if timers.failure is not None:
        raise timers.failure
