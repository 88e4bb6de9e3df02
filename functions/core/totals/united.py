"""The totals of one person who has several ids: those of each id, as one fold of all facts of all ids would tell them.

Each id has a timeline and totals of its own, and keeps them. Most slices of two ids say nothing about each other, so
their totals add up. Where a slice is linked to one of another id (the same event id under both, a report of time in
which the other id measured an Attempt, a grade of the other id's question), what is linked is folded together, so that
nothing is credited twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce

from msgspec import Struct, field

from functions.core.totals.folding import folded_together, joined
from functions.core.totals.links import Links, links_of, surroundings
from functions.core.totals.slice_totals import SliceFacts, SliceTotals

type Reader = Callable[[int, SliceTotals], Iterable[SliceFacts]]  # the facts of a slice of the timeline of that number


class _Slice(Struct):
    timeline: int
    totals: SliceTotals
    links: Links
    facts: SliceFacts | None = None


def united(timelines: Sequence[Iterable[SliceTotals]], read: Reader, *, facts_at_most: int) -> list[SliceTotals] | None:
    """The slices of all timelines, which are resolved; None where over `facts_at_most` facts would have to be read.

    The result is a sum: it says no longer whose a slice is.
    """
    slices = [_Slice(number, totals, totals.links) for number, timeline in enumerate(timelines) for totals in timeline]
    return _Union(slices, read, facts_at_most).run()


class _Union(Struct):
    slices: list[_Slice]
    read: Reader
    facts_at_most: int
    groups: list[list[_Slice]] = field(default_factory=list)

    def run(self) -> list[SliceTotals] | None:
        while True:
            self.groups = [group for group in _linked(self.slices) if len({each.timeline for each in group}) > 1]
            if sum(each.totals.facts for group in self.groups for each in group) > self.facts_at_most:
                return None
            if not self._grew():
                break
        folded = {id(each) for group in self.groups for each in group}
        result = [each.totals for each in self.slices if id(each) not in folded]
        for group in self.groups:
            facts = [each.facts for each in group if each.facts is not None]
            result += folded_together(facts, [each.links for each in group if each.facts is not None])
        return result

    def _grew(self) -> bool:
        """Read what is linked; whether, read together, it is linked to more than each slice by itself."""
        grew = False
        for group in self.groups:
            for each in group:
                if each.facts is None:
                    parts = list(self.read(each.timeline, each.totals))
                    each.facts = reduce(joined, parts) if parts else None
            known = surroundings(entry for each in group if each.facts is not None for entry in each.facts.entries)
            for each in group:
                if each.facts is not None:
                    links = each.links.plus(links_of(each.facts.entries, known, ids=each.facts.ids))
                    grew = grew or links != each.links
                    each.links = links
        return grew


def _linked(slices: Sequence[_Slice]) -> Iterator[list[_Slice]]:
    """The slices in groups, each with all that it is linked to, directly or through others."""
    leader = list(range(len(slices)))

    def first(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    offering: dict[int, list[int]] = defaultdict(list)
    for number, each in enumerate(slices):
        for mark in each.links.offers:
            offering[mark].append(number)
    for number, each in enumerate(slices):
        for mark in each.links.counterparts() & offering.keys():
            for other in offering[mark]:
                leader[first(other)] = first(number)
            del offering[mark][1:]  # they are in one group now
    reached_us, before = -1, -1
    for start_us, end_us, number in sorted(
        (*span, number) for number, s in enumerate(slices) for span in s.links.reach
    ):
        if before >= 0 and start_us <= reached_us:
            leader[first(number)] = first(before)
        reached_us, before = max(reached_us, end_us), number
    groups: dict[int, list[_Slice]] = defaultdict(list)
    for number, each in enumerate(slices):
        groups[first(number)].append(each)
    yield from groups.values()
