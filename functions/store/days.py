"""UTC days, as event index rows name them, as the spans of time in which facts are read; and months, as `202601`."""

from collections.abc import Iterable

from functions.core.times import DAY_US, day_of, parse_time


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


def month_of(us: int) -> str:
    """The month of UTC of an instant, as `202601`."""
    return day_of(us)[:6]


def month_start_us(month: str) -> int:
    """The first instant of a month of UTC."""
    return day_span_us(f"{month}01")[0]


def months_between(from_us: int, to_us: int) -> list[str]:
    """The months of UTC with an instant from then to then, the end exclusive."""
    months = [month_of(from_us)] if from_us < to_us else []
    while months and (following := _following(months[-1])) <= month_of(to_us - 1):
        months.append(following)
    return months


def _following(month: str) -> str:
    year, number_of_month = int(month[:4]), int(month[4:])
    return f"{year + number_of_month // 12:04d}{number_of_month % 12 + 1:02d}"
