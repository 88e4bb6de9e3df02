"""Which events need no closer look at their times and numbers: the usual ones, up to each limit."""

from typing import Any

import pytest

from functions.core.numbers.screening import MOST_SECONDS, has_plain_numbers, has_plain_times, is_plain

LATEST = "2026-03-02T12:05:01"
BEFORE, AFTER = "2026-03-02T11:00:00.000Z", "2026-03-02T11:30:00.000Z"
MANY = 10**9
TIMES: list[tuple[Any, bool]] = [
    (BEFORE, True),
    ("2000-01-01T00:00:00.000Z", True),
    ("1999-12-31T23:59:59.999Z", False),
    ("2026-03-02T12:05:00.999Z", True),
    ("2026-03-02T12:05:01.000Z", False),
    ("2026-03-02T11:00:00Z", False),
    ("2026-03-02T11:00:00.000+00:00", False),
    ("2026-03-02 11:00:00.000Z", False),
    ("2026-03-02T11:00:00.0000Z", False),
    (7, False),
]
SPANS: list[tuple[Any, Any, bool]] = [
    *((start, None, plain) for start, plain in TIMES),
    *((None, end, plain) for end, plain in TIMES),
    (BEFORE, AFTER, True),
    (BEFORE, BEFORE, True),
    (AFTER, BEFORE, False),
    ("2026-03-01T23:00:00.000Z", BEFORE, False),
    ("2026-03-02 11:00:00.000Z", AFTER, False),
    ("2026-03-02T11:00:00.000+00:00", AFTER, False),
    (7, AFTER, False),
    (BEFORE, 7, False),
]


def stated(start: Any, end: Any, *, names: tuple[str, str] = ("startedAtTime", "endedAtTime")) -> dict[str, Any]:
    return {name: value for name, value in zip(names, (start, end), strict=True) if value is not None}


@pytest.mark.parametrize(("start", "end", "plain"), SPANS)
def test_a_span_is_plain_if_it_lies_in_the_past_of_one_day_in_the_usual_spelling(
    start: Any, end: Any, plain: bool
) -> None:
    node = stated(start, end)
    assert has_plain_times(node, LATEST) is plain
    assert has_plain_times({"attempt": node}, LATEST) is plain
    assert has_plain_times({"attempt": node, "startedAtTime": BEFORE}, LATEST) is plain
    assert has_plain_times({"attempt": "urn:x:attempt", **node}, LATEST) is plain
    for slot in ("generated", "object", "session", "federatedSession"):
        assert is_plain({"eventTime": BEFORE, slot: node}, "ViewEvent", LATEST) is plain
    assert is_plain({"eventTime": BEFORE, "target": node}, "ViewEvent", LATEST)
    window = {"type": "active", "value": 1} | stated(start, end, names=("startDate", "endDate"))
    assert has_plain_numbers({"items": [window]}, "TimeSpentEvent", LATEST) is plain
    assert has_plain_numbers({"items": [window]}, "ActivityEvent", LATEST), "it has no windows"


def test_what_states_no_times_states_plain_ones() -> None:
    assert has_plain_times({}, LATEST)
    assert has_plain_times({"attempt": {}}, LATEST)
    assert is_plain({"eventTime": BEFORE, "object": "urn:x:o", "generated": ["x"]}, "ViewEvent", LATEST)


@pytest.mark.parametrize(("time", "plain"), [*TIMES, (None, False)])
def test_the_time_of_an_event_is_plain_in_the_past_and_in_the_usual_spelling(time: Any, plain: bool) -> None:
    expected = plain or time == "1999-12-31T23:59:59.999Z"  # an event may be old
    assert is_plain({"eventTime": time}, "ViewEvent", LATEST) is expected


@pytest.mark.parametrize(
    ("score", "plain"),
    [
        ({}, True),
        ({"maxScore": 1}, False),
        ({"scoreGiven": None, "maxScore": None}, True),
        ({"scoreGiven": 1}, True),
        ({"scoreGiven": 0.5, "maxScore": 0.5}, True),
        ({"scoreGiven": 1, "maxScore": 2}, True),
        ({"scoreGiven": 2, "maxScore": 1}, False),
        ({"scoreGiven": 2, "maxScore": 1, "scoreType": "XP"}, True),
        ({"scoreGiven": 2, "maxScore": 1, "scoreType": "MASTERY"}, False),
        ({"scoreGiven": -MANY + 1}, True),
        ({"scoreGiven": -MANY}, False),
        ({"scoreGiven": MANY - 1}, True),
        ({"scoreGiven": MANY}, False),
        ({"scoreGiven": 1, "maxScore": MANY - 1}, True),
        ({"scoreGiven": 1, "maxScore": MANY}, False),
        ({"scoreGiven": -1, "maxScore": 0}, False),
        ({"scoreGiven": -1, "maxScore": 0.1}, True),
        ({"scoreGiven": 0, "maxScore": True}, False),
        ({"scoreGiven": 0, "maxScore": "1"}, False),
        ({"scoreGiven": True}, False),
        ({"scoreGiven": "1"}, False),
    ],
)
@pytest.mark.parametrize("event_type", ["GradeEvent", "OutcomeEvent"])
def test_a_score_is_plain_if_it_is_a_number_within_its_maximum(
    score: dict[str, Any], plain: bool, event_type: str
) -> None:
    assert has_plain_numbers(score, event_type, LATEST) is plain
    assert is_plain({"eventTime": BEFORE, "generated": score}, event_type, LATEST) is plain
    assert is_plain({"eventTime": BEFORE, "generated": score}, "ViewEvent", LATEST), "it has no numbers"


@pytest.mark.parametrize(
    ("items", "of_time", "of_activity"),
    [
        ("none", True, True),
        ([], True, True),
        (["urn:x:metric"], True, True),
        (["urn:x:metric", {"type": "active", "value": "1"}], False, False),
        ([{"type": "active", "value": 1}, {"type": "waste", "value": 2.5}], True, True),
        ([{"type": "active", "value": 1}, {"type": "active", "value": 1}], True, False),
        ([{"type": "active", "value": MOST_SECONDS}], True, True),
        ([{"type": "active", "value": MOST_SECONDS + 1}], False, True),
        ([{"type": "active", "value": 0}], True, True),
        ([{"type": "active", "value": -1}], False, True),
        ([{"type": "xpEarned", "value": -MANY + 1}], False, True),
        ([{"type": "xpEarned", "value": -MANY}], False, False),
        ([{"type": "xpEarned", "value": MANY - 1}], False, True),
        ([{"type": "xpEarned", "value": MANY}], False, False),
        ([{"type": "active", "value": True}], False, False),
        ([{"type": "active", "value": None}], False, False),
        ([{"type": 7, "value": 1}], False, False),
        ([{"value": 1}], False, False),
        ([{"type": "active", "value": 1, "subType": "x"}], True, True),
        *(
            ([{"type": "active", "value": 1, spelled: 1}], False, False)
            for spelled in ("metricType", "metric_type", "metricValue", "metric_value", "start_date", "end_date")
        ),
        ([{"type": "correctQuestions", "value": 3}, {"type": "totalQuestions", "value": 3}], True, True),
        ([{"type": "correctQuestions", "value": 4}, {"type": "totalQuestions", "value": 3}], True, False),
        ([{"type": "correctQuestions", "value": 4}], True, True),
        ([{"type": "totalQuestions", "value": 3}], True, True),
    ],
)
def test_metrics_are_plain_if_each_is_a_number_within_its_bounds(items: Any, of_time: bool, of_activity: bool) -> None:
    assert has_plain_numbers({"items": items}, "TimeSpentEvent", LATEST) is of_time
    # only the pair of an activity is compared; a report of time adds up each name
    assert has_plain_numbers({"items": items}, "ActivityEvent", LATEST) is of_activity


@pytest.mark.parametrize(
    ("extensions", "plain"),
    [
        ({}, True),
        ("none", True),
        *(({"pctCompleteApp": percent}, True) for percent in (None, 0, 100, 50.5)),
        *(({"pctCompleteApp": percent}, False) for percent in (-1, 101, "5", True)),
    ],
)
def test_a_percentage_is_plain_from_0_to_100(extensions: Any, plain: bool) -> None:
    for event_type in ("TimeSpentEvent", "ActivityEvent"):
        assert has_plain_numbers({"extensions": extensions}, event_type, LATEST) is plain
        assert has_plain_numbers({"extensions": extensions, "items": []}, event_type, LATEST) is plain
    assert has_plain_numbers({"extensions": extensions}, "GradeEvent", LATEST)
