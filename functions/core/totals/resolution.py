"""The totals of each slice of a timeline, and which slices must be folded together so that they are right.

Between the facts that a sweep or an answer holds and the totals that are stored. Nothing is resolved from all of life:
a slice that is linked to no other is folded alone, one that is linked with all that it is linked to (`links`). The
result is that of one fold of everything, whatever was folded with what.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import replace

from msgspec import Struct, field

from functions.core.totals.folding import folded_together, joined, totals_of_facts
from functions.core.totals.links import Links, links_of, overlap, surroundings
from functions.core.totals.slice_totals import SliceFacts, SliceTotals

type Reader = Callable[[int, int], Iterable[SliceFacts]]  # the slices with a fact from then to then, whole


class Resolution(Struct):
    """`totals` of the slices that were given and of all that they are linked to, by their first instant.

    `replaced` are the first instants of the stored ones that no longer hold.
    """

    totals: dict[int, SliceTotals] = field(default_factory=dict)
    replaced: set[int] = field(default_factory=set)

    def over(self, stored: Mapping[int, SliceTotals]) -> dict[int, SliceTotals]:
        """All totals of a timeline: those that are stored, with these in place of what they replace."""
        kept = {first_us: totals for first_us, totals in stored.items() if first_us not in self.replaced}
        return kept | self.totals


def resolve(
    held: Iterable[SliceFacts], stored: Mapping[int, SliceTotals], read: Reader, *, facts_at_once: int
) -> Resolution:
    """The totals of the slices that are `held`, and of those that change with them.

    `stored` are all that are stored of the timeline. Of those that are linked to a slice at most `facts_at_once` facts
    are read; if they are more, all of them are left unresolved.
    """
    return _Resolver(dict(stored), read, facts_at_once).run(held)


class _Resolver(Struct):
    stored: dict[int, SliceTotals]
    read: Reader
    facts_at_once: int
    held: dict[int, SliceFacts] = field(default_factory=dict)
    links: dict[int, Links] = field(default_factory=dict)  # of what is held
    folded: dict[int, SliceFacts] = field(default_factory=dict)  # taken back if slices read together are linked to it
    before: list[SliceTotals] = field(default_factory=list)  # what it replaces: others may rest on its links still
    result: Resolution = field(default_factory=Resolution)

    def run(self, held: Iterable[SliceFacts]) -> Resolution:
        self._hold(held)
        while self.held:
            self._resolve_group(next(iter(self.held)))
        return self.result

    def _hold(self, slices: Iterable[SliceFacts]) -> None:
        """Hold slices in place of what is stored of their time. What overlaps is one slice: something came between."""
        for each in slices:
            for first_us, other in list(self.held.items()):
                if first_us <= each.last_us and each.first_us <= other.last_us:
                    each = joined(self.held.pop(first_us), each)
                    self.links.pop(first_us, None)
            self.held[each.first_us] = each
        for totals in list(self._overlapped()):
            self._replace(totals)
            if not any(
                held.first_us <= totals.first_us and totals.last_us <= held.last_us for held in self.held.values()
            ):
                self._hold(self.read(totals.first_us, totals.last_us))
        for first_us, each in self.held.items():
            if first_us not in self.links:
                links = links_of(each.entries, surroundings(each.entries), ids=each.ids)
                for known in self.before:
                    if each.first_us <= known.last_us and known.first_us <= each.last_us:
                        links = links.plus(known.links)
                self.links[first_us] = links

    def _overlapped(self) -> Iterator[SliceTotals]:
        for totals in self.stored.values():
            if any(held.first_us <= totals.last_us and totals.first_us <= held.last_us for held in self.held.values()):
                yield totals

    def _replace(self, totals: SliceTotals) -> None:
        if self.stored.pop(totals.first_us, None) is not None:
            self.result.replaced.add(totals.first_us)
            self.before.append(totals)

    def _resolve_group(self, first_us: int) -> None:
        while True:
            group = self._linked(first_us)
            for key in group & self.folded.keys():
                self.held[key], self.links[key] = self.folded.pop(key), self.result.totals.pop(key).links
            if group & self.result.totals.keys():  # among what was left
                return self._leave(group - self.result.totals.keys())
            unread = [self.stored[key] for key in group if key not in self.held]
            if sum(totals.facts for totals in unread) > self.facts_at_once:
                return self._leave(group)
            if not unread:
                together = [self.held[key] for key in sorted(group)]
                if len(together) == 1 or not self._grew(together):
                    return self._fold(together)
                continue
            for totals in unread:
                self._replace(totals)
                self._hold(self.read(totals.first_us, totals.last_us))
            if first_us not in self.held:  # it was joined with one that begins before
                return None

    def _grew(self, together: Sequence[SliceFacts]) -> bool:
        """Whether slices, read together, are linked to more than each by itself."""
        known = surroundings(entry for each in together for entry in each.entries)
        joint = {
            each.first_us: self.links[each.first_us].plus(links_of(each.entries, known, ids=each.ids))
            for each in together
        }
        grew = any(self.links[key] != links for key, links in joint.items())
        self.links |= joint
        return grew

    def _linked(self, first_us: int) -> set[int]:
        """All that is linked to a slice, directly or through others, by their first instants."""
        others = {key: totals.links for key, totals in (self.stored | self.result.totals).items()} | self.links
        group, waiting = {first_us}, [others.pop(first_us)]
        while waiting:
            links = waiting.pop()
            counterparts = links.counterparts()
            near = [
                key
                for key, other in others.items()
                if not counterparts.isdisjoint(other.offers) or overlap(links.reach, other.reach)
            ]
            group.update(near)
            waiting += [others.pop(key) for key in near]
        return group

    def _leave(self, group: Iterable[int]) -> None:
        """Leave a group unresolved."""
        for key in group:
            each = self.held.pop(key, None)
            if each is None:
                totals = self.stored[key]
                self._replace(totals)
                self.result.totals[key] = replace(totals, resolved=False, courses={}, tallies={})
            else:
                self.result.totals[key] = replace(totals_of_facts(each, self.links.pop(key)), resolved=False)

    def _fold(self, together: Sequence[SliceFacts]) -> None:
        links = [self.links.pop(each.first_us) for each in together]
        for each, totals in zip(together, folded_together(together, links), strict=True):
            self.result.totals[each.first_us] = totals
            self.folded[each.first_us] = self.held.pop(each.first_us)
