"""Days as learners have them: what is one session, what are two, and what a late event changes."""

from functions.core.sessions.sitting import due
from tests.unit.core.sessions.timelines import (
    OTHER_APP,
    X,
    Y,
    arrived,
    client_timed_out,
    clock_us,
    happened,
    heartbeat,
    ids,
    logged_in,
    logged_out,
    minutes,
    only,
    sittings,
    span,
    swept,
    viewed,
)

OPEN = (None, None)


def test_logged_in_to_logged_out_is_one_session() -> None:
    sitting = only(logged_in("9:00"), viewed("9:20"), logged_out("9:40"))
    assert (sitting.session, sitting.explicit, span(sitting)) == (X, True, ("9:00", "9:40", "logged_out"))
    assert (sitting.last_activity_us, sitting.awaits_timeout, len(sitting.members)) == (clock_us("9:20"), False, 3)


def test_a_session_begins_with_the_first_event_that_names_it() -> None:
    sitting = only(viewed("9:10"), happened("9:20", session={"id": X.upper(), "type": "Session"}))
    assert (sitting.session, span(sitting), sitting.deadline_us) == (X, ("9:10", *OPEN), clock_us("9:50"))


def test_one_session_however_its_id_is_spelled() -> None:
    assert only(happened("9:10", session=X.removeprefix("urn:uuid:")), viewed("9:12")).session == X


def test_what_arrives_before_a_close_that_came_alone_makes_it_the_end() -> None:
    assert span(only(logged_out("9:40"), viewed("9:10"))) == ("9:10", "9:40", "logged_out")


def test_the_first_close_wins() -> None:
    first = only(logged_in("9:00"), client_timed_out("9:20", ended="9:00"), logged_out("9:40"))
    assert span(first) == ("9:00", "9:00", "timed_out")
    second = only(logged_in("9:00"), logged_out("9:20"), logged_out("9:40"), client_timed_out("9:45"))
    assert span(second) == ("9:00", "9:20", "logged_out")


def test_heartbeats_keep_a_session_open() -> None:
    sitting = only(logged_in("9:00"), heartbeat("9:25"), heartbeat("9:50"))
    assert (sitting.last_activity_us, sitting.awaits_timeout) == (clock_us("9:50"), True)


def test_logging_in_again_to_the_same_session_changes_nothing() -> None:
    assert span(only(logged_in("9:00"), logged_in("9:10"), viewed("9:15"))) == ("9:00", *OPEN)


def test_logging_in_ends_nothing_that_has_ended() -> None:
    ended, _ = sittings(logged_in("9:00"), logged_out("9:10"), logged_in("9:20", Y))
    assert span(ended) == ("9:00", "9:10", "logged_out")
    idle, _ = sittings(logged_in("9:00"), logged_in("10:20", Y))
    assert (idle.end_reason, idle.awaits_timeout) == (None, True)


def test_a_logged_out_ends_a_superseded_session_no_second_time() -> None:
    old, _ = sittings(logged_in("9:00"), logged_in("9:20", Y), viewed("9:30"), logged_out("9:40"))
    assert (span(old), len(old.members)) == (("9:00", "9:00", "superseded"), 3)


def test_what_arrives_between_two_inferred_sessions_makes_them_one() -> None:
    assert len(sittings(happened("9:00"), happened("9:50"))) == 2
    assert len(sittings(happened("9:00"), happened("9:50"), happened("9:25"))) == 1


def test_an_explicit_session_takes_nothing_before_its_start_or_after_its_end() -> None:
    early, late = happened("8:59"), happened("9:31")
    before, session, after = sittings(early, logged_in("9:00"), logged_out("9:30"), late)
    assert (ids(before), ids(after), session.session) == ([early.id], [late.id], X)


def test_a_start_stated_long_ago_opens_nothing() -> None:
    assert len(sittings(logged_in("9:10", started="2:00"), happened("4:00"))) == 2


def test_an_inferred_session_that_began_before_a_login_goes_on_after_the_logout() -> None:
    inferred, _ = sittings(happened("9:00"), logged_in("9:10"), logged_out("9:15"), happened("9:20"))
    assert (inferred.explicit, inferred.last_activity_us) == (False, clock_us("9:20"))


def test_a_published_inferred_session_keeps_its_id_and_its_ends() -> None:
    facts = swept([happened("9:00"), happened("9:10")], now="9:41")
    before = only(*facts)
    assert (span(before), before.published) == (("9:00", "9:10", "timed_out"), True)
    late = [arrived(happened(clock), "9:50") for clock in ("8:45", "9:05", "9:39")]
    after = only(*facts, *late)
    assert (after.session, span(after), len(after.members)) == (before.session, span(before), 5)


def test_what_is_further_from_a_published_session_than_the_timeout_is_another() -> None:
    facts = swept([happened("9:00")], now="9:31")
    assert [len(sitting.members) for sitting in sittings(*facts, happened("9:31"), happened("8:29"))] == [1, 1, 1]


def test_between_two_published_sessions_the_first_takes_what_falls_within_its_timeout() -> None:
    facts = swept([happened("9:00"), happened("9:50")], now="12:00")
    first, second = sittings(*facts, *(arrived(happened(clock), "12:30") for clock in ("9:30", "9:31")))
    assert (len(first.members), len(second.members)) == (2, 2)


def test_a_backlog_in_the_queue_closes_nobody_early() -> None:
    sitting = only(happened("9:00"))
    assert not due(sitting, now_us=clock_us("9:50"), lag_us=minutes(25))
    assert due(sitting, now_us=clock_us("9:50"), lag_us=minutes(15))


def test_a_session_is_not_published_twice() -> None:
    facts = swept([logged_in("9:00")], now="9:31")
    assert len(swept(facts, now="12:00")) == len(facts) == 2


def test_what_follows_a_clients_own_timed_out_is_new() -> None:
    facts = [logged_in("9:00"), client_timed_out("9:05", ended="9:00"), happened("9:10")]
    assert [sitting.explicit for sitting in sittings(*facts)] == [True, False]


def test_an_explicit_session_takes_nothing_of_another_app() -> None:
    assert [len(sitting.members) for sitting in sittings(logged_in("9:00"), happened("9:10", edApp=OTHER_APP))] == [
        1,
        1,
    ]
