"""What one learner (or one session without a learner) did, read off the table in time order and cut at slice gaps.

`timeout` and `query` fold what is read here, a slice at a time: nothing reaches across a slice gap
(`functions.core.sessions.fold`). The search for the gap before or after a time reads spans and pages that grow.
"""

from collections.abc import Collection, Iterator, Sequence
from copy import replace

from msgspec import Struct

from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.growing_reach import GrowingReach
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import Table
from functions.store.errors import OutOfTime, TooLong
from functions.store.facts.reading import Reading
from functions.store.rows.events import StoredFact


class Slice(Struct, frozen=True, kw_only=True):
    """Facts between two slice gaps, by time, and the unattributed facts that name its sessions."""

    pk: str
    facts: Sequence[StoredFact]
    unattributed: Sequence[StoredFact] = ()

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
    held: list[StoredFact] = []
    for fact in reading.facts(_from_gap_to_gap(table, pk, from_us, to_us, reading)):
        if held and fact.entry.time_us - held[-1].entry.time_us > reading.slice_gap_us:
            yield Slice(pk=pk, facts=held)
            held = []
        if not held and fact.entry.time_us > to_us:
            return
        held.append(fact)
        if reading.rows_at_once is not None and len(held) > reading.rows_at_once:
            raise TooLong
    if held:
        yield Slice(pk=pk, facts=held)


def end_of_slice(table: Table, pk: str, us: int, reading: Reading) -> int:
    """The time of the last fact before the first slice gap after an instant; the instant itself if none comes."""
    return max((time_of(row) for row in _ahead(table, pk, us, us, reading)), default=us)


def between(table: Table, pk: str, from_us: int, to_us: int, reading: Reading) -> Iterator[StoredFact]:
    """Facts of a partition with from_us ≤ time ≤ to_us, oldest first."""
    return reading.facts(_ascending(table, pk, from_us, to_us, reading))


def unattributed_timer(pk: str, session: str) -> Key:
    """The key of the timer of the unattributed facts that name a session. It exists if and only if such a fact does."""
    return keys.session_pk(keys.tenant_in(pk), session), keys.TIMER


def with_unattributed(table: Table, of: Slice, timers: Collection[Key], reading: Reading) -> Slice:
    """`of` with the unattributed facts of its sessions. `timers` holds the `unattributed_timer` of each that has some.

    Example: a client's TimedOut says no learner (seed 000). Only those within the slice can end a sitting of it.
    """
    facts: list[StoredFact] = []
    for name in of.names:
        timer = unattributed_timer(of.pk, name)
        if timer in timers and timer[0] != of.pk:
            facts += between(table, timer[0], of.first_us, of.last_us + reading.slice_gap_us, reading)
    return replace(of, unattributed=facts)


def _from_gap_to_gap(table: Table, pk: str, from_us: int, to_us: int, reading: Reading) -> Iterator[Row]:
    yield from reversed(_behind(table, pk, from_us, reading))
    yield from _ahead(table, pk, from_us, to_us, reading)


def _behind(table: Table, pk: str, from_us: int, reading: Reading) -> list[Row]:
    """The rows before `from_us` back to the last slice gap, newest first."""
    rows: list[Row] = []
    first_us, end_us, reach = from_us, from_us - 1, GrowingReach(reading.slice_gap_us)
    while end_us >= FIRST_US:
        start_us = max(first_us - reach.span_us, FIRST_US)
        span = {"start": _sk(start_us), "end": _sk(end_us) + key_parts.KEY_MAX}
        for row in _rows(table, pk, reading, descending=True, reach=reach, **span):
            if first_us - time_of(row) > reading.slice_gap_us:
                return rows
            first_us = time_of(row)
            rows.append(row)
        if first_us - start_us >= reading.slice_gap_us:
            return rows
        end_us = start_us - 1
        reach.widen()
    return rows


def _ahead(table: Table, pk: str, from_us: int, to_us: int, reading: Reading) -> Iterator[Row]:
    """The rows from `from_us` to the first slice gap after `to_us`."""
    start_us, last_us, reach = from_us, to_us, GrowingReach(reading.slice_gap_us)
    end_us = min(to_us + reading.slice_gap_us, LAST_US)
    bounded: GrowingReach | None = None  # up to `to_us` all is wanted
    while start_us <= end_us:
        for row in _ascending(table, pk, start_us, end_us, reading, reach=bounded):
            if time_of(row) - last_us > reading.slice_gap_us:
                return
            last_us = max(last_us, time_of(row))
            yield row
        if end_us - last_us >= reading.slice_gap_us:
            return
        reach.widen()
        start_us, bounded = end_us + 1, reach
        end_us = min(last_us + reach.span_us, LAST_US)


def _ascending(
    table: Table, pk: str, from_us: int, to_us: int, reading: Reading, *, reach: GrowingReach | None = None
) -> Iterator[Row]:
    return _rows(table, pk, reading, start=_sk(from_us), end=_sk(to_us) + key_parts.KEY_MAX, reach=reach)


def _rows(
    table: Table,
    pk: str,
    reading: Reading,
    *,
    start: str,
    end: str,
    descending: bool = False,
    reach: GrowingReach | None = None,
) -> Iterator[Row]:
    after: Row | None = None
    while True:
        if not reading.goes_on():
            raise OutOfTime
        page = table.query(
            pk,
            start=start,
            end=end,
            descending=descending,
            limit=None if reach is None else reach.next_limit(),
            after=after,
            consistent=reading.consistent,
        )
        reading.rows += len(page.rows)
        yield from page.rows
        after = page.next_key
        if after is None:
            return


def time_of(row: Row) -> int:
    """When the fact that is stored as `row` happened: its key says so, readable or not."""
    return key_parts.time_from_key(str(row[keys.SK]).split("#")[1])


def _sk(us: int) -> str:
    return keys.EVENT + key_parts.time_key(us)
