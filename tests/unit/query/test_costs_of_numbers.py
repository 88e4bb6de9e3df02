"""What answers with numbers cost is a matter of what they tell, not of how long a learner has been there."""

import pytest

from tests.bench import doubling, totals
from tests.unit.query.world import World


def test_the_progress_of_today_costs_the_same_after_ten_times_the_days() -> None:
    assert totals.rru_progress_today(20) <= 1.2 * totals.rru_progress_today(2)


def test_a_run_of_a_learner_costs_less_than_a_read_unit() -> None:
    assert totals.rru_per_run(10) <= 1


# Worlds of hundreds of days: one worker builds them for all tests.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hundreds of days")]


@pytest.fixture(scope="module")
def month() -> World:
    return totals.history(30, events=3)


@pytest.fixture(scope="module")
def year() -> World:
    return totals.history(400, events=3)


@pytest.mark.parametrize(("order", "later"), [("asc", False), ("asc", True), ("desc", False), ("desc", True)])
def test_a_page_of_runs_reads_as_much_after_four_hundred_days_as_after_thirty(
    month: World, year: World, order: str, later: bool
) -> None:
    rows, units = totals.page_of_runs(month, order=order, later=later)
    assert rows <= 40
    many, of_many = totals.page_of_runs(year, order=order, later=later)
    assert many <= 40  # those of ten days, and up to 32 days ahead
    assert of_many <= 2 * units


def test_the_courses_of_a_student_cost_the_same_after_any_number_of_days(month: World, year: World) -> None:
    assert totals.enrolments(year) == totals.enrolments(month)


def test_the_work_of_the_core_grows_with_its_facts() -> None:
    ratios = {name: doubling.ratio(work, 400) for name, work in doubling.WORK.items()}
    assert max(ratios.values()) <= 2.4, ratios
