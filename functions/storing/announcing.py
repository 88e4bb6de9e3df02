"""SessionStarted of the sessions that a batch begins: told by one worker, whichever others store first events of them.

Of a session that nothing was stored of, the worker tells that puts its event index row first: that one row is put on
the condition that it is missing. Of any other, the worker tells that opened the timeline, by its timer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct, field

from functions.core.sessions.timeouts import Timeouts
from functions.core.times import day_of
from functions.store import keys
from functions.store.bus import Bus, Notice, Unpublished
from functions.store.dynamodb.table import Key, Row, Table, key_of
from functions.storing.scheduling import WRITERS, ScheduledTimers
from functions.storing.write_set import WriteSet

type Session = tuple[str, str]  # its partition and name


class Claims(Struct):
    """`keys`: the rows by which it was decided who tells of a new session. `won` by this worker, `lost` to another."""

    keys: set[Key] = field(default_factory=set)
    won: set[Session] = field(default_factory=set)
    lost: set[Session] = field(default_factory=set)


def claims_of(
    write_set: WriteSet, new: Iterable[Row], timers: ScheduledTimers, table: Table, timeouts: Callable[[str], Timeouts]
) -> dict[Session, Row]:
    """The row that decides for each session to be told of; `new`: event index rows that were missing.

    A session has such a row for each day: that of its first day in the batch decides. If that one is there already, so
    is the session.
    """
    new_by_key = {key_of(row): row for row in new}
    deciding: dict[Session, Row] = {}
    for pk, addition in write_set.additions.items():
        for session in addition.to_announce:
            day = day_of(addition.named[session].entry.time_us)
            row = new_by_key.get((pk, keys.event_index_sk(session, day)))
            if row is not None:
                deciding[pk, session] = row
    known = _known_the_day_before(deciding, write_set, timers, table, timeouts)
    return {session: row for session, row in deciding.items() if session not in known}


def _known_the_day_before(
    sessions: Iterable[Session],
    write_set: WriteSet,
    timers: ScheduledTimers,
    table: Table,
    timeouts: Callable[[str], Timeouts],
) -> set[Session]:
    """Those of these sessions that have a row of the day before.

    If a session first says something soon after midnight (UTC) in a timeline in which something is open, it may have
    begun then. One BatchGet where there is such a one.
    """
    earlier: dict[Key, Session] = {}
    for pk, session in sessions:
        addition = write_set.additions[pk]
        time_us = addition.named[session].entry.time_us
        day = day_of(time_us - timeouts(addition.tenant).idle_us(time_us))
        if pk not in timers.began and day != day_of(time_us):
            earlier[pk, keys.event_index_sk(session, day)] = pk, session
    return {earlier[key] for key in table.get_all(earlier)} if earlier else set()


def claim_all(
    rows: Mapping[Session, Row], timers: ScheduledTimers, *, table: Table, time_left: Callable[[], bool]
) -> Claims:
    """Put the row of each session unless another worker did.

    What there is no time for, and what comes after a failure, is left with its timeline unscheduled: its messages are
    delivered again, and then it is told.
    """
    claims = Claims()
    failures: list[Exception] = []

    def claim(session: Session) -> None:
        if failures or not time_left():
            timers.unscheduled.add(session[0])
            return
        try:
            put = table.put_if(rows[session], None)
        except Exception as error:  # noqa: BLE001  raised by the caller, once what began is announced
            failures.append(error)
            timers.unscheduled.add(session[0])
        else:
            claims.keys.add(key_of(rows[session]))
            (claims.won if put else claims.lost).add(session)

    if len(rows) < 2:
        for session in rows:
            claim(session)
    else:
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(claim, rows))
    timers.failure = timers.failure or next(iter(failures), None)
    return claims


def notices(write_set: WriteSet, timers: ScheduledTimers, claims: Claims) -> list[Notice]:
    """SessionStarted of the sessions that this worker tells of, which are counted, too."""
    begun: list[Notice] = []
    for pk, addition in write_set.additions.items():
        won = {session for session in addition.named if (pk, session) in claims.won}
        if pk in timers.unscheduled:
            of_timeline = list(addition.notices(began=False, new=won, elsewhere=()))
        else:
            lost = {session for session in addition.named if (pk, session) in claims.lost}
            of_timeline = list(addition.notices(began=pk in timers.began, new=won, elsewhere=lost))
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
