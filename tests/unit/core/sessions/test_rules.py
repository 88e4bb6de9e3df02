"""What a session is, rule by rule, beside the transitions: who opens one, which times count, which app it is in."""

import pytest

from functions.core.ids import AUTO_ATTACH
from functions.core.sessions.facts import StatedTime, stated_times
from functions.core.sessions.fold import Scope, fold
from functions.core.sessions.sitting import due, sessions_of
from functions.core.sessions.timeouts import Timeouts
from functions.core.timeline.entry import Entry
from functions.core.times import FIRST_US, MINUTE_US
from tests.unit.core.sessions.timelines import (
    EDAPP,
    HEARTBEATS,
    LEARNER,
    OTHER_APP,
    RUN,
    SECOND_EDAPP,
    TEACHER,
    TENANT,
    TIMEOUTS,
    X,
    Y,
    arrived,
    client_timed_out,
    clock_us,
    described,
    emitted,
    graded,
    happened,
    heartbeat,
    ids,
    logged_in,
    logged_out,
    minutes,
    of,
    only,
    resent,
    sittings,
    span,
    stored,
    swept,
    viewed,
)

OPEN = (None, None)


# heartbeats


def test_a_heartbeat_dated_before_the_start_neither_opens_nor_moves_it() -> None:
    sitting = only(heartbeat("8:58"), logged_in("9:00"), viewed("9:10"))
    assert (span(sitting), len(sitting.members)) == (("9:00", *OPEN), 2)


def test_a_session_that_asked_for_heartbeats_and_sends_nothing_times_out_sooner() -> None:
    heartbeats = only(logged_in("9:00", flags=HEARTBEATS))
    assert (heartbeats.requires_heartbeat, heartbeats.deadline_us) == (True, clock_us("9:05"))
    assert only(logged_in("9:00", flags=HEARTBEATS), heartbeat("9:04"), viewed("9:08")).deadline_us == clock_us("9:13")
    stopped = only(logged_in("9:00", flags=HEARTBEATS), heartbeat("9:04"), heartbeat("9:10"))
    assert (stopped.last_activity_us, len(stopped.members)) == (clock_us("9:04"), 2)


def test_a_wish_for_heartbeats_holds_in_its_sitting_alone() -> None:
    first, second = sittings(logged_in("9:00", flags=HEARTBEATS), logged_in("10:00"))
    assert (first.requires_heartbeat, second.requires_heartbeat) == (True, False)
    assert second.deadline_us == clock_us("10:30")


def test_flags_are_false_unless_they_are_true() -> None:
    sitting = only(logged_in("9:00", flags={"processInsights": True, "requiresHeartbeat": "true"}))
    assert (sitting.process_insights, sitting.requires_heartbeat) == (True, False)


# sittings


def test_an_id_that_is_used_again_after_a_pause_has_sittings_and_each_idle_end_is_published() -> None:
    facts = [viewed("9:00"), viewed("9:20"), viewed("12:00"), viewed("12:30")]
    (session,) = sessions_of(sittings(*swept(facts, now="14:00")))
    assert [span(sitting) for sitting in session.sittings] == [
        ("9:00", "9:20", "timed_out"),
        ("12:00", "12:30", "timed_out"),
    ]
    assert (session.started_us, session.duration_us) == (clock_us("9:00"), minutes(50))
    assert len({fact.id for fact in swept(facts, now="14:00") if fact.system}) == 2


def test_the_same_holds_for_runs_of_the_sdk_whose_session_is_the_runs_id() -> None:
    def spent(clock: str) -> Entry:
        return happened(clock, type="TimeSpentEvent", action="SpentTime", profile="TimebackProfile", session=RUN)

    facts = [spent("9:00"), spent("9:20"), spent("12:00")]
    assert facts[0].attribution.run == RUN
    (session,) = sessions_of(sittings(*facts))
    assert (session.id, [span(sitting)[0] for sitting in session.sittings]) == (RUN, ["9:00", "12:00"])


def test_what_is_dated_over_a_timeout_before_its_login_is_a_sitting_of_its_own_and_moves_nothing_else() -> None:
    (session,) = sessions_of(sittings(viewed("1:00"), logged_in("9:00"), viewed("9:10")))
    assert [span(sitting)[0] for sitting in session.sittings] == ["1:00", "9:00"]
    assert (session.started_us, session.last.awaits_timeout) == (clock_us("9:00"), True)


def test_a_session_that_nobody_logged_into_starts_with_its_first_sitting() -> None:
    (session,) = sessions_of(sittings(viewed("1:00"), viewed("9:00")))
    assert session.started_us == clock_us("1:00")


def test_sessions_are_put_together_from_slices_in_any_order() -> None:
    first, second = sittings(logged_in("9:00"), viewed("12:00"))
    assert sessions_of([second, first]) == sessions_of([first, second])


def test_a_logged_out_after_an_inactivity_gap_ends_nothing() -> None:
    sitting = only(logged_in("9:00"), logged_out("9:31"))
    assert (sitting.awaits_timeout, len(sitting.members)) == (True, 1)


def test_a_long_timeout_of_the_registration_lets_a_logged_out_after_hours_count() -> None:
    scope = Scope(tenant=TENANT, learner=LEARNER, timeouts=Timeouts.constant(idle_minutes=480, heartbeat_minutes=5))
    assert span(only(logged_in("9:00"), logged_out("15:00"), scope=scope)) == ("9:00", "15:00", "logged_out")


# stated times


@pytest.mark.parametrize(
    ("stated", "why_not"),
    [("1970-01-01T00:00:00.000Z", "before-2000"), ("1999-12-31T23:59:59Z", "before-2000"), (None, "after-arrival")],
)
def test_a_start_that_cannot_be_is_ignored_and_told(stated: str | None, why_not: str) -> None:
    node = described(X, started="9:30") if stated is None else {**described(X), "startedAtTime": stated}
    for login in (stored({**logged_in("9:00").event, "session": node}), happened("9:00", session=node)):
        assert span(only(login)) == ("9:00", *OPEN)
        assert [(stated_time.name, stated_time.why_not) for stated_time in stated_times(login)] == [
            ("startedAtTime", why_not)
        ]


@pytest.mark.parametrize("ended", ["8:00", "8:59", "23:00"])
def test_an_end_that_cannot_be_is_ignored_and_its_event_time_ends_the_sitting(ended: str) -> None:
    for close in (logged_out("9:40", ended=ended), client_timed_out("9:40", ended=ended)):
        assert span(only(logged_in("9:20"), close))[1] == "9:40"


def test_an_end_before_2000_after_arrival_or_before_the_stated_start_is_told() -> None:
    node = {**described(X, started="9:00"), "endedAtTime": "1970-01-01T00:00:00.000Z"}
    assert (
        stated_times(happened("9:40", type="SessionEvent", action="LoggedOut", session=node))[1].why_not
        == "before-2000"
    )
    early = stored({**logged_out("9:40").event, "session": described(X, started="9:00", ended="8:30")})
    assert [stated_time.why_not for stated_time in stated_times(early)] == ["", "end-before-start"]
    assert stated_times(logged_out("9:40", ended="9:50"))[0].why_not == "after-arrival"


def test_what_may_be_used_is_told_without_a_reason() -> None:
    assert stated_times(logged_out("9:40", ended="9:35")) == [StatedTime("endedAtTime", clock_us("9:35"))]
    assert stated_times(happened("9:40")) == []


def test_any_activity_may_state_the_start_of_its_session() -> None:
    assert span(only(viewed("9:04", started="9:00")))[0] == "9:00"
    assert span(only(viewed("8:59"), logged_in("9:02", started="8:57")))[0] == "8:57"


def test_an_event_of_the_future_opens_extends_and_ends_nothing() -> None:
    assert sittings(arrived(viewed("9:30"), "9:10")) == []
    ahead, bye = arrived(viewed("9:20"), "9:10"), arrived(logged_out("9:25"), "9:10")
    sitting = only(logged_in("9:00"), ahead, bye)
    assert (sitting.awaits_timeout, sitting.last_activity_us, sitting.deadline_us) == (
        True,
        clock_us("9:00"),
        clock_us("9:30"),
    )
    assert len(sitting.members) == 3


def test_an_event_dated_five_minutes_ahead_is_not_of_the_future() -> None:
    assert only(arrived(viewed("9:05"), "9:00")).last_activity_us == clock_us("9:05")


# apps


def test_a_missing_edapp_is_the_registrations_own_and_its_exact_ids_are_one_app() -> None:
    sitting = only(logged_in("9:00"), happened("9:05", edApp=None), happened("9:10", edApp=SECOND_EDAPP))
    assert (len(sitting.members), sitting.edapp) == (3, EDAPP)
    assert len(only(happened("9:00"), happened("9:01", edApp=None), happened("9:02", edApp=SECOND_EDAPP)).members) == 3


def test_an_edapp_that_only_a_pattern_allows_is_an_app_of_its_own() -> None:
    assert len(sittings(happened("9:00"), happened("9:01", edApp=OTHER_APP))) == 2
    assert len(sittings(logged_in("9:00"), happened("9:10", edApp=OTHER_APP))) == 2


def test_a_login_without_an_edapp_uses_its_object() -> None:
    login = logged_in("9:00", edApp=None, object={"id": OTHER_APP, "type": "SoftwareApplication"})
    sitting = only(login, happened("9:10", edApp=OTHER_APP))
    assert (sitting.edapp, len(sitting.members)) == (OTHER_APP, 2)
    assert only(logged_in("9:00", edApp=None, object=OTHER_APP)).edapp == OTHER_APP


def test_a_sittings_app_is_that_of_the_fact_that_opens_it() -> None:
    sitting = only(viewed("8:59", edApp=OTHER_APP), logged_in("9:00"))
    assert (sitting.edapp, sitting.app) == (OTHER_APP, OTHER_APP)


def test_an_edapp_is_shown_if_only_a_later_event_names_it() -> None:
    assert only(happened("9:00", edApp=None), happened("9:10")).edapp == EDAPP


# closes of clients


def test_a_clients_timed_out_without_a_learner_ends_the_sitting_for_auto_attach_too() -> None:
    auto = happened("9:20")
    x, inferred = sittings(logged_in("9:00"), viewed("9:10"), client_timed_out("9:15", learner=None), auto)
    assert (span(x), ids(inferred)) == (("9:00", "9:15", "timed_out"), [auto.id])


def test_a_logged_out_without_a_learner_ends_it_too() -> None:
    bye = logged_out("9:15", actor={"id": EDAPP, "type": "SoftwareApplication"})
    assert bye.attribution.learner is None
    x, inferred = sittings(logged_in("9:00"), bye, happened("9:20"))
    assert (span(x), inferred.explicit) == (("9:00", "9:15", "logged_out"), False)


def test_of_what_says_no_learner_only_closes_count_for_the_learners_session() -> None:
    by_app = viewed("9:20", actor={"id": EDAPP, "type": "SoftwareApplication"})
    assert len(only(logged_in("9:00"), by_app).members) == 1


@pytest.mark.parametrize("session", [None, AUTO_ATTACH])
def test_a_logged_out_that_names_no_session_ends_the_open_one_in_that_app(session: str | None) -> None:
    assert span(only(logged_in("9:00"), viewed("9:10"), logged_out("9:20", session)))[1:] == ("9:20", "logged_out")
    assert only(logged_in("9:00"), logged_out("9:20", session, edApp=OTHER_APP)).awaits_timeout


def test_a_logged_out_that_names_no_session_ends_the_one_that_auto_activity_would_join() -> None:
    x, y = sittings(logged_in("9:00"), viewed("9:05", Y), logged_out("9:10", None))
    assert (span(x), span(y)) == (("9:00", "9:10", "logged_out"), ("9:05", *OPEN))


# who acts


def test_what_a_server_does_a_day_later_makes_no_sitting() -> None:
    assert len(sittings(logged_in("9:00"), logged_out("9:10"), graded(clock_us("9:00", "2026-01-28")))) == 1


def test_what_another_person_does_prolongs_nothing_and_is_a_member_of_what_lasts() -> None:
    by_teacher = graded("9:20", actor={"id": TEACHER, "type": "Organization"})
    assert by_teacher.attribution.learner == LEARNER
    sitting = only(logged_in("9:00"), by_teacher)
    assert (sitting.last_activity_us, by_teacher.id in ids(sitting)) == (clock_us("9:00"), True)


def test_a_close_counts_whoever_sends_it() -> None:
    assert span(only(logged_in("9:00"), client_timed_out("9:10")))[1] == "9:10"


CANVAS = "com.instructure.canvas"


def masked(clock: str, real: object, *, user: object = "21070000000000987", where: str = "extensions") -> Entry:
    said = {"real_user_id": real, "user_id": user}
    fields: dict[str, object] = {"extensions": {CANVAS: said}}
    if where == "actor":
        fields = {"actor": {"id": LEARNER, "type": "Person", "extensions": {CANVAS: said | {"entity_id": user}}}}
    return stored({**viewed(clock).event, **fields})


@pytest.mark.parametrize("where", ["extensions", "actor"])
def test_who_acts_as_a_student_in_canvas_is_in_no_session(where: str) -> None:
    assert sittings(masked("9:00", "21070000000000003", where=where)) == []
    assert sittings(masked("9:00", 3, where=where)) == []


@pytest.mark.parametrize("real", ["21070000000000987", "987", 987, None, ""])
def test_a_real_user_id_that_is_the_students_own_or_empty_is_no_masquerade(real: object) -> None:
    assert len(sittings(masked("9:00", real))) == 1


def test_a_real_user_id_is_held_against_the_actor_if_canvas_names_no_user() -> None:
    for real, count in (("987", 1), ("3", 0)):
        actor = {"id": "urn:instructure:canvas:user:21070000000000987", "type": "Person"}
        fact = happened("9:00", actor=actor, session=X, extensions={CANVAS: {"real_user_id": real}})
        scope = Scope(tenant=TENANT, learner=fact.attribution.learner, timeouts=TIMEOUTS)
        assert len(fold([fact], scope).sittings) == count


# this service's own TimedOut


def test_only_what_this_service_emitted_is_a_window_whatever_id_a_client_gives() -> None:
    facts = [logged_in("9:00"), viewed("9:10")]
    forged = stored(dict(emitted(only(*facts), received="9:20").event), received="9:20")
    sitting = only(*facts, forged)
    assert (sitting.published, sitting.end_reason) == (False, "timed_out")
    assert sittings(forged) == []


def test_a_client_cannot_displace_a_timed_out_of_this_service_by_sending_its_id() -> None:
    facts = swept([logged_in("9:00")], now="10:00")
    for number in range(20):  # one of these contents has a lower digest
        forged = resent(facts[-1], name=str(number))
        assert only(*facts, forged).published
        assert fold([*facts, forged], Scope(tenant=TENANT, learner=LEARNER, timeouts=TIMEOUTS)).conflicts == {forged.id}


def test_this_services_own_timed_out_is_no_member() -> None:
    assert len(only(*swept([logged_in("9:00")], now="10:00")).members) == 1


def test_a_client_that_names_an_inferred_session_by_its_id_begins_an_explicit_one() -> None:
    inferred = only(happened("9:00"))
    assert [
        sitting.explicit for sitting in of(inferred.session, happened("9:00"), viewed("9:10", inferred.session))
    ] == [
        False,
        True,
    ]


# conflicts, entity describes, timelines without a learner


def test_of_several_contents_under_one_id_the_lowest_digest_counts_and_the_id_is_told() -> None:
    first = viewed("9:00", received="11:00")
    other = resent(first, session=Y, eventTime="2026-01-27T11:00:00.000Z")
    counts = min((first, other), key=lambda entry: entry.content)
    for facts in ((first, other), (other, first)):
        folded = fold(facts, Scope(tenant=TENANT, learner=LEARNER, timeouts=TIMEOUTS))
        assert [sitting.session for sitting in folded.sittings] == [counts.attribution.session]
        assert folded.conflicts == {first.id}
    assert fold((first, first), Scope(tenant=TENANT, learner=LEARNER, timeouts=TIMEOUTS)).conflicts == frozenset()


def test_no_two_inferred_sessions_share_an_id_if_a_first_event_changed_its_time() -> None:
    first = happened("9:00")
    moved = [resent(first, eventTime="2026-01-27T15:00:00.000Z", name=str(number)) for number in range(20)]
    lower = min(moved, key=lambda entry: entry.content)
    assert lower.content < first.content, "the premise: another content of the first event is the one that counts"
    folded = sittings(*swept([first], now="9:31"), arrived(lower, "15:00"))
    assert len({sitting.session for sitting in folded}) == len(folded) == 2


def test_entity_describes_belong_to_no_session() -> None:
    describe = {"id": "https://app.example/people/1", "type": "Person", "dateModified": "2026-01-27T09:00:00.000Z"}
    assert sittings(stored(describe)) == []


def test_an_event_without_a_session_belongs_to_none_unless_its_app_asks_for_it() -> None:
    assert sittings(happened("9:00", session=None)) == []


def test_a_timeline_without_a_learner_folds_too() -> None:
    scope = Scope(tenant=TENANT, learner=None, timeouts=TIMEOUTS)
    facts = [viewed(clock, actor={"id": EDAPP, "type": "SoftwareApplication"}) for clock in ("9:00", "9:10")]
    sitting = only(*facts, client_timed_out("9:15", learner=None), scope=scope)
    assert span(sitting) == ("9:00", "9:15", "timed_out")
    published = swept(facts, now="10:00", scope=scope)
    assert (only(*published, scope=scope).published, "user" in published[-1].event["object"]) == (True, False)


# when an end is due


def test_a_sitting_is_due_only_after_its_timeout_since_the_last_arrival_and_the_lag() -> None:
    live = only(viewed("9:00"))
    assert not due(live, now_us=clock_us("9:30"), lag_us=0)
    assert due(live, now_us=clock_us("9:30") + 1, lag_us=0)
    assert not due(live, now_us=clock_us("9:35"), lag_us=minutes(10))
    backfilled = sittings(arrived(viewed("9:00"), "17:00"), arrived(viewed("12:00"), "17:00"))
    assert not any(due(timer, now_us=clock_us("17:30"), lag_us=0) for timer in backfilled)
    assert all(due(timer, now_us=clock_us("17:31"), lag_us=0) for timer in backfilled)


def test_what_a_client_ended_and_what_was_published_is_never_due() -> None:
    assert not due(only(logged_in("9:00"), logged_out("9:10")), now_us=clock_us("23:00"), lag_us=0)
    assert not due(only(*swept([logged_in("9:00")], now="9:31")), now_us=clock_us("23:00"), lag_us=0)


def test_what_another_person_does_does_not_put_off_the_end() -> None:
    assert only(logged_in("9:00"), graded("9:20")).deadline_us == clock_us("9:30")


# timeouts by registration


def test_a_sitting_keeps_the_timeout_that_was_valid_when_it_began() -> None:
    timeouts = Timeouts(
        idle=((FIRST_US, 30), (clock_us("10:00"), 60)), heartbeat=((FIRST_US, 5), (clock_us("10:00"), 2))
    )
    scope = Scope(tenant=TENANT, learner=LEARNER, timeouts=timeouts)
    before = sittings(viewed("9:50"), viewed("10:15"), viewed("10:46"), scope=scope)
    assert [sitting.timeout_us // MINUTE_US for sitting in before] == [30, 60]
    assert only(viewed("10:00", flags=HEARTBEATS), scope=scope).timeout_us == minutes(2)
    assert only(viewed("9:59", flags=HEARTBEATS), viewed("10:03"), scope=scope).timeout_us == minutes(5)


def test_a_later_value_changes_no_sitting_that_began_before_it() -> None:
    facts = [logged_in("9:04", started="9:00"), viewed("9:30"), viewed("10:01")]
    short = Timeouts(idle=((FIRST_US, 30), (clock_us("11:00"), 1)), heartbeat=((FIRST_US, 5), (clock_us("11:00"), 1)))
    changed = fold(facts, Scope(tenant=TENANT, learner=LEARNER, timeouts=short))
    assert changed.sittings == tuple(sittings(*facts))


def test_a_stated_start_reaches_no_further_than_the_shortest_timeout_so_far() -> None:
    """A sitting that began with the short one may have been published by then."""
    timeouts = Timeouts(idle=((FIRST_US, 5), (clock_us("10:00"), 60)), heartbeat=((FIRST_US, 30),))
    scope = Scope(tenant=TENANT, learner=LEARNER, timeouts=timeouts)
    assert span(only(viewed("11:06", started="11:00"), scope=scope))[0] == "11:06"
    assert span(only(viewed("11:05", started="11:00"), scope=scope))[0] == "11:00"


@pytest.mark.parametrize("schedule", [(), ((0, 0),), ((5, 30), (0, 20))])
def test_a_registration_without_timeouts_or_with_impossible_ones_is_refused(
    schedule: tuple[tuple[int, int], ...],
) -> None:
    with pytest.raises(ValueError, match="timeout"):
        Timeouts(idle=schedule, heartbeat=((0, 5),))
