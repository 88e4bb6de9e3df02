"""What is stored of a slice and of a place, in the row of a day (`functions.store.totals.rows`)."""

import base64
from fractions import Fraction
from typing import Any

from functions.core.totals.links import MARK_BYTES, Links
from functions.core.totals.slice_totals import SliceTotals
from functions.core.totals.tallies import Tally
from functions.store.totals.courses import amount_body, course_body, course_in


def slice_body(each: SliceTotals) -> list[Any]:
    """A slice without its tallies."""
    marks = b"".join(mark.to_bytes(MARK_BYTES) for mark in sorted(each.links.offers))
    return [
        each.first_us,
        each.last_us - each.first_us,
        each.facts,
        int(each.resolved),
        base64.b64encode(marks).decode(),
        [[start_us - each.first_us, end_us - start_us] for start_us, end_us in each.links.reach],
        {course: course_body(totals) for course, totals in sorted(each.courses.items())},
    ]


def slice_in(packed: list[Any]) -> SliceTotals:
    """The slice that `slice_body` packed."""
    first_us, length_us, facts, resolved, marks, reach, courses = packed
    raw = base64.b64decode(marks)
    offers = frozenset(int.from_bytes(raw[start : start + MARK_BYTES]) for start in range(0, len(raw), MARK_BYTES))
    spans = tuple((first_us + start, first_us + start + length) for start, length in reach)
    return SliceTotals(
        first_us=first_us,
        last_us=first_us + length_us,
        facts=facts,
        resolved=bool(resolved),
        links=Links(offers, spans),
        courses={course: course_in(body) for course, body in courses.items()},
    )


def tally_body(quarter_us: int, tally: Tally, sessions: list[int]) -> list[Any]:
    """A tally, its sessions by their numbers in the row."""
    return [
        {metric: amount_body(amount) for metric, amount in sorted(tally.totals.items()) if amount},
        tally.events,
        None if tally.first_us is None else tally.first_us - quarter_us,
        None if tally.last_us is None else tally.last_us - quarter_us,
        sorted(sessions),
        sorted(tally.conflicts),
        [[us - quarter_us, identifier] for us, identifier in sorted(tally.evidence)],
    ]


def tally_in(quarter_us: int, packed: list[Any], names: list[str]) -> Tally:
    """The tally that `tally_body` packed; `names` are the sessions of the row."""
    totals, events, first, last, sessions, conflicts, evidence = packed
    return Tally(
        totals={metric: Fraction(amount) for metric, amount in totals.items()},
        events=events,
        first_us=None if first is None else quarter_us + first,
        last_us=None if last is None else quarter_us + last,
        sessions={names[number_of_session] for number_of_session in sessions},
        conflicts=set(conflicts),
        evidence=[(quarter_us + us, identifier) for us, identifier in evidence],
    )
