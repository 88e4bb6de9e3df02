"""No kind of abuse costs more than four times an honest request of its size: counted, not clocked."""

import pytest

from tests.bench.misuse import BOUND, KINDS, Cost, cost_of, honest, ratios


@pytest.fixture(scope="module")
def fair() -> Cost:
    return cost_of(honest())


@pytest.mark.parametrize("name", KINDS)
def test_abuse_costs_at_most_four_times_an_honest_request_of_its_size(fair: Cost, name: str) -> None:
    units, stored = ratios(cost_of(KINDS[name]()), fair)
    assert units <= BOUND
    assert stored <= BOUND


@pytest.mark.parametrize(
    "name",
    ["numbers", "empty objects", "headless events", "tiny items with ids", "one rejected id over and over", "long ids"],
)
def test_what_is_rejected_or_long_costs_no_more_by_its_bytes_alone(fair: Cost, name: str) -> None:
    cost = cost_of(KINDS[name]())
    assert cost.units_a_byte <= BOUND * fair.units_a_byte
    assert cost.stored_a_byte <= BOUND * fair.stored_a_byte


def test_a_long_sensor_costs_the_rows_of_one_message_more() -> None:
    short, long = cost_of(KINDS["new learners"]()), cost_of(KINDS["a long sensor"]())
    assert long.write_units <= short.write_units + 3 * 4  # four messages
