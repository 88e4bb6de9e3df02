"""Sessions that events name: when they are born, what they hold, and which of several ends counts."""

import pytest

from functions.core.sessions.fold import due
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US
from tests.unit.core.sessions.timelines import (
    IDLE_US,
    OTHER_EDAPP,
    X,
    Y,
    arrived,
    at,
    client_timed_out,
    emitted,
    fold,
    happened,
    heartbeat,
    ids,
    logged_in,
    logged_out,
    only,
    resent,
    stored,
    swept,
)


def test_logged_in_to_logged_out_is_one_session() -> None:
    session = only(logged_in("9:00"), happened("9:20", session=X), logged_out("9:40"))
    assert (session.id, session.started_us, session.ended_us) == (X, at("9:00"), at("9:40"))
    assert (session.ended_by, session.explicit, session.awaits_timeout) == ("LoggedOut", True, False)
    assert session.last_activity_us == at("9:20")


def test_a_session_is_born_from_the_first_event_that_names_it() -> None:
    session = only(happened("9:10", session=X), happened("9:20", session={"id": X.upper(), "type": "Session"}))
    assert (session.id, session.started_us, session.ended_us) == (X, at("9:10"), None)
    assert session.deadline_us == at("9:50")


def test_one_session_however_its_id_is_spelled() -> None:
    assert only(happened("9:10", session=X.removeprefix("urn:uuid:")), happened("9:12", session=X)).id == X


def test_the_stated_start_counts_but_not_after_the_first_activity() -> None:
    assert only(logged_in("9:15", started="9:00")).started_us == at("9:00")
    assert only(happened("8:59", session=X), logged_in("9:15", started="9:00")).started_us == at("8:59")
    assert only(logged_in("9:15", started=None)).started_us == at("9:15")


def test_any_event_may_state_the_start_of_its_session() -> None:
    described = {"id": X, "type": "Session", "startedAtTime": "2026-01-27T09:00:00.000Z"}
    assert only(happened("9:15", session=described)).started_us == at("9:00")


def test_an_explicit_end_counts() -> None:
    assert only(logged_in("9:00"), logged_out("9:40", ended="9:35")).ended_us == at("9:35")


def test_no_end_is_before_the_start() -> None:
    session = only(logged_in("9:00"), logged_out("9:40", ended="8:00"))
    assert (session.started_us, session.ended_us) == (at("9:00"), at("9:00"))


def test_an_explicit_end_in_the_future_is_no_end() -> None:
    assert only(logged_in("9:00"), logged_out("9:40", ended="23:00")).ended_us == at("9:40")


@pytest.mark.parametrize("close", [logged_out("9:40"), client_timed_out("9:40", ended="9:40")])
def test_the_close_of_an_unknown_session_creates_it_closed(close: Entry) -> None:
    session = only(close)
    assert (session.id, session.started_us, session.ended_us) == (X, at("9:40"), at("9:40"))
    assert session.ended_by is not None
    assert not session.awaits_timeout


def test_what_arrives_for_a_session_that_was_created_closed_begins_it_earlier() -> None:
    session = only(logged_out("9:40"), happened("9:10", session=X))
    assert (session.started_us, session.ended_us, session.last_activity_us) == (
        at("9:10"),
        at("9:40"),
        at("9:10"),
    )


def test_what_happens_after_the_end_joins_and_moves_nothing() -> None:
    before = only(logged_in("9:00"), logged_out("9:40"))
    later = happened("9:50", session=X)
    after = only(logged_in("9:00"), logged_out("9:40"), later)
    assert (after.started_us, after.ended_us, after.last_activity_us) == (
        before.started_us,
        before.ended_us,
        before.last_activity_us,
    )
    assert later.id in ids(after)


def test_activity_after_the_close_alone_does_not_begin_a_session_after_its_end() -> None:
    session = only(logged_out("9:40"), happened("9:50", session=X))
    assert (session.started_us, session.ended_us) == (at("9:40"), at("9:40"))


def test_closes_are_no_activity() -> None:
    session = only(logged_in("9:00"), happened("9:10", session=X), logged_out("9:40"))
    assert session.last_activity_us == at("9:10")


def test_the_first_close_wins() -> None:
    session = only(logged_in("9:00"), client_timed_out("9:20", ended="9:00"), logged_out("9:40"))
    assert (session.ended_by, session.ended_us) == ("TimedOut", at("9:00"))
    session = only(logged_in("9:00"), logged_out("9:20"), logged_out("9:40"), client_timed_out("9:50"))
    assert (session.ended_by, session.ended_us) == ("LoggedOut", at("9:20"))


def test_at_one_instant_activity_comes_before_the_close() -> None:
    session = only(logged_in("9:00"), happened("9:40", session=X), logged_out("9:40"))
    assert session.last_activity_us == at("9:40")


def test_a_logged_out_counts_though_nothing_happened_for_longer_than_the_timeout() -> None:
    session = only(logged_in("9:00"), logged_out("10:30"))
    assert (session.ended_by, session.ended_us) == ("LoggedOut", at("10:30"))


def test_without_a_logged_end_the_first_gap_over_the_timeout_ends_it() -> None:
    session = only(happened("9:00", session=X), happened("9:30", session=X), happened("10:01", session=X))
    assert (session.ended_us, session.ended_by, session.idle_end) == (at("9:30"), "TimedOut", True)
    assert session.last_activity_us == at("9:30")
    assert session.awaits_timeout


def test_a_gap_of_exactly_the_timeout_is_no_gap() -> None:
    assert only(happened("9:00", session=X), happened("9:30", session=X)).ended_us is None


def test_a_later_sitting_continues_its_run_and_does_not_reopen_the_session() -> None:
    first = [happened("9:00", session=X), happened("9:10", session=X)]
    tomorrow = [happened(at("9:00", "2026-01-28"), session=X), happened(at("9:20", "2026-01-28"), session=X)]
    closed = swept(first, now_us=at("9:41"))
    assert len(closed) == 3
    for entries in ([*closed, *tomorrow], [*first, *tomorrow]):
        session = only(*entries)
        assert (session.started_us, session.ended_us, session.last_activity_us) == (
            at("9:00"),
            at("9:10"),
            at("9:10"),
        )
        assert len(ids(session)) == 4


def test_logging_in_ends_the_open_session_of_the_same_app_at_its_last_activity() -> None:
    old, new = fold(logged_in("9:00"), happened("9:10", session=X), logged_in("9:20", Y))
    assert (old.id, old.ended_by, old.ended_us) == (X, "superseded", at("9:10"))
    assert (new.id, new.ended_by) == (Y, None)
    assert not old.awaits_timeout


def test_logging_in_again_to_the_same_session_changes_nothing() -> None:
    session = only(logged_in("9:00"), logged_in("9:10"), happened("9:15", session=X))
    assert (session.started_us, session.ended_by) == (at("9:00"), None)


def test_logging_in_to_another_app_ends_nothing() -> None:
    for session in fold(logged_in("9:00"), logged_in("9:20", Y, edApp=OTHER_EDAPP)):
        assert session.ended_by is None


def test_logging_in_ends_nothing_that_has_ended() -> None:
    old, _ = fold(logged_in("9:00"), logged_out("9:10"), logged_in("9:20", Y))
    assert (old.ended_by, old.ended_us) == ("LoggedOut", at("9:10"))
    idle, _ = fold(logged_in("9:00"), logged_in("10:20", Y))
    assert (idle.ended_by, idle.awaits_timeout) == (None, True)


def test_what_a_superseded_session_still_receives_moves_nothing() -> None:
    old, _ = fold(logged_in("9:00"), logged_in("9:20", Y), happened("9:30", session=X), logged_out("9:40"))
    assert (old.ended_by, old.ended_us, len(ids(old))) == ("superseded", at("9:00"), 3)


def test_logging_in_to_a_session_that_has_ended_supersedes_nobody() -> None:
    sessions = fold(
        logged_in("9:00"),
        logged_out("9:05"),
        logged_in("9:10", Y),
        logged_in("9:15"),
        happened("9:20", session=Y),
    )
    assert [session.ended_by for session in sessions] == ["LoggedOut", None]


def test_heartbeats_keep_a_session_open() -> None:
    session = only(logged_in("9:00"), heartbeat("9:25"), heartbeat("9:50"))
    assert (session.last_activity_us, session.ended_us) == (at("9:50"), None)


def test_a_session_that_asked_for_heartbeats_and_sends_nothing_times_out_sooner() -> None:
    silent = only(logged_in("9:00", flags={"requiresHeartbeat": True}))
    assert silent.requires_heartbeat
    assert silent.deadline_us == at("9:05")
    beating = only(logged_in("9:00", flags={"requiresHeartbeat": True}), heartbeat("9:04"), happened("9:08", session=X))
    assert (beating.ended_us, beating.deadline_us) == (None, at("9:13"))
    stopped = only(logged_in("9:00", flags={"requiresHeartbeat": True}), heartbeat("9:04"), heartbeat("9:10"))
    assert (stopped.ended_us, stopped.idle_end) == (at("9:04"), True)


def test_flags_are_false_unless_they_are_true() -> None:
    session = only(logged_in("9:00", flags={"processInsights": True}))
    assert (session.process_insights, session.requires_heartbeat) == (True, False)
    assert not only(logged_in("9:00")).process_insights


def test_the_app_of_a_session_is_that_of_its_login() -> None:
    assert only(happened("8:59", session=X, edApp=OTHER_EDAPP), logged_in("9:00")).edapp != OTHER_EDAPP
    assert only(happened("8:59", session=X, edApp=None), happened("9:00", session=X, edApp=OTHER_EDAPP)).edapp == (
        OTHER_EDAPP
    )


def test_an_event_of_the_future_opens_extends_and_ends_nothing() -> None:
    tomorrow = arrived(happened(at("9:00", "2026-01-28"), session=X), "9:10")
    assert fold(tomorrow) == []
    bye = arrived(logged_out("9:30"), "9:10")
    session = only(logged_in("9:00"), tomorrow, bye)
    assert (session.last_activity_us, session.ended_us, session.deadline_us) == (at("9:00"), None, at("9:30"))
    assert len(session.entries) == 3


def test_an_event_dated_five_minutes_ahead_is_not_of_the_future() -> None:
    assert only(arrived(happened("9:05", session=X), "9:00")).last_activity_us == at("9:05")


def test_of_several_contents_under_one_id_the_lowest_digest_counts() -> None:
    one = happened("9:00", session=X)
    other = resent(one, session=Y)
    counts = min((one, other), key=lambda entry: entry.content)
    assert only(one, other).id == only(other, one).id == counts.attribution.session


def test_entity_describes_belong_to_no_session() -> None:
    describe = {
        "id": "https://app.example/people/1",
        "type": "Person",
        "dateModified": "2026-01-27T09:00:00.000Z",
    }
    assert fold(stored(describe)) == []


def test_a_session_is_due_only_after_its_timeout_since_the_last_arrival_and_the_lag() -> None:
    live = only(happened("9:00", session=X))
    assert not due(live, at("9:30"), 0)
    assert due(live, at("9:30") + 1, 0)
    assert not due(live, at("9:35"), 10 * MINUTE_US)
    backfilled = only(arrived(happened("9:00", session=X), "17:00"), arrived(happened("12:00", session=X), "17:00"))
    assert backfilled.idle_end
    assert not due(backfilled, at("17:30"), 0)
    assert due(backfilled, at("17:31"), 0)
    assert not due(only(logged_in("9:00"), logged_out("9:10")), at("23:00"), 0)


def test_a_session_is_not_due_again_once_its_timed_out_is_stored() -> None:
    entries = swept([logged_in("9:00")], now_us=at("9:31"))
    assert len(swept(entries, now_us=at("12:00"))) == 2
    session = only(*entries)
    assert (session.ended_by, session.ended_us, session.idle_end) == ("TimedOut", at("9:00"), False)


def test_what_came_too_late_to_prevent_the_timeout_belongs_to_the_session() -> None:
    entries = swept([logged_in("9:00")], now_us=at("9:31"))
    late = arrived(happened("9:20"), "9:45")
    session = only(*entries, late)
    assert (session.ended_us, late.id in ids(session)) == (at("9:00"), True)


def test_what_follows_a_clients_own_timed_out_is_new() -> None:
    sessions = fold(logged_in("9:00"), client_timed_out("9:05", ended="9:00"), happened("9:10"))
    assert [session.explicit for session in sessions] == [True, False]


def test_a_partition_without_a_learner_folds_too() -> None:
    (session,) = fold(
        happened("9:00", session=X, actor={"id": "urn:x:app", "type": "SoftwareApplication"}), learner=None
    )
    assert (session.id, session.learner) == (X, None)
    assert "user" not in str(emitted(session, received="10:00").event["object"])


def test_the_idle_timeout_of_a_session_is_told() -> None:
    assert only(logged_in("9:00")).idle_us == IDLE_US


def test_who_logs_out_at_the_instant_of_the_next_login_has_logged_out() -> None:
    old, new = fold(logged_in("9:00"), happened("9:10", session=X), logged_out("9:20"), logged_in("9:20", Y))
    assert (old.ended_by, old.ended_us, new.ended_by) == ("LoggedOut", at("9:20"), None)


def test_of_two_logins_at_one_instant_one_session_stays_open() -> None:
    assert sorted(str(session.ended_by) for session in fold(logged_in("9:00"), logged_in("9:00", Y))) == [
        "None",
        "superseded",
    ]


def test_a_session_that_was_idle_when_another_began_is_not_ended_by_it() -> None:
    old, _ = fold(logged_in("9:00"), logged_in("10:00", Y), logged_out("10:10"))
    assert (old.ended_by, old.ended_us, old.awaits_timeout) == ("LoggedOut", at("10:10"), False)


def test_logging_in_again_after_a_silence_ends_no_other_session() -> None:
    _, other = fold(logged_in("9:00"), logged_in("10:00", Y), logged_in("10:10"), logged_out("10:20"))
    assert (other.id, other.ended_by) == (Y, None)


def test_a_start_that_is_stated_after_the_end_moves_nothing() -> None:
    described = {"id": X, "type": "Session", "startedAtTime": "2026-01-27T10:00:00.000Z"}
    session = only(logged_out("9:00"), happened("10:00", session=described))
    assert (session.started_us, session.ended_us) == (at("9:00"), at("9:00"))


def test_heartbeats_shorten_the_timeout_from_when_they_are_asked_for() -> None:
    asking = {"id": X, "type": "Session", "extensions": {"requiresHeartbeat": True}}
    started = [logged_in("9:00"), happened("9:20", session=X), happened("9:24", session=asking)]
    assert only(*started).ended_us is None
    session = only(*started, heartbeat("9:29"), heartbeat("9:35"))
    assert (session.ended_us, session.idle_end) == (at("9:29"), True)


def test_who_was_only_named_before_and_comes_back_after_a_silence_takes_nothing_more() -> None:
    auto = happened("10:05")
    session, gap = fold(happened("9:00", session=X), happened("10:00", session=X), auto, logged_out("10:10"))
    assert (session.ended_us, len(ids(session)), ids(gap)) == (at("10:10"), 3, [auto.id])
