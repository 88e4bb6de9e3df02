"""The third stop of an event: from the queue to the archive, the table and the session timer of its learner.

Archive first, then table, then acknowledge: at least once in S3, once in effect in DynamoDB, whatever is delivered
again and wherever this crashes (every write puts a row that its content names, or depends on a version).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from functions.core.ids import canonical_id
from functions.core.messages import Message
from functions.core.times import DAY_US, MINUTE_US
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import Archive
from functions.store.bus import Bus, Notice, Unpublished
from functions.store.dynamodb.table import Key, Row, Table, Unstorable, key_of
from functions.store.registrations import Registration, Registrations
from functions.store.rows.timers import SLACK_US, timer_key
from functions.storing.event_index_cache import EventIndexCache, stale
from functions.storing.rejected import failed_job_rows, rejection_of
from functions.storing.scheduling import ScheduledTimers, schedule_all
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
    time_left: Callable[[], bool] = lambda: True,
) -> WriteSet:
    """Store everything in `messages`. Returns when it is safe to acknowledge all but the `unscheduled`; an AWS failure
    raises.

    `archive` is None in a rebuild, which reads what was archived already. `event_index_cache` and `registrations` are
    remembered by this worker. Once no `time_left`, no more session timers are scheduled.
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
    if archive is not None:
        archive.write(messages)
    write_set = build_write_set(
        messages, retention_days=settings.retention_days, timeouts=lambda tenant: registered[tenant].timeouts
    )
    for marker, amounts in write_set.sent:
        table.count_once(marker, amounts)
    store(write_set, table)
    expires_s = (now_us + settings.retention_days * DAY_US + SLACK_US) // 1_000_000
    schedule_and_announce(
        write_set,
        table=table,
        bus=bus,
        event_index_cache=event_index_cache or EventIndexCache(),
        expires_s=expires_s,
        time_left=time_left,
    )
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

    Raises Unstorable where something else than an event is not taken: then the message must not be acknowledged.
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
        table.put_all([*map(rejection_of, events), *failed_job_rows(write_set.rows, events)])


def schedule_and_announce(
    write_set: WriteSet,
    *,
    table: Table,
    bus: Bus | None,
    event_index_cache: EventIndexCache,
    expires_s: int,
    time_left: Callable[[], bool],
) -> None:
    """Event index rows that are missing and timers that must be scheduled, after one read of what is there already.

    The facts are stored, so whichever of this and a sweep comes second sees the other (functions.timeout.due_timer).
    """
    unknown = event_index_cache.unknown(write_set.index_rows)
    row_by_key = table.get_all([*unknown, *map(timer_key, write_set.additions)])
    missing = {key: row for key, row in unknown.items() if stale(row_by_key.get(key), row)}
    table.put_all(missing.values())
    for key in unknown:
        event_index_cache.stored(key, missing.get(key) or row_by_key[key])
    timers = schedule_all(write_set.additions, row_by_key, table=table, expires_s=expires_s, time_left=time_left)
    write_set.unscheduled = {position for pk in timers.unscheduled for position in write_set.additions[pk].messages}
    new = {key: row for key, row in missing.items() if key not in row_by_key}
    write_set.unpublished = publish_started(bus, notices(write_set, timers, new))


def notices(write_set: WriteSet, timers: ScheduledTimers, new: Mapping[Key, Row]) -> list[Notice]:
    """SessionStarted of the sessions that this batch began. `new`: the event index rows that were not there before."""
    unseen: dict[str, set[str]] = {}
    for (pk, _), row in new.items():
        unseen.setdefault(pk, set()).add(str(row["correlation"]))
    return [
        notice
        for pk, addition in write_set.additions.items()
        if pk not in timers.unscheduled
        for notice in addition.notices(began=pk in timers.began, new=unseen.get(pk, set()))
    ]


def publish_started(bus: Bus | None, begun: Sequence[Notice]) -> int:
    """Publish the notices of new sessions; how many the bus did not take. Storing must not wait for subscribers."""
    if bus is None or not begun:
        return 0
    try:
        bus.publish(begun)
    except Unpublished:
        return len(begun)
    return 0
