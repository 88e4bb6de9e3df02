"""The third stop of an event: from the queue to the archive, the table and the watch of its session.

Archive first, then table, then acknowledge: at least once in S3, once in effect in DynamoDB, whatever is delivered
again and wherever this dies (every write is a put of a row that its content names, or conditional on a version).
"""

from collections.abc import Mapping, Sequence

from functions.core.messages import Message
from functions.core.sessions.watches import Touch, armed, joined
from functions.core.times import DAY_US
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import Archive
from functions.store.bus import Bus, Notice, Unpublished, started
from functions.store.dynamodb.table import Key, Row, Table, Unstorable, key_of
from functions.store.rows.watches import SLACK_US, learners_watches, watch_of, watch_row
from functions.storing.membership_cache import Known, stale
from functions.storing.rejected import failed_job_rows, rejection_of
from functions.storing.write_set import Plan, plan


class Contended(Exception):
    """A watch changed under every attempt to arm it; the message is to be delivered again."""


ATTEMPTS = 8


def process(
    messages: Sequence[Message],
    *,
    table: Table,
    archive: Archive | None,
    settings: ProcessSettings,
    now_us: int,
    bus: Bus | None = None,
    known: Known | None = None,
) -> Plan:
    """Store everything in `messages`. Returns when it is safe to acknowledge; an AWS failure raises.

    `archive` is None in a rebuild, which reads what was archived already. `known` is what this worker remembers.
    """
    if archive is not None:
        archive.write(messages)
    made = plan(messages, retention_days=settings.retention_days)
    for marker, day, count in made.sent:
        table.count_once(marker, day, count)
    store(made, table)
    remember(made, table=table, settings=settings, now_us=now_us, bus=bus, known=known or Known())
    return made


def store(made: Plan, table: Table) -> None:
    """Put the rows. An event that DynamoDB will never take goes to quarantine; its neighbours are stored.

    Raises Unstorable where something else than an event is not taken: then the message must not be acknowledged.
    """
    try:
        table.put_all(made.rows)
    except Unstorable as refused:
        events = [row for row in made.rows if key_of(row) in refused.keys and str(row[keys.SK]).startswith(keys.EVENT)]
        if {key_of(row) for row in events} != refused.keys:
            raise
        made.poisoned += [type(refused).__name__] * len(events)
        made.events -= len(events)
        kept = [row for event in events for row in rejection_of(event)]
        table.put_all([*kept, *failed_job_rows(made.rows, events)])


def remember(
    made: Plan, *, table: Table, settings: ProcessSettings, now_us: int, bus: Bus | None, known: Known
) -> None:
    """Memberships that are missing and watches that must be armed, after one read of what is there already."""
    touches = owned(table, made.touches)
    unknown = known.unknown(made.memberships)
    there = table.get_all([*unknown, *touches])
    missing = {key: row for key, row in unknown.items() if stale(there.get(key), row)}
    table.put_all(missing.values())
    for key in unknown:
        known.stored(key, missing.get(key) or there[key])
    made.unpublished = announced(bus, [started(touch) for key, touch in touches.items() if key not in there])
    for key, touch in touches.items():
        arm(key, touch, there.get(key), table=table, settings=settings, now_us=now_us)


def announced(bus: Bus | None, births: Sequence[Notice]) -> int:
    """Tell subscribers of new sessions; how many could not be told. What was stored must not wait for that."""
    if bus is None or not births:
        return 0
    try:
        bus.publish(births)
    except Unpublished:
        return len(births)
    return 0


def owned(table: Table, touches: Mapping[Key, Touch]) -> dict[Key, Touch]:
    """`touches`, with those of a session that say no learner turned to the learners whose session it is.

    Seed 000's TimedOut names only the session. One query of `by_id` for each such session; where no learner is known
    (yet), the session is watched by itself.
    """
    found: dict[Key, Touch] = {}
    for key, touch in touches.items():
        places = [key]
        if touch.learner is None:
            places = learners_watches(table, touch.tenant, touch.session) or [key]
        for place in places:
            found[place] = joined(found[place], touch) if place in found else touch
    return found


def arm(key: Key, touch: Touch, row: Row | None, *, table: Table, settings: ProcessSettings, now_us: int) -> None:
    """Arm the watch at `key` where it has to be. Raises Contended where it changes under every attempt."""
    expires_s = (now_us + settings.retention_days * DAY_US + SLACK_US) // 1_000_000
    for _ in range(ATTEMPTS):
        watch = armed(
            watch_of(row) if row else None,
            touch,
            idle_us=settings.idle_us,
            heartbeat_idle_us=settings.heartbeat_idle_us,
        )
        if watch is None:
            return
        if table.put_if(watch_row(key, watch, expires_s=expires_s), int(str(row["version"])) if row else None):
            return
        row = table.get_all([key]).get(key)
    raise Contended(f"a watch changed {ATTEMPTS} times while it was being armed")
