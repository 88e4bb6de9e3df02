"""How a bench measures: CPU of this process, in rounds that take turns, told as medians.

Machines are shared and noisy: two things that are compared are timed turn by turn in the same minutes, and what counts
is the median of the rounds' ratios, never a clock by itself.
"""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

type Work = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and its unit."""

    name: str
    value: float
    unit: str

    def line(self) -> str:
        """The figure as one line of JSON."""
        return orjson.dumps({"name": self.name, "value": rounded(self.value), "unit": self.unit}).decode()


def rounded(value: float) -> float:
    """Four digits: a bench knows no more."""
    return value if isinstance(value, int) else float(f"{value:.4g}")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0…1) of the values lie, between neighbours in proportion."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def cpu_s(work: Work, number: int) -> float:
    """CPU seconds of this process, all threads, for one call."""
    start = time.process_time()
    work(number)
    return time.process_time() - start


def interleaved(rounds: int, *works: Work) -> list[list[float]]:
    """CPU seconds of each work in each round: `result[work][round]`. Every work runs once more before, unmeasured.

    A work is handed the number of its round, so that it can take other data each time: what is measured twice
    on the same bytes measures a cache.
    """
    for work in works:
        work(0)
    seconds: list[list[float]] = [[] for _ in works]
    for number in range(1, rounds + 1):
        places = list(range(len(works)))
        for place in places if number % 2 else reversed(places):
            gc.collect()
            seconds[place].append(cpu_s(works[place], number))
    return seconds


def ratio(seconds: Sequence[float], base: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return median([measured_s / other for measured_s, other in zip(seconds, base, strict=True)])
