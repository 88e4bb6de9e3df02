"""Insights: what each rule tells, what it rests on, and that it tells nothing of sessions that did not ask."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import derived_uuid
from functions.core.insights import detect as insights
from functions.core.insights.detect import Insight, Thresholds
from functions.core.sessions.records import subject_of
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time
from tests.examples import examples
from tests.unit.core.sessions.timelines import (
    LEARNER,
    X,
    client_timed_out,
    clock_us,
    happened,
    heartbeat,
    logged_in,
    logged_out,
    resent,
    sittings,
)

ASKED = {"processInsights": True}


def lesson(clock: str | int, name: str, action: str = "Started") -> Entry:
    iri = f"https://app.example/lessons/{name}"
    described = {"id": iri, "type": "AssignableDigitalResource", "mediaType": "curriculum/lesson"}
    return happened(
        clock, type="AssignableEvent", action=action, object=described if action == "Started" else iri, session=X
    )


def quiz(clock: str, of: str | None, action: str = "Started") -> Entry:
    described: dict[str, Any] = {"id": "https://app.example/quiz/1", "type": "Assessment"}
    if of is not None:
        described["isPartOf"] = {"id": f"https://app.example/lessons/{of}", "type": "AssignableDigitalResource"}
    return happened(
        clock,
        type="AssessmentEvent",
        action=action,
        object=described if action == "Started" else described["id"],
        session=X,
    )


def spent(clock: str, seconds: float, category: str = "active", activity: str = "a", **window: str) -> Entry:
    return happened(
        clock,
        type="TimeSpentEvent",
        action="SpentTime",
        object={"id": f"https://app.example/lessons/{activity}", "type": "TimebackActivityContext"},
        generated={"items": [{"type": category, "value": seconds, **window}]},
        session=X,
    )


def insights_of(*entries: Entry, kind: str | None = None, **options: Any) -> list[Insight]:
    subjects = [subject_of(sitting, learner=LEARNER) for sitting in sittings(*entries)]
    folded = [insight for subject in subjects for insight in insights.fold(subject, **options)]
    return [insight for insight in folded if kind is None or insight.kind == kind]


def test_only_a_session_that_asked_for_insights_has_them() -> None:
    assert insights_of(logged_in("9:00"), happened("9:20", session=X), logged_out("9:30")) == []
    assert insights_of(logged_in("9:00", flags={"processInsights": False}), happened("9:20", session=X)) == []
    assert insights_of(logged_in("9:00", flags=ASKED), happened("9:20", session=X), logged_out("9:25")) != []


def test_a_gap_is_idling() -> None:
    login, next_one = logged_in("9:00", flags=ASKED), happened("9:10", session=X)
    (idling,) = insights_of(login, next_one, happened("9:19", session=X), logged_out("9:20"))
    assert (idling.kind, idling.started_us, idling.ended_us) == ("idling", clock_us("9:00"), clock_us("9:10"))
    assert idling.evidence == (login.id, next_one.id)


def test_the_gap_before_logging_out_is_idling() -> None:
    (idling,) = insights_of(logged_in("9:00", flags=ASKED), logged_out("9:15"))
    assert idling.ended_us == clock_us("9:15")


def test_the_time_until_the_timeout_is_no_idling_within_the_session() -> None:
    assert insights_of(logged_in("9:00", flags=ASKED)) == []


def test_a_heartbeat_is_presence_not_activity() -> None:
    login, viewed = logged_in("9:00", flags=ASKED), happened("9:12", session=X)
    (idling,) = insights_of(login, heartbeat("9:04"), heartbeat("9:08"), viewed)
    assert (idling.started_us, idling.ended_us, idling.evidence) == (
        clock_us("9:00"),
        clock_us("9:12"),
        (login.id, viewed.id),
    )


def test_reported_active_time_is_no_gap() -> None:
    assert insights_of(logged_in("9:00", flags=ASKED), spent("9:12", 720)) == []


@pytest.mark.parametrize("slot", ["generated", "object"])
def test_time_told_by_an_attempt_is_busy_not_idle(slot: str) -> None:
    attempt = {"id": "urn:x:a", "type": "Attempt", "startedAtTime": format_time(clock_us("9:01"))}
    attempt["endedAtTime"] = format_time(clock_us("9:24"))
    submitted = resent(happened("9:25", type="AssessmentEvent", action="Submitted", session=X), **{slot: attempt})
    assert insights_of(logged_in("9:00", flags=ASKED), submitted) == []
    attempt["startedAtTime"] = format_time(clock_us("9:20"))
    submitted = resent(happened("9:25", type="AssessmentEvent", action="Submitted", session=X), **{slot: attempt})
    (idling,) = insights_of(logged_in("9:00", flags=ASKED), submitted)
    assert (idling.started_us, idling.ended_us) == (clock_us("9:00"), clock_us("9:20"))


def test_overlapping_reports_do_not_count_twice_as_busy() -> None:
    window = {"startDate": format_time(clock_us("9:00")), "endDate": format_time(clock_us("9:06"))}
    reports = [spent("9:20", 300, activity=name, **window) for name in "ab"]
    (idling,) = insights_of(logged_in("9:00", flags=ASKED), *reports, kind="idling")
    assert (idling.started_us, idling.ended_us) == (clock_us("9:06"), clock_us("9:20"))


@pytest.mark.parametrize("close", [logged_out, client_timed_out])
def test_a_pause_before_a_clients_timed_out_counts_as_before_a_logged_out(close: Any) -> None:
    login, end = logged_in("9:00", flags=ASKED), close("9:15")
    (idling,) = insights_of(login, end)
    assert (idling.started_us, idling.ended_us, idling.evidence) == (
        clock_us("9:00"),
        clock_us("9:15"),
        (login.id, end.id),
    )


@pytest.mark.parametrize("close", [logged_out, client_timed_out])
def test_the_pause_ends_at_the_stated_end(close: Any) -> None:
    assert insights_of(logged_in("9:00", flags=ASKED), close("9:25", ended="9:05")) == []
    (idling,) = insights_of(logged_in("9:00", flags=ASKED), close("9:25", ended="9:15"))
    assert idling.ended_us == clock_us("9:15")


def test_one_pause_is_one_insight() -> None:
    login = logged_in("9:00", flags=ASKED)
    window = {"startDate": format_time(clock_us("9:01")), "endDate": format_time(clock_us("9:19"))}
    report = spent("9:20", 900, "inactive", **window)
    assert len(insights_of(login, report, kind="idling")) == 1
    assert len(insights_of(login, report, logged_out("9:21"), client_timed_out("9:40"), kind="idling")) == 1


def test_inactive_time_outside_a_pause_has_its_own_insight() -> None:
    login = logged_in("9:00", flags=ASKED)
    reports = [spent("9:05", 290, "inactive"), spent("9:08", 100, "inactive"), happened("9:25", session=X)]
    assert [(insight.started_us, insight.ended_us) for insight in insights_of(login, *reports, kind="idling")] == [
        (clock_us("9:05") - 290 * 10**6, clock_us("9:08")),
        (clock_us("9:08"), clock_us("9:25")),
    ]


def test_another_sitting_is_no_gap_of_the_session() -> None:
    assert insights_of(logged_in("9:00", flags=ASKED), happened(clock_us("9:00", "2026-01-28"), session=X)) == []


def test_much_inactive_time_is_idling() -> None:
    reports = [spent("9:05", 200, "inactive"), spent("9:09", 100, "inactive")]
    (idling,) = insights_of(logged_in("9:00", flags=ASKED), *reports)
    assert idling.evidence == tuple(report.id for report in reports)
    assert (idling.started_us, idling.ended_us) == (clock_us("9:05") - 200 * 10**6, clock_us("9:09"))
    assert insights_of(logged_in("9:00", flags=ASKED), spent("9:05", 299, "inactive")) == []


@pytest.mark.parametrize("seconds", [86_401, 1e11, 1e300, -300])
def test_seconds_of_no_day_tell_nothing(seconds: float) -> None:
    login, active = logged_in("9:00", flags=ASKED), spent("9:15", seconds)
    assert insights_of(login, spent("9:05", seconds, "inactive")) == []
    assert len(insights_of(login, active)) == 1, "they do not hide a gap either"


def test_lessons_begun_and_left_are_topic_shopping() -> None:
    lessons = [lesson("9:01", "a"), lesson("9:03", "b"), lesson("9:05", "c")]
    (shopping,) = insights_of(logged_in("9:00", flags=ASKED), *lessons)
    assert (shopping.kind, shopping.evidence) == ("topic-shopping", tuple(lesson.id for lesson in lessons))


def test_a_longer_stretch_is_told_once() -> None:
    lessons = [lesson(f"9:{minute:02d}", str(minute)) for minute in range(1, 25, 4)]
    (shopping,) = insights_of(logged_in("9:00", flags=ASKED), *lessons)
    assert len(shopping.evidence) == 6


def test_completing_or_taking_time_is_no_topic_shopping() -> None:
    login = logged_in("9:00", flags=ASKED)
    done = [lesson("9:01", "a"), lesson("9:03", "b"), lesson("9:04", "b", "Completed"), lesson("9:05", "c")]
    assert insights_of(login, *done, kind="topic-shopping") == []
    assert insights_of(login, lesson("9:01", "a"), lesson("9:06", "b"), lesson("9:12", "c")) == []
    assert insights_of(login, lesson("9:01", "a"), lesson("9:02", "b"), lesson("9:03", "a"), lesson("9:04", "b")) == []


def test_lessons_are_also_known_by_the_time_spent_on_them() -> None:
    (shopping,) = insights_of(
        logged_in("9:00", flags=ASKED), *(spent(f"9:0{n}", 15, activity=str(n // 2)) for n in range(1, 7))
    )
    assert (shopping.kind, len(shopping.evidence)) == ("topic-shopping", 4)


def unit(clock: str, name: str, media: str | None, *, part_of: str | None = None, action: str = "Started") -> Entry:
    described: dict[str, Any] = {"id": f"https://app.example/lessons/{name}", "type": "AssignableDigitalResource"}
    if media:
        described["mediaType"] = f"curriculum/{media}"
    if part_of:
        described["isPartOf"] = {"id": f"https://app.example/lessons/{part_of}", "type": "AssignableDigitalResource"}
    return happened(clock, type="AssignableEvent", action=action, object=described, session=X)


@pytest.mark.parametrize("media", [("course", "unit", "lesson"), (None, None, None)])
def test_starting_course_unit_and_lesson_is_no_topic_shopping(media: tuple[str | None, ...]) -> None:
    begun = [
        unit("9:01", "course", media[0]),
        unit("9:02", "unit", media[1], part_of="course"),
        unit("9:03", "lesson", media[2], part_of="unit"),
    ]
    assert insights_of(logged_in("9:00", flags=ASKED), *begun) == []
    more = [unit("9:04", "second", media[2], part_of="unit"), unit("9:05", "third", media[2], part_of="unit")]
    (shopping,) = insights_of(logged_in("9:00", flags=ASKED), *begun, *more)
    assert shopping.evidence == (begun[-1].id, more[0].id, more[1].id)


@pytest.mark.parametrize("kind", ["Assessment", "AssessmentItem", "CourseSection", "CourseOffering"])
@pytest.mark.parametrize("media", [None, "curriculum/lesson"])
def test_what_is_said_to_be_an_assessment_or_a_course_is_no_lesson_unless_its_media_type_says_so(
    kind: str, media: str | None
) -> None:
    begun = [
        happened(
            f"9:0{number}",
            type="AssignableEvent",
            action="Started",
            object={"id": f"urn:x:{number}", "type": kind} | ({"mediaType": media} if media else {}),
            session=X,
        )
        for number in range(1, 6)
    ]
    kinds = [each.kind for each in insights_of(logged_in("9:00", flags=ASKED), *begun, kind="topic-shopping")]
    assert kinds == ["topic-shopping"] * (media is not None)


def test_lessons_without_an_identity_are_not_taken_for_one_another() -> None:
    for name in ("_:b0", "http://purl.imsglobal.org/caliper/AssignableDigitalResource"):
        begun = [
            happened(f"9:0{n}", type="AssignableEvent", action="Started", object={"id": name}, session=X)
            for n in range(1, 6)
        ]
        assert insights_of(logged_in("9:00", flags=ASKED), *begun) == []


def test_a_completed_lesson_without_its_assessment_is_a_skipped_assessment() -> None:
    done = lesson("9:05", "a", "Completed")
    quiz_of_a = {"id": "https://app.example/quizzes/a", "type": "Assessment"}
    looked_at = happened("9:02", type="ViewEvent", action="Viewed", object=quiz_of_a, session=X)
    entries = [logged_in("9:00", flags=ASKED), lesson("9:01", "a"), looked_at, done, logged_out("9:10")]
    (skipped,) = insights_of(*entries)
    assert (skipped.kind, skipped.evidence) == ("skip-assessment", (done.id,))
    assert (skipped.started_us, skipped.ended_us) == (clock_us("9:05"), clock_us("9:10"))
    assert insights_of(*entries, quiz("9:06", "a")) == []
    assert len(insights_of(*entries, quiz("9:06", "b"))) == 1


def test_each_lesson_whose_assessment_was_begun_is_not_skipped() -> None:
    done = [lesson(f"9:0{number}", name, "Completed") for number, name in enumerate("abc", 1)]
    entries = [logged_in("9:00", flags=ASKED), *(lesson("9:00", name) for name in "abc"), *done, logged_out("9:20")]
    taken = [
        resent(begun, object=begun.event["object"] | {"id": f"https://app.example/quiz/{name}"})
        for name, begun in ((name, quiz(f"9:1{number}", name)) for number, name in enumerate("abc"))
    ]
    for without in range(3):
        kept = [each for number, each in enumerate(taken) if number != without]
        assert [each.evidence for each in insights_of(*entries, *kept)] == [(done[without].id,)]
    assert insights_of(*entries, *taken) == []


def test_an_app_without_assessments_gets_no_skipped_assessment() -> None:
    assert insights_of(logged_in("9:00", flags=ASKED), lesson("9:01", "a"), lesson("9:05", "a", "Completed")) == []


def test_work_in_a_learners_name_is_in_no_insight() -> None:
    acted = {
        "id": LEARNER,
        "type": "Person",
        "extensions": {"com.instructure.canvas": {"entity_id": "1", "real_user_id": "2"}},
    }
    begun = [resent(lesson(f"9:0{n}", str(n)), actor=acted) for n in range(1, 5)]
    assert insights_of(logged_in("9:00", flags=ASKED), *begun, kind="topic-shopping") == []


def test_an_insight_says_on_how_many_conflicts_it_rests() -> None:
    login, lessons = logged_in("9:00", flags=ASKED), [lesson(f"9:0{n}", str(n)) for n in range(1, 5)]
    twice = resent(lessons[0], extensions={"other": "content"})
    (shopping,) = insights_of(login, *lessons, twice)
    assert shopping.conflicts == shopping.as_dict()["conflicts"] == 1


def test_an_assessment_of_an_unknown_lesson_accuses_nobody() -> None:
    entries = [logged_in("9:00", flags=ASKED), lesson("9:01", "a"), lesson("9:05", "a", "Completed")]
    assert insights_of(*entries, quiz("9:06", None)) == []


def test_what_is_no_lesson_is_not_skipped() -> None:
    unit = happened(
        "9:01",
        type="AssignableEvent",
        action="Completed",
        object={"id": "urn:x:unit", "type": "AssignableDigitalResource", "mediaType": "curriculum/unit"},
        session=X,
    )
    assert insights_of(logged_in("9:00", flags=ASKED), unit) == []


def test_thresholds_are_settings() -> None:
    entries = [logged_in("9:00", flags=ASKED), happened("9:06", session=X)]
    assert insights_of(*entries) == []
    assert len(insights_of(*entries, thresholds=Thresholds(idle_gap_us=5 * MINUTE_US))) == 1


def test_it_is_ready_for_json_in_the_names_of_the_contract() -> None:
    (idling,) = insights_of(logged_in("9:00", flags=ASKED), logged_out("9:15"))
    assert idling.as_dict() == {
        "id": idling.id,
        "insightType": "idling",
        "reason": "Nothing happened for 15 minutes.",
        "startedAtTime": "2026-01-27T09:00:00.000Z",
        "endedAtTime": "2026-01-27T09:15:00.000Z",
        "durationInSeconds": 900,
        "sessionId": X,
        "userId": LEARNER,
        "applicationId": idling.edapp,
        "version": "1",
        "evidence": list(idling.evidence),
        "conflicts": 0,
    }
    assert idling.kind in insights.KINDS


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from("abcd"), st.sampled_from(["Started", "Completed"])), max_size=12
    ),
    st.randoms(use_true_random=False),
)
def test_no_order_and_no_copies_change_an_insight(done: list[tuple[int, str, str]], shuffler: random.Random) -> None:
    entries = [logged_in("9:00", flags=ASKED)] + [
        resent(lesson(clock_us("9:00") + minute * MINUTE_US, name, action), id=derived_uuid("insight", str(number)))
        for number, (minute, name, action) in enumerate(done)
    ]
    again = entries + entries[::2]
    shuffler.shuffle(again)
    assert insights_of(*again) == insights_of(*entries)
    assert len({insight.id for insight in insights_of(*entries)}) == len(insights_of(*entries))
