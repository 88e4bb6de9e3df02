"""A slice of a timeline as totals know it: its facts, and what they add up to."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from functions.core.numbers.progress import CourseTotals
from functions.core.timeline.entry import Entry, IdAndContent
from functions.core.times import day_of
from functions.core.totals.links import Links
from functions.core.totals.tallies import Tallies


class SliceFacts(Struct, frozen=True, kw_only=True):
    """All facts between two silences. `session_by_event`: the sessions of those that name none. `ids`: of events that
    belong to it and are not stored yet.
    """

    first_us: int
    last_us: int
    entries: Sequence[Entry]
    session_by_event: Mapping[IdAndContent, str] = field(default_factory=dict)
    ids: tuple[str, ...] = ()


class SliceTotals(Struct, frozen=True, kw_only=True):
    """The totals of a slice of so many `facts`. Not `resolved`: it is linked to more than was folded, so it has none.

    `tallies` may lie on other days: a report tells of yesterday, a regrade counts on the day of the first grade.
    """

    first_us: int
    last_us: int
    facts: int
    links: Links
    resolved: bool = True
    courses: Mapping[str, CourseTotals] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=dict)

    @property
    def days(self) -> frozenset[str]:
        """The UTC days on which it tells of something."""
        return frozenset(day_of(place.quarter_us) for place in self.tallies)
