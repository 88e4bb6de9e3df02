"""UTC days, as event index rows name them, as the spans of time in which facts are read."""

from collections.abc import Iterable

from functions.core.times import DAY_US, parse_time


def day_span_us(day: str) -> tuple[int, int]:
    """First and last microsecond of a UTC day."""
    start = parse_time(f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z")
    assert start is not None
    return start, start + DAY_US - 1


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one, in order."""
    disjoint: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if disjoint and start <= disjoint[-1][1] + 1:
            disjoint[-1] = (disjoint[-1][0], max(disjoint[-1][1], end))
        else:
            disjoint.append((start, end))
    return disjoint
