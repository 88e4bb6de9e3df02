"""The third stop of an event: from the queue to the archive, the table and the session timer of its learner.

Archive first, then table, then acknowledge: at least once in S3, once in effect in DynamoDB, whatever is delivered
again and wherever this dies (every write is a put of a row that its content names, or conditional on a version).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from functions.core.ids import canonical_id
from functions.core.messages import Message
from functions.core.times import DAY_US
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import Archive
from functions.store.bus import Bus, Notice, Unpublished
from functions.store.dynamodb.table import Key, Row, Table, Unstorable, key_of
from functions.store.registrations import Registration, Registrations
from functions.store.rows.timers import SLACK_US, timer_key
from functions.storing.arming import Armed, arm_all
from functions.storing.membership_cache import Known, stale
from functions.storing.rejected import failed_job_rows, rejection_of
from functions.storing.write_set import Plan, plan


def process(
    messages: Sequence[Message],
    *,
    table: Table,
    archive: Archive | None,
    settings: ProcessSettings,
    now_us: int,
    bus: Bus | None = None,
    known: Known | None = None,
    registrations: Registrations | None = None,
    time_left: Callable[[], bool] = lambda: True,
) -> Plan:
    """Store everything in `messages`. Returns when it is safe to acknowledge all but those `left`; an AWS failure
    raises.

    `archive` is None in a rebuild, which reads what was archived already. `known` and `registrations` are what this
    worker remembers. Once no `time_left`, no more session timers are scheduled.
    """
    registrations = registrations or Registrations(table, settings.timeouts)
    try:
        registered = registrations.read({message.tenant for message in messages}, now_us=now_us)
    except BaseException:
        if archive is not None:
            archive.write(messages)  # though the table does not answer; the next delivery writes the same object anew
        raise
    messages = [as_registered(message, registered[message.tenant]) for message in messages]
    if archive is not None:
        archive.write(messages)
    made = plan(messages, retention_days=settings.retention_days, timeouts=lambda tenant: registered[tenant].timeouts)
    for marker, day, count in made.sent:
        table.count_once(marker, day, count)
    store(made, table)
    expires_s = (now_us + settings.retention_days * DAY_US + SLACK_US) // 1_000_000
    remember(made, table=table, bus=bus, known=known or Known(), expires_s=expires_s, time_left=time_left)
    return made


def as_registered(message: Message, registration: Registration) -> Message:
    """`message` with the edApps that are its app itself: the app's own id, and those that its registration names one by
    one. A message that is replayed keeps those of its arrival.
    """
    if message.edapps is not None:
        return message
    own = canonical_id(message.app_id)
    return replace(message, edapps=tuple(dict.fromkeys((own, *registration.edapps))))


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
        table.put_all([*map(rejection_of, events), *failed_job_rows(made.rows, events)])


def remember(
    made: Plan, *, table: Table, bus: Bus | None, known: Known, expires_s: int, time_left: Callable[[], bool]
) -> None:
    """Memberships that are missing and timers that must be scheduled, after one read of what is there already.

    The facts are stored, so whichever of this and a sweep comes second sees the other (functions.timeout.look).
    """
    unknown = known.unknown(made.memberships)
    there = table.get_all([*unknown, *map(timer_key, made.additions)])
    missing = {key: row for key, row in unknown.items() if stale(there.get(key), row)}
    table.put_all(missing.values())
    for key in unknown:
        known.stored(key, missing.get(key) or there[key])
    armed = arm_all(made.additions, there, table=table, expires_s=expires_s, time_left=time_left)
    made.left = {position for pk in armed.left for position in made.additions[pk].messages}
    new = {key: row for key, row in missing.items() if key not in there}
    made.unpublished = announced(bus, notices(made, armed, new))


def notices(made: Plan, armed: Armed, new: Mapping[Key, Row]) -> list[Notice]:
    """SessionStarted of the sessions that this batch began. `new`: the memberships that were not there before."""
    unseen: dict[str, set[str]] = {}
    for (pk, _), row in new.items():
        unseen.setdefault(pk, set()).add(str(row["correlation"]))
    return [
        notice
        for pk, addition in made.additions.items()
        if pk not in armed.left
        for notice in addition.notices(began=pk in armed.began, new=unseen.get(pk, set()))
    ]


def announced(bus: Bus | None, begun: Sequence[Notice]) -> int:
    """Tell subscribers of new sessions; how many could not be told. What was stored must not wait for that."""
    if bus is None or not begun:
        return 0
    try:
        bus.publish(begun)
    except Unpublished:
        return len(begun)
    return 0
