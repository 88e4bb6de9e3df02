"""What is said of a pattern that is none, and what one finds."""

import pytest

from functions.core.webhooks.patterns import pattern_fault, searches


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing )"),
        ("[a", "missing ]"),
        ("a**", "bad repetition operator"),
        ("(?=a)", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("(((a{100}){100}){100})", "repetition size"),
        ("é(", "missing )"),
    ],
)
def test_a_pattern_that_is_none_is_told_why_in_words(pattern: str, reason: str) -> None:
    fault = pattern_fault(pattern)
    assert fault.startswith("is no RE2 pattern (")
    assert reason in fault
    assert not fault.startswith("is no RE2 pattern (b'")
    assert fault.endswith("): see https://github.com/google/re2/wiki/Syntax.")


@pytest.mark.parametrize("pattern", ["", "a", "^a+$", "(?i)lesson", "é"])
def test_a_pattern_has_no_fault(pattern: str) -> None:
    assert pattern_fault(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [("b", "abc", True), ("^b", "abc", False), ("b$", "abc", False), ("(?i)B", "abc", True), ("", "", True)],
)
def test_a_match_may_lie_anywhere_in_a_text(pattern: str, text: str, holds: bool) -> None:
    assert searches(pattern)(text) is holds
