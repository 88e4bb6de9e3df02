"""How many calls a request, a batch and a sweep make. Counts are promises; clocks are for the bench."""

import pytest

from tests.bench import reading
from tests.bench.counting import formula, process_calls, validate_calls
from tests.bench.items import shapes
from tests.bench.sweeping import Shape, reads, rows_per_fact
from tests.units import write_units


@pytest.mark.parametrize("size", [1, 10, 100])
def test_a_request_is_one_call(size: int) -> None:
    assert validate_calls(size) == {"SendMessageBatch": 1}


def test_a_request_of_a_thousand_events_is_one_call() -> None:
    assert validate_calls(1000) == {"SendMessageBatch": 1}


def test_a_thousand_events_of_a_hundred_learners_in_open_sessions_are_within_sixty_calls() -> None:
    calls = process_calls(learners=100, messages=10, size=100)
    assert calls.total() <= 60
    assert calls.total() == formula(e=1000, m=10, a=1, learners=100, s=0, c=300, n=0)
    assert calls["PutItem"] == 0, "an event in an open session writes nothing but itself"
    assert calls["PutObject"] == 1


def test_new_sessions_and_index_rows_cost_what_the_formula_says() -> None:
    calls = process_calls(learners=100, messages=10, size=100, opened=False)
    assert calls.total() == formula(e=1000, m=10, a=1, learners=100, s=100, c=300, n=300)


def test_a_warm_worker_does_not_read_index_rows_and_registrations_again() -> None:
    calls = process_calls(learners=100, messages=10, size=100, warm=True)
    assert calls.total() == formula(e=1000, m=10, a=1, learners=100, s=0, c=0, n=0, r=0)


def test_the_formula_holds_for_few_learners_and_small_messages() -> None:
    calls = process_calls(learners=7, messages=20, size=7)
    assert calls.total() == formula(e=140, m=0, a=1, learners=7, s=0, c=21, n=0)


def test_an_event_of_each_source_is_one_write() -> None:
    assert {name: write_units(row) for name, row in shapes().items()} == dict.fromkeys(shapes(), 1)


@pytest.mark.parametrize("sessions", [0, 10, 2_000])
def test_a_sweep_with_nothing_due_is_sixteen_queries_however_many_are_open(sessions: int) -> None:
    assert reads(sessions) == 16


@pytest.mark.parametrize("shape", ["one learner", "own learners"])
@pytest.mark.parametrize("sessions", [50, 400])
def test_sweeps_read_at_most_four_rows_a_fact_until_all_sessions_have_ended(sessions: int, shape: Shape) -> None:
    assert rows_per_fact(sessions, shape) <= 4


@pytest.mark.parametrize("count", [100, 1_000])
def test_a_page_of_a_long_day_costs_what_its_rows_cost_though_they_name_no_session(count: int) -> None:
    assert reading.page_auto_vs_named_rru(count) <= 2


@pytest.mark.parametrize("count", [100, 1_000])
def test_the_newest_page_of_a_day_that_is_not_settled_is_read_in_few_steps(count: int) -> None:
    assert reading.calls_events_desc(count) <= 10


@pytest.mark.parametrize("days", [10, 100])
def test_a_run_reads_its_days_and_no_more(days: int) -> None:
    assert reading.rows_per_fact_run_year(days) <= 2


@pytest.mark.parametrize("count", [100, 500])
def test_live_sessions_are_read_once(count: int) -> None:
    assert reading.rows_sessions_live(count) <= 1.5


@pytest.mark.parametrize("count", [100, 1_000])
def test_the_pages_of_a_session_read_each_row_about_once(count: int) -> None:
    assert reading.rows_listing_session(count) <= 1.5


@pytest.mark.parametrize("count", [100, 1_000])
def test_a_page_of_a_learners_events_does_not_count_thousands_past_it(count: int) -> None:
    assert reading.rru_events_by_actor_list(count) <= 12
