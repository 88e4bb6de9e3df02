"""Each rule of EventBridge, at its limit and one beyond it."""

from typing import Any

import pytest

from tests.aws_rules import eventbridge
from tests.aws_rules.refusal import Refused

MIB = 1_048_576


def entry(**changed: Any) -> dict[str, Any]:
    return {"Source": "caliper", "DetailType": "SessionEnded", "Detail": "{}"} | changed


def sized(size: int) -> list[dict[str, Any]]:
    """Two entries that count for `size` bytes together."""
    entries = [entry(Time="2026-03-02T09:00:00Z", Resources=["é"]), entry()]
    rest = size - sum(map(eventbridge.entry_bytes, entries))
    return [entries[0], entry(Detail="{" + " " * rest + "}")]


CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], str]] = {
    "entries": ([entry()] * 10, [entry()] * 11, "ValidationException"),
    "no empty request": ([entry()], [], "ValidationException"),
    "less than 1 MiB together": (sized(MIB - 1), sized(MIB), "ValidationException"),
    "a detail is an object": ([entry(Detail="{}")], [entry(Detail="[]")], "MalformedDetail"),
    "a detail is JSON": ([entry(Detail='{"a":1}')], [entry(Detail="{")], "MalformedDetail"),
    "a source": ([entry(Source="c")], [entry(Source="")], "InvalidArgument"),
    "a source of one's own": ([entry(Source="awsome")], [entry(Source="aws.x")], "NotAuthorizedForSourceException"),
    "a type": ([entry(DetailType="t")], [entry(DetailType="")], "InvalidArgument"),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_request_is_taken_at_the_limit_and_refused_beyond_it(rule: str) -> None:
    accepted, refused, code = CASES[rule]
    eventbridge.check("PutEvents", {"Entries": accepted})
    with pytest.raises(Refused) as raised:
        eventbridge.check("PutEvents", {"Entries": refused})
    assert raised.value.code == code


def test_an_entry_counts_for_its_documented_size() -> None:
    assert eventbridge.entry_bytes(entry(Time="2026-03-02T09:00:00Z", Resources=["é"])) == 14 + 7 + 12 + 2 + 2
