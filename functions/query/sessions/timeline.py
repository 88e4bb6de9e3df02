"""The sessions of one partition: what the sweep has stored of them, with one fold of what it has not settled."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct, field

from functions.core.apps import App
from functions.core.sessions.fold import Folded
from functions.core.sessions.records import Json, Record, answer_of, record_of, replaced, shortened, started_us
from functions.core.sessions.sitting import Sitting
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, folded, report, timeouts_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Key, Row, key_of
from functions.store.facts.reading import Reading
from functions.store.rows.events import UNREADABLE
from functions.store.rows.sessions import SessionRow, explicit_key, inferred_key, session_of
from functions.store.rows.timers import TimerRow, timer_of
from functions.store.slices import Slice


class SessionListing(Struct, frozen=True, kw_only=True):
    """One session of one learner. `records` are those of its sittings, by start; there is at least one.

    `tie`: what comes last in its place, if the list holds sessions of several ids of a person.
    """

    key: Key
    session: str
    learner: str | None
    explicit: bool
    app_id: str
    records: Sequence[Record]
    tie: str = ""

    @property
    def place(self) -> str:
        """Its place in the list of a learner."""
        return f"{key_parts.time_key(started_us(self.records))}|{self.key[1]}{self.tie}"

    @property
    def answer(self) -> Json:
        """The row of `sessions`."""
        answer = answer_of(self.session, learner=self.learner, explicit=self.explicit, records=self.records)
        return {**answer, "app": self.app_id}


def after(
    position: str, listings: Sequence[SessionListing], *, descending: bool
) -> Iterator[tuple[str, SessionListing]]:
    """Those of a learner's sessions, which come by start, that stand after a position; each with its place."""
    for listing in reversed(listings) if descending else listings:
        if not position or (listing.place < position if descending else listing.place > position):
            yield listing.place, listing


def walk(
    listings: Iterable[tuple[str, SessionListing]], position: str, add: Callable[[SessionListing], bool]
) -> str | None:
    """Add sessions to a page until one has no room; the place after which the next page goes on, None at the end."""
    reached = position
    for place, listing in listings:
        if not add(listing):
            return reached
        reached = place
    return None


class Timeline(Struct):
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
        self.reading.slice_gap_us = timeouts_of(self.request, self.app.tenant).slice_gap_us
        return False

    def lay_over(self, of: Slice) -> None:
        """What a slice says now in place of what its rows said."""
        slice_fold = folded(self.request, of, self.reading)
        by_key: dict[Key, list[Sitting]] = defaultdict(list)
        for sitting in slice_fold.sittings:
            by_key[self._key(sitting)].append(sitting)
        span = of.first_us - self.reading.slice_gap_us, of.last_us + self.reading.slice_gap_us
        for key, row in list(self.rows.items()):
            if key not in by_key:
                self.rows[key] = _replaced(row, [], span)
        for key, sittings in by_key.items():
            row = self.rows.get(key) or SessionRow(
                id=sittings[0].session, learner=self._learner(of), explicit=sittings[0].explicit
            )
            self.rows[key] = _replaced(row, [self._record(ended, slice_fold, row.learner) for ended in sittings], span)

    def listings(self) -> list[SessionListing]:
        report(self.reading.unreadable)
        return [
            SessionListing(
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

    def _record(self, sitting: Sitting, slice_fold: Folded, learner: str | None) -> Json:
        thresholds = self.request.settings.thresholds
        return record_of(sitting, learner=learner, conflicts=slice_fold.conflicts, thresholds=thresholds)


def _replaced(row: SessionRow, records: Sequence[Record], span: tuple[int, int]) -> SessionRow:
    older, latest = shortened(row.older, replaced(row.records, records, *span))
    return SessionRow(
        id=row.id, learner=row.learner, explicit=row.explicit, version=row.version, older=older, records=tuple(latest)
    )
