"""How long a learner worked, as reported: TimeSpentEvents, and Attempt intervals where nothing better is
known.

Used by `runs`. Time is never derived from how long a session lasted.

The values of one category are summed. Where windows of it overlap, each counts pro rata to the part that is
not yet covered, in the order of their starts (then of event time, id and place in the event). A value without
a window of some length counts in full.

An Attempt with both times counts as active for its length, but only for what no TimeSpentEvent and no earlier
Attempt covers, and not at all where a TimeSpentEvent names the activity that it attempts: the app's own
account of the time is better. A TimeSpentEvent without windows covers the seconds before it that it reports.
An Attempt of over a day is no account of time.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from functions.core.numbers.metrics import Credit, items
from functions.core.timeline.entry import Entry, fields_of, id_of, time_in

CATEGORIES = ("active", "inactive", "waste", "unknown", "anti-pattern")
SECOND_US = 1_000_000
LONGEST_US = 86_400 * SECOND_US  # seed 002: a value is at most 86400 seconds


@dataclass(frozen=True, slots=True)
class _Interval:
    start_us: int
    end_us: int
    entry: Entry


def spent(entries: Sequence[Entry]) -> list[Credit]:
    """The seconds that each event adds to each category. `entries`: one content per id, in order."""
    reports = [entry for entry in entries if entry.attribution.type == "TimeSpentEvent"]
    found: list[Credit] = []
    windows: dict[str, list[tuple[_Interval, Fraction]]] = defaultdict(list)
    reported: list[tuple[int, int]] = []
    for entry in reports:
        windowless = Fraction(0)
        for category, seconds, item in items(entry.event):
            if category not in CATEGORIES or seconds < 0:
                continue
            start_us, end_us = time_in(item, "startDate", "start_date"), time_in(item, "endDate", "end_date")
            if start_us is None or end_us is None or end_us <= start_us:
                found.append(Credit(entry, category, seconds))
                windowless += seconds
            else:
                windows[category].append((_Interval(start_us, end_us, entry), seconds))
                reported.append((start_us, end_us))
        if windowless:
            reported.append((entry.time_us - int(windowless * SECOND_US), entry.time_us))
    for category, own in windows.items():
        found += _pro_rata(category, own)
    activities = {id_of(entry.event.get("object")) for entry in reports}
    return found + list(_of_attempts(_attempts(entries, activities), _merged(reported)))


def attempts_in(event: Mapping[str, Any]) -> Iterator[object]:
    """The Attempts that an event is about, as IRI or object: what it generated, or what its Response belongs
    to.
    """
    generated = event.get("generated")
    fields = fields_of(generated)
    if fields.get("type") == "Attempt":
        yield generated
    elif isinstance(fields.get("attempt"), str | Mapping):  # a metrics collection counts its attempts
        yield fields["attempt"]


def _pro_rata(category: str, windows: list[tuple[_Interval, Fraction]]) -> Iterator[Credit]:
    covered_us: int | None = None  # all that starts earlier has been seen, so what is covered from here on is one piece
    for window, seconds in sorted(windows, key=lambda one: (one[0].start_us, one[0].entry.time_us, one[0].entry.id)):
        fresh_us = window.end_us - (window.start_us if covered_us is None else max(window.start_us, covered_us))
        if fresh_us > 0:
            length_us = window.end_us - window.start_us
            yield Credit(window.entry, category, seconds * Fraction(fresh_us, length_us))
        covered_us = window.end_us if covered_us is None else max(covered_us, window.end_us)


def _attempts(entries: Sequence[Entry], reported_activities: set[str | None]) -> list[_Interval]:
    """One interval per Attempt, from the earliest start to the latest end that events give it."""
    starts: dict[str, int] = {}
    ends: dict[str, tuple[int, Entry]] = {}
    skipped: set[str] = set()
    for entry in entries:
        for attempt in attempts_in(entry.event):
            key = id_of(attempt) or entry.id
            fields = fields_of(attempt)
            activity = id_of(fields.get("assignable")) or id_of(entry.event.get("object"))
            if activity in reported_activities:
                skipped.add(key)
            start_us, end_us = time_in(fields, "startedAtTime"), time_in(fields, "endedAtTime")
            if start_us is not None:
                starts[key] = min(start_us, starts.get(key, start_us))
            if end_us is not None and (key not in ends or end_us > ends[key][0]):
                ends[key] = (end_us, entry)
    found = [
        _Interval(starts[key], end_us, entry)
        for key, (end_us, entry) in ends.items()
        if key in starts and key not in skipped
    ]
    return [one for one in found if 0 < one.end_us - one.start_us <= LONGEST_US]


def _of_attempts(attempts: list[_Interval], reported: list[tuple[int, int]]) -> Iterator[Credit]:
    covered_us: int | None = None
    for one in sorted(attempts, key=lambda one: (one.start_us, one.entry.time_us, one.entry.id)):
        start_us = one.start_us if covered_us is None else max(one.start_us, covered_us)
        fresh_us = _outside(start_us, one.end_us, reported)
        if fresh_us > 0:
            yield Credit(one.entry, "active", Fraction(fresh_us, SECOND_US))
        covered_us = one.end_us if covered_us is None else max(covered_us, one.end_us)


def _merged(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start_us, end_us in sorted(intervals):
        if merged and start_us <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_us))
        else:
            merged.append((start_us, end_us))
    return merged


def _outside(start_us: int, end_us: int, merged: list[tuple[int, int]]) -> int:
    """How much of an interval lies in none of `merged`, which are apart and in order."""
    left_us = end_us - start_us
    at = max(bisect_right(merged, (start_us, start_us)) - 1, 0)
    while at < len(merged) and merged[at][0] < end_us:
        left_us -= max(0, min(end_us, merged[at][1]) - max(start_us, merged[at][0]))
        at += 1
    return left_us
