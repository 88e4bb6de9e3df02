"""Sessions beside the one that was read that are no longer stored as they are: armed, so that the sweep reads them too.

An event arms the watch of the session that it names or begins. Whose another is may change with it.
"""

from collections.abc import Iterable
from dataclasses import replace

from functions.core.sessions.session import Session, timed_out
from functions.core.sessions.session_view import session_record
from functions.core.sessions.watches import Watch
from functions.store import keys
from functions.store.dynamodb.table import Key
from functions.store.rows.watches import session_key, watch_of, watch_row
from functions.timeout.work import Sweep, put


def arm_joined(work: Sweep, watch: Watch, sessions: Iterable[Session]) -> int:
    """Arm the closed explicit sessions that an event joined which names none: its arrival armed `watch` only."""
    joined = {
        session_key(watch, session.id): session
        for session in sessions
        if session.explicit and any(entry.attribution.session is None for entry in session.entries)
    }
    armed_again = 0
    for place, row in work.table.get_all(joined).items() if joined else ():
        stale = watch_of(row)
        if stale.phase == "armed" or (stale.phase == "settled" and not _outdated(stale, joined[place])):
            continue
        armed_again += _arm(work, place, stale)
    return armed_again


def arm_beside(work: Sweep, pk: str, watch: Watch, changed: Session, folded: Iterable[Session]) -> int:
    """Arm what a changed explicit session bears on, and is not stored as it is now: it took events or gives them back.

    One that is being read is left alone, for it sees the same facts; else two could hinder each other for ever.
    """
    beside = {session_key(watch, one.id): one for one in folded if one.edapp == changed.edapp and one.id != changed.id}
    if not beside:
        return 0
    gaps_key = (pk, keys.watch_sk(changed.edapp or ""))
    there = {key: watch_of(row) for key, row in work.table.get_all([*beside, gaps_key]).items()}
    armed_again = 0
    astray: list[Session] = []
    for key, session in beside.items():
        stale = there.get(key)
        if not session.explicit and (stale is None or not stale.closed or _outdated(stale, session)):
            astray.append(session)
        elif session.explicit and stale is not None and stale.phase == "settled" and _outdated(stale, session):
            armed_again += _arm(work, key, stale)
    if astray:
        first = min(astray, key=lambda session: session.started_us)
        armed_again += _arm_gaps(work, gaps_key, there.get(gaps_key), watch, first)
    return armed_again


def _arm(work: Sweep, key: Key, stale: Watch) -> bool:
    return put(work, key, replace(stale, phase="armed", due_us=work.now_us, version=stale.version + 1))


def _arm_gaps(work: Sweep, key: Key, there: Watch | None, beside: Watch, first: Session) -> bool:
    """Have the gap sessions read from `first` on."""
    if there is None:
        fresh = Watch(
            tenant=beside.tenant,
            app_id=beside.app_id,
            learner=beside.learner,
            edapp=first.edapp,
            session=first.id,
            explicit=False,
            from_us=first.started_us,
            due_us=work.now_us,
        )
        return work.table.put_if(watch_row(key, fresh, expires_s=work.expires_s), None)
    if there.phase == "reading" or (there.phase == "armed" and there.from_us <= first.started_us):
        return False
    due_us = work.now_us if there.phase == "settled" else there.due_us
    again = replace(
        there,
        phase="armed",
        session=first.id,
        from_us=first.started_us,
        due_us=due_us,
        version=there.version + 1,
    )
    return put(work, key, again)


def _outdated(watch: Watch, session: Session) -> bool:
    record = session_record(timed_out(session) if session.awaits_timeout else session)
    return watch.closed and any(watch.frozen.get(name) != value for name, value in record.items())
