"""Where courses tell of the learner: an index over the totals, so it is looked up before totals and events go."""

from collections.abc import Iterator

from functions.core.numbers.totals import Place
from functions.core.times import FIRST_US, LAST_US, quarter_of
from functions.privacy.erasure_context import Erasing
from functions.store import keys
from functions.store.days import month_of
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Key
from functions.store.dynamodb.table import Table, rows
from functions.store.facts.reading import Reading
from functions.store.slices import between
from functions.store.totals.course_learners import keys_of_totals
from functions.store.totals.rows import UnreadableTotals, totals_of


def erase_from_courses(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """The rows of each course and month in which the learner did something. If some of it stays, the sweep makes those
    of what stays anew.

    A sweep that read the learner before the first walk may write such a row after it: so the second walk looks where
    the first one did, too, when no total leads there any more.
    """
    table = erasing.doors.table
    for pk in erasing.partitions():
        erasing.in_courses.update(course_keys(table, pk))
    held = table.get_all(sorted(erasing.in_courses))
    yield "learners of courses", len(held)
    if erasing.applies:
        table.delete_all(held)


def course_keys(table: Table, pk: str) -> set[Key]:
    """Wherever the totals of a day say that something was done. If those of a day cannot be read, wherever an event
    may count. Nowhere, if the partition is no learner's.
    """
    if not keys.is_learners(pk):
        return set()
    places: set[Place] = set()
    is_whole = True
    for row in rows(table, pk, start=keys.TOTALS, end=keys.TOTALS + key_parts.KEY_MAX, consistent=True):
        try:
            places.update(*totals_of(row).tallies.values())
        except UnreadableTotals:
            is_whole = False
    if not is_whole:
        places |= _possible_places(table, pk)
    return keys_of_totals(keys.tenant_in(pk), pk.rpartition("#")[2], places)


def _possible_places(table: Table, pk: str) -> set[Place]:
    """Each course that an event names, at the time of each event: a grade counts when its attempt was made."""
    entries = [fact.entry for fact in between(table, pk, FIRST_US, LAST_US, Reading(slice_gap_us=0, consistent=True))]
    courses = {entry.attribution.course for entry in entries} - {None}
    start_by_month = {month_of(entry.time_us): quarter_of(entry.time_us) for entry in entries}
    return {Place(start_us, course, None, None, None) for course in courses for start_us in start_by_month.values()}
