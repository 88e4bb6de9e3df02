"""How long a learner worked, as reported: TimeSpentEvents, and Attempts if nothing better is known.

Used by `totals`. Time is never derived from how long a session lasted. The rules, resolved over all that is known of
one learner (of one registration), over all runs and courses:

Reports with a window: within one event the items of a category add up; between events the densest report counts at
each instant (`densest`). Reports without a window (or with one that cannot be) add up, at their eventTime.

An Attempt with both times is active time where no reported window overlaps it. A report without a window replaces the
Attempts at the same activity in the same run (of the same day, if either names no run), and no others. Attempts that
overlap count once. An Attempt of over a day is not counted as time.

Nothing was worked after the arrival plus five minutes: windows and Attempts are cut there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct

from functions.core.identity import identity
from functions.core.numbers.densest import Piece, Rank, Window, by_quarter, densest, merged, outside, pieces_of
from functions.core.numbers.metrics import Credit, first_of, items
from functions.core.numbers.screening import MOST_SECONDS
from functions.core.timeline.attempt import Attempt, attempts_of
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US, day_of, latest_possible_us, stated_time

CATEGORIES = ("active", "inactive", "waste", "unknown", "anti-pattern")
SECOND_US = 1_000_000
LONGEST_ATTEMPT_US = DAY_US
LONGEST_WINDOW_US = 7 * DAY_US  # a longer one says less than the event's own time, and would be split without end


class _Report(Struct, frozen=True):
    entry: Entry
    category: str
    windows: list[Window]


class Told(Struct, frozen=True):
    """An Attempt as all events together tell it: from the earliest start to the latest end."""

    start_us: int
    end_us: int
    entry: Entry  # which tells the end
    activities: frozenset[str]
    runs: frozenset[str]


def spent(facts: Sequence[Entry]) -> list[Credit]:
    """The seconds that each event adds to each category, by quarter hour of UTC. `facts`: what counts, in order."""
    credited: list[Credit] = []
    reports: list[_Report] = []
    windowless: list[Entry] = []
    covered: list[tuple[int, int]] = []
    for entry in facts:
        if entry.attribution.type != "TimeSpentEvent":
            continue
        windows: dict[str, list[Window]] = defaultdict(list)
        plain: dict[str, Fraction] = defaultdict(Fraction)
        for category, seconds, item in time_items(entry.event):
            window = window_of(item, seconds)
            if window is None:
                plain[category] += seconds
            else:
                windows[category].append(window)
                covered.append((min(window.start_us, window.end_us - window.value_us), window.end_us))
        reports += [_Report(entry, category, own) for category, own in windows.items()]
        credited += [Credit(entry, category, amount, entry.time_us) for category, amount in plain.items() if amount]
        if plain:
            windowless.append(entry)
    for category in CATEGORIES:
        credited += _of_reports(category, [report for report in reports if report.category == category])
    return credited + _of_attempts(_not_replaced(intervals(facts).values(), windowless), merged(covered))


def time_items(event: Mapping[str, Any]) -> Iterator[tuple[str, Fraction, Mapping[str, Any]]]:
    """Category, seconds and the item itself for each account of time. More than a day, or less than none, is none."""
    for category, seconds, item in items(event):
        if category in CATEGORIES and 0 <= seconds <= MOST_SECONDS:
            yield category, seconds, item


def window_of(item: Mapping[str, Any], seconds: Fraction) -> Window | None:
    """The window of an item, or None if it states none that can be and has some length."""
    start_us = stated_time(first_of(item, "startDate", "start_date"))
    end_us = stated_time(first_of(item, "endDate", "end_date"))
    if start_us is None or end_us is None or not 0 < end_us - start_us <= LONGEST_WINDOW_US:
        return None
    return Window(start_us, end_us, round(seconds * SECOND_US))


def attempt_span(attempt: Attempt, received_us: int) -> tuple[int, int] | None:
    """From when to when one event says that an Attempt went, cut at its arrival; None if that is not counted."""
    if attempt.start_us is None or attempt.end_us is None:
        return None
    end_us = min(attempt.end_us, latest_possible_us(received_us))
    return (attempt.start_us, end_us) if 0 < end_us - attempt.start_us <= LONGEST_ATTEMPT_US else None


def _of_reports(category: str, reports: Sequence[_Report]) -> list[Credit]:
    pieces: list[Piece] = []
    ranks: list[Rank] = []
    for number, report in enumerate(reports):
        pieces += pieces_of(number, report.windows, latest_us=latest_possible_us(report.entry.received_us))
        ranks.append(_rank(report.entry, min(window.start_us for window in report.windows)))
    entries = [report.entry for report in reports]
    return _credits(category, densest(pieces, ranks), entries)


def _of_attempts(attempts: Sequence[Told], covered: Sequence[tuple[int, int]]) -> list[Credit]:
    pieces: list[Piece] = []
    for number, attempt in enumerate(attempts):
        window = Window(attempt.start_us, attempt.end_us, attempt.end_us - attempt.start_us)
        pieces += pieces_of(number, [window], latest_us=attempt.end_us)
    ranks = [_rank(attempt.entry, attempt.start_us) for attempt in attempts]
    return _credits("active", outside(densest(pieces, ranks), covered), [attempt.entry for attempt in attempts])


def _rank(entry: Entry, start_us: int) -> Rank:
    """Which of two equally dense reports gets the credit: the one that began first, whenever it was told."""
    said = entry.attribution
    return (start_us, said.run or "", identity(entry.event.get("object")) or "", entry.time_us, entry.id, entry.content)


def _credits(category: str, spans: Iterable[tuple[Piece, int, int]], entries: Sequence[Entry]) -> list[Credit]:
    amounts: dict[tuple[int, int], int] = defaultdict(int)
    for piece, start_us, end_us in spans:
        for quarter_us, amount_us in by_quarter(piece, start_us, end_us):
            amounts[piece.report, quarter_us] += amount_us
    return [
        Credit(entries[report], category, Fraction(amount_us, SECOND_US), quarter_us)
        for (report, quarter_us), amount_us in amounts.items()
    ]


def intervals(facts: Iterable[Entry]) -> dict[str, Told]:
    """One interval for each Attempt, by its key. An end is cut where the event that tells it arrived."""
    starts: dict[str, int] = {}
    ends: dict[str, tuple[int, Entry]] = {}
    activities: dict[str, set[str]] = defaultdict(set)
    runs: dict[str, set[str]] = defaultdict(set)
    for entry in facts:
        for attempt in attempts_of(entry):
            if not is_learners(attempt, entry):
                continue
            key = attempt.key
            if attempt.activity is not None:
                activities[key].add(attempt.activity)
            if entry.attribution.run is not None:
                runs[key].add(entry.attribution.run)
            if attempt.start_us is not None:
                starts[key] = min(attempt.start_us, starts.get(key, attempt.start_us))
            if attempt.end_us is not None:
                end_us = min(attempt.end_us, latest_possible_us(entry.received_us))
                if key not in ends or end_us > ends[key][0]:
                    ends[key] = (end_us, entry)
    return {
        key: Told(starts[key], end_us, entry, frozenset(activities[key]), frozenset(runs[key]))
        for key, (end_us, entry) in ends.items()
        if key in starts and 0 < end_us - starts[key] <= LONGEST_ATTEMPT_US
    }


def is_learners(attempt: Attempt, entry: Entry) -> bool:
    """Whether an Attempt is that of the event's learner: a teacher's grade tells of the Attempt of another person."""
    if entry.attribution.type not in {"GradeEvent", "OutcomeEvent"}:
        return True
    return attempt.assignee is None or attempt.assignee == entry.attribution.learner


def _not_replaced(attempts: Iterable[Told], windowless: Iterable[Entry]) -> list[Told]:
    """The Attempts that no report without a window accounts for."""
    in_run: set[tuple[str, str]] = set()
    on_day: set[tuple[str, str]] = set()  # reports of no run
    any_run_on_day: set[tuple[str, str]] = set()
    for entry in windowless:
        activity = identity(entry.event.get("object"))
        if activity is None:
            continue
        day = day_of(entry.time_us)
        any_run_on_day.add((activity, day))
        if entry.attribution.run is None:
            on_day.add((activity, day))
        else:
            in_run.add((activity, entry.attribution.run))

    def replaced(attempt: Told) -> bool:
        same_day = on_day if attempt.runs else any_run_on_day
        days = {day_of(attempt.start_us), day_of(attempt.end_us)}
        return any(
            any((activity, run) in in_run for run in attempt.runs) or any((activity, day) in same_day for day in days)
            for activity in attempt.activities
        )

    return [attempt for attempt in attempts if not replaced(attempt)]
