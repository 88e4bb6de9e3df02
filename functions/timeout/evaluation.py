"""What one slice of a timeline says: which sittings end now, which are open still, and which session rows change."""

from collections.abc import Iterable, Iterator, Mapping
from copy import replace

from msgspec import Struct, field

from functions.core.sessions.fold import Folded, Scope, fold
from functions.core.sessions.history import is_long_over
from functions.core.sessions.records import Json, Record, record_of, replaced, shortened
from functions.core.sessions.sitting import Sitting, due, sitting_by_event, timed_out
from functions.core.sessions.timed_out import event as timed_out_event
from functions.core.totals.slice_totals import SliceFacts
from functions.store import keys
from functions.store import slices as store_slices
from functions.store.bus import Notice, ended
from functions.store.bus import timed_out as timed_out_notice
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Key, Row, key_of, rows
from functions.store.facts.reading import Reading
from functions.store.rows.conflicts import rows_of_conflicts
from functions.store.rows.events import UNREADABLE, StoredFact
from functions.store.rows.sessions import SessionRow, explicit_key, inferred_key, session_of
from functions.store.slices import Slice, unattributed_timer
from functions.store.totals.reading import slice_facts
from functions.timeout.context import Context


class Ending(Struct, frozen=True, kw_only=True):
    """A sitting that ended: its TimedOut, if this service is to emit one, and the notices for subscribers."""

    sitting: Sitting
    event: Json | None
    notices: tuple[Notice, ...]


class Evaluation(Struct):
    """Of slices. `rows` are the session rows that change, with the version that is stored (0: none is). `settled`: a
    learner's slices in which nothing is open, for the totals.
    """

    endings: list[Ending] = field(default_factory=list)
    rows: dict[Key, SessionRow] = field(default_factory=dict)
    settled: list[SliceFacts] = field(default_factory=list)


def _slice_facts(of: Slice, folded: Folded, ids: Iterable[str] = ()) -> SliceFacts:
    """`ids`: of its TimedOuts that are not stored yet."""
    sittings = sitting_by_event(folded.sittings)
    return slice_facts(of, {event: sitting.session for event, sitting in sittings.items()}, ids)


class Evaluator(Struct, frozen=True, kw_only=True):
    """How the slices of one timeline are evaluated."""

    context: Context
    app_id: str
    scope: Scope
    reading: Reading

    def evaluate(self, of: Slice, result: Evaluation) -> list[Sitting]:
        """Fold a slice into `result`; the sittings that are still open. Its session rows are read before anything is
        decided, so that a stale evaluation overwrites none; one that earlier slices changed goes on from there.
        """
        stored = self._explicit_rows(of)
        whole = store_slices.with_unattributed(self.context.table, of, stored, self.reading)
        folded = fold((fact.entry for fact in (*whole.facts, *whole.unattributed)), self.scope)
        if folded.conflicts:
            self._note_conflicts((*whole.facts, *whole.unattributed))
        stored |= self._inferred_rows(of, folded)
        known = len(result.endings)
        still_open = self._evaluated(of, folded, stored, result)
        if not still_open and self.scope.learner is not None:
            events = (ending.event for ending in result.endings[known:])
            result.settled.append(_slice_facts(of, folded, [event["id"] for event in events if event is not None]))
        return still_open

    def facts_of(self, of: Slice) -> SliceFacts:
        """A slice for the totals, without evaluating it."""
        if not any(fact.entry.attribution.auto for fact in of.facts):
            return slice_facts(of, {})
        stored = self._explicit_rows(of)
        whole = store_slices.with_unattributed(self.context.table, of, stored, self.reading)
        return _slice_facts(of, fold((fact.entry for fact in (*whole.facts, *whole.unattributed)), self.scope))

    def _note_conflicts(self, facts: Iterable[StoredFact]) -> None:
        """Tell each content of its rivals in the slice, and list those that do not count. The rows depend on nothing
        else, so they may be put again.
        """
        tenant = self.scope.tenant
        expires_s = self.context.expires_s(tenant)
        self.context.table.put_all(rows_of_conflicts(facts, tenant=tenant, app_id=self.app_id, expires_s=expires_s))

    def _explicit_rows(self, of: Slice) -> dict[Key, Row]:
        """The session rows of the sessions that are named, and the timers of their unattributed facts."""
        wanted = [key for name in of.names for key in (explicit_key(of.pk, name), unattributed_timer(of.pk, name))]
        return self.context.table.get_all(wanted)

    def _inferred_rows(self, of: Slice, folded: Folded) -> dict[Key, Row]:
        """The rows of inferred sessions that start in the slice, or did before something else was known."""
        if self.scope.learner is None or (
            all(sitting.explicit for sitting in folded.sittings)
            and not any(fact.entry.attribution.auto for fact in of.facts)
        ):
            return {}
        span_us = of.first_us - self._gap_us, of.last_us + self._gap_us
        start, end = (keys.INFERRED + key_parts.time_key(us) for us in span_us)
        query = rows(self.context.table, of.pk, start=start, end=end + key_parts.KEY_MAX, consistent=True)
        return {key_of(row): row for row in query}

    @property
    def _gap_us(self) -> int:
        return self.scope.timeouts.slice_gap_us

    def _evaluated(self, of: Slice, folded: Folded, stored: Mapping[Key, Row], result: Evaluation) -> list[Sitting]:
        still_open: list[Sitting] = []
        ended_now: dict[Key, list[tuple[Sitting, bool]]] = {key: [] for key in stored if key[1] != keys.TIMER}
        known = {key: self._session(row) for key, row in stored.items() if key[1] != keys.TIMER} | result.rows
        for sitting in folded.sittings:
            is_due = due(sitting, now_us=self.context.now_us, lag_us=self.context.lag_us)
            if sitting.awaits_timeout and not is_due:
                still_open.append(sitting)
                continue
            key = self._key(of.pk, sitting)
            ended_now.setdefault(key, []).append((sitting, is_due))
        for key, sittings in ended_now.items():
            before = known.get(key)
            records = [self._record(sitting, folded) for sitting, _ in sittings]
            result.endings += self._endings(before, zip(sittings, records, strict=True))
            if key in known and before is None:
                continue  # it cannot be read, so it is left as it is
            if before is None:
                sitting = sittings[0][0]
                before = SessionRow(id=sitting.session, learner=self.scope.learner, explicit=sitting.explicit)
            after = self._after(before, records, of)
            if after != before:
                result.rows[key] = after
        return still_open

    def _session(self, row: Row) -> SessionRow | None:
        try:
            return session_of(row)
        except UNREADABLE:
            self.reading.unreadable.append(key_of(row))
            return None

    def _key(self, pk: str, sitting: Sitting) -> Key:
        if sitting.explicit:
            return explicit_key(pk, sitting.session)
        return inferred_key(pk, sitting.session, sitting.started_us)

    def _record(self, sitting: Sitting, folded: Folded) -> Json:
        return record_of(
            timed_out(sitting) if sitting.awaits_timeout else sitting,
            learner=self.scope.learner,
            conflicts=folded.conflicts,
            thresholds=self.context.settings.thresholds,
        )

    def _after(self, before: SessionRow, records: Iterable[Record], of: Slice) -> SessionRow:
        every = replaced(before.records, records, of.first_us - self._gap_us, of.last_us + self._gap_us)
        older, latest = shortened(before.older, every)
        return replace(before, older=older, records=tuple(latest))

    def _endings(
        self, before: SessionRow | None, sittings: Iterable[tuple[tuple[Sitting, bool], Json]]
    ) -> Iterator[Ending]:
        known = {record["start"] for record in before.all} if before is not None else set()
        for (sitting, is_due), record in sittings:
            event = None
            notices: list[Notice] = []
            arrived_us = max((member.received_us for member in sitting.members), default=0)
            learned = (
                not sitting.published and record["start"] not in known and arrived_us >= self.context.published_until_us
            )
            if is_due or learned:
                notices.append(ended(app=self.app_id, session=sitting.session, actor=self.scope.learner, record=record))
            if is_due:
                event = timed_out_event(
                    sitting,
                    tenant=self.scope.tenant,
                    learner=self.scope.learner,
                    system_id=self.context.system_id,
                )
                notices.append(timed_out_notice(app=self.app_id, event=event))
            first_us = min((member.received_us for member in sitting.members), default=self.context.now_us)
            if is_long_over(sitting.last_activity_us, received_us=first_us):
                notices.clear()  # history: subscribers hear of what ends, not of what ended once
            if event is not None or (notices and self.context.bus is not None):
                sent_notices = tuple(notices) if self.context.bus is not None else ()
                yield Ending(sitting=sitting, event=event, notices=sent_notices)
