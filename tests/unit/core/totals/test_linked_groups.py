"""Slices linked through others: whichever comes last, all of them are folded together."""

from typing import Any

import pytest

from functions.core.timeline.entry import Entry
from functions.core.totals.resolution import resolve
from functions.core.totals.slice_totals import SliceFacts, SliceTotals
from tests.unit.core.sessions.timelines import happened
from tests.unit.core.totals.test_resolution import resolved_after, slice_of, slices_of, totals_by_slice, whole

# By time; two of a letter are two contents of one id.
GROUPS = {
    "a chain": ["a", "ab", "bc", "cd", "d"],
    "a star": ["a", "b", "abcd", "c", "d"],
    "two arms of two": ["c", "ac", "ab", "bd", "d"],
    "a ring": ["ab", "bc", "cd", "de", "ea"],
    "two pairs and one alone": ["a", "b", "a", "b", "c"],
}


def entries_of(group: list[str]) -> list[list[Entry]]:
    """Slices three hours apart, with an event for each letter."""
    slices: list[list[Entry]] = []
    for number, letters in enumerate(group):
        clocks = {letter: f"{3 + 3 * number}:0{place}" for place, letter in enumerate(letters)}
        events: list[Any] = [
            happened(clock, id=f"urn:x:{letter}", object=f"urn:x:{number}") for letter, clock in clocks.items()
        ]
        slices.append(events)
    return slices


@pytest.mark.parametrize("latest", range(5))
@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS.keys())
def test_a_slice_that_links_others_is_folded_with_all_of_them(group: list[str], latest: int) -> None:
    slices = entries_of(group)
    stored: dict[int, SliceTotals] = {}
    known: list[Entry] = []
    for number in [*(number for number in range(5) if number != latest), latest]:
        resolution = resolved_after(known, slices[number], stored)
        stored = resolution.over(stored)
        known += slices[number]
        assert totals_by_slice(stored.values()) == whole(known)
    assert len(stored) == len(slices_of(known)) == 5


@pytest.mark.parametrize(
    ("held", "reads"),
    [
        ((0, 1, 2), 0),  # all of what is stored, and no more
        ((0, 2), 0),
        ((0, 1, 2, 3), 0),
        ((1, 2), 1),
        ((0, 1), 1),
        ((1,), 1),
    ],
)
def test_what_is_stored_is_read_again_only_if_not_all_of_its_time_is_held(held: tuple[int, ...], reads: int) -> None:
    entries = [happened(f"9:{10 * number:02d}", object=f"urn:x:{number}") for number in range(4)]
    stored = resolved_after([], entries[:3], {}).totals
    (before,) = slices_of(entries[:3])
    spans: list[tuple[int, int]] = []

    def read(first_us: int, last_us: int) -> list[SliceFacts]:
        spans.append((first_us, last_us))
        return [before]

    resolution = resolve([slice_of([entries[number] for number in held])], stored, read, facts_at_once=99)
    assert spans == [(before.first_us, before.last_us)] * reads
    assert resolution.replaced == {before.first_us}
    assert len(resolution.totals) == 1


@pytest.mark.parametrize(("facts_at_once", "resolved"), [(6, True), (5, False)])
def test_of_a_group_all_facts_are_counted_that_would_be_read(facts_at_once: int, resolved: bool) -> None:
    slices = entries_of(GROUPS["a chain"])
    order = [0, 1, 3, 4, 2]
    stored: dict[int, SliceTotals] = {}
    known: list[Entry] = []
    for number in order:
        stored = resolved_after(known, slices[number], stored, facts_at_once if number == 2 else 99).over(stored)
        known += slices[number]
    assert [each.resolved for each in stored.values()] == [resolved] * 5
