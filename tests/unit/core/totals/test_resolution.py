"""However facts arrive, the totals of the slices of a timeline add up to one fold of all of them."""

import random
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise

import pytest

from functions.core.identity import is_anonymous
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time, parse_time
from functions.core.totals.folding import folded_together
from functions.core.totals.links import Links
from functions.core.totals.resolution import Resolution, resolve
from functions.core.totals.slice_totals import SliceFacts, SliceTotals
from functions.core.totals.tallies import Tally, added
from functions.core.totals.united import united
from tests.unit.core.sessions.timelines import arrived, happened, resent
from tests.unit.core.totals.pairs import CASES, EVENING, MORNING

GAP_US = 30 * MINUTE_US
MIDNIGHT = parse_time("2026-01-27T00:00:00Z") or 0
TIMES = [MIDNIGHT + hour * 60 * MINUTE_US for hour in (6, 9, 11, 14, 21, 33)]
LATER = MIDNIGHT + 72 * 60 * MINUTE_US
NOTHING = Links(frozenset(), ())


def slice_of(entries: Sequence[Entry]) -> SliceFacts:
    times = [entry.time_us for entry in entries]
    return SliceFacts(first_us=min(times), last_us=max(times), entries=tuple(entries))


def slices_of(entries: Iterable[Entry]) -> list[SliceFacts]:
    """Cut where nothing happened for half an hour."""
    ordered = sorted(entries, key=lambda entry: entry.time_us)
    cuts = [number for number, (a, b) in enumerate(pairwise(ordered), 1) if b.time_us - a.time_us > GAP_US]
    return [slice_of(ordered[start:end]) for start, end in pairwise([0, *cuts, len(ordered)])]


def reading(entries: Sequence[Entry], first_us: int, last_us: int) -> list[SliceFacts]:
    return [each for each in slices_of(entries) if each.first_us <= last_us and first_us <= each.last_us]


def totals_by_slice(totals: Iterable[SliceTotals]) -> dict[object, object]:
    """What slices add up to, by place."""
    places: dict[object, list[Tally]] = {}
    for each in totals:
        for place, tally in each.tallies.items():
            places.setdefault(place, []).append(tally)
    sums = {place: added(tallies) for place, tallies in places.items()}
    return {
        place: (dict(sorted(tally.totals.items())), tally.events, tally.first_us, tally.last_us, tally.conflicts)
        for place, tally in sums.items()
        if tally.events or any(tally.totals.values()) or tally.conflicts
    }


def whole(entries: Sequence[Entry]) -> dict[object, object]:
    """The same in one fold of everything."""
    return totals_by_slice(folded_together([slice_of(entries)], [NOTHING]))


def entries_at_random(seed: int) -> list[Entry]:
    source = random.Random(seed)
    pool = [entry for case in source.sample(list(CASES.values()), 2) for entry in (*case[0], *case[1])]
    pool.append(happened(MORNING))
    entries = {}
    for number, entry in enumerate(pool):  # no two at one time: with one content they would be copies
        time_us = source.choice(TIMES) + source.randint(0, 3) * 10 * MINUTE_US + number * 1000
        moved = arrived(resent(entry, eventTime=format_time(time_us)), LATER)
        entries[moved.id_and_content] = moved
    shuffled = list(entries.values())
    source.shuffle(shuffled)
    return shuffled


def resolved_after(
    known: Sequence[Entry], new: Sequence[Entry], stored: Mapping[int, SliceTotals], facts_at_once: int = 1000
) -> Resolution:
    everything = [*known, *new]
    held = [each for each in slices_of(everything) if any(entry in each.entries for entry in new)]
    return resolve(held, stored, partial(reading, everything), facts_at_once=facts_at_once)


@pytest.mark.parametrize("seed", range(80))
def test_totals_are_those_of_one_fold_after_each_arrival(seed: int) -> None:
    entries = entries_at_random(seed)
    assert entries
    stored: dict[int, SliceTotals] = {}
    for number in range(1, len(entries) + 1):
        resolution = resolved_after(entries[: number - 1], entries[number - 1 : number], stored)
        assert resolution.replaced <= stored.keys()
        stored = resolution.over(stored)
        expected = slices_of(entries[:number])
        assert [(each.first_us, each.last_us, each.facts) for _, each in sorted(stored.items())] == [
            (each.first_us, each.last_us, len(each.entries)) for each in expected
        ]
        assert all(each.resolved for each in stored.values())
        assert totals_by_slice(stored.values()) == whole(entries[:number])


@pytest.mark.parametrize("facts_at_once", [0, 1, 2])
@pytest.mark.parametrize("seed", range(25))
def test_what_is_linked_to_more_than_may_be_read_is_left_and_all_else_stays_right(
    seed: int, facts_at_once: int
) -> None:
    entries = entries_at_random(seed)
    assert entries
    stored: dict[int, SliceTotals] = {}
    for number in range(1, len(entries) + 1):
        resolution = resolved_after(entries[: number - 1], entries[number - 1 : number], stored, facts_at_once)
        stored = resolution.over(stored)
        slices = {each.first_us: each for each in slices_of(entries[:number])}
        assert stored.keys() == slices.keys()
        left = [slices[first_us] for first_us, each in stored.items() if not each.resolved]
        assert all(not each.tallies and not each.courses for each in stored.values() if not each.resolved)
        answer = resolve(left, stored, partial(reading, entries[:number]), facts_at_once=1000).over(stored)
        assert totals_by_slice(answer.values()) == whole(entries[:number])


APART = {
    name: case
    for name, case in CASES.items()
    if max(entry.time_us for entry in case[0]) < min(entry.time_us for entry in case[1])
}


@pytest.mark.parametrize(("first", "other", "linked"), APART.values(), ids=APART.keys())
def test_a_stored_slice_is_read_and_replaced_only_if_it_is_linked(
    first: list[Entry], other: list[Entry], linked: bool
) -> None:
    before, new = slice_of(first), slice_of(other)
    stored = resolve([before], {}, lambda _a, _z: [], facts_at_once=0).totals
    spans_read: list[tuple[int, int]] = []

    def read(first_us: int, last_us: int) -> list[SliceFacts]:
        spans_read.append((first_us, last_us))
        return [before]

    resolution = resolve([new], stored, read, facts_at_once=len(first))
    both = linked * [before.first_us] + [new.first_us]
    assert spans_read == linked * [(before.first_us, before.last_us)]
    assert resolution.replaced == set(linked * [before.first_us])
    assert [each.resolved for each in resolution.totals.values()] == [True] * len(both)
    unread = resolve([new], stored, read, facts_at_once=len(first) - 1)
    assert {first_us: each.resolved for first_us, each in unread.totals.items()} == dict.fromkeys(both, not linked)
    assert len(spans_read) == linked, "too many to read"


def test_facts_that_come_between_two_slices_make_them_one() -> None:
    times = [TIMES[0], TIMES[0] + 50 * MINUTE_US, TIMES[0] + 25 * MINUTE_US, TIMES[4]]
    entries = [happened(time_us, object=f"urn:x:{number}") for number, time_us in enumerate(times)]
    stored: dict[int, SliceTotals] = {}
    counts = []
    for number in (0, 1, 3, 2):
        known = [entries[each] for each in (0, 1, 3, 2)[: (0, 1, 3, 2).index(number)]]
        resolution = resolved_after(known, [entries[number]], stored)
        stored = resolution.over(stored)
        counts.append((sorted(each.facts for each in stored.values()), len(resolution.replaced)))
    assert counts == [([1], 0), ([1, 1], 0), ([1, 1, 1], 0), ([1, 3], 2)]


@pytest.mark.parametrize(("first", "other", "linked"), CASES.values(), ids=CASES.keys())
def test_slices_of_two_ids_are_read_only_if_they_are_linked(
    first: list[Entry], other: list[Entry], linked: bool
) -> None:
    slices = [[slice_of([happened(EVENING, object="urn:x:alone")])], [slice_of(first)], [slice_of(other)]]
    for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (2, 1)):
        timelines = [
            list(resolve(slices[number], {}, lambda _a, _z: [], facts_at_once=0).totals.values()) for number in order
        ]
        facts = len(first) + len(other)

        def read(timeline: int, of: SliceTotals, order: tuple[int, ...] = order) -> list[SliceFacts]:
            assert linked
            return [each for each in slices[order[timeline]] if each.first_us == of.first_us]

        assert (united(timelines, read, facts_at_most=0) is None) is linked
        assert (united(timelines, read, facts_at_most=facts - 1) is None) is linked
        totals = united(timelines, read, facts_at_most=facts)
        assert totals is not None
        assert totals_by_slice(totals) == whole(
            [entry for number in order for each in slices[number] for entry in each.entries]
        )


@pytest.mark.parametrize("seed", range(80))
def test_the_totals_of_several_ids_are_those_of_one_fold_of_all_their_facts(seed: int) -> None:
    source = random.Random(seed)
    entries = entries_at_random(seed)
    own: list[list[Entry]] = [[], [], []]
    for entry in entries:
        own[source.randrange(3)].append(entry)
    own[0].append(next(entry for entry in entries if not is_anonymous(entry.id)))  # maybe under two ids
    own = [list({entry.id_and_content: entry for entry in each}.values()) for each in own]
    timelines = [resolved_after([], each, {}).totals.values() if each else [] for each in own]
    totals = united(timelines, lambda timeline, of: reading(own[timeline], of.first_us, of.last_us), facts_at_most=1000)
    assert totals is not None
    assert totals_by_slice(totals) == whole(entries)
