"""At each instant the densest report counts: overlapping reports of time, resolved in one sweep.

Used by `time_spent`. The density of a window is its value divided by its length. Within one report windows add up;
between reports the densest gets the credit. All amounts are whole microseconds that are read off one running sum, so
that parts of a report add up to it exactly, wherever it is cut.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from functions.core.times import QUARTER_US

_SCALE_BITS = 64  # densities are fractions of 2^64: the error of a day is far below a microsecond
FULL = 1 << _SCALE_BITS

type Rank = tuple[int | str, ...]


class Window(Struct, frozen=True):
    """`value_us` of some category, spent evenly from start to end; the start is before the end."""

    start_us: int
    end_us: int
    value_us: int


class Piece(Struct, frozen=True):
    """A stretch of one report over which its density does not change. `before` is its running sum at the start."""

    report: int
    start_us: int
    end_us: int
    density: int
    before: int

    def until(self, us: int) -> int:
        """Microseconds that the report accounts for from its beginning to an instant of this piece."""
        return (self.before + self.density * (us - self.start_us) + FULL // 2) >> _SCALE_BITS


def pieces_of(report: int, windows: Iterable[Window], *, latest_us: int) -> list[Piece]:
    """A report as pieces of even density, cut at `latest_us`.

    The values of equal windows are one value. A value that exceeds its window counts over [end − value, end].
    """
    by_window: dict[tuple[int, int], int] = defaultdict(int)
    for window in windows:
        by_window[window.start_us, window.end_us] += window.value_us
    changes: dict[int, int] = defaultdict(int)
    for (start_us, end_us), value_us in by_window.items():
        start_us = min(start_us, end_us - value_us)
        density = (value_us << _SCALE_BITS) // (end_us - start_us)
        changes[start_us] += density
        changes[end_us] -= density
    pieces: list[Piece] = []
    density, spent, last_us = 0, 0, 0
    for us in sorted(changes):
        end_us = min(us, latest_us)
        if density and end_us > last_us:
            pieces.append(Piece(report, last_us, end_us, density, spent))
            spent += density * (end_us - last_us)
        density += changes[us]
        last_us = us
    return pieces


def densest(pieces: Iterable[Piece], ranks: Sequence[Rank]) -> Iterator[tuple[Piece, int, int]]:
    """Which piece counts from when to when. Of equally dense ones that of the report with the lower rank.

    Intervals come in order and do not overlap.
    """
    waiting = sorted(pieces, key=lambda piece: piece.start_us)
    instants = sorted({us for piece in waiting for us in (piece.start_us, piece.end_us)})
    heap: list[tuple[int, Rank, int, Piece]] = []
    following = 0
    held: tuple[Piece, int, int] | None = None
    for start_us, end_us in pairwise(instants):
        while following < len(waiting) and waiting[following].start_us <= start_us:
            piece = waiting[following]
            heapq.heappush(heap, (-piece.density, ranks[piece.report], following, piece))
            following += 1
        while heap and heap[0][3].end_us <= start_us:
            heapq.heappop(heap)
        winner = heap[0][3] if heap else None
        if held is not None and winner is held[0]:
            held = (held[0], held[1], end_us)
            continue
        if held is not None:
            yield held
        held = None if winner is None else (winner, start_us, end_us)
    if held is not None:
        yield held


def merged(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The instants that lie in any of `intervals`, as intervals that are apart and in order."""
    union: list[tuple[int, int]] = []
    for start_us, end_us in sorted(intervals):
        if union and start_us <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end_us))
        else:
            union.append((start_us, end_us))
    return union


def outside(
    spans: Iterable[tuple[Piece, int, int]], union: Sequence[tuple[int, int]]
) -> Iterator[tuple[Piece, int, int]]:
    """The parts of `spans` (in order, apart) that lie in none of `union` (merged)."""
    position = 0
    for piece, start_us, end_us in spans:
        while position < len(union) and union[position][1] <= start_us:
            position += 1
        following = position
        while following < len(union) and union[following][0] < end_us:
            if union[following][0] > start_us:
                yield piece, start_us, union[following][0]
            start_us = max(start_us, union[following][1])
            following += 1
        if start_us < end_us:
            yield piece, start_us, end_us


def by_quarter(piece: Piece, start_us: int, end_us: int) -> Iterator[tuple[int, int]]:
    """A part of a piece as (start of the quarter hour, microseconds spent in it)."""
    quarter_us = start_us - start_us % QUARTER_US
    spent = piece.until(start_us)
    while quarter_us < end_us:
        until = piece.until(min(end_us, quarter_us + QUARTER_US))
        if until > spent:
            yield quarter_us, until - spent
        spent = until
        quarter_us += QUARTER_US
