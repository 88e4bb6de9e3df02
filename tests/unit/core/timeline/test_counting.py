"""Which facts count: copies once, one content of an id, the same everywhere, and how many ids were in conflict."""

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import content_digest, derived_uuid
from functions.core.numbers import progress
from functions.core.numbers.runs import fold_run, per_day
from functions.core.timeline.counting import counted
from functions.core.timeline.entry import Entry, one_content_per_id
from tests.examples import examples
from tests.unit.core.numbers.reports import attempted, completed, graded, item, time_spent
from tests.unit.core.sessions.timelines import (
    RUN,
    X,
    Y,
    clock_us,
    emitted,
    happened,
    heartbeat,
    logged_in,
    only,
    resent,
)


def repeated(entry: Entry, **changes: Any) -> Entry:
    """The same said again under a new id."""
    return resent(entry, id=derived_uuid("again", entry.id, str(sorted(changes))), **changes)


COPIED = [
    completed("9:00", xpEarned=10, totalQuestions=4, correctQuestions=3, masteredUnits=1),
    time_spent("9:00", item("active", 15)),
    time_spent("9:00", item("active", 15, "8:59:45", "9:00")),
    graded("9:00", "QUESTION_RESULT", 1, attempt="_:b0"),
    happened("9:00", type="AssessmentEvent", action="Submitted", generated={"id": "_:b0", "type": "Attempt"}),
    attempted("9:45", "9:00", "9:45"),
    happened("9:00"),
]


@pytest.mark.parametrize("entry", COPIED, ids=lambda entry: entry.attribution.type)
def test_an_exact_copy_counts_once_whatever_its_id(entry: Entry) -> None:
    again = [repeated(entry), repeated(entry, session={"id": X, "type": "Session"})]
    assert fold_run([entry, again[0]]).totals == fold_run([entry]).totals
    assert fold_run([entry, again[0]]).events == 1
    assert fold_run([again[0], entry]) == fold_run([entry, again[0], entry])


def test_a_copy_of_metrics_may_differ_in_session_app_and_the_ids_of_what_it_generates() -> None:
    done = completed("9:00", xpEarned=10)
    metrics = {"id": "urn:x:metrics", "items": [{"id": "urn:x:1", "type": "xpEarned", "value": 10}]}
    assert fold_run([done, repeated(done, session=X, edApp=Y, generated=metrics)]).total("xpEarned") == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"object": {"id": "urn:x:other", "type": "TimebackActivityContext"}},
        {"extensions": {"runId": Y}},
        {"eventTime": "2026-01-27T09:00:00.001Z"},
        {"generated": {"items": [{"type": "xpEarned", "value": 11}]}},
        {"generated": {"items": [{"type": "xpEarned", "value": 10}], "attempt": 2}},
    ],
    ids=["object", "run", "eventTime", "items", "attempt"],
)
def test_what_differs_in_object_run_time_items_or_attempt_is_no_copy(changes: dict[str, Any]) -> None:
    done = completed("9:00", xpEarned=10)
    assert fold_run([done, repeated(done, **changes)]).total("xpEarned") in {20, 21}


def test_of_several_contents_the_one_with_the_lowest_digest_counts_and_is_flagged() -> None:
    first = completed("9:00", xpEarned=5)
    other = resent(completed(clock_us("9:00", "2026-01-30"), xpEarned=7), id=first.id)
    lowest = min(first, other, key=lambda entry: entry.content)
    for entries in ([first, other], [other, first]):
        chosen = counted(entries)
        assert [fact.content for fact in chosen.facts] == [lowest.content]
        assert chosen.conflicts == {first.id}
        assert fold_run(entries).conflicts == 1


def test_a_fold_of_one_content_decides_as_a_fold_of_all_when_it_knows_the_rival() -> None:
    first = completed("9:00", xpEarned=5)
    other = resent(completed(clock_us("9:00", "2026-01-30"), xpEarned=7), id=first.id)
    parts = [copy.replace(first, rival=other.content), copy.replace(other, rival=first.content)]
    whole = fold_run([first, other]).total("xpEarned")
    assert whole == sum(fold_run([part]).total("xpEarned") for part in parts)
    assert [fold_run([part]).conflicts for part in parts] == [1, 1]
    assert sum(len(one_content_per_id([part])) for part in parts) == 1


def test_only_the_days_that_rest_on_a_conflict_say_so() -> None:
    first = completed("9:00", xpEarned=5)
    other = resent(completed("9:30", xpEarned=7), id=first.id)
    days = per_day([first, other, completed(clock_us("9:00", "2026-01-28"), xpEarned=1)])
    assert {day: numbers.conflicts for day, numbers in days.items()} == {"20260127": 1, "20260128": 0}


@pytest.mark.parametrize("name", ["_:e1", "https://purl.imsglobal.org/caliper/GradeEvent"])
def test_events_without_an_id_of_their_own_are_told_apart_by_content(name: str) -> None:
    entries = [resent(completed(f"9:0{n}", xpEarned=1, activity=f"urn:x:{n}"), id=name) for n in range(3)]
    numbers = fold_run(entries)
    assert (float(numbers.total("xpEarned")), numbers.conflicts) == (3, 0)


def test_this_services_own_timed_out_is_no_event_of_a_day() -> None:
    session = only(logged_in("9:00"), happened("9:05", session=X))
    own = copy.replace(emitted(session, received="9:40"), system=True)
    entries = [*session.members, own, heartbeat("9:06")]
    assert [numbers.events for numbers in per_day(entries).values()] == [2]
    assert fold_run([own]).events == 0


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)), max_size=12), st.data())
def test_no_order_copies_or_batches_change_what_counts(said: list[tuple[int, int, int]], data: st.DataObject) -> None:
    entries = []
    for minute, xp, number in said:
        entry = completed(clock_us("9:00") + minute * 60_000_000, xpEarned=xp, run=RUN)
        entries.append(resent(entry, id=derived_uuid("event", str(number))))
    again = entries + [entry for entry in entries if data.draw(st.booleans())]
    random.Random(data.draw(st.integers(0, 9))).shuffle(again)
    cut = data.draw(st.integers(0, len(again)))
    batches = [*one_content_per_id(again[:cut]), *one_content_per_id(again[cut:])]
    assert counted(entries) == counted(again) == counted(batches)
    assert progress.fold(again, lessons={}) == progress.fold(entries, lessons={})


def test_the_content_of_a_fact_is_that_of_its_event() -> None:
    entry = completed("9:00", xpEarned=1)
    assert entry.content == content_digest(entry.event)
