"""What one learner (or one session without a learner) did, read off the table in time order and cut at silences.

`timeout` and `query` fold what is read here, a slice at a time: nothing reaches across a silence
(`functions.core.sessions.fold`). A look for the silence before or after a time reads windows and pages that grow.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.look import Look
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import Table
from functions.store.errors import OutOfTime, TooLong
from functions.store.facts.reading import Reading
from functions.store.rows.events import Stored


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


def end_of_slice(table: Table, pk: str, us: int, reading: Reading) -> int:
    """The time of the last fact before the first silence after an instant; the instant itself if none comes."""
    return max((time_of(row) for row in _ahead(table, pk, us, us, reading)), default=us)


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
    first_us, end_us, look = from_us, from_us - 1, Look(reading.silence_us)
    while end_us >= FIRST_US:
        start_us = max(first_us - look.reach_us, FIRST_US)
        span = {"start": _sk(start_us), "end": _sk(end_us) + key_parts.KEY_MAX}
        for row in _rows(table, pk, reading, descending=True, look=look, **span):
            if first_us - time_of(row) > reading.silence_us:
                return found
            first_us = time_of(row)
            found.append(row)
        if first_us - start_us >= reading.silence_us:
            return found
        end_us = start_us - 1
        look.widen()
    return found


def _ahead(table: Table, pk: str, from_us: int, to_us: int, reading: Reading) -> Iterator[Row]:
    """The rows from `from_us` to the first silence after `to_us`."""
    start_us, last_us, look = from_us, to_us, Look(reading.silence_us)
    end_us = min(to_us + reading.silence_us, LAST_US)
    bounded: Look | None = None  # up to `to_us` all is wanted
    while start_us <= end_us:
        for row in _ascending(table, pk, start_us, end_us, reading, look=bounded):
            if time_of(row) - last_us > reading.silence_us:
                return
            last_us = max(last_us, time_of(row))
            yield row
        if end_us - last_us >= reading.silence_us:
            return
        look.widen()
        start_us, bounded = end_us + 1, look
        end_us = min(last_us + look.reach_us, LAST_US)


def _ascending(
    table: Table, pk: str, from_us: int, to_us: int, reading: Reading, *, look: Look | None = None
) -> Iterator[Row]:
    return _rows(table, pk, reading, start=_sk(from_us), end=_sk(to_us) + key_parts.KEY_MAX, look=look)


def _rows(
    table: Table,
    pk: str,
    reading: Reading,
    *,
    start: str,
    end: str,
    descending: bool = False,
    look: Look | None = None,
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
            limit=None if look is None else look.next_limit(),
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
