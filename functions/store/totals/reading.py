"""The totals of a learner between two instants: the one reader of stored totals, which every answer with numbers uses.

    what was done since the last sweep     queries                                          rows read
    nothing                                1 of the timer, 1 of the latest day, 1 of days   those of the days asked for
    something                              1 of the timer, 1 of all days, 1 or more of facts  a row a day, open facts

What it tells is what one fold of all facts would say. Where something is open, its facts are folded with what they are
linked to, over what is stored. Where a slice is linked to more than the sweep would fold, it is folded here.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from functions.core.errors import CaliperError
from functions.core.timeline.entry import IdAndContent
from functions.core.times import FIRST_US, LAST_US, day_of, quarter_of
from functions.core.totals.resolution import resolve
from functions.core.totals.slice_totals import SliceFacts, SliceTotals
from functions.core.totals.tallies import Tallies, added
from functions.core.totals.united import united
from functions.store.dynamodb.table import Table
from functions.store.facts.reading import Reading
from functions.store.rows.timers import TimerRow
from functions.store.slices import Slice, slices
from functions.store.totals.courses import Standing, standings
from functions.store.totals.ledger import days_and_theirs, days_between, ledger
from functions.store.totals.rows import DayTotals, UnreadableTotals, totals_key
from functions.store.totals.settled import latest_day, stored_timer

DAYS_AT_ONCE = 8  # asked for one by one: all days of years cost less than more of them

# Event → session, of the events of a slice that name none.
type SessionsOf = Callable[[Slice], Mapping[IdAndContent, str]]


class TooManyFacts(CaliperError):
    """An answer would have to fold more facts than it may."""


class LearnerTotals(Struct, frozen=True, kw_only=True):
    """`tallies` of the quarter hours asked for, by place. `standing` in each course, over all of life."""

    tallies: Tallies
    standing: Mapping[str, Standing]


def learner_totals(
    table: Table,
    pk: str,
    reading: Reading,
    *,
    sessions_of: SessionsOf,
    from_us: int = FIRST_US,
    to_us: int = LAST_US + 1,
    days: Collection[str] = (),
    facts_at_most: int,
) -> LearnerTotals:
    """The totals of the quarter hours of UTC that begin from `from_us` on and before `to_us`.

    `days`, if only what is done on some UTC days, or told there of other days, is asked for: more may be answered.
    Totals that cannot be read are folded anew, with all others, and listed as `unreadable` of the reading.
    Raises TooManyFacts if over `facts_at_most` facts are not settled. Its reads are not consistent: what was stored
    a moment ago may be missing for a moment, as in every list.
    """
    timer = stored_timer(table, pk)
    latest = latest_day(table, pk, timer)
    if latest is not None:
        try:
            return _settled(table, pk, latest, from_us, to_us, days)
        except UnreadableTotals:
            pass  # the ledger tells of it
    every = _Unsettled(table, pk, reading, sessions_of, facts_at_most).slices(timer)
    return _as_told(every, from_us, to_us)


def person_totals(
    table: Table,
    pks: Sequence[str],
    reading: Reading,
    *,
    sessions_of: SessionsOf,
    from_us: int = FIRST_US,
    to_us: int = LAST_US + 1,
    days: Collection[str] = (),
    facts_at_most: int,
) -> LearnerTotals:
    """The totals of a person whose ids have these timelines, as one fold of all facts would tell them.

    Of one id, those of `learner_totals`. Of several, a row a day of each is read whatever is asked for: there it stands
    which facts of one id bear upon those of another.
    """
    if len(pks) == 1:
        return learner_totals(
            table,
            pks[0],
            reading,
            sessions_of=sessions_of,
            from_us=from_us,
            to_us=to_us,
            days=days,
            facts_at_most=facts_at_most,
        )
    how = [_Unsettled(table, pk, reading, sessions_of, facts_at_most) for pk in pks]
    timelines = [each.slices(stored_timer(table, each.pk)) for each in how]
    if not all(each.resolved for timeline in timelines for each in timeline):
        raise TooManyFacts
    every = united(timelines, lambda number, of: how[number].read(of.first_us, of.last_us), facts_at_most=facts_at_most)
    if every is None:
        raise TooManyFacts
    return _as_told(every, from_us, to_us)


def slice_facts(of: Slice, session_by_event: Mapping[IdAndContent, str], ids: Iterable[str] = ()) -> SliceFacts:
    """A slice as it is folded for totals."""
    return SliceFacts(
        first_us=of.first_us,
        last_us=of.last_us,
        entries=tuple(fact.entry for fact in of.facts),
        session_by_event=session_by_event,
        ids=tuple(ids),
    )


def _settled(
    table: Table, pk: str, latest: DayTotals, from_us: int, to_us: int, days: Collection[str]
) -> LearnerTotals:
    """What is stored, which is all."""
    if 0 < len(days) <= DAYS_AT_ONCE:
        totals = days_and_theirs(table, pk, days)
    else:
        totals = days_between(table, pk, day_of(max(from_us, FIRST_US)), day_of(min(to_us - 1, LAST_US)))
    every = (tallies for day in totals for tallies in day.tallies.values())
    return LearnerTotals(tallies=_between(every, from_us, to_us), standing=latest.standing or {})


class _Unsettled(Struct, frozen=True):
    table: Table
    pk: str
    reading: Reading
    sessions_of: SessionsOf
    facts_at_most: int

    def slices(self, timer: TimerRow | None) -> Collection[SliceTotals]:
        """What is stored, with a fold of what is not settled over it."""
        if timer is None or not timer.totalled:
            return self._all()
        known = ledger(self.table, self.pk, consistent=False)
        if known.unreadable:
            self.reading.unreadable += [totals_key(self.pk, day) for day in sorted(known.unreadable)]
            return self._all()
        stored = known.slices
        held: list[SliceFacts] = []
        if timer.timer.state != "idle":
            held += self.read(timer.timer.from_us, LAST_US)
        for each in stored.values():
            if not each.resolved and not any(span.first_us <= each.first_us <= span.last_us for span in held):
                held += self.read(each.first_us, each.last_us)
        result = resolve(held, stored, self.read, facts_at_once=self.facts_at_most)
        return result.over(stored).values()

    def _all(self) -> Collection[SliceTotals]:
        return resolve(self.read(FIRST_US, LAST_US), {}, self.read, facts_at_once=self.facts_at_most).totals.values()

    def read(self, from_us: int, to_us: int) -> Iterator[SliceFacts]:
        """The slices with a fact from then to then, whole. Raises TooManyFacts."""
        for of in slices(self.table, self.pk, from_us, self.reading, to_us=to_us):
            if self.reading.rows > self.facts_at_most:
                raise TooManyFacts
            yield slice_facts(of, self.sessions_of(of))


def _as_told(every: Collection[SliceTotals], from_us: int, to_us: int) -> LearnerTotals:
    if not all(each.resolved for each in every):
        raise TooManyFacts
    return LearnerTotals(tallies=_between((each.tallies for each in every), from_us, to_us), standing=standings(every))


def _between(every: Iterable[Tallies], from_us: int, to_us: int) -> Tallies:
    between: Tallies = {}
    for tallies in every:
        for place, tally in tallies.items():
            if quarter_of(from_us) <= place.quarter_us < to_us:
                known = between.get(place)
                between[place] = tally if known is None else added((known, tally))
    return between
