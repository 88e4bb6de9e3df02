"""Insights are told of closed sessions that asked for them, in both dialects, and of no others."""

from collections import Counter
from urllib.parse import quote

import pytest

from tests.payloads import APP
from tests.unit.query.world import OTHER_APP, STUDENT, World, principal_of


@pytest.fixture
def world() -> World:
    return World()


def idled(world: World, start: float, *, insights_wanted: bool = True) -> str:
    """A session with a pause of 20 minutes, logged out."""
    session = world.payloads.urn()
    login = world.payloads.logged_in(STUDENT, session, processInsights=insights_wanted) | {
        "eventTime": world.time(start)
    }
    login["session"]["startedAtTime"] = world.time(start)
    logout = world.payloads.logged_out(STUDENT, session) | {"eventTime": world.time(start + 22)}
    logout["session"]["endedAtTime"] = world.time(start + 22)
    world.send(login, world.event(start + 1, session=session), world.event(start + 21, session=session), logout)
    return session


def test_an_insight_names_its_session_its_evidence_and_its_version(world: World) -> None:
    world.set_clock(30)
    session = idled(world, 0)
    for swept in (False, True):
        if swept:
            world.set_clock(31)
            world.sweep()
            world.drain()
        insights = world.get("/insights", session=session)["insights"]
        idling = [insight for insight in insights if insight["insightType"] == "idling"]
        assert idling
        assert idling[0]["sessionId"] == session
        assert idling[0]["userId"] == STUDENT
        assert idling[0]["app"] == APP
        assert idling[0]["evidence"]
        assert idling[0]["version"]
        assert world.get("/insights", actor=STUDENT)["insights"] == insights


def test_a_session_that_did_not_ask_tells_nothing(world: World) -> None:
    world.set_clock(30)
    session = idled(world, 0, insights_wanted=False)
    assert world.get("/insights", session=session)["insights"] == []
    assert world.get("/insights", actor=STUDENT)["insights"] == []


def test_an_open_session_tells_nothing_yet(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.payloads.logged_in(STUDENT, session, processInsights=True))
    world.set_clock(25)
    world.send(world.event(24, session=session))
    assert world.get("/insights", session=session)["insights"] == []


def test_insights_of_a_learner_are_paged(world: World) -> None:
    world.set_clock(400)
    sessions = [idled(world, 30 * n) for n in range(5)]
    everything = world.get("/insights", actor=STUDENT)["insights"]
    assert [insight["sessionId"] for insight in everything if insight["insightType"] == "idling"] == sessions
    assert world.all("/insights", "insights", actor=STUDENT, limit=1) == everything
    backwards = world.all("/insights", "insights", actor=STUDENT, limit=1, order="desc")
    assert sorted(row["id"] for row in backwards) == sorted(insight["id"] for insight in everything)


def test_the_platforms_reads_have_its_shapes(world: World) -> None:
    world.set_clock(400)
    sessions = [idled(world, 30 * n) for n in range(3)]
    user = STUDENT.removeprefix("urn:uuid:")
    page = world.get(f"/insights/1.0/users/{user}/sessions", limit=2, offset=1)
    assert (page["limit"], page["offset"], page["total"]) == (2, 1, 3)
    assert [item["caliperSessionId"] for item in page["items"]] == sessions[1:]
    session = page["items"][0]
    assert session["id"] == sessions[1].removeprefix("urn:uuid:")
    assert session["userId"] == user
    assert session["applicationId"] == APP.removeprefix("urn:uuid:")
    assert session["durationInSeconds"] == 22 * 60
    assert session["isProctored"] is False
    of_user = world.get(f"/insights/1.0/users/{user}")
    assert of_user["total"] == len(of_user["items"]) >= 3
    assert of_user["items"][0]["review"]["reviewResult"] is None
    of_session = world.get(f"/insights/1.0/sessions/{session['id']}")
    assert {insight["sessionId"] for insight in of_session["items"]} == {session["id"]}
    overview = world.get(f"/insights/1.0/users/{user}/overview")
    assert {entry["insightType"] for entry in overview["insightsByType"]} >= {"idling"}
    assert overview["days"][0]["day"] == "2026-03-02"
    assert world.get("/insights/1.0/types")["total"] == 3


@pytest.mark.parametrize("path", ["", "/sessions", "/overview"])
def test_a_user_with_many_open_sessions_is_answered(world: World, path: str) -> None:
    world.set_clock(600)
    world.send(*(world.payloads.logged_in(STUDENT, world.payloads.urn(), processInsights=True) for _ in range(60)))
    assert world.ask(f"/insights/1.0/users/{STUDENT}{path}")["statusCode"] == 200
    assert len(world.all("/sessions", "sessions", actor=STUDENT)) == 60


def test_a_user_may_be_an_iri_with_slashes(world: World) -> None:
    user = "https://roster.example.org/users/5"
    world.send(world.event(0, actor=user))
    for spelling in (user, "https%3A%2F%2Froster.example.org%2Fusers%2F5"):
        assert world.get(f"/insights/1.0/users/{spelling}/sessions")["total"] == 1


@pytest.mark.parametrize("name", ["a%20b", "a b", "a+b", "100%", "%2F"])
def test_user_and_session_may_be_iris_with_escapes_whether_or_not_the_gateway_decodes_the_path(
    world: World, name: str
) -> None:
    user, session = f"https://roster.example.org/users/{name}", f"https://app.example.org/sessions/{name}"
    login = world.payloads.logged_in(user, session, processInsights=True) | {"eventTime": world.time(-35)}
    logout = world.payloads.logged_out(user, session) | {"eventTime": world.time(-10)}
    world.send(login, logout)
    for spelled in (str, lambda text: quote(text, safe="")):
        assert world.get(f"/insights/1.0/users/{spelled(user)}/sessions")["total"] == 1
        assert world.get(f"/insights/1.0/sessions/{spelled(session)}")["total"] == 1
        assert world.get(f"/insights/1.0/users/{spelled(user)}/overview")["userId"] == user


def test_nobody_known_is_an_empty_list(world: World) -> None:
    for path in ("users/x", "users/x/sessions", "sessions/x"):
        assert world.get("/insights/1.0/" + path)["items"] == []
    assert world.get("/insights/1.0/users/x/overview")["days"] == []


def test_another_app_sees_no_insights(world: World) -> None:
    world.set_clock(30)
    session = idled(world, 0)
    world.principal = principal_of(OTHER_APP)
    assert world.get("/insights", session=session)["insights"] == []
    assert world.get(f"/insights/1.0/sessions/{session}")["items"] == []
    assert world.get(f"/insights/1.0/users/{STUDENT}/sessions")["items"] == []


PAGED = ["users/x", "users/x/sessions", "sessions/x", "types"]
UNKNOWN = ["page=-1", "page=0", "page=x", "page=2", "from=2026-01-01", "insightType=idling", "page"]
NO_PAGE = ["limit=-1", "limit=0", "limit=x", "limit=", "offset=-1", "offset=1.5", "limit=1&limit=2"]


@pytest.mark.parametrize("path", [*PAGED, "users/x/overview"])
@pytest.mark.parametrize("query", [*UNKNOWN, *NO_PAGE])
def test_a_parameter_that_the_platform_paths_do_not_take_is_400_and_named(world: World, path: str, query: str) -> None:
    answer = world.ask_raw(f"/insights/1.0/{path}", query)
    assert (answer["statusCode"], answer["json"]["code"]) == (400, "wrong-parameter")
    assert f"`{query.partition('=')[0]}`" in answer["json"]["message"]


@pytest.mark.parametrize("path", PAGED)
def test_the_paged_platform_paths_take_limit_and_offset(world: World, path: str) -> None:
    body = world.get(f"/insights/1.0/{path}", limit=2, offset=1)
    assert (body["limit"], body["offset"]) == (2, 1)


def test_the_insights_of_a_session_id_that_many_share_are_paged_without_gap_or_repeat(world: World) -> None:
    world.set_clock(30)
    session, learners = world.payloads.urn(), [world.payloads.urn() for _ in range(3)]
    for learner in learners:
        login = world.payloads.logged_in(learner, session, processInsights=True) | {"eventTime": world.time(0)}
        login["session"]["startedAtTime"] = world.time(0)
        logout = world.payloads.logged_out(learner, session) | {"eventTime": world.time(22)}
        logout["session"]["endedAtTime"] = world.time(22)
        facts = [world.event(minute, session=session) | {"actor": learner} for minute in (1, 21)]
        world.send(login, *facts, logout)
    everything = world.all("/insights", "insights", session=session, limit=100)
    assert {insight["userId"] for insight in everything} == set(learners)
    assert world.all("/insights", "insights", session=session, limit=1) == everything


def test_the_overview_of_a_user_counts_each_insight_once(world: World) -> None:
    world.set_clock(400)
    for number in range(3):
        idled(world, 30 * number)
    user = STUDENT.removeprefix("urn:uuid:")
    kinds = Counter(row["insightType"] for row in world.get("/insights", actor=STUDENT)["insights"])
    overview = world.get(f"/insights/1.0/users/{user}/overview")
    assert {row["insightType"]: row["total"] for row in overview["insightsByType"] if row["total"]} == kinds
    assert sum(day["insights"] for day in overview["days"]) == kinds.total()
