"""An insight and its session as the TimeBack platform reads them, in full."""

import pytest

from functions.query.timeback import platform
from tests.payloads import APP, Json
from tests.unit.query.test_insights import idled
from tests.unit.query.world import STUDENT, World

USER = STUDENT.removeprefix("urn:uuid:")


@pytest.fixture
def world() -> World:
    world = World()
    world.set_clock(60)
    return world


def insight_of(world: World, session: str) -> Json:
    (insight,) = world.get("/insights", session=session)["insights"]
    assert insight == {
        "id": insight["id"],
        "insightType": "idling",
        "reason": "Nothing happened for 20 minutes.",
        "startedAtTime": world.time(1),
        "endedAtTime": world.time(21),
        "durationInSeconds": 1200,
        "sessionId": session,
        "userId": STUDENT,
        "applicationId": APP,
        "version": "1",
        "evidence": insight["evidence"],
        "conflicts": 0,
        "app": APP,
    }
    assert len(insight["evidence"]) == 2
    return dict(insight)


def test_an_insight_is_reviewed_under_bare_ids(world: World) -> None:
    session = idled(world, 0)
    insight = insight_of(world, session)
    not_reviewed = {"reviewedAt": None, "reviewedBy": None, "reviewNotes": None, "reviewResult": None}
    names = ("id", "sessionId", "userId", "applicationId")
    bare = {name: insight[name].removeprefix("urn:uuid:") for name in names}
    expected = {"limit": 100, "offset": 0, "total": 1, "items": [{**insight, **bare, "review": not_reviewed}]}
    assert world.get(f"/insights/1.0/users/{USER}") == expected
    assert world.get(f"/insights/1.0/sessions/{session}") == expected
    past = expected | {"offset": 1, "limit": 1, "items": []}
    assert world.get(f"/insights/1.0/users/{USER}", offset=1, limit=1) == past


def test_a_session_is_reviewed_under_bare_ids_and_an_open_one_ends_at_its_last_activity(world: World) -> None:
    closed = idled(world, 0)
    opened = world.payloads.urn()
    login = world.payloads.logged_in(STUDENT, opened) | {"eventTime": world.time(50)}
    login["session"]["startedAtTime"] = world.time(50)
    world.send(login, world.event(50.525, session=opened))
    body = world.get(f"/insights/1.0/users/{USER}/sessions")
    assert (body["limit"], body["offset"], body["total"]) == (100, 0, 2)
    expected = [
        (closed, world.time(0), world.time(22), 1320, True),
        (opened, world.time(50), world.time(50.525), 31, False),
    ]
    assert body["items"] == [
        {
            "id": session.removeprefix("urn:uuid:"),
            "caliperSessionId": session,
            "applicationId": APP.removeprefix("urn:uuid:"),
            "userId": USER,
            "startedAtTime": started,
            "endedAtTime": ended,
            "durationInSeconds": seconds,
            "isProctored": False,
            "recordingS3Key": None,
            "recordingStartedAtTime": None,
            "recordingEndedAtTime": None,
            "metadata": None,
            "webcamEnabled": False,
            "loggedOut": is_closed,
        }
        for session, started, ended, seconds, is_closed in expected
    ]


def test_an_overview_tells_the_days_and_insights_of_a_user(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    idled(world, 0)
    path = f"/insights/1.0/users/{USER}/overview"
    overview = world.get(path)
    assert overview["userId"] == USER
    assert overview["insightsByType"] == [
        {"insightType": "idling", "total": 1},
        {"insightType": "topic-shopping", "total": 0},
        {"insightType": "skip-assessment", "total": 0},
    ]
    (day,) = overview["days"]
    assert (day["day"], day["insights"], day["events"]) == ("2026-03-02", 1, 4)
    (earlier,) = world.get(path, timezone="Pacific/Honolulu")["days"]
    assert (earlier["day"], earlier["insights"]) == ("2026-03-01", 1)
    monkeypatch.setattr(platform, "OVERVIEW_BYTES", 100)
    assert world.refused(path) == (422, "too-many-days")


def test_any_id_has_a_uuid_which_is_always_the_same(world: World) -> None:
    web = "https://app.example.org/sessions/1"
    assert platform.as_uuid("urn:uuid:0A0A0A0A-0000-4000-8000-000000000001") == USER
    assert platform.as_uuid(USER) == USER
    assert platform.as_uuid(web) == platform.as_uuid(web) != platform.as_uuid(web + "/2")
    assert len(platform.as_uuid(web)) == len(USER)
    world.send(world.payloads.logged_in(STUDENT, web) | {"eventTime": world.time(0)})
    (row,) = world.get(f"/insights/1.0/users/{USER}/sessions")["items"]
    assert (row["id"], row["caliperSessionId"]) == (platform.as_uuid(web), web)
