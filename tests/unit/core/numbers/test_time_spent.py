"""How long a learner worked: which report counts at each instant, on which day, and what no order can change."""

import random
from collections import defaultdict
from datetime import UTC, tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import derived_uuid
from functions.core.numbers.runs import fold_run, per_day, quarter_totals
from functions.core.numbers.totals import Place
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US, QUARTER_US, day_in, format_time, parse_time
from tests.examples import examples
from tests.unit.core.numbers.reports import ATTEMPT, LESSON, QUESTION, attempted, completed, item, seconds, time_spent
from tests.unit.core.sessions.timelines import EDAPP, RUN, X, Y, arrived, clock_us, happened, resent

pytestmark = pytest.mark.slow


def test_values_are_summed_by_category() -> None:
    assert seconds(
        time_spent("9:00", item("active", 15), item("inactive", 0)),
        time_spent("9:01", item("active", 10.5), item("waste", 2), item("unknown", 1), item("anti-pattern", 3)),
    ) == {"active": 25.5, "waste": 2, "unknown": 1, "anti-pattern": 3}


def test_a_tenth_is_a_tenth() -> None:
    entries = [time_spent(clock_us("9:00") + n, item("active", 0.1)) for n in range(10)]
    assert seconds(*entries) == {"active": 1}


@pytest.mark.parametrize(
    "spelled",
    [
        {"type": "active", "value": 15, "startDate": "2026-01-27T09:00:00Z", "endDate": "2026-01-27T09:00:15Z"},
        {"type": "active", "value": 15, "start_date": "2026-01-27T09:00:00Z", "end_date": "2026-01-27T09:00:15Z"},
        {"id": ATTEMPT, "type": "TimeSpentMetric", "metricType": "Active", "metricValue": 15},
    ],
)
def test_each_dialect_is_read(spelled: dict[str, Any]) -> None:
    assert seconds(time_spent("9:01", spelled)) == {"active": 15}


def test_each_dialect_of_activity_metrics_is_read() -> None:
    rewritten = happened(
        "9:00",
        type="ActivityEvent",
        action="Completed",
        profile="AggregationProfile",
        generated={
            "items": [
                {"type": "ActivityMetric", "metricType": "XpEarned", "metricValue": 150.5},
                {"type": "ActivityMetric", "metricType": "TotalQuestions", "metricValue": 10},
                {"type": "ActivityMetric", "metricType": "CorrectQuestions", "metricValue": 8},
                {"type": "ActivityMetric", "metricType": "MasteredUnits", "metricValue": 1},
            ]
        },
    )
    for entry in (
        rewritten,
        completed("9:00", xpEarned=150.5, totalQuestions=10, correctQuestions=8, masteredUnits=1),
    ):
        numbers = fold_run([entry]).as_dict()
        assert (numbers["xpEarned"], numbers["totalQuestions"], numbers["correctQuestions"]) == (150.5, 10, 8)
        assert (numbers["accuracy"], numbers["masteredUnits"]) == (0.8, 1)


def test_at_each_instant_the_densest_report_counts() -> None:
    assert seconds(
        time_spent("9:01", item("active", 60, "9:00", "9:01")),
        time_spent("9:02", item("active", 30, "9:00:30", "9:01:30")),
    ) == {"active": 75}


def test_a_window_sent_twice_under_two_ids_counts_once() -> None:
    window = item("active", 15, "9:00:00", "9:00:15")
    assert seconds(time_spent("9:01", window), time_spent("9:02", window)) == {"active": 15}


def test_a_dense_window_inside_a_thin_one_gets_the_credit() -> None:
    wide = time_spent("9:10", item("active", 300, "9:00", "9:10"))  # density 0.5
    dense = time_spent("9:11", item("active", 60, "9:05", "9:06"))
    thin = time_spent("9:11", item("active", 6, "9:05", "9:06"))
    assert seconds(wide, dense) == {"active": 270 + 60}
    assert seconds(wide, thin) == {"active": 300}


def test_within_one_event_the_items_of_a_category_add_up() -> None:
    reading = item("active", 5, "9:00:00", "9:00:15") | {"subType": "reading"}
    writing = item("active", 7, "9:00:00", "9:00:15") | {"subType": "writing"}
    assert seconds(time_spent("9:01", reading, writing)) == {"active": 12}
    assert seconds(time_spent("9:01", writing, reading)) == {"active": 12}
    later = item("active", 7, "9:00:10", "9:00:25")
    assert seconds(time_spent("9:01", reading, later)) == {"active": 12}


def test_within_one_event_the_items_of_a_category_without_a_window_add_up() -> None:
    assert seconds(time_spent("9:01", item("active", 5), item("active", 7.5), item("waste", 1))) == {
        "active": 12.5,
        "waste": 1,
    }


def test_the_report_of_a_paused_tab_hides_nothing() -> None:
    paused = time_spent("9:00:10", item("active", 0, "9:00:00", "9:00:15"))
    busy = time_spent("9:00:20", item("active", 15, "9:00:00", "9:00:15"))
    assert seconds(paused, busy) == {"active": 15}


def test_a_value_that_exceeds_its_window_counts_over_the_seconds_before_its_end() -> None:
    over = time_spent("9:01", item("active", 30, "9:00:50", "9:01:00"))
    assert seconds(over) == {"active": 30}
    assert seconds(over, time_spent("9:01", item("active", 40, "9:00:00", "9:00:40"))) == {"active": 60}


@pytest.mark.parametrize("event_time", ["8:00", "9:01", "9:30"])
@pytest.mark.parametrize("event_id", [derived_uuid("a"), derived_uuid("b"), derived_uuid("c")])
def test_neither_event_time_nor_id_decides_which_report_counts(event_time: str, event_id: str) -> None:
    thin = time_spent("9:01", item("active", 4, "9:00:00", "9:00:15"))
    dense = resent(time_spent(event_time, item("active", 10, "9:00:05", "9:00:20")), id=event_id)
    dense = arrived(dense, "9:30")
    assert seconds(thin, dense) == {"active": pytest.approx(10 + 4 / 3, abs=1e-6)}


def test_time_is_resolved_over_all_runs_of_a_learner_so_that_runs_add_up() -> None:
    first = time_spent("9:01", item("active", 60, "9:00", "9:01"), extensions={"runId": RUN})
    other = time_spent("9:01", item("active", 60, "9:00:30", "9:01:30"), extensions={"runId": Y})
    whole = fold_run([first, other]).total("active")
    runs = [fold_run([entry], beside=[first, other]).total("active") for entry in (first, other)]
    assert whole == sum(runs) == 90
    assert runs == [fold_run([entry], beside=[other, first, other]).total("active") for entry in (first, other)]


def test_windows_of_different_categories_do_not_cover_each_other() -> None:
    both = time_spent("9:01", item("active", 40, "9:00", "9:01"), item("inactive", 20, "9:00", "9:01"))
    assert seconds(both) == {"active": 40, "inactive": 20}


def test_windows_that_touch_do_not_overlap() -> None:
    assert seconds(
        time_spent("9:01", item("active", 60, "9:00", "9:01")), time_spent("9:02", item("active", 60, "9:01", "9:02"))
    ) == {"active": 120}


def test_a_value_without_a_window_of_some_length_counts_in_full() -> None:
    assert seconds(
        time_spent("9:01", item("active", 15, "9:00", "9:00")),
        time_spent("9:02", item("active", 15, "9:01", "9:00")),
        time_spent("9:03", item("active", 15, "9:00")),
    ) == {"active": 45}


def test_what_is_no_number_or_no_category_is_left_out() -> None:
    assert (
        seconds(
            time_spent(
                "9:00", item("active", -5), item("asleep", 5), {"type": "active"}, {"type": "active", "value": "five"}
            ),
            time_spent("9:01", {"type": "active", "value": True}, {"type": "active", "value": 10**18}),
            time_spent("9:01:30", item("active", 86_401)),
            time_spent("9:02", generated=None),
            time_spent("9:03", generated={"items": "none"}),
        )
        == {}
    )


def test_attempt_intervals_are_active_time_if_nothing_else_is_reported() -> None:
    assert seconds(attempted("9:00", "9:00", None), attempted("9:45", "9:00", "9:45")) == {"active": 45 * 60}


def test_an_attempt_told_in_two_halves_is_one_interval() -> None:
    assert seconds(attempted("9:00", "9:00", None), attempted("9:45", None, "9:45")) == {"active": 45 * 60}


def test_attempts_within_attempts_count_once() -> None:
    inner = attempted("9:20", "9:10", "9:20", attempt="urn:x:quiz", of="https://app.example/quiz/1")
    outer = attempted("9:45", "9:00", "9:45")
    assert seconds(inner, outer) == {"active": 45 * 60}


def test_the_attempt_of_a_response_counts() -> None:
    answered = happened(
        "10:07",
        type="AssessmentItemEvent",
        action="Completed",
        object=QUESTION,
        generated={
            "type": "Response",
            "attempt": {
                "id": ATTEMPT,
                "type": "Attempt",
                "startedAtTime": "2026-01-27T10:05:00.000Z",
                "endedAtTime": "2026-01-27T10:07:00.000Z",
            },
        },
    )
    assert seconds(answered) == {"active": 120}


def test_an_attempt_counts_if_no_reported_window_overlaps_it() -> None:
    attempt = attempted("9:45", "9:00", "9:45")
    assert seconds(attempt, time_spent("9:30", item("active", 100, "9:20", "9:30"))) == {"active": 35 * 60 + 100}
    assert seconds(attempt, time_spent("9:30", item("active", 0, "9:20", "9:30"))) == {"active": 35 * 60}
    idle = time_spent("9:30", item("inactive", 600, "9:20", "9:30"))
    assert seconds(attempt, idle) == {"active": 35 * 60, "inactive": 600}
    elsewhere = attempted("9:45", "9:00", "9:45", of="https://app.example/other")
    assert seconds(elsewhere, idle) == {"active": 35 * 60, "inactive": 600}


def test_a_report_elsewhere_in_life_leaves_an_attempt_alone() -> None:
    attempt = attempted("9:45", "9:00", "9:45")
    later = time_spent(
        clock_us("9:00", "2026-02-10"),
        item("active", 15, clock_us("9:00", "2026-02-10"), clock_us("9:01", "2026-02-10")),
    )
    windowless = time_spent(clock_us("9:00", "2026-02-10"), item("active", 15))
    assert seconds(attempt, later) == {"active": 45 * 60 + 15}
    assert seconds(attempt, windowless) == {"active": 45 * 60 + 15}


@pytest.mark.parametrize(
    ("attempt_run", "report_run", "day", "replaced"),
    [
        (RUN, RUN, "2026-01-27", True),
        (RUN, RUN, "2026-02-10", True),
        (RUN, Y, "2026-01-27", False),
        (None, RUN, "2026-01-27", True),
        (RUN, None, "2026-01-27", True),
        (None, None, "2026-01-27", True),
        (None, RUN, "2026-02-10", False),
        (RUN, None, "2026-02-10", False),
        (None, None, "2026-02-10", False),
    ],
)
def test_a_windowless_report_replaces_attempts_of_its_activity_in_its_run_else_on_its_day(
    attempt_run: str | None, report_run: str | None, day: str, replaced: bool
) -> None:
    def of(run: str | None) -> dict[str, str] | None:
        return {"runId": run} if run else None

    attempt = resent(attempted("9:45", "9:00", "9:45"), extensions=of(attempt_run))
    report = time_spent(clock_us("10:00", day), item("active", 15), extensions=of(report_run))
    assert seconds(attempt, report) == {"active": 15 if replaced else 45 * 60 + 15}
    other = time_spent(clock_us("10:00", day), item("active", 15), extensions=of(report_run), activity=QUESTION)
    assert seconds(attempt, other) == {"active": 45 * 60 + 15}


def test_an_attempt_of_over_a_day_is_no_account_of_time() -> None:
    long = (
        attempted("9:45", None, "9:45"),
        happened(
            clock_us("9:00", "2026-01-20"),
            type="AssignableEvent",
            action="Started",
            generated={"id": ATTEMPT, "type": "Attempt", "startedAtTime": "2026-01-20T09:00:00.000Z"},
        ),
    )
    assert seconds(*long) == {}


def days(*entries: Entry, zone: tzinfo = UTC) -> dict[str, float]:
    return {day: float(numbers.total("active")) for day, numbers in per_day(entries, zone=zone).items()}


def over_midnight(kind: str) -> Entry:
    """Twenty minutes to midnight of the 27th, ten after it."""
    start_us, end_us = clock_us("23:40"), clock_us("0:10", "2026-01-28")
    if kind == "window":
        return time_spent(end_us, item("active", 1800, start_us, end_us))
    attempt = {
        "id": ATTEMPT,
        "type": "Attempt",
        "startedAtTime": format_time(start_us),
        "endedAtTime": format_time(end_us),
    }
    return happened(end_us, type="AssessmentEvent", action="Submitted", generated=attempt)


@pytest.mark.parametrize("kind", ["window", "Attempt"])
def test_what_crosses_midnight_is_split_between_the_days(kind: str) -> None:
    assert days(over_midnight(kind)) == {"20260127": 1200, "20260128": 600}


@pytest.mark.parametrize("kind", ["window", "Attempt"])
def test_the_days_are_those_of_the_time_zone(kind: str) -> None:
    entry = over_midnight(kind)
    assert days(entry, zone=ZoneInfo("America/New_York")) == {"20260127": 1800}
    assert days(entry, zone=ZoneInfo("Asia/Kathmandu")) == {"20260128": 1800}
    in_nepal = arrived(resent(entry), clock_us("0:10", "2026-01-28"))
    assert sum(days(in_nepal, zone=ZoneInfo("Pacific/Chatham")).values()) == 1800


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham", "Europe/Berlin"])
def test_any_zones_day_is_a_sum_of_quarter_hours(zone: str) -> None:
    length_us = 3 * DAY_US
    entry = time_spent(
        clock_us("7:07") + length_us, item("active", 80_000, clock_us("7:07"), clock_us("7:07") + length_us)
    )
    quarters: dict[str, Fraction] = defaultdict(Fraction)
    for place, totals in quarter_totals([entry]).items():
        assert place.quarter_us % QUARTER_US == 0
        quarters[day_in(place.quarter_us, ZoneInfo(zone))] += totals.get("active", Fraction(0))
    assert {day: float(amount) for day, amount in quarters.items()} == days(entry, zone=ZoneInfo(zone))
    assert sum(quarters.values()) == 80_000


def test_quarter_hours_are_kept_by_course_app_subject_and_run() -> None:
    entry = time_spent(
        "9:20",
        item("active", 60, "9:14:30", "9:15:30"),
        object={"id": LESSON, "type": "TimebackActivityContext", "subject": "Math"},
        extensions={"runId": RUN, "courseId": "MATH-3"},
    )
    place = Place(clock_us("9:00"), "MATH-3", EDAPP, "Math", RUN)
    assert quarter_totals([entry]) == {
        place: {"active": 30},
        place._replace(quarter_us=clock_us("9:15")): {"active": 30},
    }


def test_a_windowless_report_counts_on_the_day_of_its_event_time() -> None:
    assert days(time_spent("0:01", item("active", 600))) == {"20260127": 600}


def future(kind: str) -> Entry:
    """Arrived at 9:00, and says that work went on from 8:50 to 19:00."""
    if kind == "window":
        event = time_spent("9:00", item("active", 36_600, "8:50", "19:00"))
    else:
        attempt = {"id": ATTEMPT, "type": "Attempt", "startedAtTime": format_time(clock_us("8:50"))}
        attempt["endedAtTime"] = format_time(clock_us("19:00"))
        event = resent(happened("9:00", type="AssignableEvent", action="Completed"), **{kind: attempt})
    return arrived(event, "9:00")


@pytest.mark.parametrize("kind", ["window", "generated", "object"])
def test_what_lies_after_arrival_and_five_minutes_is_cut(kind: str) -> None:
    assert seconds(future(kind)) == {"active": 15 * 60}


def test_an_end_that_is_told_later_replaces_one_of_the_future() -> None:
    early = future("generated")
    late = attempted("9:30", "8:50", "9:30")
    assert seconds(early, late) == seconds(late, early) == {"active": 40 * 60}


@pytest.mark.parametrize("name", ["startedAtTime", "endedAtTime"])
def test_an_attempt_with_a_time_before_2000_has_no_length(name: str) -> None:
    attempt = {"id": ATTEMPT, "type": "Attempt", "startedAtTime": "1999-12-31T23:50:00Z"}
    attempt |= {"endedAtTime": "1999-12-31T23:59:59Z", name: "1970-01-01T00:00:00Z"}
    assert seconds(happened("9:00", type="AssignableEvent", generated=attempt)) == {}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("1970-01-01T00:00:00Z", "2026-01-27T09:00:00Z"),
        ("1999-12-31T23:59:00Z", "1999-12-31T23:59:15Z"),
        ("2026-01-27T09:00:15Z", "2026-01-27T09:00:00Z"),
        ("soon", "later"),
        ("2026-01-27T09:00:00Z", None),
    ],
)
def test_a_window_that_cannot_be_is_none(start: str, end: str | None) -> None:
    report = {"type": "active", "value": 15, "startDate": start, "endDate": end}
    assert days(time_spent("9:01", report)) == {"20260127": 15}


@st.composite
def windows(draw: st.DrawFn) -> list[Entry]:
    entries = []
    for number in range(draw(st.integers(1, 8))):
        reported = []
        for _ in range(draw(st.integers(1, 3))):
            start_us = clock_us("23:30") + draw(st.integers(0, 3600)) * 10**6
            end_us = start_us + draw(st.integers(1, 1800)) * 10**6
            reported.append(item("active", draw(st.integers(0, 2000)), start_us, end_us))
        run = draw(st.sampled_from([RUN, X, Y]))
        entry = time_spent(clock_us("2:00", "2026-01-28"), *reported, extensions={"runId": run})
        entries.append(resent(entry, id=derived_uuid("window", str(number))))
    return entries


@settings(max_examples=examples(300))
@given(windows(), st.randoms(use_true_random=False))
def test_runs_days_and_quarters_add_up_in_any_order(entries: list[Entry], shuffler: random.Random) -> None:
    again = entries + entries[:2]
    shuffler.shuffle(again)
    whole = fold_run(entries)
    assert fold_run(again) == whole
    own: dict[str | None, list[Entry]] = defaultdict(list)
    for entry in again:
        own[entry.attribution.run].append(entry)
    total = whole.total("active")
    assert total == sum(fold_run(part, beside=again).total("active") for part in own.values())
    assert total == sum(numbers.total("active") for numbers in per_day(again).values())
    assert total == sum(totals.get("active", 0) for totals in quarter_totals(again).values())


@settings(max_examples=examples(200))
@given(windows())
def test_a_second_counts_as_its_densest_report_says(entries: list[Entry]) -> None:
    """Against a plain reading of the rule, second by second."""
    expected = 0.0
    accounts = []
    for entry in entries:
        by_window: dict[tuple[int, int], int] = defaultdict(int)
        for spent in entry.event["generated"]["items"]:
            start_us, end_us = (parse_time(spent[name]) for name in ("startDate", "endDate"))
            assert start_us is not None
            assert end_us is not None
            by_window[start_us, end_us] += spent["value"]
        accounts.append([(min(s, e - v * 10**6), e, v) for (s, e), v in by_window.items()])
    first = min(start for account in accounts for start, _, _ in account)
    last = max(end for account in accounts for _, end, _ in account)
    for second in range(first, last, 10**6):
        expected += max(sum(v * 10**6 / (e - s) for s, e, v in own if s <= second < e) for own in accounts)
    assert float(fold_run(entries).total("active")) == pytest.approx(expected, abs=1e-3)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), min_size=1, max_size=12))
def test_windows_that_are_wholly_active_add_up_to_the_time_they_cover(windows: list[tuple[int, int]]) -> None:
    start_us = clock_us("9:00")
    entries = [
        time_spent(
            start_us + DAY_US // 4, item("active", length, start_us + s * 10**6, start_us + (s + length) * 10**6)
        )
        for s, length in windows
    ]
    covered = {second for s, length in windows for second in range(s, s + length)}
    assert fold_run(entries).total("active") == len(covered)
