"""Closes what is over of one watch, after its timeline was read to the end; arms the rest again."""

from dataclasses import replace
from typing import Any

from functions.core.insights import detect as insights
from functions.core.sessions.session import Session, due, timed_out
from functions.core.sessions.session_view import session_record
from functions.core.sessions.timed_out import event as timed_out_event
from functions.core.sessions.watches import Watch, explicit_of, in_edapp_of
from functions.store.dynamodb.table import Key
from functions.store.rows.watches import learners_watches, session_key, watch_of, watch_row
from functions.store.timeline import of_session, stretches
from functions.timeout.beside import arm_beside, arm_joined
from functions.timeout.outbox import send
from functions.timeout.work import Sweep, Swept, put

CLOSED_IN_ONE_WRITE = 40  # under TransactWriteItems' 100 and its 4 MB


def close_explicit(work: Sweep, key: Key, watch: Watch, result: Swept) -> None:
    """An explicit session: closed as the fold says, or armed again for as long as it is used."""
    stretch = of_session(
        work.table, key[0], watch.session, from_us=watch.from_us, limits=work.settings, consistent=True
    )
    folded = stretch.sessions(watch)
    session = explicit_of(watch, folded)
    settled = replace(watch, phase="settled", version=watch.version + 1)
    if watch.learner is None and learners_watches(work.table, watch.tenant, watch.session):
        session = None  # it is a learner's after all
    if session is None:
        put(work, key, settled)
    elif session.awaits_timeout and not due(session, work.now_us, work.lag_us):
        again = replace(settled, phase="armed", due_us=_next_look(work, session))
        result.armed_again += put(work, key, again)
    else:
        done = replace(settled, **_closed(work, watch, session))
        if done.frozen != watch.frozen:
            result.armed_again += arm_beside(work, key[0], watch, session, folded)
        if put(work, key, done):
            result.closed += not watch.closed
            if done.unsent:
                result.sent += send(work, key, done)


def _next_look(work: Sweep, session: Session) -> int:
    return max(session.deadline_us, work.now_us) + work.lag_us


def close_gaps(work: Sweep, key: Key, watch: Watch, result: Swept) -> None:
    """Sessions made of gaps: every one that is over becomes a row of its own; the last may still go on."""
    still_open: list[Session] = []
    for stretch in stretches(work.table, key[0], watch.from_us, limits=work.settings, consistent=True):
        over: list[Session] = []
        folded = in_edapp_of(watch, stretch.sessions(watch))
        result.armed_again += arm_joined(work, watch, folded)
        for session in folded:
            if session.explicit:
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
        put(work, key, settled)
        return
    again = replace(
        settled,
        phase="armed",
        session=still_open[0].id,
        from_us=still_open[0].started_us,
        due_us=min(_next_look(work, session) for session in still_open),
    )
    result.armed_again += put(work, key, again)


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
        changed: dict[str, Any] = {"frozen": {**_frozen(work, session), **({"timedOut": said} if said else {})}}
        if work.bus is not None and not before.closed:
            changed |= {"unsent": True, "due_us": work.now_us}
        return changed
    over = timed_out(session)
    said = timed_out_event(over, system_id=work.system_id)
    return {"frozen": {**_frozen(work, over), "timedOut": said}, "unsent": True, "due_us": work.now_us}


def _frozen(work: Sweep, session: Session) -> dict[str, Any]:
    """The record of a closed session, with its insights where it was opened for them."""
    record = session_record(session)
    if session.process_insights:
        found = insights.fold(session, thresholds=work.settings.thresholds)
        record["insights"] = [insight.as_dict() for insight in found]
    return record
