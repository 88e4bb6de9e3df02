"""When a grade counts: each kind at its bound, with a maximum and without one."""

from fractions import Fraction
from typing import Any

import pytest

from functions.core.numbers.runs import fold_run
from tests.unit.core.numbers.reports import graded


@pytest.mark.parametrize(
    ("kind", "score_given", "most", "metric", "counts"),
    [
        ("MASTERY", 0.9, 1, "masteredUnits", 1),
        ("MASTERY", 0.89, 1, "masteredUnits", 0),
        ("MASTERY", 9, 10, "masteredUnits", 1),
        ("MASTERY", 8.9, 10, "masteredUnits", 0),
        ("MASTERY", 0.1, None, "masteredUnits", 1),
        ("MASTERY", 0, None, "masteredUnits", 0),
        ("MASTERY", -1, None, "masteredUnits", 0),
        ("MASTERY", 0, 1, "masteredUnits", 0),
        ("QUESTION_RESULT", 1, 1, "correctQuestions", 1),
        ("QUESTION_RESULT", 0.99, 1, "correctQuestions", 0),
        ("QUESTION_RESULT", 2, 1, "correctQuestions", 1),
        ("QUESTION_RESULT", 1, 2, "correctQuestions", 0),
        ("QUESTION_RESULT", 2, 2, "correctQuestions", 1),
        ("QUESTION_RESULT", 1, None, "correctQuestions", 1),
        ("QUESTION_RESULT", 0.9, None, "correctQuestions", 0),
        ("QUESTION_RESULT", 0, None, "correctQuestions", 0),
        ("XP", 7, None, "xpEarned", 7),
        ("XP", 7, 5, "xpEarned", 7),
        ("XP", -3, None, "xpEarned", -3),
    ],
)
def test_a_grade_counts_from_its_bound_on(
    kind: str, score_given: Any, most: float | None, metric: str, counts: int
) -> None:
    numbers = fold_run([graded("9:00", kind, score_given, most=most)])
    assert numbers.total(metric) == counts
    questions = numbers.total("totalQuestions")
    assert questions == Fraction(kind == "QUESTION_RESULT")
    assert set(numbers.totals) <= {metric, "totalQuestions", "attempts"}
