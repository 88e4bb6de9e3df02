"""The fuzzer in small: `make fuzz` runs ten times as many."""

from copy import replace

import pytest

from tests.unit.core.sessions.fuzz import Timeline, broken, shrunk, timeline

pytestmark = pytest.mark.slow


def test_two_thousand_random_timelines_break_no_property() -> None:
    assert broken(range(2_000)) == []


def test_the_fuzzer_shrinks_what_it_finds_to_what_is_needed() -> None:
    drawn = next(
        candidate for candidate in map(timeline, range(100)) if _holds_a_login(candidate) and len(candidate.sent) > 8
    )
    small = shrunk(drawn, lambda timeline_drawn: not _holds_a_login(timeline_drawn))
    assert [sent.kind for sent in small.sent] == ["login"]
    assert small.sweeps == ()
    assert small.sent == tuple(replace(sent, stated=None, beats=False, delay=0) for sent in small.sent)


def _holds_a_login(drawn: Timeline) -> bool:
    return any(sent.kind == "login" for sent in drawn.sent)
