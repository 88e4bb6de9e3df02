"""On which UTC days a run lies: what lets the runs of a learner be listed by their first days, a few days at a time.

The row of a run's first day names its later days, and the rows of its later days name the first. Most runs have one
day, of which no row says anything.
"""

from collections.abc import Iterable, Mapping, Sequence

from functions.core.times import day_of
from functions.core.totals.slice_totals import SliceTotals

type RunDays = Mapping[str, Sequence[str]]


def run_days(slices: Iterable[SliceTotals]) -> dict[str, list[str]]:
    """The days of each run of these slices, in order."""
    days: dict[str, set[str]] = {}
    for each in slices:
        for place in each.tallies:
            if place.run is not None:
                days.setdefault(place.run, set()).add(day_of(place.quarter_us))
    return {run: sorted(own) for run, own in days.items()}


def days_that_tell(changed: Iterable[SliceTotals], before: RunDays, after: RunDays) -> set[str]:
    """The days whose rows say something else of the days of a run in these slices than before."""
    days: set[str] = set()
    for run in {place.run for each in changed for place in each.tallies} - {None}:
        known, now = before.get(str(run), ()), after.get(str(run), ())
        if known != now:
            days.update(known[:1], now[:1])
            if known[:1] != now[:1]:
                days.update(known, now)
    return days
