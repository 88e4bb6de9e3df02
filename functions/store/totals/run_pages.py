"""The runs of a learner whose totals are all stored, by their first days: read as far as they are taken.

    rows read    the days on which the runs that are taken lie, and up to as many days ahead
    queries      one for every 32 to 128 days, and a BatchGet for those on which runs of these go on

Of the runs that began before the days asked for, only the rows of all these days tell: a page that may hold some reads
them. A run is listed as long as the row of its first day is kept.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import batched, chain

from msgspec import Struct, field

from functions.core.errors import CaliperError
from functions.core.ids import id_digest
from functions.core.totals.tallies import Tallies, added
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import Table, rows
from functions.store.totals.rows import DayTotals, day_in, totals_key, totals_of

DAYS_AT_FIRST, DAYS_AT_ONCE = 32, 128
RUNS_AT_ONCE = 25  # whose further days are read together
DAY_CHARS = 8  # with which a place begins
FIRST_DAY = "00010101"


class EarlierVersion(CaliperError):
    """A row does not say which runs of its day go on: an earlier version wrote it."""


class RunTotals(Struct, frozen=True):
    """A run, whole. `place`: where it stands among the runs of its learner, by first day."""

    place: str
    run: str
    tallies: Tallies


def place_of(first_day: str, run: str) -> str:
    """Where a run stands among those of its learner."""
    return f"{first_day}|{id_digest(run)}"


class RunPages(Struct):
    """The runs of a learner with a row from `first_day` to `last_day` (UTC, both included), those after a place."""

    table: Table
    pk: str
    first_day: str
    last_day: str
    after: str
    descending: bool
    days: dict[str, DayTotals] = field(default_factory=dict)  # as they are read
    runs_of_days: dict[str, dict[str, Tallies]] = field(default_factory=dict)

    def runs(self) -> Iterator[RunTotals]:
        """All of them in order, whole. Raises EarlierVersion when it comes to a row of one."""
        if self.descending:
            yield from self._begun()
            yield from self._begun_before()
        else:
            yield from self._begun_before()
            yield from self._begun()

    def _begun(self) -> Iterator[RunTotals]:
        """Those that begin on the days."""
        first, last, reached = self.first_day, self.last_day, self.after[:DAY_CHARS]
        if reached:
            first, last = (first, min(last, reached)) if self.descending else (max(first, reached), last)
        at_once, next_key = DAYS_AT_FIRST, None
        while first <= last:
            start, end = keys.totals_sk(first), keys.totals_sk(last)
            page = self.table.query(
                self.pk, start=start, end=end, descending=self.descending, limit=at_once, after=next_key
            )
            days = [self._keep(row) for row in page.rows]
            yield from self._whole(
                {run: day for day in days for run in self.runs_of_days[day] if run not in self.days[day].first_days}
            )
            at_once, next_key = min(2 * at_once, DAYS_AT_ONCE), page.next_key
            if next_key is None:
                return

    def _begun_before(self) -> Iterator[RunTotals]:
        """Those that began before the days, and go on in them."""
        if self.first_day <= FIRST_DAY or (self.after[:DAY_CHARS] >= self.first_day and not self.descending):
            return
        start, end = keys.totals_sk(self.first_day), keys.totals_sk(self.last_day)
        days = [self._keep(row) for row in rows(self.table, self.pk, start=start, end=end)]
        first_days = {run: first for day in days for run, first in self.days[day].first_days.items()}
        yield from self._whole({run: first for run, first in first_days.items() if first < self.first_day})

    def _whole(self, first_days: Mapping[str, str]) -> Iterator[RunTotals]:
        """These runs in order, with the days that are not read yet."""
        places = sorted(((place_of(first, run), run) for run, first in first_days.items()), reverse=self.descending)
        following = [(place, run) for place, run in places if self._follows(place)]
        for some in batched(following, RUNS_AT_ONCE, strict=False):
            self._read({first_days[run] for _, run in some})
            days = {run: self._days_of(run, first_days[run]) for _, run in some}
            self._read({day for own in days.values() for day in own})
            for place, run in some:
                parts = [self.runs_of_days[day].get(run, {}) for day in days[run] if day in self.days]
                yield RunTotals(place, run, dict(chain.from_iterable(part.items() for part in parts)))

    def _follows(self, place: str) -> bool:
        return not self.after or (place < self.after if self.descending else place > self.after)

    def _days_of(self, run: str, first_day: str) -> list[str]:
        known = self.days.get(first_day)
        return [first_day, *((known.later_days or {}).get(run, ()) if known else ())]

    def _read(self, wanted: Collection[str]) -> None:
        missing = [totals_key(self.pk, day) for day in sorted(wanted) if day not in self.days]
        for row in self.table.get_all(missing, consistent=False).values():
            self._keep(row)

    def _keep(self, row: Row) -> str:
        totals, day = totals_of(row), day_in(row)
        if totals.later_days is None:
            raise EarlierVersion(day)
        self.days[day] = totals
        runs: dict[str, Tallies] = defaultdict(dict)
        for tallies in totals.tallies.values():
            for place, tally in tallies.items():
                if place.run is not None:
                    known = runs[place.run].get(place)
                    runs[place.run][place] = tally if known is None else added((known, tally))
        self.runs_of_days[day] = runs
        return day
