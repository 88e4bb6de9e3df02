"""A small school day: everything that many learners do is added up exactly, whatever came twice, mixed up or late."""

from tests.e2e.conftest import IDLE_MINUTES, Stack
from tests.e2e.school_day import live, report_text

LEARNERS = 8


def test_a_school_day_meets_the_totals_that_were_known_beforehand(stack: Stack) -> None:
    report = live(stack.endpoint, seed=3, learners=LEARNERS, idle_minutes=IDLE_MINUTES, held=True, at_once=2)
    assert report.tally.mismatches == [], report_text(report, seed=3, learners=LEARNERS)
    assert report.tally.actual["TimedOut events"] > LEARNERS
