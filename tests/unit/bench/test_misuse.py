"""No kind of abuse costs more than four times an honest request of its size: counted, not clocked."""

from functools import cache
from pathlib import Path

import pytest

from tests.bench.misuse import BOUND, KINDS, Cost, cost_of, honest, honest_single, ratios

pytestmark = pytest.mark.slow

THREAT_MODEL = Path(__file__).resolve().parents[3] / "docs" / "threat-model.md"
IN_WORDS = {
    "honest, 1,000 events": "honest",
    "honest, a single event": "honest single event",
    "items that are numbers": "numbers",
    "empty objects": "empty objects",
    "events without their time": "headless events",
    "tiny items with ids": "tiny items with ids",
    "one rejected id over and over": "one rejected id over and over",
    "a new learner with each smallest event": "new learners",
    "a new session, run and learner with each smallest event": "new sessions",
    "a sensor of 2,048 bytes": "a long sensor",
    "ids of 2,000 bytes": "long ids",
    "smallest entity describes": "entities",
    "events with all warnings": "warnings",
}


@cache
def cost_of_kind(name: str) -> Cost:
    return cost_of({"honest": honest, "honest single event": honest_single, **KINDS}[name]())


@pytest.fixture(scope="module")
def fair() -> Cost:
    return cost_of_kind("honest")


@pytest.mark.slow
def test_the_threat_model_tells_these_figures(fair: Cost) -> None:
    table = THREAT_MODEL.read_text().partition("| kind of request |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table]
    cells_by_words = {words: cells for words, *cells in rows}
    assert cells_by_words.keys() == IN_WORDS.keys()
    for words, name in IN_WORDS.items():
        cost = cost_of_kind(name)
        ratio = ratios(cost, fair)[0]
        units, times = cells_by_words[words]
        assert float(units) == pytest.approx(1000 * cost.units_a_byte, rel=0.02, abs=0.1), words
        if times == "under 0.1":
            assert ratio < 0.1, words
        else:
            assert float(times) == pytest.approx(ratio, abs=0.1), words


@pytest.mark.parametrize("name", KINDS)
def test_abuse_costs_at_most_four_times_an_honest_request_of_its_size(fair: Cost, name: str) -> None:
    units, stored = ratios(cost_of_kind(name), fair)
    assert units <= BOUND
    assert stored <= BOUND


@pytest.mark.parametrize(
    "name",
    ["numbers", "empty objects", "headless events", "tiny items with ids", "one rejected id over and over", "long ids"],
)
def test_what_is_rejected_or_long_costs_no_more_by_its_bytes_alone(fair: Cost, name: str) -> None:
    cost = cost_of_kind(name)
    assert cost.units_a_byte <= BOUND * fair.units_a_byte
    assert cost.stored_a_byte <= BOUND * fair.stored_a_byte


def test_a_long_sensor_costs_the_rows_of_one_message_more() -> None:
    short, long = cost_of_kind("new learners"), cost_of_kind("a long sensor")
    assert long.write_units <= short.write_units + 3 * 4  # four messages
