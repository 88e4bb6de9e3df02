"""To which session an event belongs that names none: read off session rows if the sweep has settled it, else folded.

A page in a long day costs so what its own rows cost: the day is folded only where rows cannot tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from functions.core.sessions.facts import Fact, fact_of
from functions.core.sessions.records import Record
from functions.core.timeline.entry import IdAndContent
from functions.query.request import Request
from functions.query.sessions.folding import session_by_event, slices_of, timeouts_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import pages
from functions.store.rows.events import UNREADABLE, StoredFact
from functions.store.rows.sessions import SessionRow, session_of
from functions.store.rows.timers import timer_key, timer_of

EXPLICIT_ROWS = 60  # explicit sessions lie by their id: of more than these it is cheaper to fold
BEFORE = 4  # inferred sessions that began before the events, of several apps


def attached_to(request: Request, facts: Iterable[StoredFact]) -> dict[str, dict[IdAndContent, str]]:
    """For each partition, event → session, for events that name none."""
    by_pk: dict[str, list[StoredFact]] = defaultdict(list)
    for fact in facts:
        by_pk[fact.pk].append(fact)
    return {pk: attached(request, some) for pk, some in by_pk.items()}


def attached(request: Request, facts: Iterable[StoredFact]) -> dict[IdAndContent, str]:
    """Event → session, for events of one partition that name no session."""
    autos = [fact for fact in facts if fact.entry.attribution.auto]
    if not autos:
        return {}
    sessions = _from_rows(request, autos)
    open_ended = [fact for fact in autos if fact.entry.id_and_content not in sessions]
    if open_ended:
        times = [fact.entry.time_us for fact in open_ended]
        for of_slice in slices_of(request, autos[0].pk, [(min(times), max(times))]):
            sessions |= session_by_event(request, of_slice)
    return sessions


class _Settled(Struct, frozen=True):
    """The sittings of a learner that session rows tell, around some events."""

    explicit: Sequence[SessionRow]
    inferred: Sequence[SessionRow]  # by start, the latest first
    slice_gap_us: int

    def session(self, fact: Fact) -> str | None:
        """Whose `fact` is, where only one session can have taken it; else None.

        An explicit sitting takes it that lasts then, or ended less than a slice gap before; else the inferred one. Of
        several, or of other apps, only the fold knows which.
        """
        time_us = fact.entry.time_us
        near = [
            (row.id, record)
            for row in self.explicit
            for record in row.all
            if _reaches(record) >= time_us - self.slice_gap_us and (record["start"] <= time_us or "sittings" in record)
        ]
        lasting = [
            (row.id, record)
            for row in self.inferred
            for record in row.all
            if record["start"] <= time_us <= record["last"]
        ]
        if any("sittings" in record for _, record in (*near, *lasting)):
            return None  # the sum of many sittings does not say when each was
        if not near and len(lasting) == 1:
            return _of_app(fact, *lasting[0])
        if len(near) == 1 and not lasting and fact.kind == "activity" and time_us <= near[0][1]["last"]:
            return _of_app(fact, *near[0])
        return None


def _from_rows(request: Request, autos: Sequence[StoredFact]) -> dict[IdAndContent, str]:
    pk = autos[0].pk
    if not keys.is_learners(pk):
        return {}
    timeouts = timeouts_of(request, keys.tenant_in(pk))
    settled_us = _settled_us(request, pk)
    known = (
        []
        if settled_us is None
        else [fact for fact in autos if fact.entry.time_us < settled_us - timeouts.slice_gap_us]
    )
    if not known:
        return {}
    explicit = request.table.query(pk, start=keys.SESSION, end=keys.SESSION + key_parts.KEY_MAX, limit=EXPLICIT_ROWS)
    if explicit.next_key is not None:
        return {}
    times = [auto.entry.time_us for auto in known]
    inferred = _inferred(request, pk, min(times), max(times))
    try:
        rows = _Settled([*map(session_of, explicit.rows)], [*map(session_of, inferred)], timeouts.slice_gap_us)
    except UNREADABLE:  # without one of them the others may be taken for all
        return {}
    sessions: dict[IdAndContent, str] = {}
    for auto in known:
        fact = fact_of(auto.entry, tenant=keys.tenant_in(pk), learner=auto.entry.attribution.learner)
        session = rows.session(fact) if fact.kind in {"activity", "passive"} and not auto.entry.in_conflict else None
        if session is not None:
            sessions[auto.entry.id_and_content] = session
    return sessions


def _settled_us(request: Request, pk: str) -> int | None:
    """Before when session rows say all; None if they say nothing."""
    key = timer_key(pk)
    row = request.table.get_all([key], consistent=False).get(key)
    if row is None:
        return None
    try:
        timer = timer_of(row).timer
    except UNREADABLE:
        return None
    return request.now_us if timer.state == "idle" else timer.from_us


def _inferred(request: Request, pk: str, first_us: int, last_us: int) -> Iterator[Row]:
    """The rows of the inferred sessions that began from then to then, and of some before, the latest first."""
    low, high = (
        keys.INFERRED + key_parts.time_key(first_us),
        keys.INFERRED + key_parts.time_key(last_us) + key_parts.KEY_MAX,
    )
    for page in pages(request.table, pk, start=low, end=high, descending=True):
        yield from page.rows
    yield from request.table.query(pk, start=keys.INFERRED, end=low, descending=True, limit=BEFORE).rows


def _reaches(record: Record) -> int:
    return max(int(record["last"]), int(record["end"] or 0))


def _of_app(fact: Fact, session: str, record: Record) -> str | None:
    return session if record.get("edApp") == fact.edapp else None
