"""Numbers as they are read off an event, up to each limit: metrics, scores, and what cannot be judged."""

from fractions import Fraction
from typing import Any

import pytest

from functions.core.numbers.metrics import LARGEST, as_number, exact, first_of, items, stated_items
from functions.core.numbers.scores import Grade, judged, score_type


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, Fraction(0)),
        (0.1, Fraction(1, 10)),
        (-2.5, Fraction(-5, 2)),
        (LARGEST, Fraction(LARGEST)),
        (LARGEST + 1, None),
        (-LARGEST, Fraction(-LARGEST)),
        (-LARGEST - 1, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ([], None),
        ("5", Fraction(5)),
        (" +0.10 ", Fraction(1, 10)),
        ("-.5", Fraction(-1, 2)),
        ("5.", Fraction(5)),
        ("1e3", Fraction(1000)),
        ("1E-3", Fraction(1, 1000)),
        (str(LARGEST), Fraction(LARGEST)),
        (str(LARGEST + 1), None),
        (str(-LARGEST), Fraction(-LARGEST)),
        (str(-LARGEST - 1), None),
        ("1" * 41, None),
        ("0" * 39 + "1", Fraction(1)),
        ("1e1000", None),
        ("", None),
        (".", None),
        ("1,5", None),
        ("5 %", None),
        ("٣", None),
        ("1/2", None),
    ],
)
def test_a_number_is_read_as_it_is_written_up_to_a_billion_thousands(value: object, number: Fraction | None) -> None:
    assert exact(value) == number


@pytest.mark.parametrize(("amount", "written"), [(Fraction(3), 3), (Fraction(-1, 2), -0.5), (Fraction(0), 0)])
def test_a_whole_number_is_written_without_a_fraction(amount: Fraction, written: float) -> None:
    assert as_number(amount) == written
    assert isinstance(as_number(amount), int) is (amount.denominator == 1)


@pytest.mark.parametrize(
    ("item", "stated"),
    [
        ({"type": "active", "value": 1}, ("active", 1)),
        ({"type": "Active", "value": 1}, ("active", 1)),
        ({"metricType": "XpEarned", "metricValue": 2}, ("xpEarned", 2)),
        ({"metric_type": "XpEarned", "metric_value": 2}, ("xpEarned", 2)),
        ({"type": "ActivityMetric", "metricType": "XpEarned", "metricValue": 2, "value": 3}, ("xpEarned", 2)),
        ({"type": "ActivityMetric", "metricType": None, "metric_type": "waste", "value": 3}, ("waste", 3)),
        ({"type": "active", "metricType": 7, "value": 3}, ("active", 3)),
        ({"type": "active"}, ("active", None)),
        ({"value": 3}, ("", 3)),
        ({"type": 7, "value": "x"}, ("", "x")),
        ("urn:x:metric", ("", None)),
    ],
)
def test_each_spelling_of_a_metric_is_read(item: Any, stated: tuple[str, object]) -> None:
    event = {"generated": {"items": [item]}}
    assert [(name, value) for name, value, _ in stated_items(event)] == [stated]
    readable = isinstance(stated[1], int) and stated[0] != ""
    assert [(name, amount) for name, amount, _ in items(event)] == ([stated] if readable else [])


@pytest.mark.parametrize("generated", [None, {}, {"items": None}, {"items": {"a": 1}}, [], "urn:x:1"])
def test_what_has_no_list_of_metrics_has_none(generated: object) -> None:
    assert list(stated_items({"generated": generated})) == []


def test_the_first_spelling_that_is_there_counts() -> None:
    fields = {"a": None, "b": 0, "c": 1}
    assert (first_of(fields, "a", "b", "c"), first_of(fields, "c", "b"), first_of(fields, "a", "x")) == (0, 1, None)


@pytest.mark.parametrize(
    ("score", "kind"),
    [
        ({"scoreType": "XP"}, "XP"),
        ({"scoreType": " mastery "}, "MASTERY"),
        ({"extensions": {"scoreType": "xp"}}, "XP"),
        ({"scoreType": "XP", "extensions": {"scoreType": "MASTERY"}}, "XP"),
        ({"scoreType": 7, "extensions": {"scoreType": "MASTERY"}}, "MASTERY"),
        ({"scoreType": "http://purl.imsglobal.org/caliper/XP"}, "XP"),
        ({"scoreType": 7}, ""),
        ({"extensions": "XP"}, ""),
        ("urn:x:score", ""),
    ],
)
def test_the_type_of_a_score_is_read_where_it_stands(score: object, kind: str) -> None:
    assert score_type({"generated": score}) == kind


@pytest.mark.parametrize(
    ("kind", "score", "most", "grade"),
    [
        ("XP", 5, ..., (5, None)),
        ("XP", 5, 0, (5, 0)),
        ("XP", 5, -1, (5, -1)),
        ("XP", 5, "much", (5, None)),
        ("MASTERY", 1, ..., (1, None)),
        ("MASTERY", 1, None, (1, None)),
        ("MASTERY", 1, 0, None),
        ("MASTERY", 1, -1, None),
        ("MASTERY", 1, "much", None),
        ("QUESTION_RESULT", 0.5, 0.5, (0.5, 0.5)),
        ("QUESTION_RESULT", "1", "2", (1, 2)),
        ("QUESTION_RESULT", 1, 0, None),
        ("QUESTION_RESULT", ..., 1, None),
        ("QUESTION_RESULT", "good", 1, None),
        ("POINTS", 1, 1, None),
        ("", 1, 1, None),
    ],
)
def test_a_grade_is_judged_if_its_score_and_a_maximum_that_counts_are_numbers(
    kind: str, score: Any, most: Any, grade: tuple[float, float | None] | None
) -> None:
    stated = {"scoreType": kind, "scoreGiven": score, "maxScore": most}
    event = {"generated": {name: value for name, value in stated.items() if value is not ...}}
    expected = None
    if grade is not None:
        expected = Grade(kind, Fraction(str(grade[0])), None if grade[1] is None else Fraction(str(grade[1])))
    assert judged(event) == expected
