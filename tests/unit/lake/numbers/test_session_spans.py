"""How far sessions reach, and which days therefore are made anew when facts of some days come."""

from datetime import date, timedelta

import pytest

from functions.core.times import parse_time
from functions.lake.merging import apply, merge_by_key
from functions.lake.numbers.numbers_source import Learner
from functions.lake.numbers.session_spans import LONGEST_SESSION_DAYS, Span, spans_of, touched_days
from functions.lake.opened_lake import Lake
from functions.lake.tables.of_numbers import SESSIONS
from tests.lake_world import PSEUDONYMS, TENANT
from tests.payloads import APP

ADA, BEN = ((APP, name) for name in ("urn:x:ada", "urn:x:ben"))
WHOSE = {name: Learner(app=APP, tenant=TENANT, learner=name[1], pseudonyms=PSEUDONYMS) for name in (ADA, BEN)}
DAY = "2026-03-02"


def after(days: int, of: str = DAY) -> str:
    return (date.fromisoformat(of) + timedelta(days=days)).isoformat()


def known(lake: Lake, identifier: str, first: str, last: str, *, whose: tuple[str, str] = ADA, app: str = APP) -> None:
    row = SESSIONS.row(
        {
            "app": app,
            "learner_key": WHOSE[whose].key,
            "id": identifier,
            "day": first,
            "last_activity": parse_time(f"{last}T23:59:59Z"),
            "version": "v",
        }
    )
    apply(lake, merge_by_key(lake, SESSIONS, [row]))


def test_sessions_reach_from_the_day_they_start_to_their_last_activity(lake: Lake) -> None:
    known(lake, "short", DAY, DAY)
    known(lake, "long", DAY, after(3))
    known(lake, "turned", after(1), DAY)  # a clock that went back: it reaches to its own day
    known(lake, "of ben", DAY, after(1), whose=BEN)
    known(lake, "of another app", DAY, DAY, app="urn:x:app")
    spans = spans_of(lake, WHOSE, [DAY])
    assert sorted(spans[ADA], key=str) == [
        Span("long", DAY, after(3)),
        Span("short", DAY, DAY),
        Span("turned", after(1), after(1)),
    ]
    assert spans[BEN] == [Span("of ben", DAY, after(1))]
    assert spans_of(lake, {BEN: WHOSE[BEN]}, [DAY]) == {BEN: spans[BEN]}


@pytest.mark.parametrize("days", [-63, -62, 5, 72, 73])
def test_the_start_of_a_session_is_looked_for_as_far_as_one_may_reach(lake: Lake, days: int) -> None:
    known(lake, "s", after(days), after(days))
    assert bool(spans_of(lake, WHOSE, [DAY, after(10)])) is (-LONGEST_SESSION_DAYS <= days <= 10 + LONGEST_SESSION_DAYS)


def test_without_sessions_or_days_nothing_is_known(lake: Lake) -> None:
    assert spans_of(lake, WHOSE, [DAY]) == {}
    assert lake.catalog.existing(SESSIONS) is None
    known(lake, "s", DAY, DAY)
    assert spans_of(lake, WHOSE, []) == {}
    assert spans_of(lake, WHOSE, ["2020-01-01"]) == {}


@pytest.mark.parametrize(
    ("spans", "named", "made_anew", "reached"),
    [
        ([], set(), {5}, set()),
        ([("s", 1, 4)], set(), {5}, set()),
        ([("s", 6, 8)], set(), {5}, set()),
        ([("s", 5, 8)], set(), {5}, {8}),
        ([("s", 1, 5)], set(), {1, 5}, {5}),
        ([("s", 1, 9)], set(), {1, 5}, {9}),
        ([("s", 8, 9)], {"s"}, {5, 8}, {9}),
        ([("s", 8, 9)], {"t"}, {5}, set()),
        # The start of one lies in another one, and so on.
        ([("a", 1, 2), ("b", 2, 3), ("c", 3, 7)], set(), {1, 2, 3, 5}, {2, 3, 7}),
        ([("a", 1, 2), ("c", 3, 7)], set(), {3, 5}, {7}),
    ],
)
def test_days_are_made_anew_from_the_start_of_each_session_that_reaches_over_them(
    spans: list[tuple[str, int, int]], named: set[str], made_anew: set[int], reached: set[int]
) -> None:
    def day(number: int) -> str:
        return f"2026-03-{number:02d}"

    days = {day(5)}
    answer = touched_days(days, [Span(name, day(first), day(last)) for name, first, last in spans], named)
    assert answer == (set(map(day, made_anew)), set(map(day, reached)))
    assert days == {day(5)}
