"""The third stop of an event: from the queue to the archive, the table and the session timer of its learner.

Archive first, then table, then acknowledge: at least once in S3, once in effect in DynamoDB, whatever is delivered
again and wherever this crashes (every write puts a row that its content names, or depends on a version).
"""

from collections.abc import Callable, Iterable, Sequence, Set
from copy import replace

from functions.core.ids import canonical_id
from functions.core.messages import Message
from functions.core.sessions.timeouts import Timeouts
from functions.core.times import DAY_US, MINUTE_US, day_of
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import Archive
from functions.store.bus import Bus, Notice, Unpublished
from functions.store.dynamodb.table import Key, Row, Table, Unstorable, key_of
from functions.store.registrations import Registration, Registrations
from functions.store.rows.timers import SLACK_US, timer_key
from functions.store.webhooks.delivery_queue import DeliveryQueue
from functions.storing.deliveries import deliveries_of
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

    write_set = build_write_set(messages, retention_days=settings.retention_days, timeouts=timeouts)
    for marker, amounts in write_set.sent:
        table.count_once(marker, amounts)
    store(write_set, table)
    expires_s = (now_us + settings.retention_days * DAY_US + SLACK_US) // 1_000_000
    schedule_and_announce(
        write_set,
        table=table,
        bus=bus,
        event_index_cache=event_index_cache or EventIndexCache(),
        timeouts=timeouts,
        expires_s=expires_s,
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
    expires_s: int,
    time_left: Callable[[], bool],
) -> None:
    """Event index rows that are missing and timers that must be scheduled, after one read of what is there already.

    The facts are stored, so whichever of this and a sweep comes second sees the other (functions.timeout.due_timer).
    """
    unknown = event_index_cache.unknown(write_set.index_rows)
    row_by_key = table.get_all([*unknown, *map(timer_key, write_set.additions)])
    timers = schedule_all(write_set.additions, row_by_key, table=table, expires_s=expires_s, time_left=time_left)
    write_set.unscheduled = {position for pk in timers.unscheduled for position in write_set.additions[pk].messages}
    # That an event index row is missing says that its session is new: of what is delivered again, it must say so again.
    known = {key: row for key, row in unknown.items() if key[0] not in timers.unscheduled}
    missing = {key: row for key, row in known.items() if stale(row_by_key.get(key), row)}
    new = [row for key, row in missing.items() if key not in row_by_key]
    begun = notices(write_set, timers, new_sessions(write_set, timers, new, table, timeouts))
    table.put_all(missing.values())
    for key in known:
        event_index_cache.stored(key, missing.get(key) or row_by_key[key])
    write_set.unpublished = publish_started(bus, begun)
    if timers.failure is not None:
        raise timers.failure


def new_sessions(
    write_set: WriteSet,
    timers: ScheduledTimers,
    new: Iterable[Row],
    table: Table,
    timeouts: Callable[[str], Timeouts],
) -> set[tuple[str, str]]:
    """Partition and name of the sessions of which nothing was stored before; `new`: event index rows that were missing.

    A session has such a row for each day. If it first says something soon after midnight (UTC) in a timeline in which
    something is open, that of the day before is read: it may have begun then. One BatchGet if there is such a session.
    """
    unseen = {(str(row[keys.PK]), str(row["correlation"])) for row in new}
    earlier: dict[Key, tuple[str, str]] = {}
    for pk, addition in write_set.additions.items():
        for session, fact in addition.named.items() if pk not in timers.began else ():
            time_us = fact.entry.time_us
            day = day_of(time_us - timeouts(addition.tenant).idle_us(time_us))
            if (pk, session) in unseen and day != day_of(time_us):
                earlier[pk, keys.event_index_sk(session, day)] = pk, session
    return unseen - {earlier[key] for key in table.get_all(earlier)} if earlier else unseen


def notices(write_set: WriteSet, timers: ScheduledTimers, new: Set[tuple[str, str]]) -> list[Notice]:
    """SessionStarted of the sessions that this batch began, which are counted, too. `new`: by partition and name."""
    begun: list[Notice] = []
    for pk, addition in write_set.additions.items():
        if pk not in timers.unscheduled:
            unseen = {session for session in addition.named if (pk, session) in new}
            of_timeline = list(addition.notices(began=pk in timers.began, new=unseen))
            write_set.began[addition.tenant] += len(of_timeline)
            begun += of_timeline
    return begun


def publish_started(bus: Bus | None, begun: Sequence[Notice]) -> int:
    """Publish the notices of new sessions; how many the bus did not take. Storing must not wait for subscribers."""
    if bus is None or not begun:
        return 0
    try:
        bus.publish(begun)
    except Unpublished:
        return len(begun)
    return 0
