"""Events that name no session: the open explicit one takes them, else they form sessions by gaps."""

from functions.core.ids import AUTO_ATTACH
from functions.core.sessions import fold as sessions
from functions.core.times import MINUTE_US
from tests.unit.core.sessions.timelines import (
    LEARNER,
    OTHER_EDAPP,
    TENANT,
    X,
    Y,
    arrived,
    at,
    emitted,
    fold,
    happened,
    ids,
    logged_in,
    logged_out,
    only,
    resent,
    swept,
)


def test_two_that_come_within_the_timeout_are_one_session() -> None:
    first, second = happened("9:00"), happened("9:30")
    session = only(first, second)
    assert (session.explicit, session.started_us, session.last_activity_us) == (False, at("9:00"), at("9:30"))
    assert session.id == sessions.auto_session_id(first, first.attribution.edapp, tenant=TENANT, learner=LEARNER)
    assert ids(session) == [first.id, second.id]


def test_two_that_come_further_apart_are_two() -> None:
    one, other = fold(happened("9:00"), happened("9:31"))
    assert (one.ended_us, one.idle_end, one.ended_by) == (at("9:00"), True, "TimedOut")
    assert (other.ended_us, other.idle_end) == (None, False)


def test_what_arrives_between_two_makes_them_one() -> None:
    assert len(fold(happened("9:00"), happened("9:50"), happened("9:25"))) == 1


def test_each_app_has_its_own_sessions() -> None:
    assert len(fold(happened("9:00"), happened("9:01", edApp=OTHER_EDAPP), happened("9:02", edApp=None))) == 3


def test_an_event_without_a_session_belongs_to_none_unless_its_app_asks_for_it() -> None:
    assert fold(happened("9:00", session=None)) == []


def test_the_open_explicit_session_takes_what_names_none_and_lasts_by_it() -> None:
    auto = happened("9:20")
    session = only(logged_in("9:00"), auto, happened("9:45", session=X))
    assert auto.id in ids(session)
    assert (session.last_activity_us, session.ended_us) == (at("9:45"), None)


def test_an_explicit_session_takes_nothing_of_another_app() -> None:
    assert len(fold(logged_in("9:00"), happened("9:10", edApp=OTHER_EDAPP))) == 2


def test_an_explicit_session_takes_nothing_before_its_start_or_after_its_end() -> None:
    early, late = happened("8:59"), happened("9:41")
    before, session, after = fold(early, logged_in("9:00"), logged_out("9:40"), late)
    assert (ids(before), ids(after), session.id) == ([early.id], [late.id], X)


def test_an_explicit_session_takes_what_happened_between_its_stated_start_and_its_login() -> None:
    assert len(only(logged_in("9:10", started="9:00"), happened("9:05")).entries) == 2


def test_a_start_stated_long_ago_opens_nothing() -> None:
    assert len(fold(logged_in("9:10", started="2:00"), happened("4:00"))) == 2


def test_an_idle_explicit_session_takes_nothing() -> None:
    assert [session.explicit for session in fold(logged_in("9:00"), happened("9:31"))] == [True, False]


def test_a_logged_out_reaches_back_over_a_silence_for_its_session_and_for_nothing_that_names_none() -> None:
    auto, named = happened("10:05"), happened("10:00", session=X)
    session, gap = fold(logged_in("9:00"), named, auto, logged_out("10:30"))
    assert (session.ended_us, len(ids(session)), ids(gap)) == (at("10:30"), 3, [auto.id])


def test_what_names_a_session_and_no_learner_does_not_let_it_take_what_names_none() -> None:
    auto = happened("9:40")
    apart = happened("9:20", session=X, actor={"id": "urn:x:app", "type": "SoftwareApplication"})
    session, gap = fold(logged_in("9:00"), apart, auto)
    assert (len(ids(session)), ids(gap)) == (2, [auto.id])


def test_of_two_open_sessions_the_one_that_was_logged_into_takes_it() -> None:
    auto = happened("9:10")
    for session in fold(logged_in("9:00"), happened("9:05", session=Y), auto):
        assert (auto.id in ids(session)) == (session.id == X)


def test_of_two_named_sessions_the_one_last_active_takes_it() -> None:
    auto = happened("9:10")
    for session in fold(happened("9:00", session=X), happened("9:05", session=Y), auto):
        assert (auto.id in ids(session)) == (session.id == Y)


def test_a_logged_out_that_names_no_session_ends_the_open_one() -> None:
    session = only(logged_in("9:00"), logged_out("9:10", AUTO_ATTACH))
    assert (session.ended_by, session.ended_us) == ("LoggedOut", at("9:10"))


def test_a_logged_out_that_names_no_session_does_not_end_one_of_gaps() -> None:
    session = only(happened("9:00"), logged_out("9:10", AUTO_ATTACH), happened("9:20"))
    assert (session.ended_us, session.last_activity_us, len(session.entries)) == (None, at("9:20"), 3)
    assert fold(logged_out("9:10", AUTO_ATTACH)) == []


def test_the_timed_out_of_a_gap_session_fixes_its_id_and_its_ends() -> None:
    first = happened("9:00")
    entries = swept([first, happened("9:10")], now_us=at("9:41"))
    before = only(*entries)
    assert (before.ended_by, before.ended_us, before.idle_end) == ("TimedOut", at("9:10"), False)
    earlier, between, later = happened("8:45"), happened("9:05"), happened("9:39")
    after = only(*entries, earlier, between, later)
    assert (after.id, after.started_us, after.ended_us) == (before.id, at("9:00"), at("9:10"))
    assert set(ids(after)) == {first.id, earlier.id, between.id, later.id, entries[1].id}


def test_what_is_further_from_a_fixed_session_than_the_timeout_is_another() -> None:
    entries = swept([happened("9:00")], now_us=at("9:31"))
    assert [len(ids(session)) for session in fold(*entries, happened("9:31"), happened("8:29"))] == [1, 1, 1]


def test_between_two_fixed_sessions_the_nearer_takes_it() -> None:
    entries = swept([happened("9:00"), happened("9:50")], now_us=at("12:00"))
    first, second = fold(*entries, happened("9:24"), happened("9:26"))
    assert (len(ids(first)), len(ids(second))) == (2, 2)


def test_a_gap_session_begun_before_another_one_was_logged_into_goes_on() -> None:
    gap, _ = fold(happened("9:00"), logged_in("9:10"), logged_out("9:15"), happened("9:20"))
    assert (gap.explicit, gap.last_activity_us) == (False, at("9:20"))


def test_an_explicit_session_learned_of_late_takes_what_is_its_own() -> None:
    auto = happened("9:10")
    entries = swept([auto], now_us=at("9:41"))
    explicit, shell = fold(*entries, logged_in("9:00"), logged_out("9:30"))
    assert (explicit.id, auto.id in ids(explicit)) == (X, True)
    assert (shell.explicit, ids(shell), shell.ended_us) == (False, [], at("9:10"))


def test_a_client_may_end_a_gap_session_by_the_id_it_read() -> None:
    provisional = only(happened("9:00"), happened("9:10")).id
    first, second = fold(happened("9:00"), happened("9:10"), logged_out("9:12", provisional), happened("9:20"))
    assert (first.id, first.explicit, first.ended_by) == (provisional, False, "LoggedOut")
    assert (first.started_us, first.ended_us, first.last_activity_us) == (at("9:00"), at("9:12"), at("9:10"))
    assert (second.started_us, second.ended_us) == (at("9:20"), None)


def test_an_event_that_names_a_gap_session_is_part_of_it() -> None:
    provisional = only(happened("9:00")).id
    session = only(happened("9:00"), happened("9:10", session=provisional))
    assert (session.id, session.explicit, session.last_activity_us) == (provisional, False, at("9:10"))


def test_no_two_sessions_share_an_id_where_a_first_event_changed_its_content() -> None:
    one = happened("9:00")
    moved = [resent(one, eventTime="2026-01-27T15:00:00.000Z", name=str(n)) for n in range(20)]
    lower = min(moved, key=lambda entry: entry.content)
    assert lower.content < one.content, "the premise: another content of the first event is the one that counts"
    found = fold(*swept([one], now_us=at("9:31")), arrived(lower, "15:00"))
    assert len({session.id for session in found}) == len(found) == 2


def test_a_gap_session_is_due_its_timeout_after_the_last_arrival() -> None:
    session, _ = fold(arrived(happened("9:00"), "12:00"), arrived(happened("11:00"), "12:00"))
    assert session.idle_end
    assert not sessions.due(session, at("12:30"), 0)
    assert sessions.due(session, at("12:31"), 0)


def test_a_backlog_in_the_queue_closes_nobody_early() -> None:
    session = only(happened("9:00"))
    assert not sessions.due(session, at("9:50"), 25 * MINUTE_US)
    assert sessions.due(session, at("9:50"), 15 * MINUTE_US)


def test_a_timed_out_tells_by_itself_that_its_session_was_made_of_gaps() -> None:
    session = only(happened("9:00"))
    alone = only(emitted(session, received="9:31"))
    assert (alone.id, alone.explicit, alone.ended_us) == (session.id, False, at("9:00"))
