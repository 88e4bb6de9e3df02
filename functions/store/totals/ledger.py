"""All totals that are stored of one learner: read at once, changed by slices, written by days.

The sweep changes it; an answer only looks at it. Every write is conditional on the version that was read.
"""

from collections.abc import Collection, Iterable
from copy import replace

from msgspec import Struct, field

from functions.core.packing import compress
from functions.core.times import day_of
from functions.core.totals.resolution import Resolution
from functions.core.totals.run_days import days_that_tell, run_days
from functions.core.totals.slice_totals import SliceTotals
from functions.core.totals.tallies import Tallies
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import Table, rows
from functions.store.totals import rows as day_rows
from functions.store.totals.rows import DayTotals, UnreadableTotals, totals_key

MOST_BYTES = 350_000  # of a row, which DynamoDB takes up to 400 KB
EMPTY = b'{"places":[],"sessions":[],"slices":[],"days":[],"tallies":[]}'


class StoredDay(Struct):
    """A row as it was read; without a body if that cannot be read."""

    body: bytes
    of_life: dict[str, bytes]
    version: int


class Ledger(Struct):
    """`slices` by their first instant, `days` by their rows. While days are `unreadable`, slices are missing or tell a
    part.
    """

    pk: str
    slices: dict[int, SliceTotals]
    days: dict[str, StoredDay]
    unreadable: set[str] = field(default_factory=set)

    def write(self, table: Table, resolution: Resolution, *, expires_s: int) -> bool:
        """Store what changed: the days of the slices, and with the latest day what is of all days. Unreadable days stay
        as they are until `mend`: part of a day would be read as all of it.

        False if another writer was faster: then some of it may be stored, and all must be read and resolved again.
        """
        slices = resolution.over(self.slices)
        replaced = [self.slices[first_us] for first_us in resolution.replaced & self.slices.keys()]
        changed = (*replaced, *resolution.totals.values())
        days = set().union(*({*each.days, day_of(each.first_us)} for each in changed))
        days |= days_that_tell(changed, run_days(self.slices.values()), run_days(slices.values()))
        return self._write(table, slices, days, expires_s=expires_s)

    def mend(self, table: Table, *, expires_s: int) -> bool:
        """Store the unreadable days anew, from slices that are all again. False if another writer was faster."""
        days, self.unreadable = self.unreadable, set()
        return not days or self._write(table, self.slices, days, expires_s=expires_s)

    def _write(self, table: Table, slices: dict[int, SliceTotals], days: Collection[str], *, expires_s: int) -> bool:
        latest = max({*days, *self.days}, default="")
        bodies = _bodies_that_fit(slices, {*days, latest} - self.unreadable)
        of_life = day_rows.life_of(slices.values())
        for day, body in bodies.items():
            known = self.days.get(day)
            own = of_life if day == latest else {}
            if known is not None and known.body == body and (day != latest or known.of_life == own):
                continue
            version = 1 if known is None else known.version + 1
            row = day_rows.totals_row(totals_key(self.pk, day), body, own, version=version, expires_s=expires_s)
            if not table.put_if(row, None if known is None else known.version):
                return False
            self.days[day] = StoredDay(body, own, version)
        self.slices = slices
        return True


def ledger(table: Table, pk: str, *, consistent: bool) -> Ledger:
    """The ledger of a learner: one query a megabyte, which is about the days of three years."""
    days: list[DayTotals] = []
    stored: dict[str, StoredDay] = {}
    unreadable: set[str] = set()
    for row in rows(table, pk, start=keys.TOTALS, end=keys.TOTALS + key_parts.KEY_MAX, consistent=consistent):
        day, version = day_rows.day_in(row), day_rows.version_of(row)
        try:
            days.append(day_rows.totals_of(row))
        except UnreadableTotals:
            unreadable.add(day)
            stored[day] = StoredDay(b"", {}, version)
            continue
        body = day_rows.unpacked(row, "body") or EMPTY
        of_life = {name: value for name in day_rows.OF_LIFE if (value := day_rows.unpacked(row, name)) is not None}
        stored[day] = StoredDay(body, of_life, version)
    return Ledger(pk, slices_of(days), stored, unreadable)


def _bodies_that_fit(slices: dict[int, SliceTotals], days: Collection[str]) -> dict[str, bytes]:
    """What the rows of days hold. Slices that make a row too long, by identifiers of thousands of characters or by tens
    of thousands of events, are left unresolved: answers fold them.
    """
    while True:
        bodies = day_rows.bodies_of(slices.values(), days)
        too_long = {day for day, body in bodies.items() if len(body) > MOST_BYTES and len(compress(body)) > MOST_BYTES}
        heavy = [totals for totals in slices.values() if totals.tallies and not too_long.isdisjoint(totals.days)]
        if not heavy:
            return bodies
        for totals in heavy:
            slices[totals.first_us] = replace(totals, resolved=False, courses={}, tallies={})


def slices_of(days: Iterable[DayTotals]) -> dict[int, SliceTotals]:
    """The slices of all days, each with what it tells of any day."""
    slices: dict[int, SliceTotals] = {}
    tallies: dict[int, Tallies] = {}
    for day in days:
        slices |= day.slices
        for first_us, own in day.tallies.items():
            tallies.setdefault(first_us, {}).update(own)
    return {first_us: replace(each, tallies=tallies.get(first_us, {})) for first_us, each in slices.items()}


def days_between(table: Table, pk: str, first_day: str, last_day: str) -> list[DayTotals]:
    """The totals of days, both included; not consistent."""
    start, end = keys.totals_sk(first_day), keys.totals_sk(last_day)
    return [day_rows.totals_of(row) for row in rows(table, pk, start=start, end=end)]


def days_and_theirs(table: Table, pk: str, days: Collection[str]) -> list[DayTotals]:
    """The totals of days and of all other days that their slices tell of; not consistent."""
    totals_by_day: dict[str, DayTotals] = {}
    wanted = set(days)
    while wanted:
        stored_rows = table.get_all([totals_key(pk, day) for day in sorted(wanted)], consistent=False)
        new = {day_rows.day_in(row): day_rows.totals_of(row) for row in stored_rows.values()}
        totals_by_day |= new
        wanted = set().union(*(day.days for day in new.values())) - totals_by_day.keys() - wanted
    return list(totals_by_day.values())


def latest_row(table: Table, pk: str) -> Row | None:
    """The row of the latest day; not consistent."""
    page = table.query(pk, start=keys.TOTALS, end=keys.TOTALS + key_parts.KEY_MAX, descending=True, limit=1)
    return page.rows[0] if page.rows else None
