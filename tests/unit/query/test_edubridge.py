"""EduBridge's analytics: a student's numbers by day and subject, from events as TimeBack's SDK sends them."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from functions.core.times import DAY_US, MINUTE_US, format_time
from functions.query.edubridge.ids import activity_id, bare, enrolled, enrollment_id
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from tests.payloads import APP
from tests.unit.query.world import World, app_of
from tests.world import NINE_US

STUDENT = "8e6f4d2c-1b3a-4c5d-9e7f-0a1b2c3d4e5f"
HOST = "https://api.example.org/ims/oneroster/rostering/v1p2/users"
SENSOR = "https://learn.example.org"
ALL = {"startDate": "2000-01-01T00:00:00.000Z", "endDate": "2026-12-31T23:59:59.999999Z"}


@pytest.fixture
def world() -> World:
    return World()


def from_sdk(world: World, kind: str, time_us: int, items: dict[str, float], **changed: Any) -> dict[str, Any]:
    """An event in the shape of timeback-sdk 0.4.0."""
    activity = changed.get("activity", "adding fractions")
    return {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "id": world.payloads.urn(),
        "type": kind,
        "profile": "TimebackProfile",
        "action": "Completed" if kind == "ActivityEvent" else "SpentTime",
        "actor": {
            "id": changed.get("actor", f"{HOST}/{STUDENT}"),
            "type": "TimebackUser",
            "email": "Learner@Example.org ",
        },
        "object": {
            "id": f"{SENSOR}/activities/Math/g4/{quote(activity)}",
            "type": "TimebackActivityContext",
            "subject": "Math",
            "app": {"name": changed.get("app", "Fractions")},
            "course": {"id": "https://api.example.org/courses/c-7", "name": "Fractions 4"},
            "activity": {"name": "Adding"},
        },
        "eventTime": format_time(time_us),
        "session": changed.get("session", world.payloads.urn()),
        "extensions": {"courseId": "c-7", "runId": world.payloads.urn()},
        "generated": {
            "id": world.payloads.urn(),
            "type": f"Timeback{'ActivityMetrics' if kind == 'ActivityEvent' else 'TimeSpentMetrics'}Collection",
            "items": [{"type": name, "value": value} for name, value in items.items()],
            "attempt": 1,
        },
    }  # fmt: skip


def submitted(world: World, time_us: int, units: float = 1, **changed: Any) -> dict[str, Any]:
    items = {"totalQuestions": 10, "correctQuestions": 8, "xpEarned": 12.5, "masteredUnits": units}
    return from_sdk(world, "ActivityEvent", time_us, items, **changed)


def worked(world: World, time_us: int, active: float, **more: float) -> dict[str, Any]:
    return from_sdk(world, "TimeSpentEvent", time_us, {"active": active, **more})


def ask(world: World, path: str, **parameters: str) -> dict[str, Any]:
    answer = world.ask(f"/edubridge{path}", **parameters)
    assert answer["statusCode"] == 200, answer["body"]
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def activity(world: World, **parameters: str) -> dict[str, Any]:
    return ask(world, "/analytics/activity", **({"studentId": STUDENT} | ALL | parameters))


def test_a_students_numbers_by_day_and_subject(world: World) -> None:
    world.send(worked(world, NINE_US, 60, inactive=5, waste=2), worked(world, NINE_US + MINUTE_US, 30.5))
    world.send(submitted(world, NINE_US + 2 * MINUTE_US), submitted(world, NINE_US + DAY_US, 1.6, app="Decimals"))
    body = activity(world)
    assert list(body["facts"]) == ["2026-03-02", "2026-03-03"]
    assert body["facts"]["2026-03-02"] == {
        "Math": {
            "activityMetrics": {"xpEarned": 12.5, "totalQuestions": 10, "correctQuestions": 8, "masteredUnits": 1},
            "timeSpentMetrics": {"activeSeconds": 90.5, "inactiveSeconds": 5, "wasteSeconds": 2},
            "apps": ["Fractions"],
        }
    }
    second = body["facts"]["2026-03-03"]["Math"]
    assert second["activityMetrics"]["masteredUnits"] == 1, "never complete before it is"
    assert isinstance(second["activityMetrics"]["masteredUnits"], int)
    assert {app: list(days) for app, days in body["factsByApp"].items()} == {
        "Decimals": ["2026-03-03"],
        "Fractions": ["2026-03-02"],
    }
    assert (body["startDate"], body["endDate"]) == (ALL["startDate"], ALL["endDate"])


def test_a_student_is_found_by_sourced_id_iri_or_address(world: World) -> None:
    world.send(submitted(world, NINE_US))
    wanted = activity(world)["facts"]
    assert wanted
    assert activity(world, studentId=f"{HOST}/{STUDENT}")["facts"] == wanted
    assert ask(world, "/analytics/activity", email=" learner@example.ORG", **ALL)["facts"] == wanted
    assert activity(world, studentId="someone-else")["facts"] == {}
    assert world.ask("/edubridge/analytics/activity", **ALL)["statusCode"] == 400


def test_a_sourced_id_with_odd_characters_is_found_decoded(world: World) -> None:
    world.send(submitted(world, NINE_US, actor=f"{HOST}/a%20b%3A%C3%BC"))
    assert activity(world, studentId="a b:ü")["facts"]


def test_days_are_those_of_the_callers_time_zone(world: World) -> None:
    late = NINE_US + 18 * 60 * MINUTE_US  # 03:00 of 3 March, UTC
    world.send(submitted(world, late))
    assert list(activity(world)["facts"]) == ["2026-03-03"]
    assert list(activity(world, timezone="America/Chicago")["facts"]) == ["2026-03-02"]
    assert world.ask("/edubridge/analytics/activity", studentId=STUDENT, timezone="No/Where")["statusCode"] == 400


@pytest.mark.parametrize(
    ("end", "included"),
    [
        ("2026-03-02T09:00:00.000Z", True),
        ("2026-03-02T08:59:59.999Z", False),
        ("2026-03-02T11:00:00.000+02:00", True),
        ("2026-03-02T09:00:00.000000Z", True),
    ],
)
def test_the_end_is_included_to_the_millisecond(world: World, end: str, included: bool) -> None:
    world.send(submitted(world, NINE_US + 999))
    assert bool(activity(world, endDate=end)["facts"]) is included
    assert world.ask("/edubridge/analytics/activity", studentId=STUDENT, endDate="xT23:59")["statusCode"] == 400


def test_an_enrolment_is_a_course_on_record_or_one_with_events(world: World) -> None:
    Registry(world.table).put_course(app_of(APP), Course(id="c-9", lessons=20))
    first = ask(world, f"/enrollments/user/{STUDENT}")["data"]
    assert [(enrollment["course"]["id"], enrollment["role"]) for enrollment in first] == [("c-9", "student")]
    world.send(submitted(world, NINE_US, 2))
    both = ask(world, f"/enrollments/user/{STUDENT}")["data"]
    assert [(enrollment["course"]["id"], enrollment["course"]["title"]) for enrollment in both] == [
        ("c-7", "Fractions 4"),
        ("c-9", "c-9"),
    ]
    assert both[1]["course"]["metadata"] == {"metrics": {"totalLessons": 20}}
    facts = ask(world, f"/analytics/enrollment/{both[0]['id']}")
    assert facts["facts"]["2026-03-02"]["Math"]["activityMetrics"]["masteredUnits"] == 2
    assert (facts["startDate"], facts["endDate"], facts["enrollmentId"]) == (None, None, both[0]["id"])
    assert ask(world, f"/analytics/enrollment/{both[1]['id']}")["facts"] == {}


def test_an_unknown_student_without_courses_on_record_has_no_enrolment(world: World) -> None:
    assert ask(world, "/enrollments/user/nobody") == {"data": []}
    assert world.ask("/edubridge/analytics/enrollment/nothing")["statusCode"] == 404


def test_a_week_goes_from_monday_to_sunday_and_tells_each_event(world: World) -> None:
    sunday, monday = NINE_US - DAY_US, NINE_US  # 1 and 2 March
    world.send(submitted(world, sunday), worked(world, monday, 60), submitted(world, monday + MINUTE_US))
    body = ask(world, "/analytics/facts/weekly", studentId=STUDENT, weekDate=format_time(monday + 3 * DAY_US))
    spent, done = sorted(body["facts"], key=lambda fact: fact["datetime"])
    assert (spent["eventType"], spent["activityId"], spent["activeSeconds"]) == ("TimeSpentEvent", None, "60")
    assert (done["activityId"], done["courseId"], done["courseName"]) == ("adding fractions", "c-7", "Fractions 4")
    assert (done["date"], done["dayOfWeek"], done["email"]) == ("2026-03-02", 1, "learner@example.org")
    assert (done["xpEarned"], done["masteredUnits"], done["activeSeconds"]) == (12.5, 1, "0")
    assert done["enrollmentId"] == ask(world, f"/enrollments/user/{STUDENT}")["data"][0]["id"]
    assert 0 <= done["id"] < 2**53
    assert datetime.fromisoformat(done["datetime"]).isoformat(timespec="milliseconds") == done["datetime"]


def test_a_repeated_submission_counts_once(world: World) -> None:
    event = submitted(world, NINE_US, 3)
    again = event | {"id": world.payloads.urn(), "generated": event["generated"] | {"id": world.payloads.urn()}}
    world.send(event)
    world.send(again)
    assert activity(world)["facts"]["2026-03-02"]["Math"]["activityMetrics"]["masteredUnits"] == 3


def test_the_highest_grade_is_unknown_whatever_the_ids_are(world: World) -> None:
    body = ask(world, "/analytics/highestGradeMastered/https://x/users/1/Math")
    assert body == {"studentId": "https://x/users/1", "subject": "Math", "grades": {}}


@pytest.mark.parametrize(
    ("iri", "wanted"),
    [
        (f"{HOST}/{STUDENT}", STUDENT),
        ("urn:uuid:0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11", "0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11"),
        ("c-7", "c-7"),
        ("https://x/y/Social%20Studies?a=b", "Social Studies"),
        ("urn:other:thing", "urn:other:thing"),
    ],
)
def test_the_bare_id_is_the_end_of_an_iri(iri: str, wanted: str) -> None:
    assert bare(iri) == wanted


def test_an_activity_has_the_id_that_its_sender_gives_or_the_slug_of_its_url() -> None:
    assert activity_id({"object": {"id": "https://x/activities/Social Studies/g4/a%20b"}}) == "a b"
    assert activity_id({"object": {"id": "https://x/1", "activity": {"id": "slug"}}}) == "slug"
    assert activity_id({"object": {}}) is None


def test_a_token_of_an_enrolment_is_read_back_and_nothing_else_is() -> None:
    assert enrolled(enrollment_id("ü/ 1", "c?7")) == ("ü/ 1", "c?7")
    for text in ("", "x", "%%%", "YWJj"):
        assert enrolled(text) is None


def test_a_subject_of_a_day_is_the_sum_over_its_apps(world: World) -> None:
    for minute, app in enumerate(("Fractions", "Decimals", "Ratios")):
        world.send(submitted(world, NINE_US + minute * MINUTE_US, app=app))
    body = activity(world)
    numbers = body["facts"]["2026-03-02"]["Math"]
    assert numbers["apps"] == ["Decimals", "Fractions", "Ratios"]
    for metric in ("totalQuestions", "correctQuestions", "xpEarned"):
        of_apps = [body["factsByApp"][app]["2026-03-02"]["Math"]["activityMetrics"][metric] for app in numbers["apps"]]
        assert numbers["activityMetrics"][metric] == sum(of_apps)
        assert all(amount > 0 for amount in of_apps)


@pytest.mark.parametrize(
    ("student", "course"), [("s", "c"), ("s", "a\nb"), ("é", "https://x.example/?a=b"), ("s" * 99, "c")]
)
def test_an_enrolment_names_its_student_and_course_again(student: str, course: str) -> None:
    assert enrolled(enrollment_id(student, course)) == (student, course)


@pytest.mark.parametrize("token", ["", "x", "!", "cw", enrollment_id("", "c"), enrollment_id("s", "")])
def test_what_names_no_student_and_course_is_no_enrolment(token: str) -> None:
    assert enrolled(token) is None
