"""Overlapping reports against the same worked out instant by instant, on every small case of a kind."""

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations_with_replacement, groupby

import pytest

from functions.core.numbers.densest import (
    FULL,
    Piece,
    Window,
    by_quarter,
    densest,
    merged,
    outside,
    pieces_of,
)
from functions.core.times import QUARTER_US

type Span = tuple[int, int]
INSTANTS = range(-4, 14)
SPANS = [(start, end) for start in range(4) for end in range(start + 1, 5)]
WINDOWS = [Window(start, end, value) for start, end in SPANS for value in (0, 1, 2, 5)]


def cases[Case](count: int, pick: Callable[[random.Random], Case]) -> list[Case]:
    """The same each time."""
    source = random.Random(7)
    return [pick(source) for _ in range(count)]


def runs[Value](values: Iterable[tuple[int, Value | None]]) -> list[tuple[Value, int, int]]:
    """Equal values of successive instants as one span each; None is nothing."""
    spans = []
    for value, group in groupby(values, key=lambda each: each[1]):
        instants = [us for us, _ in group]
        if value is not None:
            spans.append((value, instants[0], instants[-1] + 1))
    return spans


def density_at(us: int, windows: Sequence[Window]) -> int:
    """What is spent in the microsecond from `us` on: equal windows are one, and one that overflows begins earlier."""
    density = 0
    for start, end in {(window.start_us, window.end_us) for window in windows}:
        value = sum(window.value_us for window in windows if (window.start_us, window.end_us) == (start, end))
        begin = min(start, end - value)
        if begin <= us < end:
            density += value * FULL // (end - begin)
    return density


def check_pieces(windows: Sequence[Window], latest_us: int) -> None:
    pieces = pieces_of(3, windows, latest_us=latest_us)
    densities = {us: density_at(us, windows) for us in range(-16, 14) if us < latest_us}
    assert {us: piece.density for piece in pieces for us in range(piece.start_us, piece.end_us)} == {
        us: density for us, density in densities.items() if density
    }
    assert all(piece.report == 3 and piece.start_us < piece.end_us for piece in pieces)
    assert all(piece.before == sum(d for us, d in densities.items() if us < piece.start_us) for piece in pieces)
    assert [piece.start_us for piece in pieces] == sorted(piece.start_us for piece in pieces)


@pytest.mark.parametrize("latest_us", [0, 1, 3, 9])
def test_windows_of_a_report_add_up_at_every_instant(latest_us: int) -> None:
    pairs = [*combinations_with_replacement(WINDOWS, 2)]
    assert pairs
    for windows in pairs:
        check_pieces(windows, latest_us)


def test_many_windows_of_a_report_add_up_too() -> None:
    several = cases(150, lambda source: source.choices(WINDOWS, k=source.randint(3, 6)))
    assert several
    for windows in several:
        check_pieces(windows, 9)


def test_a_report_accounts_for_its_whole_value_wherever_it_is_cut() -> None:
    (first, second) = pieces_of(0, [Window(0, 30, 10), Window(10, 20, 7)], latest_us=20)
    assert [first.until(us) for us in (0, 1, 2, 5, 10)] == [0, 0, 1, 2, 3]
    assert [second.until(us) for us in (10, 11, 16, 20)] == [3, 4, 10, 14]
    (alone,) = pieces_of(0, [Window(100, 200, 100)], latest_us=160)
    assert (alone.start_us, alone.end_us, alone.density, alone.until(160)) == (100, 160, FULL, 60)


def check_densest(pieces: Sequence[Piece], ranks: Sequence[tuple[int]]) -> None:
    def winner(us: int) -> int | None:
        here = [number for number, piece in enumerate(pieces) if piece.start_us <= us < piece.end_us]
        return min(here, key=lambda number: (-pieces[number].density, ranks[pieces[number].report]), default=None)

    expected = [(pieces[number], start, end) for number, start, end in runs((us, winner(us)) for us in INSTANTS)]
    assert list(densest(pieces, ranks)) == expected


def pieces_at_random(source: random.Random) -> list[Piece]:
    pieces = []
    for report in range(source.randint(0, 5)):
        start = source.randint(0, 6)
        pieces.append(Piece(report, start, start + source.randint(1, 5), source.randint(1, 3), report))
        if source.random() < 0.5:  # a report of two pieces, which do not overlap
            start = pieces[-1].end_us + source.randint(0, 2)
            pieces.append(Piece(report, start, min(start + 2, 13), source.randint(1, 3), report))
    return [piece for piece in pieces if piece.start_us < piece.end_us]


def test_at_each_instant_the_densest_counts_and_of_equal_ones_that_of_the_lower_rank() -> None:
    sets = cases(600, pieces_at_random)
    assert sets
    for number, pieces in enumerate(sets):
        ranks = [(rank,) for rank in range(6)]
        random.Random(number).shuffle(ranks)
        check_densest(pieces, ranks)


def spans_at_random(source: random.Random) -> tuple[list[Span], list[Span]]:
    def some(most: int) -> list[Span]:
        starts = [source.randint(0, 9) for _ in range(source.randint(0, most))]
        return [(start, start + source.randint(1, 4)) for start in starts]

    return some(4), some(4)


def covered(intervals: Iterable[Span]) -> set[int]:
    return {us for start, end in intervals for us in range(start, end)}


def test_the_parts_outside_are_those_instants_that_nothing_covers() -> None:
    pairs = cases(600, spans_at_random)
    assert pairs
    for intervals, others in pairs:
        union = merged(others)
        assert union == [(start, end) for _, start, end in runs((us, us in covered(others) or None) for us in INSTANTS)]
        spans = [(Piece(number, *span, 1, 0), *span) for number, span in enumerate(merged(intervals))]
        expected = [
            (piece, first, last)
            for piece, start, end in spans
            for _, first, last in runs((us, us not in covered(others) or None) for us in range(start, end))
        ]
        assert list(outside(spans, union)) == expected


@pytest.mark.parametrize(
    ("intervals", "union"),
    [
        ([], []),
        ([(1, 2), (2, 3)], [(1, 3)]),
        ([(1, 2), (3, 4)], [(1, 2), (3, 4)]),
        ([(3, 4), (1, 2)], [(1, 2), (3, 4)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
        ([(1, 9), (2, 3), (9, 10)], [(1, 10)]),
        ([(1, 2), (1, 3), (1, 2)], [(1, 3)]),
    ],
)
def test_intervals_that_touch_are_one(intervals: list[Span], union: list[Span]) -> None:
    assert merged(intervals) == union


Q = QUARTER_US
HALF = Q // 2


@pytest.mark.parametrize(
    ("start", "end", "amounts"),
    [
        (0, Q, [(0, Q)]),
        (HALF, Q, [(0, HALF)]),
        (HALF, Q + 1, [(0, HALF), (Q, 1)]),
        (Q, 3 * Q + HALF, [(Q, Q), (2 * Q, Q), (3 * Q, HALF)]),
        (Q - 1, Q + 1, [(0, 1), (Q, 1)]),
    ],
)
def test_time_is_told_by_quarter_hours(start: int, end: int, amounts: list[Span]) -> None:
    whole = Piece(0, 0, 4 * Q, FULL, 5 * FULL)
    assert list(by_quarter(whole, start, end)) == amounts


def test_a_quarter_hour_in_which_less_than_half_a_microsecond_was_spent_is_left_out() -> None:
    thin = Piece(0, 0, 3 * Q, FULL // (2 * Q), 0)  # half a microsecond in each
    assert list(by_quarter(thin, 0, 3 * Q)) == [(Q, 1)]
    assert sum(amount for _, amount in by_quarter(Piece(0, 0, 3 * Q, FULL // 3, 0), 0, 3 * Q)) == Q
