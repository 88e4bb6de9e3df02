"""What answers with numbers cost is a matter of what they tell, not of how long a learner has been there."""

from tests.bench import doubling, totals


def test_the_progress_of_today_costs_the_same_after_ten_times_the_days() -> None:
    assert totals.rru_progress_today(20) <= 1.2 * totals.rru_progress_today(2)


def test_a_run_of_a_learner_costs_less_than_a_read_unit() -> None:
    assert totals.rru_per_run(10) <= 1


def test_the_work_of_the_core_grows_with_its_facts() -> None:
    ratios = {name: doubling.ratio(work, 400) for name, work in doubling.WORK.items()}
    assert max(ratios.values()) <= 2.4, ratios
