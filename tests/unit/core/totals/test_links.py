"""Which slices must be folded as one: the facts of each, and whether they are linked."""

import pytest

from functions.core.timeline.entry import Entry
from functions.core.times import QUARTER_US, parse_time
from functions.core.totals.links import Links, links_of, overlap, surroundings
from tests.unit.core.numbers.reports import item, time_spent
from tests.unit.core.sessions.timelines import LEARNER, RUN, emitted, happened, heartbeat, only, resent, viewed
from tests.unit.core.totals.pairs import (
    CASES,
    EVENING,
    MORNING,
    NEXT_DAY,
    OTHER,
    VIEW,
    plain_report,
    submission,
    whole_attempt,
)


def read(*entries: Entry) -> Links:
    return links_of(entries, surroundings(entries))


def are_linked(first: Links, other: Links) -> bool:
    """Each way: a link is none that only one of them sees."""
    forth = not first.counterparts().isdisjoint(other.offers) or overlap(first.reach, other.reach)
    back = not other.counterparts().isdisjoint(first.offers) or overlap(other.reach, first.reach)
    assert forth == back
    return forth


@pytest.mark.parametrize(("first", "other", "linked"), CASES.values(), ids=CASES.keys())
def test_slices_are_linked_if_one_changes_what_the_other_counts(
    first: list[Entry], other: list[Entry], linked: bool
) -> None:
    assert are_linked(read(*first), read(*other)) is linked


MASQUERADE = {"actor": LEARNER, "extensions": {"com.instructure.canvas": {"real_user_id": "9"}}}


def test_what_does_not_count_links_by_its_id_alone() -> None:
    report = resent(plain_report(EVENING), **MASQUERADE)
    assert report.attribution.masqueraded
    assert not are_linked(read(*whole_attempt()), read(report))
    assert are_linked(read(report), read(resent(report, object=OTHER)))


def test_the_ids_of_events_that_are_not_stored_yet_link_too() -> None:
    waiting = links_of([], surroundings([]), ids=[VIEW.id])
    assert are_linked(waiting, read(VIEW))
    assert not are_linked(waiting, read(happened(EVENING)))


def test_two_readings_of_a_slice_are_one() -> None:
    first, other = read(whole_attempt()[0]), read(time_spent(EVENING, item("active", 60, "20:00", EVENING)))
    both = first.plus(other)
    assert both.offers == first.offers | other.offers
    assert both.reach == (*first.reach, *other.reach)
    assert both.plus(both) == both


def test_windows_less_than_a_quarter_hour_apart_reach_as_one() -> None:
    def reach(end_us: int) -> int:
        start = parse_time("2026-01-27T09:00:00Z") or 0
        first, second = item("active", 60, start, start + QUARTER_US), item("active", 60, end_us, end_us + QUARTER_US)
        return len(read(time_spent(NEXT_DAY, first, second)).reach)

    gap_us = (parse_time("2026-01-27T09:15:00Z") or 0) + QUARTER_US
    assert (reach(gap_us), reach(gap_us + 1000)) == (1, 2)


def test_a_heartbeat_links_nothing() -> None:
    assert read(heartbeat(MORNING)) == Links(frozenset(), ())


def test_what_is_no_event_links_nothing_and_hides_no_event_behind_it() -> None:
    masquerade = resent(plain_report(EVENING), **MASQUERADE)
    for silent in (heartbeat(MORNING), masquerade, emitted(only(viewed("8:00")), received="8:45")):
        behind = read(silent, *whole_attempt())
        assert read(*whole_attempt()).offers <= behind.offers
        assert behind.reach == read(*whole_attempt()).reach
        assert are_linked(behind, read(plain_report(EVENING, run=None)))


def test_attempts_of_a_submission_are_told_apart_by_their_number_and_run() -> None:
    again = [submission(attempt=1), submission(attempt=2), submission(attempt=1, run=RUN), submission(attempt=1)]
    offers = [read(resent(entry, id=f"urn:x:{number}")).offers for number, entry in enumerate(again)]
    assert [bool(offers[0] & other) for other in offers] == [True, False, False, True]
