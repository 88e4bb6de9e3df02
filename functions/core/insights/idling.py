"""Idling: pauses within a session, and time that the app itself reports as inactive.

Events, reported active time and Attempts are work. A heartbeat is a sign of presence, not work. A pause before a
LoggedOut, or a TimedOut that the client sent, is a pause of the session.
"""

from collections.abc import Iterator, Sequence
from copy import replace
from fractions import Fraction

from functions.core.insights.insight import SECOND_US, Insight, Subject, Thresholds, of_session
from functions.core.numbers.time_spent import attempt_span, time_items, window_of
from functions.core.timeline.attempt import attempts_of
from functions.core.timeline.entry import Entry
from functions.core.times import FIRST_US, MINUTE_US

type Span = tuple[int, int, Entry]  # from when to when, and the event that tells it


def idling(session: Subject, facts: Sequence[Entry], limits: Thresholds, *, closing: Entry | None) -> Iterator[Insight]:
    """One insight for each pause, and one for inactive time that no such pause accounts for.

    `facts`: those within the session, in order. `closing` is the LoggedOut or TimedOut that ended it.
    """
    pauses: list[tuple[int, int]] = []
    for before, after in _pauses(session, facts, limits, closing):
        start_us, end_us = before[1], after[0]
        pauses.append((start_us, end_us))
        reason = f"Nothing happened for {(end_us - start_us) // MINUTE_US} minutes."
        yield of_session("idling", session, reason, start_us, end_us, [before[2], after[2]])
    yield from _inactive(session, facts, limits, pauses)


def _pauses(
    session: Subject, facts: Sequence[Entry], limits: Thresholds, closing: Entry | None
) -> Iterator[tuple[Span, Span]]:
    """Between which two pieces of work nothing was done for as long as is worth telling: one pass, in order."""
    moments = [(fact.time_us, fact.time_us, fact) for fact in facts if not fact.attribution.ends_session]
    if closing is not None and session.ended_us is not None:
        moments.append((session.ended_us, session.ended_us, closing))
    if not moments:
        return
    first_us, last_us = moments[0][0], max(moment[1] for moment in moments)
    work = moments + [
        (max(start_us, first_us), min(end_us, last_us), fact)
        for start_us, end_us, fact in _busy(facts)
        if start_us < last_us and end_us > first_us
    ]
    work.sort(key=lambda span: (span[0], span[1], span[2].time_us, span[2].id))
    reached = work[0]
    for span in work[1:]:
        if span[0] - reached[1] >= limits.idle_gap_us:
            yield reached, span
        if span[1] >= reached[1]:
            reached = span


def _busy(facts: Sequence[Entry]) -> Iterator[Span]:
    """When the learner worked, as reports of active time and Attempts tell it."""
    starts: dict[str, int] = {}
    for fact in facts:
        for _, start_us, end_us in _reported(fact, "active"):
            yield start_us, end_us, fact
        for attempt in attempts_of(fact):
            if attempt.start_us is not None:
                starts[attempt.key] = min(attempt.start_us, starts.get(attempt.key, attempt.start_us))
            span = attempt_span(replace(attempt, start_us=starts.get(attempt.key)), fact.received_us)
            if span is not None:
                yield *span, fact


def _inactive(
    session: Subject, facts: Sequence[Entry], limits: Thresholds, pauses: Sequence[tuple[int, int]]
) -> Iterator[Insight]:
    """Inactive time that the app reports, except what it reports of a pause that has its insight already."""
    total, starts, evidence = Fraction(0), [], []
    for fact, seconds, start_us in _outside_pauses(facts, pauses):
        total += seconds
        starts.append(start_us)
        evidence.append(fact)
    if evidence and total >= limits.inactive_seconds:
        reason = f"The app reported {int(total)} seconds as inactive."
        ended_us = max(fact.time_us for fact in evidence)
        yield of_session("idling", session, reason, min(*starts, ended_us), ended_us, evidence)


def _outside_pauses(facts: Sequence[Entry], pauses: Sequence[tuple[int, int]]) -> Iterator[tuple[Entry, Fraction, int]]:
    """Each report of inactive time that overlaps no pause: the event, its seconds, when they began."""
    reports = sorted(
        ((start_us, end_us, order, seconds) for order, fact in enumerate(facts)
         for seconds, start_us, end_us in _reported(fact, "inactive")),
    )  # fmt: skip
    outside: list[tuple[int, Fraction, int]] = []
    position = 0
    for start_us, end_us, order, seconds in reports:
        while position < len(pauses) and pauses[position][1] <= start_us:
            position += 1
        if position == len(pauses) or pauses[position][0] >= end_us:
            outside.append((order, seconds, start_us))
    for order, seconds, start_us in sorted(outside):
        yield facts[order], seconds, start_us


def _reported(fact: Entry, category: str) -> Iterator[tuple[Fraction, int, int]]:
    """Seconds, start and end of each report of a category; without a window, the seconds before the event."""
    if fact.attribution.type != "TimeSpentEvent":
        return
    for name, seconds, item in time_items(fact.event):
        if name != category or not seconds:
            continue
        window = window_of(item, seconds)
        if window is None:
            yield seconds, max(fact.time_us - int(seconds * SECOND_US), FIRST_US), fact.time_us
        else:
            yield seconds, window.start_us, window.end_us
