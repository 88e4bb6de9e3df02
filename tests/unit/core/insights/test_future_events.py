"""What is dated ahead says nothing of how its learner worked."""

import pytest

from functions.core.times import MINUTE_US
from tests.unit.core.insights.test_insights import ASKED, found, lesson, quiz, spent
from tests.unit.core.sessions.timelines import X, arrived, at, happened, logged_in, logged_out


@pytest.mark.parametrize(("ahead_us", "told"), [(5 * MINUTE_US, 1), (5 * MINUTE_US + 1, 0)])
def test_what_is_dated_over_five_minutes_ahead_of_its_arrival_is_in_no_insight(ahead_us: int, told: int) -> None:
    """Of three lessons in a row the last is dated ahead: without it there are two, too few to be told of."""
    shopped = [lesson("9:01", "a"), lesson("9:02", "b"), arrived(lesson("9:03", "c"), at("9:03") - ahead_us)]
    entries = [logged_in("9:00", flags=ASKED), *shopped, happened("9:05", session=X)]
    assert len(found(*entries, kind="topic-shopping")) == told


def test_an_inactive_time_that_is_reported_ahead_is_not_idling() -> None:
    reported = spent("9:04", 400, "inactive")
    entries = [logged_in("9:00", flags=ASKED), happened("9:08", session=X), logged_out("9:09")]
    assert [one.kind for one in found(*entries, reported)] == ["idling"]
    assert found(*entries, arrived(reported, "8:58")) == []


def test_a_completion_that_is_dated_ahead_skips_no_assessment() -> None:
    done = lesson("9:04", "a", "Completed")
    entries = [logged_in("9:00", flags=ASKED), lesson("9:01", "a"), lesson("9:02", "b"), quiz("9:03", "b")]
    entries.append(happened("9:06", session=X))
    assert [one.kind for one in found(*entries, done)] == ["skip-assessment"]
    assert found(*entries, arrived(done, "8:58")) == []
