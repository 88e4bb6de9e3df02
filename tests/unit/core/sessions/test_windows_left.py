"""A window that its learner left takes nothing more that names no session, until they log into it again."""

import pytest

from functions.core.timeline.entry import Entry
from tests.unit.core.sessions.timelines import (
    X,
    Y,
    arrived,
    client_timed_out,
    happened,
    heartbeat,
    ids,
    logged_in,
    logged_out,
    sittings,
    swept,
    viewed,
)

WINDOW = swept([logged_in("9:00"), viewed("9:30")], now="23:00")
AUTO = happened("9:20")
LEAVES = {
    "logged into Y": [logged_in("9:10", Y)],
    "logged out": [logged_out("9:10"), viewed("9:05", Y)],
    "timed out": [client_timed_out("9:10"), viewed("9:05", Y)],
}


def host_of_auto(*facts: Entry) -> list[str]:
    """The sessions that take the activity of 9:20, all of it sent after the window was published."""
    late = [arrived(entry, "23:30") for entry in (*facts, AUTO)]
    return [sitting.session for sitting in sittings(*WINDOW, *late) if AUTO.id in ids(sitting)]


def test_a_window_takes_activity_that_names_no_session() -> None:
    assert host_of_auto() == [X]
    assert host_of_auto(viewed("9:05", Y)) == [X]


@pytest.mark.parametrize("leaving", LEAVES.values(), ids=LEAVES.keys())
def test_a_window_that_was_left_takes_no_more_even_if_it_is_used_again(leaving: list[Entry]) -> None:
    assert host_of_auto(*leaving) == [Y]
    assert host_of_auto(*leaving, viewed("9:15")) == [Y]
    assert host_of_auto(*leaving, heartbeat("9:15")) == [Y]


@pytest.mark.parametrize("leaving", LEAVES.values(), ids=LEAVES.keys())
def test_a_window_that_was_logged_into_again_takes_more(leaving: list[Entry]) -> None:
    assert host_of_auto(*leaving, logged_in("9:15")) == [X]
