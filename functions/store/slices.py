"""What one learner (or one session without a learner) did, read off the table in time order and cut at silences.

`timeout` and `query` fold what is read here, a slice at a time: nothing reaches across a silence
(`functions.core.sessions.fold`). Looking for the silence before or after a time reads no further than it: a window of
one silence at first, then windows and pages that double, so that at most as much is read in vain as was needed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from functions.core.errors import CaliperError
from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import Table, pages
from functions.store.rows.events import UNREADABLE, Stored, stored_of

LOOK_ROWS = 50  # of the first page of a look for a silence


class TooLong(CaliperError):
    """A slice has more rows than may be held at once."""


class OutOfTime(CaliperError):
    """The reader must end before this timeline is read."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """How one sweep or answer reads facts, and what it has read so far.

    Facts further apart than `silence_us` are of two slices. TooLong is raised for a slice of over `rows_at_once` rows,
    OutOfTime where `goes_on` says so before a page. `unreadable` rows are left out of every slice and told of here.
    """

    silence_us: int
    consistent: bool = False
    rows_at_once: int | None = None
    goes_on: Callable[[], bool] = lambda: True
    rows: int = 0
    unreadable: list[Key] = field(default_factory=list)

    def facts(self, found: Iterable[Row]) -> Iterator[Stored]:
        """The facts that are stored as `found`, without those that cannot be read."""
        for row in found:
            try:
                yield stored_of(row)
            except UNREADABLE:
                if key_of(row) not in self.unreadable:
                    self.unreadable.append(key_of(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Facts between two silences, by time, and those that name its sessions and lie apart, without a learner."""

    pk: str
    facts: Sequence[Stored]
    apart: Sequence[Stored] = ()

    @property
    def first_us(self) -> int:
        return self.facts[0].entry.time_us

    @property
    def last_us(self) -> int:
        return self.facts[-1].entry.time_us

    @property
    def learner(self) -> str | None:
        return self.facts[0].entry.attribution.learner

    @property
    def names(self) -> Collection[str]:
        """The sessions that it names."""
        named = (fact.entry.attribution.session for fact in self.facts)
        return dict.fromkeys(name for name in named if name is not None)


def slices(table: Table, pk: str, from_us: int, reading: Reading, *, to_us: int = LAST_US) -> Iterator[Slice]:
    """Every slice with a fact from `from_us` to `to_us`, whole, oldest first."""
    held: list[Stored] = []
    for fact in reading.facts(_from_silence_to_silence(table, pk, from_us, to_us, reading)):
        if held and fact.entry.time_us - held[-1].entry.time_us > reading.silence_us:
            yield Slice(pk=pk, facts=held)
            held = []
        if not held and fact.entry.time_us > to_us:
            return
        held.append(fact)
        if reading.rows_at_once is not None and len(held) > reading.rows_at_once:
            raise TooLong
    if held:
        yield Slice(pk=pk, facts=held)


def between(table: Table, pk: str, from_us: int, to_us: int, reading: Reading) -> Iterator[Stored]:
    """Facts of a partition with from_us ≤ time ≤ to_us, oldest first."""
    return reading.facts(_ascending(table, pk, from_us, to_us, reading))


def apart_timer(pk: str, session: str) -> Key:
    """Where the timer of what names a session and no learner lies: it is there exactly where there is such a fact."""
    return keys.session_pk(keys.tenant_in(pk), session), keys.TIMER


def with_apart(table: Table, of: Slice, there: Collection[Key], reading: Reading) -> Slice:
    """`of` with what lies apart of its sessions. `there` holds the timers (`apart_timer`) of those of which some does.

    A client's TimedOut says no learner (seed 000). Only what falls into the slice can end a sitting of it.
    """
    found: list[Stored] = []
    for name in of.names:
        timer = apart_timer(of.pk, name)
        if timer in there and timer[0] != of.pk:
            found += between(table, timer[0], of.first_us, of.last_us + reading.silence_us, reading)
    return replace(of, apart=found)


def _from_silence_to_silence(table: Table, pk: str, from_us: int, to_us: int, reading: Reading) -> Iterator[Row]:
    yield from reversed(_behind(table, pk, from_us, reading))
    yield from _ahead(table, pk, from_us, to_us, reading)


def _behind(table: Table, pk: str, from_us: int, reading: Reading) -> list[Row]:
    """The rows before `from_us` back to the last silence, newest first."""
    found: list[Row] = []
    first_us, end_us, reach_us, limit = from_us, from_us - 1, reading.silence_us, LOOK_ROWS
    while end_us >= FIRST_US:
        start_us = max(first_us - reach_us, FIRST_US)
        span = {"start": _sk(start_us), "end": _sk(end_us) + key_parts.KEY_MAX}
        for row in _rows(table, pk, reading, descending=True, limit=limit, **span):
            if first_us - time_of(row) > reading.silence_us:
                return found
            first_us = time_of(row)
            found.append(row)
        if first_us - start_us >= reading.silence_us:
            return found
        end_us, reach_us, limit = start_us - 1, 2 * reach_us, 2 * limit
    return found


def _ahead(table: Table, pk: str, from_us: int, to_us: int, reading: Reading) -> Iterator[Row]:
    """The rows from `from_us` to the first silence after `to_us`."""
    start_us, last_us, reach_us, limit = from_us, to_us, reading.silence_us, LOOK_ROWS
    end_us = min(to_us + reach_us, LAST_US)
    wanted: int | None = None  # up to `to_us` all is
    while start_us <= end_us:
        for row in _ascending(table, pk, start_us, end_us, reading, limit=wanted):
            if time_of(row) - last_us > reading.silence_us:
                return
            last_us = max(last_us, time_of(row))
            yield row
        if end_us - last_us >= reading.silence_us:
            return
        start_us, reach_us, wanted, limit = end_us + 1, 2 * reach_us, limit, 2 * limit
        end_us = min(last_us + reach_us, LAST_US)


def _ascending(
    table: Table, pk: str, from_us: int, to_us: int, reading: Reading, *, limit: int | None = None
) -> Iterator[Row]:
    return _rows(table, pk, reading, start=_sk(from_us), end=_sk(to_us) + key_parts.KEY_MAX, limit=limit)


def _rows(
    table: Table,
    pk: str,
    reading: Reading,
    *,
    start: str,
    end: str,
    descending: bool = False,
    limit: int | None = None,
) -> Iterator[Row]:
    if not reading.goes_on():
        raise OutOfTime
    for page in pages(
        table, pk, start=start, end=end, descending=descending, limit=limit, consistent=reading.consistent
    ):
        reading.rows += len(page.rows)
        yield from page.rows
        if page.next_key is not None and not reading.goes_on():
            raise OutOfTime


def time_of(row: Row) -> int:
    """When the fact that is stored as `row` happened: its key says so, readable or not."""
    return key_parts.time_from_key(str(row[keys.SK]).split("#")[1])


def _sk(us: int) -> str:
    return keys.EVENT + key_parts.time_key(us)
