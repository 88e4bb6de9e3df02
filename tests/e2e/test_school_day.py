"""A small school day: everything that many learners do is added up exactly, whatever came twice, mixed up or late."""

from tests.e2e.conftest import LEARNERS, SEED
from tests.e2e.school_day import Report, report_text


def test_a_school_day_meets_the_totals_that_were_known_beforehand(school_day: Report) -> None:
    assert school_day.tally.mismatches == [], report_text(school_day, seed=SEED, learners=LEARNERS)
    assert school_day.tally.actual["TimedOut events"] > LEARNERS
