"""The transition table of `functions.core.sessions.fold`, row by row. The timeout is 30 minutes."""

from collections.abc import Callable

import pytest

from functions.core.timeline.entry import Entry
from tests.unit.core.sessions.timelines import (
    HEARTBEATS,
    OTHER_APP,
    X,
    Y,
    arrived,
    client_timed_out,
    emitted,
    graded,
    happened,
    heartbeat,
    ids,
    logged_in,
    logged_out,
    of,
    only,
    sittings,
    span,
    swept,
    viewed,
)

OPEN = (None, None)


def published(*entries: Entry) -> list[Entry]:
    """The facts with the TimedOut of each sitting that was over by 23:00."""
    return swept(entries, now="23:00")


def late(*entries: Entry) -> list[Entry]:
    return [arrived(entry, "23:30") for entry in entries]


# none


def test_activity_that_names_x_opens_a_sitting() -> None:
    assert span(only(viewed("9:00"))) == ("9:00", *OPEN)


def test_a_stated_start_counts_within_the_reach_of_the_shortest_timeout() -> None:
    assert span(only(viewed("9:05", started="9:00"))) == ("9:00", *OPEN)
    assert span(only(viewed("9:06", started="9:00"))) == ("9:06", *OPEN)


def test_auto_activity_without_a_session_opens_an_inferred_one() -> None:
    sitting = only(happened("9:00"))
    assert (sitting.explicit, span(sitting)) == (False, ("9:00", *OPEN))


@pytest.mark.parametrize("fact", [heartbeat("9:00"), logged_out("9:00"), client_timed_out("9:00"), graded("9:00")])
def test_a_heartbeat_a_close_and_what_others_do_open_nothing(fact: Entry) -> None:
    assert sittings(fact) == []


# lasts


def test_activity_that_names_x_and_its_heartbeats_prolong_it() -> None:
    sitting = only(viewed("9:00"), heartbeat("9:25"), viewed("9:50"))
    assert (span(sitting), len(sitting.members)) == (("9:00", *OPEN), 3)


def test_auto_activity_in_the_app_prolongs_it() -> None:
    assert len(only(viewed("9:00"), happened("9:25"), viewed("9:50")).members) == 3


def test_auto_activity_goes_to_the_sitting_that_was_logged_into_before_one_that_was_only_named() -> None:
    auto = happened("9:10")
    x, y = sittings(logged_in("9:00"), viewed("9:05", Y), auto)
    assert (auto.id in ids(x), auto.id in ids(y)) == (True, False)


def test_auto_activity_goes_to_the_one_that_was_used_latest() -> None:
    auto = happened("9:15")
    x, y = sittings(viewed("9:00"), viewed("9:05", Y), heartbeat("9:10"), auto)
    assert (auto.id in ids(x), auto.id in ids(y)) == (True, False)


@pytest.mark.parametrize(
    ("close", "reason"), [(logged_out("9:20"), "logged_out"), (client_timed_out("9:20"), "timed_out")]
)
def test_a_close_of_x_ends_it(close: Entry, reason: str) -> None:
    sitting = only(logged_in("9:00"), close)
    assert (span(sitting), sitting.published) == (("9:00", "9:20", reason), False)


def test_a_stated_end_counts_from_the_start_to_a_timeout_after_the_close() -> None:
    assert span(only(logged_in("9:00"), logged_out("9:20", ended="9:10"))) == ("9:00", "9:10", "logged_out")
    assert span(only(logged_in("9:00"), *late(logged_out("9:20", ended="9:50")))) == ("9:00", "9:50", "logged_out")
    assert span(only(logged_in("9:00"), *late(logged_out("9:20", ended="9:51")))) == ("9:00", "9:20", "logged_out")


def test_a_logged_in_of_y_ends_it_at_its_last_activity() -> None:
    x, y = sittings(logged_in("9:00"), viewed("9:10"), logged_in("9:20", Y))
    assert (span(x), span(y)) == (("9:00", "9:10", "superseded"), ("9:20", *OPEN))


def test_a_pause_over_the_timeout_leaves_its_end_to_be_published() -> None:
    first, second = sittings(viewed("9:00"), viewed("9:20"), viewed("9:51"))
    assert (first.awaits_timeout, first.last_activity_us == viewed("9:20").time_us) == (True, True)
    assert span(second) == ("9:51", *OPEN)


def test_a_pause_of_exactly_the_timeout_ends_nothing() -> None:
    assert len(only(viewed("9:00"), viewed("9:30")).members) == 2


# ended by a close or by Y, at most a timeout ago


@pytest.mark.parametrize("fact", [viewed("9:45"), heartbeat("9:45"), logged_out("9:45"), client_timed_out("9:45")])
def test_what_names_x_within_a_timeout_after_its_close_is_a_member_and_moves_nothing(fact: Entry) -> None:
    sitting = only(logged_in("9:00"), logged_out("9:20"), fact)
    assert (span(sitting), fact.id in ids(sitting)) == (("9:00", "9:20", "logged_out"), True)


def test_a_logged_in_within_a_timeout_after_its_close_opens_the_next_sitting() -> None:
    first, second = sittings(logged_in("9:00"), logged_out("9:20"), logged_in("9:25"))
    assert (first.session, second.session, span(second)) == (X, X, ("9:25", *OPEN))


def test_the_start_that_a_logged_in_states_after_a_close_is_the_start_of_the_next_sitting() -> None:
    assert span(sittings(logged_in("9:00"), logged_out("9:20"), logged_in("9:25", started="9:22"))[1])[0] == "9:22"
    assert span(sittings(logged_in("9:00"), logged_out("9:20"), logged_in("9:25", started="9:19"))[1])[0] == "9:25"


def test_auto_activity_after_a_close_is_not_of_x() -> None:
    x, inferred = sittings(logged_in("9:00"), logged_out("9:20"), happened("9:25"))
    assert (span(x), span(inferred), inferred.explicit) == (("9:00", "9:20", "logged_out"), ("9:25", *OPEN), False)


def test_what_a_superseded_session_receives_within_a_timeout_moves_nothing_and_later_it_sits_again() -> None:
    facts = [logged_in("9:00"), logged_in("9:10", Y)]
    assert [len(sitting.members) for sitting in of(X, *facts, viewed("9:40"))] == [2]
    assert [span(sitting)[0] for sitting in of(X, *facts, viewed("9:41"))] == ["9:00", "9:41"]


# idle, not yet published


def test_activity_after_an_idle_end_opens_the_next_sitting() -> None:
    assert [span(sitting)[0] for sitting in sittings(logged_in("9:00"), logged_in("9:31"))] == ["9:00", "9:31"]


@pytest.mark.parametrize("fact", [heartbeat("9:31"), logged_out("9:31"), client_timed_out("9:31"), graded("9:31")])
def test_a_heartbeat_and_a_close_after_an_idle_end_are_of_nothing(fact: Entry) -> None:
    sitting = only(logged_in("9:00"), fact)
    assert (sitting.awaits_timeout, fact.id in ids(sitting)) == (True, False)


def test_auto_activity_after_an_idle_end_is_not_of_x() -> None:
    assert [sitting.explicit for sitting in sittings(logged_in("9:00"), happened("9:31"))] == [True, False]


# a window, inside and after


@pytest.mark.parametrize("minute", ["9:10", "9:20", "9:50"])
@pytest.mark.parametrize("kind", [viewed, heartbeat, logged_out, client_timed_out, logged_in])
def test_what_names_x_in_its_window_or_a_timeout_after_it_is_a_member_and_moves_nothing(
    minute: str, kind: Callable[[str], Entry]
) -> None:
    (fact,) = late(kind(minute))
    sitting = only(*published(logged_in("9:00"), viewed("9:20")), fact)
    assert (span(sitting), sitting.published, fact.id in ids(sitting)) == (("9:00", "9:20", "timed_out"), True, True)


@pytest.mark.parametrize("minute", ["9:10", "9:50"])
def test_auto_activity_in_a_window_or_a_timeout_after_it_is_a_member(minute: str) -> None:
    facts = late(happened(minute))
    sitting = only(*published(logged_in("9:00"), viewed("9:20")), *facts)
    assert (span(sitting), len(sitting.members)) == (("9:00", "9:20", "timed_out"), 3)


@pytest.mark.parametrize("close", [logged_out("9:05"), client_timed_out("9:05"), logged_out("9:05", None)])
def test_auto_activity_after_a_late_close_in_a_window_is_not_a_member(close: Entry) -> None:
    x, inferred = sittings(*published(logged_in("9:00"), viewed("9:20")), *late(close, happened("9:10")))
    assert (span(x), inferred.explicit) == (("9:00", "9:20", "timed_out"), False)


def test_activity_that_names_x_after_a_late_close_in_its_window_does_not_take_the_auto_activity_back() -> None:
    facts = published(logged_in("9:00"), viewed("9:10"), viewed("9:20"))
    x, inferred = sittings(*facts, *late(logged_out("9:05"), happened("9:15")))
    assert (span(x), span(inferred)) == (("9:00", "9:20", "timed_out"), ("9:15", *OPEN))


def test_a_late_logged_in_of_y_takes_the_auto_activity_after_it_and_leaves_the_window_of_x() -> None:
    auto = happened("9:15")
    x, y = sittings(*published(logged_in("9:00"), auto, viewed("9:20")), *late(logged_in("9:10", Y)))
    assert (span(x), auto.id in ids(x), auto.id in ids(y)) == (("9:00", "9:20", "timed_out"), False, True)


def test_who_logs_in_again_inside_her_own_window_takes_the_auto_activity_back() -> None:
    auto = happened("9:18")
    facts = published(logged_in("9:00"), logged_in("9:15"), auto, viewed("9:20"))
    x, y = sittings(*facts, *late(logged_in("9:10", Y)))
    assert (auto.id in ids(x), span(y)) == (True, ("9:10", "9:10", "superseded"))


def test_activity_of_x_further_after_its_window_than_a_timeout_opens_the_next_sitting() -> None:
    facts = published(logged_in("9:00"), viewed("9:20"))
    assert [span(sitting)[0] for sitting in sittings(*facts, *late(viewed("9:51")))] == ["9:00", "9:51"]


# lasts as a window of X begins


def test_the_members_of_a_sitting_that_lasts_when_a_window_begins_join_the_window() -> None:
    sitting = only(*published(logged_in("9:00"), viewed("9:20")), *late(viewed("8:45")))
    assert (span(sitting), len(sitting.members)) == (("9:00", "9:20", "timed_out"), 3)


def test_late_arrivals_do_not_merge_two_published_sittings() -> None:
    facts = published(viewed("9:00"), viewed("9:20"), viewed("10:10"), viewed("10:40"))
    first, second = sittings(*facts, *late(viewed("9:40"), viewed("9:55"), viewed("10:05")))
    assert (span(first), len(first.members)) == (("9:00", "9:20", "timed_out"), 3)
    assert (span(second), len(second.members)) == (("10:10", "10:40", "timed_out"), 4)


def test_what_is_further_from_both_windows_than_a_timeout_is_a_sitting_of_its_own_and_is_published_once() -> None:
    facts = published(viewed("9:00"), viewed("11:00")) + late(viewed("10:00"))
    again = swept(facts, now="23:59:59", lag_us=0)
    assert len(again) == len(facts)  # it arrived at 23:30: not due yet
    spans = [span(sitting) for sitting in sittings(*facts)]
    assert spans == [("9:00", "9:00", "timed_out"), ("10:00", *OPEN), ("11:00", "11:00", "timed_out")]


# inferred sessions: the same with one room an app


def test_inferred_sessions_end_by_inactivity_alone() -> None:
    sitting = only(happened("9:00"), logged_out("9:10", "urn:tag:auto-attach"), happened("9:20"))
    assert (span(sitting), len(sitting.members)) == (("9:00", *OPEN), 3)
    assert len(only(happened("9:00"), logged_out("9:10", None), happened("9:20")).members) == 2


def test_an_explicit_sitting_goes_before_the_window_of_an_inferred_session() -> None:
    facts = published(happened("9:00"), happened("9:10")) + late(logged_in("8:59"), logged_out("9:30"))
    x, empty = sittings(*facts)
    assert (len(x.members), empty.explicit, empty.members, span(empty)) == (
        4,
        False,
        (),
        ("9:00", "9:10", "timed_out"),
    )


# one instant


def test_at_one_instant_activity_comes_before_a_logged_out() -> None:
    sitting = only(logged_in("9:00"), logged_out("9:40"), viewed("9:20"), viewed("9:40"))
    assert sitting.last_activity_us == viewed("9:40").time_us


def test_at_one_instant_a_logged_out_comes_before_a_timed_out() -> None:
    assert span(only(viewed("9:00"), client_timed_out("9:10"), logged_out("9:10"))) == ("9:00", "9:10", "logged_out")


def test_who_logs_out_at_the_instant_of_the_next_login_has_logged_out() -> None:
    x, y = sittings(logged_in("9:00"), viewed("9:10"), logged_out("9:20"), logged_in("9:20", Y))
    assert (span(x), span(y)) == (("9:00", "9:20", "logged_out"), ("9:20", *OPEN))


def test_of_two_logins_at_one_instant_the_one_with_the_higher_id_stays() -> None:
    logins = sorted((logged_in("9:00"), logged_in("9:00", Y)), key=lambda entry: entry.id)
    ended = {sitting.session: sitting.end_reason for sitting in sittings(*logins)}
    assert [ended[login.attribution.session or ""] for login in logins] == ["superseded", None]


def test_auto_activity_at_the_instant_of_a_stated_start_is_in_the_session() -> None:
    assert len(only(happened("9:00"), logged_in("9:03", started="9:00")).members) == 2


def test_of_two_sessions_that_began_at_one_instant_publishing_one_changes_nothing() -> None:
    """The tie between a window and a stated start that began it."""
    for other in (X, Y):
        facts = [viewed("9:02", X, started="9:00"), viewed("9:02", Y, started="9:00"), happened("9:01")]
        ends = [logged_out("9:04", other)]
        before = {sitting.session: len(sitting.members) for sitting in sittings(*facts, *ends)}
        open_one = next(sitting for sitting in sittings(*facts, *ends) if sitting.awaits_timeout)
        after = {
            sitting.session: len(sitting.members)
            for sitting in sittings(*facts, *ends, emitted(open_one, received="9:40"))
        }
        assert before == after


def test_what_moves_nothing_joins_what_is_opened_at_its_instant() -> None:
    assert len(only(happened("9:00"), graded("9:00", None)).members) == 2


# a start that is stated, and closes before the first activity


def test_a_close_between_the_stated_start_and_the_first_activity_ends_nothing() -> None:
    sitting = only(logged_out("9:02"), viewed("9:04", started="9:00"), viewed("9:10"))
    assert (span(sitting), len(sitting.members)) == (("9:00", *OPEN), 3)


def test_a_login_of_y_between_the_stated_start_and_the_first_activity_of_x_ends_nothing_of_x() -> None:
    x, y = sittings(logged_in("9:02", Y), viewed("9:04", started="9:00"))
    assert (span(x), span(y)) == (("9:00", *OPEN), ("9:02", *OPEN))


def test_a_stated_end_lies_at_most_where_the_next_sitting_starts() -> None:
    first, second = sittings(logged_in("9:00"), *late(logged_out("9:10", ended="9:30")), logged_in("9:20"))
    assert (span(first), span(second)) == (("9:00", "9:20", "logged_out"), ("9:20", *OPEN))


# apps and timeouts


def test_a_login_ends_nothing_in_another_app() -> None:
    assert [sitting.end_reason for sitting in sittings(logged_in("9:00"), logged_in("9:10", Y, edApp=OTHER_APP))] == [
        None,
        None,
    ]


def test_heartbeats_shorten_the_timeout_from_when_they_are_asked_for_within_that_sitting() -> None:
    facts = [logged_in("9:00"), viewed("9:20"), viewed("9:24", flags=HEARTBEATS), heartbeat("9:29")]
    assert [span(sitting)[0] for sitting in sittings(*facts, viewed("9:35"), viewed("10:00"))] == ["9:00", "9:35"]


def test_at_one_instant_a_login_opens_the_next_sitting_before_other_activity_joins() -> None:
    first, second = sittings(viewed("9:00"), logged_out("9:05"), viewed("9:10"), logged_in("9:10"))
    assert (len(first.members), len(second.members)) == (2, 2)


def test_a_close_that_lies_apart_reaches_no_further_than_the_last_activity() -> None:
    """At 9:31 a slice without the close would not know of it."""
    facts = [viewed("9:00"), client_timed_out("9:20", learner=None)]
    assert len(sittings(*facts, viewed("9:30"))) == 1
    assert len(sittings(*facts, viewed("9:31"))) == 2
    assert span(sittings(viewed("9:00"), *late(client_timed_out("9:20", learner=None, ended="9:31")))[0])[1] == "9:20"
