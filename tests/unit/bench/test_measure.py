"""The bench's own arithmetic: medians, percentiles and ratios say what they say."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.measure import Figure, interleaved, median, percentile, ratio, rounded

NUMBERS = st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=1)


def test_a_percentile_lies_between_its_neighbours_in_proportion() -> None:
    assert percentile([10, 20, 30, 40], 0.5) == 25
    assert percentile([40, 10, 30, 20], 0.99) == pytest.approx(39.7)
    assert percentile([7], 0.99) == 7


@given(NUMBERS)
def test_percentiles_run_from_the_least_to_the_most(values: list[float]) -> None:
    assert percentile(values, 0) == min(values)
    assert percentile(values, 1) == max(values)
    assert percentile(values, 0.5) == pytest.approx(median(values))


def test_a_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_medians() -> None:
    assert ratio([2, 30, 4], [1, 10, 2]) == 2


@pytest.mark.slow
def test_each_work_runs_once_unmeasured_and_then_once_a_round_in_turn() -> None:
    seen: list[tuple[str, int]] = []
    seconds = interleaved(2, lambda n: seen.append(("a", n)), lambda n: seen.append(("b", n)))
    assert seen == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("b", 2), ("a", 2)]
    assert [len(rounds) for rounds in seconds] == [2, 2]


def test_a_figure_is_one_line_of_json_with_four_digits() -> None:
    assert orjson.loads(Figure("n", 1234.5678, "µs").line()) == {"name": "n", "value": 1235.0, "unit": "µs"}
    assert rounded(100_003) == 100_003
    assert rounded(0.00012345) == 0.0001235 or rounded(0.00012345) == 0.0001234
