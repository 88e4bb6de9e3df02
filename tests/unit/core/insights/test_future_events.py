"""What is dated ahead says nothing of how its learner worked."""

import pytest

from functions.core.times import MINUTE_US
from tests.unit.core.insights.test_insights import ASKED, insights_of, lesson, quiz, spent
from tests.unit.core.sessions.timelines import X, arrived, clock_us, happened, logged_in, logged_out


@pytest.mark.parametrize(("ahead_us", "insights"), [(5 * MINUTE_US, 1), (5 * MINUTE_US + 1, 0)])
def test_what_is_dated_over_five_minutes_ahead_of_its_arrival_is_in_no_insight(ahead_us: int, insights: int) -> None:
    """Of three lessons in a row the last is dated ahead: without it there are two, too few to be an insight."""
    shopped = [lesson("9:01", "a"), lesson("9:02", "b"), arrived(lesson("9:03", "c"), clock_us("9:03") - ahead_us)]
    entries = [logged_in("9:00", flags=ASKED), *shopped, happened("9:05", session=X)]
    assert len(insights_of(*entries, kind="topic-shopping")) == insights


def test_an_inactive_time_that_is_reported_ahead_is_not_idling() -> None:
    reported = spent("9:04", 400, "inactive")
    entries = [logged_in("9:00", flags=ASKED), happened("9:08", session=X), logged_out("9:09")]
    assert [insight.kind for insight in insights_of(*entries, reported)] == ["idling"]
    assert insights_of(*entries, arrived(reported, "8:58")) == []


def test_a_completion_that_is_dated_ahead_skips_no_assessment() -> None:
    done = lesson("9:04", "a", "Completed")
    entries = [logged_in("9:00", flags=ASKED), lesson("9:01", "a"), lesson("9:02", "b"), quiz("9:03", "b")]
    entries.append(happened("9:06", session=X))
    assert [insight.kind for insight in insights_of(*entries, done)] == ["skip-assessment"]
    assert insights_of(*entries, arrived(done, "8:58")) == []
