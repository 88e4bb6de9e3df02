"""Sessions as they stand now: what the sweep has stored of them, and one fold of what it has not settled.

A session timer says from where on that is. So an answer is right before the sweep has run, and costs its rows and each
unsettled fact once.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched

from functions.core.apps import App
from functions.core.sessions.fold import Folded
from functions.core.sessions.records import Json, Record, answer_of, record_of, replaced, shortened, started_us
from functions.core.sessions.sitting import Sitting
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, folded, report, timeouts_of
from functions.store import keys
from functions.store.days import day_span_us, merged
from functions.store.dynamodb.table import Key, Row, key_of, rows
from functions.store.rows.events import UNREADABLE
from functions.store.rows.sessions import SessionRow, explicit_key, inferred_key, session_of
from functions.store.rows.timers import TimerRow, timer_key, timer_of
from functions.store.slices import Reading, Slice, slices

LIVE_ROWS = 50_000  # of one timeline that an answer folds: more is there only after a large backfill
PARTITIONS_AT_ONCE = 30  # of one session id that many learners share: three rows of each fit a BatchGet


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One session of one learner. `records` are those of its sittings, by start; there is at least one."""

    key: Key
    session: str
    learner: str | None
    explicit: bool
    app_id: str
    records: Sequence[Record]

    @property
    def place(self) -> str:
        """Its place in the list of a learner."""
        return f"{keys.instant(started_us(self.records))}|{self.key[1]}"

    @property
    def answer(self) -> Json:
        """The row of `sessions`."""
        found = answer_of(self.session, learner=self.learner, explicit=self.explicit, records=self.records)
        return {**found, "app": self.app_id}


@dataclass(slots=True)
class _Timeline:
    """The sessions of one partition: rows first, then slices laid over them."""

    request: Request
    app: App
    pk: str
    reading: Reading = field(default_factory=apart_from_slices)
    rows: dict[Key, SessionRow] = field(default_factory=dict)

    def read_rows(self, stored: Sequence[Row]) -> TimerRow | None:
        """Session rows, and the timer if it is among them; what cannot be read is left out."""
        timer: TimerRow | None = None
        for row in stored:
            try:
                if row[keys.SK] == keys.TIMER:
                    timer = timer_of(row)
                else:
                    self.rows[key_of(row)] = session_of(row)
            except UNREADABLE:
                self.reading.unreadable.append(key_of(row))
        return timer

    def is_settled(self, timer: TimerRow | None) -> bool:
        """Whether the rows say all. If not, slices are to be read."""
        if timer is None or timer.timer.state == "idle":
            return True
        self.reading.silence_us = timeouts_of(self.request, self.app.tenant).silence_us
        return False

    def lay_over(self, of: Slice) -> None:
        """What a slice says now in place of what its rows said."""
        found = folded(self.request, of, self.reading)
        by_key: dict[Key, list[Sitting]] = defaultdict(list)
        for sitting in found.sittings:
            by_key[self._key(sitting)].append(sitting)
        span = of.first_us - self.reading.silence_us, of.last_us + self.reading.silence_us
        for key, row in list(self.rows.items()):
            if key not in by_key:
                self.rows[key] = _replaced(row, [], span)
        for key, sittings in by_key.items():
            row = self.rows.get(key) or SessionRow(
                id=sittings[0].session, learner=self._learner(of), explicit=sittings[0].explicit
            )
            self.rows[key] = _replaced(row, [self._record(one, found, row.learner) for one in sittings], span)

    def standings(self) -> list[Standing]:
        report(self.reading.unreadable)
        return [
            Standing(
                key=key,
                session=row.id,
                learner=row.learner,
                explicit=row.explicit,
                app_id=self.app.app_id,
                records=row.all,
            )
            for key, row in self.rows.items()
            if row.all
        ]

    def _learner(self, of: Slice) -> str | None:
        return of.learner if keys.is_learners(self.pk) else None

    def _key(self, sitting: Sitting) -> Key:
        if sitting.explicit:
            return explicit_key(self.pk, sitting.session)
        return inferred_key(self.pk, sitting.session, sitting.started_us)

    def _record(self, sitting: Sitting, found: Folded, learner: str | None) -> Json:
        thresholds = self.request.settings.thresholds
        return record_of(sitting, learner=learner, conflicts=found.conflicts, thresholds=thresholds)


def _replaced(row: SessionRow, records: Sequence[Record], span: tuple[int, int]) -> SessionRow:
    older, latest = shortened(row.older, replaced(row.records, records, *span))
    return SessionRow(
        id=row.id, learner=row.learner, explicit=row.explicit, version=row.version, older=older, records=tuple(latest)
    )


def of_learner(request: Request, app: App, learner: str) -> list[Standing]:
    """All sessions of a learner, by start. One query a megabyte of session rows, and one fold."""
    pk = keys.learner_pk(app.tenant, learner)
    timeline = _Timeline(request, app, pk)
    # The timer first: what it says is settled by then is in the rows that are read after it.
    stored = list(rows(request.table, pk, start=keys.SESSION, end=keys.TIMER, descending=True))
    timer = timeline.read_rows(stored)
    if timer is not None and not timeline.is_settled(timer):
        for one in slices(request.table, pk, timer.timer.from_us, timeline.reading):
            timeline.lay_over(one)
            if timeline.reading.rows > LIVE_ROWS:
                break
    return sorted(timeline.standings(), key=lambda standing: standing.place)


def with_id(request: Request, app: App, session: str, after: str = "") -> Iterator[tuple[str, Standing]]:
    """Each session of that id with its position, by learner, after a position. One query of `by_id`.

    What says no learner is read with the learners', where there are any.
    """
    places: dict[str, list[str]] = defaultdict(list)
    for row in rows(request.table, keys.membership_ref(app.tenant, session), index=keys.BY_ID):
        places[str(row[keys.PK])].append(str(row[keys.SK]))
    owned = any(map(keys.is_learners, places))
    wanted = sorted(pk for pk in places if not owned or keys.is_learners(pk))
    wanted = [pk for pk in wanted if f"{keys.place_of(pk)}|{keys.HIGHEST}" > after]
    for some in batched(wanted, PARTITIONS_AT_ONCE, strict=False):
        asked = [key for pk in some for key in _keys(pk, session, places[pk])]
        there = request.table.get_all(asked)
        for pk in some:
            stored = [there[key] for key in _keys(pk, session, places[pk]) if key in there]
            for standing in _of_id(request, app, pk, session, places[pk], stored):
                position = f"{keys.place_of(pk)}|{standing.key[1]}"
                if position > after:
                    yield position, standing


def _keys(pk: str, session: str, sks: Sequence[str]) -> list[Key]:
    inferred = [(pk, sk) for sk in sks if sk.startswith(keys.INFERRED)]
    return list(dict.fromkeys([timer_key(pk), explicit_key(pk, session), *inferred]))


def _of_id(
    request: Request, app: App, pk: str, session: str, sks: Sequence[str], stored: Sequence[Row]
) -> list[Standing]:
    timeline = _Timeline(request, app, pk)
    timer = timeline.read_rows(stored)
    if timer is not None and not timeline.is_settled(timer):
        for one in _unsettled(timeline, timer, session, sks):
            timeline.lay_over(one)
    found = [standing for standing in timeline.standings() if standing.session == session]
    return sorted(found, key=lambda standing: standing.key)


def _unsettled(timeline: _Timeline, timer: TimerRow, session: str, sks: Sequence[str]) -> Iterator[Slice]:
    """The slices that the sweep has not settled and in which the session may be: of the days of its events, else where
    it is stored to have started, else where nothing is settled from.
    """
    from_us = timer.timer.from_us
    first_us = from_us - timeline.reading.silence_us
    days = [sk.rpartition("#")[2] for sk in sks if sk.startswith(keys.MEMBERSHIP)]
    spans = [day_span_us(day) for day in days if day and day_span_us(day)[1] >= first_us]
    starts = [keys.instant_us(sk.split("~")[1].split("#")[0]) for sk in sks if sk.startswith(keys.INFERRED)]
    spans += [(start_us, start_us) for start_us in starts if start_us >= first_us]
    if timer.inferred == session:
        spans.append((from_us, from_us))
    last_us: int | None = None
    for start_us, end_us in merged(spans):
        for one in slices(
            timeline.request.table, timeline.pk, max(start_us, first_us), timeline.reading, to_us=max(end_us, first_us)
        ):
            if last_us is None or one.first_us > last_us:
                last_us = one.last_us
                yield one
