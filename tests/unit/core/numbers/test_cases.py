"""The inputs that gave wrong numbers, by value (`tests.cases`)."""

import sys
from typing import Any

import pytest

from functions.core.numbers.findings import number_findings
from functions.core.numbers.runs import RunNumbers, fold_run, per_day
from functions.core.timeline.attribution import attribute
from functions.core.timeline.entry import Entry
from functions.core.times import FUTURE_TOLERANCE_US, parse_time
from tests.cases import FOLDERS, envelope_of
from tests.unit.core.sessions.timelines import stored

CASES = FOLDERS[0]  # each test is run with each folder


@pytest.fixture(autouse=True, params=FOLDERS, ids=lambda folder: folder.parent.name)
def _folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "CASES", request.param)


def arrived_us(name: str) -> int:
    us = parse_time(envelope(name)["sendTime"])
    assert us is not None
    return us


def envelope(name: str) -> dict[str, Any]:
    return envelope_of(CASES / f"{name}.json")


def entries(name: str, *, auto_attach: bool = False) -> list[Entry]:
    return [stored(event, received=arrived_us(name), auto_attach=auto_attach) for event in envelope(name)["data"]]


def numbers(name: str) -> RunNumbers:
    return fold_run(entries(name))


def worked(*facts: Entry) -> tuple[float, float]:
    """Attempts and active seconds."""
    whole = fold_run(facts)
    return float(whole.total("attempts")), float(whole.total("active"))


def codes(name: str) -> set[str]:
    received_us = arrived_us(name)
    return {
        finding.code
        for event in envelope(name)["data"]
        for finding in number_findings(event, received_us=received_us, sent_us=received_us)
    }


def test_attempts_with_blank_node_ids_are_never_merged() -> None:
    assert worked(*entries("01-bnode-attempts")) == (3, 900)


def test_a_start_of_1970_is_told() -> None:
    assert codes("02-default-start-1970") == {"impossible-time"}
    assert codes("03-ended-before-start-1970") == {"impossible-time"}


def test_a_maximum_of_zero_is_not_judged() -> None:
    assert numbers("06-max0-q").as_dict()["totalQuestions"] == 0
    assert codes("06-max0-q") == {"max-score-not-positive"}


def test_a_type_iri_is_no_learner() -> None:
    assert {entry.attribution.learner for entry in entries("20-anonymous-https")} == {None}


def test_more_correct_than_asked_is_accurate_at_most_to_one() -> None:
    numbers_row = numbers("24-correct-over-total").as_dict()
    assert (
        numbers_row["accuracy"],
        numbers_row["correctQuestions"],
        numbers_row["totalQuestions"],
        numbers_row["xpEarned"],
    ) == (1, 10, 10, 5)
    assert codes("24-correct-over-total") == {"count-out-of-range"}


def test_an_attempt_is_known_by_the_iri_of_its_type() -> None:
    assert worked(*entries("26-iri-terms-iri-attempt")) == (1, 300)


def test_caliper_1_0_spellings_are_read() -> None:
    assert worked(*entries("28-moodle-1.0", auto_attach=True)) == (1, 10)


def test_a_clock_an_hour_ahead_is_told_of_each_event() -> None:
    received_us = arrived_us("33-clock-ahead-1h")
    codes_by_event = [
        [finding.code for finding in number_findings(event, received_us=received_us, sent_us=received_us)]
        for event in envelope("33-clock-ahead-1h")["data"]
    ]
    assert codes_by_event == [["event-time-ahead", "time-after-arrival"], ["event-time-ahead"], ["event-time-ahead"]]


def test_an_attempt_of_the_future_is_cut_at_arrival_and_told() -> None:
    (entry,) = entries("38-attempt-future-end")
    worked_us = entry.received_us + FUTURE_TOLERANCE_US - entry.time_us
    assert fold_run([entry]).total("active") == worked_us / 10**6
    assert codes("38-attempt-future-end") == {"time-cut"}


def test_canvas_submissions_are_attempts() -> None:
    assert numbers("40-canvas-submission-attempts").total("attempts") == 2


def test_an_id_with_two_contents_counts_once_and_is_flagged() -> None:
    both = entries("60-same-id-two-times")
    whole = fold_run(both)
    assert whole.total("xpEarned") in {5, 7}
    assert whole.conflicts == 1
    assert sum(day.total("xpEarned") for day in per_day(both).values()) == whole.total("xpEarned")


@pytest.mark.parametrize(
    ("name", "metric", "value"),
    [("71-quoted-max-mastery", "masteredUnits", 0), ("71-quoted-max", "correctQuestions", 0)],
)
def test_a_quoted_maximum_is_read(name: str, metric: str, value: int) -> None:
    assert numbers(name).total(metric) == value
    assert codes(name) == {"number-quoted"}
    assert numbers("71-quoted-max").total("totalQuestions") == 1


def test_every_case_can_be_read() -> None:
    names = [path.stem for path in sorted(CASES.glob("*.json"))]
    assert len(names) > 15
    for name in names:
        received_us = arrived_us(name)
        events = envelope(name)["data"]
        assert events
        for event in events:
            assert attribute(event, auto_attach=False).kind == "event"
            number_findings(event, received_us=received_us)
        per_day(entries(name))
