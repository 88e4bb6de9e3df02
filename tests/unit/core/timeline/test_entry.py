"""A stored fact by itself: what counts of it if nothing more is said, and which of two contents of one id counts."""

import copy
from typing import Any

import pytest

from functions.core.timeline.entry import Entry, ids_in_conflict, one_content_per_id, time_in
from functions.core.times import FUTURE_TOLERANCE_US
from tests.unit.core.sessions.timelines import clock_us, happened, resent

VIEW = happened("9:00", id="urn:uuid:aaaaaaaa-0000-4000-8000-000000000000")


def plain(**changes: Any) -> Entry:
    """An entry of which only what is required is said, changed by `changes`."""
    entry = Entry(VIEW.time_us, VIEW.received_us, VIEW.id, "content-m", VIEW.attribution, VIEW.event)
    return copy.replace(entry, **changes)


def test_an_entry_of_which_nothing_more_is_said_is_a_clients_own_and_without_a_rival() -> None:
    entry = plain()
    assert (entry.system, entry.wildcard, entry.rival) == (False, False, "")
    assert (entry.counts, entry.in_conflict, entry.future) == (True, False, False)
    assert entry.id_and_content == (VIEW.id, "content-m")


@pytest.mark.parametrize(
    ("rival", "system", "counts"),
    [
        ("content-a", False, False),
        ("content-m", False, False),
        ("content-z", False, True),
        ("content-a", True, True),
        ("", True, True),
    ],
)
def test_an_entry_counts_unless_a_lower_content_has_its_id(rival: str, system: bool, counts: bool) -> None:
    entry = plain(rival=rival, system=system)
    assert entry.counts is counts
    assert entry.in_conflict is (rival != "")


@pytest.mark.parametrize(("ahead_us", "future"), [(FUTURE_TOLERANCE_US, False), (FUTURE_TOLERANCE_US + 1, True)])
def test_what_is_dated_over_five_minutes_after_it_arrived_is_of_the_future(ahead_us: int, future: bool) -> None:
    assert plain(received_us=VIEW.time_us - ahead_us).future is future


def test_of_two_contents_the_lower_counts_and_one_of_this_service_before_any() -> None:
    low, high = plain(content="content-a"), plain(content="content-z")
    for entries in ([low, high], [high, low]):
        assert one_content_per_id(entries) == [copy.replace(low, rival="content-z")]
        assert ids_in_conflict(entries) == {VIEW.id}
        ours = copy.replace(high, system=True)
        kept = one_content_per_id([ours if entry is high else entry for entry in entries])
        assert kept == [copy.replace(ours, rival="content-a")]


def test_of_equal_contents_the_earliest_arrival_is_kept_and_nothing_conflicts() -> None:
    late = plain(received_us=VIEW.received_us + 1)
    assert one_content_per_id([late, plain()]) == [plain()]
    assert one_content_per_id([plain(wildcard=True), plain()]) == [plain()]
    assert ids_in_conflict([late, plain()]) == frozenset()


def test_an_id_in_another_spelling_is_the_same_and_a_blank_or_missing_one_is_known_by_its_content() -> None:
    other = resent(VIEW, id=VIEW.id.upper().replace("URN:UUID", "urn:uuid"))
    assert len(one_content_per_id([VIEW, other])) == 1
    for name in ("_:b0", ""):
        first, second = plain(id=name), plain(id=name, content="content-b")
        assert len(one_content_per_id([first, second, first])) == 2
        assert ids_in_conflict([first, second]) == frozenset()


def test_the_first_named_property_that_is_a_time_counts() -> None:
    node = {"a": "soon", "b": "2026-01-27T09:00:00Z", "c": "2026-01-27T10:00:00Z"}
    assert time_in(node, "a", "b", "c") == clock_us("9:00")
    assert time_in(node, "c", "b") == clock_us("10:00")
    assert time_in(node, "a") is None
    assert time_in("urn:x:1", "b") is None
