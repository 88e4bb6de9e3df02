"""The way a session ends that nobody closed: each minute, look at the watches that are due and close what is idle.

Per watch: mark it `reading`, then read its timeline consistently, then either arm it again or store the closed session
with its TimedOut still to be sent, send it, and only then let the row leave the index. Every step is conditional on
the watch's version, so an event that arrives in between wins, and a crash anywhere leaves the next sweep its work.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import orjson

from functions.aws.queue import Queue
from functions.aws.table import Key, Row, Table
from functions.aws.timeline import Stored, chunks, of_session, whole
from functions.aws.watches import SLACK_US, due_keys, session_key, watch_of, watch_row
from functions.core.attribution import attribute
from functions.core.ids import content_digest
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.records import session_record
from functions.core.session import Session, due, timed_out
from functions.core.sessions import fold
from functions.core.timed_out import event as timed_out_event
from functions.core.timeline import Entry
from functions.core.times import DAY_US, FIRST_US, MINUTE_US
from functions.core.watches import Watch
from functions.settings import TimeoutSettings

SHARD_ROWS = 200  # read of each shard in one sweep; the rest waits a minute
WORKERS = 8
BACK_OFF_US = 15 * MINUTE_US
CLOSED_IN_ONE_WRITE = 40  # under TransactWriteItems' 100 and its 4 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What one sweep works with. `lag_us`: how far the queue is behind, so that a backlog closes nobody early."""

    table: Table
    queue: Queue
    settings: TimeoutSettings
    now_us: int
    lag_us: int
    system_id: str

    @property
    def idle_us(self) -> int:
        return round(self.settings.idle_minutes * MINUTE_US)

    @property
    def heartbeat_idle_us(self) -> int:
        return round(self.settings.heartbeat_minutes * MINUTE_US)

    @property
    def quiet_us(self) -> int:
        """A silence that no session reaches across."""
        return max(self.idle_us, self.heartbeat_idle_us)

    @property
    def expires_s(self) -> int:
        return (self.now_us + self.settings.retention_days * DAY_US + SLACK_US) // 1_000_000


@dataclass(slots=True)
class Swept:
    """What came of it. `failed` watches were put off; they raise an alarm, not the sweep."""

    looked_at: int = 0
    armed_again: int = 0
    closed: int = 0
    sent: int = 0
    failed: int = 0
    left: bool = False


def sweep(work: Sweep, *, time_left: Callable[[], bool]) -> Swept:
    """Look at every watch that is due, a few at a time, until none or no time is left."""
    result = Swept()
    found = list(due_keys(work.table, work.now_us, limit=SHARD_ROWS))
    there = work.table.get_all(found) if found else {}
    waiting = [(key, there[key]) for key in found if key in there]

    def look(one: tuple[Key, Row]) -> Swept:
        return look_at(work, *one) if time_left() else Swept(left=True)

    if len(waiting) < 2 or WORKERS == 1:
        outcomes: Iterable[Swept] = map(look, waiting)
        return _sum(result, outcomes)
    with ThreadPoolExecutor(min(WORKERS, len(waiting))) as pool:
        return _sum(result, pool.map(look, waiting))


def _sum(result: Swept, outcomes: Iterable[Swept]) -> Swept:
    for one in outcomes:
        result.looked_at += one.looked_at
        result.armed_again += one.armed_again
        result.closed += one.closed
        result.sent += one.sent
        result.failed += one.failed
        result.left = result.left or one.left
    return result


def look_at(work: Sweep, key: Key, row: Row) -> Swept:
    """One due watch. What is wrong with its data is put off and counted; a failing AWS call is let out."""
    watch = watch_of(row)
    result = Swept(looked_at=1)
    if watch.unsent:
        result.sent += send(work, key, watch)
        if watch.phase == "settled":
            return result
        row = work.table.get_all([key]).get(key, row)
        watch = watch_of(row)
    if watch.phase == "settled" or watch.due_us > work.now_us:
        return result
    try:
        _read_to_the_end(work, key, watch, result)
    except (KeyError, TypeError, ValueError, AssertionError):
        result.failed += 1
        _put_off(work, key)
    return result


def _read_to_the_end(work: Sweep, key: Key, watch: Watch, result: Swept) -> None:
    reading = replace(watch, phase="reading", version=watch.version + 1)
    if not _put(work, key, reading, watch.version):
        return
    if watch.explicit:
        close_explicit(work, key, reading, result)
    else:
        close_gaps(work, key, reading, result)


def close_explicit(work: Sweep, key: Key, watch: Watch, result: Swept) -> None:
    """An explicit session: closed as the fold says, or armed again for as long as it is used."""
    facts = of_session(
        work.table, key[0], watch.session, from_us=watch.from_us, quiet_us=work.quiet_us, consistent=True
    )
    session = next((one for one in _fold(work, watch, facts) if one.explicit and one.id == watch.session), None)
    settled = replace(watch, phase="settled", version=watch.version + 1)
    if session is None:
        _put(work, key, settled, watch.version)
    elif session.awaits_timeout and not due(session, work.now_us, work.lag_us):
        again = replace(settled, phase="armed", due_us=_next_look(work, session))
        result.armed_again += _put(work, key, again, watch.version)
    else:
        done = replace(settled, **_closed(work, watch, session))
        if _put(work, key, done, watch.version):
            result.closed += not watch.closed
            if done.unsent:
                result.sent += send(work, key, done)


def _next_look(work: Sweep, session: Session) -> int:
    return max(session.deadline_us, work.now_us) + work.lag_us


def close_gaps(work: Sweep, key: Key, watch: Watch, result: Swept) -> None:
    """Sessions made of gaps: every one that is over becomes a row of its own; the last may still go on."""
    still_open: list[Session] = []
    for chunk in chunks(work.table, key[0], watch.from_us, quiet_us=work.quiet_us, consistent=True):
        facts = whole(work.table, chunk, quiet_us=work.quiet_us, consistent=True)
        over: list[Session] = []
        for session in _fold(work, watch, facts):
            if session.explicit or (session.edapp or "") != (watch.edapp or ""):
                continue
            if session.awaits_timeout and not due(session, work.now_us, work.lag_us):
                still_open.append(session)
            else:
                over.append(session)
        for at in range(0, len(over), CLOSED_IN_ONE_WRITE):
            stored = _store_closed(work, key, watch, over[at : at + CLOSED_IN_ONE_WRITE], result)
            if stored is None:
                return
            watch = stored
    settled = replace(watch, phase="settled", version=watch.version + 1)
    if not still_open:
        _put(work, key, settled, watch.version)
        return
    again = replace(
        settled,
        phase="armed",
        session=still_open[-1].id,
        from_us=still_open[0].started_us,
        due_us=min(_next_look(work, session) for session in still_open),
    )
    result.armed_again += _put(work, key, again, watch.version)


def _store_closed(work: Sweep, key: Key, watch: Watch, over: list[Session], result: Swept) -> Watch | None:
    """Closed sessions and the watch's next version in one write; None where something arrived meanwhile."""
    places = [session_key(watch, session.id) for session in over]
    there = work.table.get_all(places)
    changed: list[tuple[Key, Watch, int | None]] = []
    for place, session in zip(places, over, strict=True):
        before = watch_of(there[place]) if place in there else None
        row = Watch(
            tenant=watch.tenant,
            app_id=watch.app_id,
            learner=watch.learner,
            edapp=watch.edapp,
            session=session.id,
            explicit=False,
            phase="settled",
            version=before.version + 1 if before else 1,
            from_us=session.started_us,
            due_us=work.now_us,
            unsent=before.unsent if before else False,
        )
        row = replace(row, **_closed(work, before or row, session))
        if before is None or before.frozen != row.frozen:
            changed.append((place, row, before.version if before else None))
    if not changed:
        return watch
    onward = replace(watch, version=watch.version + 1)
    rows = [(watch_row(key, onward, expires_s=work.expires_s), watch.version)] + [
        (watch_row(place, row, expires_s=work.expires_s), version) for place, row, version in changed
    ]
    if not work.table.put_all_if(rows):
        return None
    for place, row, version in changed:
        result.closed += version is None
        if row.unsent:
            result.sent += send(work, place, row)
    return onward


def _closed(work: Sweep, before: Watch, session: Session) -> dict[str, Any]:
    """What changes in a row whose session is over: its record, and a TimedOut to send where nobody logged an end."""
    said = before.frozen.get("timedOut")
    if not session.awaits_timeout:
        return {"frozen": {**session_record(session), **({"timedOut": said} if said else {})}}
    over = timed_out(session)
    said = timed_out_event(over, system_id=work.system_id)
    return {"frozen": {**session_record(over), "timedOut": said}, "unsent": True, "due_us": work.now_us}


def _fold(work: Sweep, watch: Watch, facts: Iterable[Stored]) -> list[Session]:
    entries = [fact.entry for fact in facts]
    said = watch.frozen.get("timedOut")
    if said is not None:
        entries.append(told(said))
    return fold(
        entries,
        tenant=watch.tenant,
        learner=watch.learner,
        idle_us=work.idle_us,
        heartbeat_idle_us=work.heartbeat_idle_us,
    )


def told(event: dict[str, Any]) -> Entry:
    """Our own TimedOut as the fold reads it, for while it is still on its way through the queue."""
    about = attribute(event, auto_attach=False, received_us=FIRST_US)
    return Entry(
        time_us=about.time_us,
        received_us=about.time_us,
        id=about.id,
        content=content_digest(event),
        attribution=about,
        event=event,
    )


def send(work: Sweep, key: Key, watch: Watch) -> bool:
    """Send the TimedOut of a closed session, then let its row leave the index. Sent twice is stored once."""
    message = Message(
        tenant=watch.tenant,
        app_id=watch.app_id,
        job=job_key(work.now_us, content_digest(watch.frozen["timedOut"]).encode()),
        received_us=work.now_us,
        system=True,
        items=[Item("event", orjson.dumps(watch.frozen["timedOut"]))],
    )
    if work.queue.send([pack(message)], group=watch.tenant):
        return False
    return _put(work, key, replace(watch, unsent=False, version=watch.version + 1), watch.version)


def _put(work: Sweep, key: Key, watch: Watch, version: int) -> bool:
    return work.table.put_if(watch_row(key, watch, expires_s=work.expires_s), version)


def _put_off(work: Sweep, key: Key) -> None:
    """Keep a watch that cannot be read from standing at the head of its shard."""
    row = work.table.get_all([key]).get(key)
    if row is not None:
        watch = watch_of(row)
        later = replace(watch, phase="armed", due_us=work.now_us + BACK_OFF_US, version=watch.version + 1)
        _put(work, key, later, watch.version)
