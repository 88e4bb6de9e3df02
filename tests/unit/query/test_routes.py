"""Every path answers in JSON: what is not there 404, a wrong verb 405 with the right ones, a stranger 401."""

import inspect
import json
import re
import subprocess
import sys
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.http.cursors import binding, cursor
from functions.http.gate import EVENT_CREATE, EVENTS_READONLY, failure_context
from functions.http.ingest_routes import INGEST_ROUTES
from functions.http.route import Route, named
from functions.query.events import events
from functions.query.handler import handler
from functions.query.request import Request
from functions.query.routes import ROUTES
from functions.store import keys
from tests.examples import examples
from tests.payloads import APP
from tests.unit.query.world import STUDENT, World, principal_of

POSTS = {route.path.template for route in INGEST_ROUTES}
PATHS = sorted({route.path.template for route in ROUTES} | POSTS)
PROTECTED = [route.path.template for route in ROUTES if route.scope is not None]


@pytest.fixture
def world() -> World:
    return World()


def filled(path: str) -> str:
    return path.replace("{", "").replace("}", "")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path.template)
def test_each_route_names_a_function_that_takes_its_request_and_a_pattern(route: Route[Request]) -> None:
    function = inspect.signature(named(route.function))
    assert [parameter.annotation for parameter in function.parameters.values()] == [Request]
    re.compile(route.cursor_pattern())  # raises if it is none


@pytest.mark.slow
def test_the_module_of_a_route_is_imported_with_its_first_request() -> None:
    own = {route.function.partition(":")[0] for route in ROUTES} - {"functions.query.routes"}
    program = "import sys, functions.query.handler; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert own & set(loaded) == {"functions.query.console.files"}  # whose media types a route has
    assert [module for module in loaded if module.startswith(("functions.core.numbers", "functions.core.totals"))] == []


@pytest.mark.parametrize("path", ["/nothing", "/event", "/events/2.0", "/insights/2.0", "/../etc", "/%00", "/jobs/x"])
def test_an_unknown_path_is_404(world: World, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = world.ask(path, method)
        assert answer["statusCode"] == 404
        assert answer["json"]["status"] == "error"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "TRACE", "BREW"])
def test_a_wrong_verb_is_405_and_names_the_right_ones(world: World, path: str, method: str) -> None:
    answer = world.ask(filled(path), method)
    assert answer["statusCode"] == 405
    assert "OPTIONS" in answer["headers"]["Allow"]
    assert answer["json"]["message"]


@pytest.mark.parametrize("path", sorted(POSTS - {route.path.template for route in ROUTES}))
def test_reading_if_only_writing_is_possible_is_405(world: World, path: str) -> None:
    answer = world.ask(path)
    assert answer["statusCode"] == 405
    assert answer["headers"]["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("path", PROTECTED)
def test_a_stranger_is_401(world: World, path: str) -> None:
    world.principal = None
    for method in ("GET", "HEAD"):
        answer = world.ask(filled(path), method)
        assert answer["statusCode"] == 401
        assert answer["headers"]["WWW-Authenticate"].startswith("Bearer")


def test_a_known_app_without_the_scope_is_403_on_reads_and_401_on_the_endpoint(world: World) -> None:
    world.principal = principal_of(APP, frozenset({EVENT_CREATE}))
    assert world.refused("/events", actor=STUDENT) == (403, "insufficient_scope")
    assert world.get("/caliper/event")
    world.principal = principal_of(APP, frozenset({EVENTS_READONLY}))
    assert world.get("/events", actor=STUDENT)
    assert world.refused("/caliper/event") == (401, "insufficient_scope")


def test_a_credential_that_could_not_be_checked_is_503_with_a_time_to_retry() -> None:
    context = {"http": {"method": "GET"}, "authorizer": {"lambda": failure_context("unavailable")}}
    answer = handler({"rawPath": "/events", "rawQueryString": "actor=a", "requestContext": context}, None, now_us=1)
    assert answer["statusCode"] == 503
    assert answer["headers"]["Retry-After"]


@pytest.mark.parametrize("path", PATHS)
def test_a_trailing_slash_is_never_a_redirect(world: World, path: str) -> None:
    with_slash, without = world.ask(filled(path) + "/"), world.ask(filled(path))
    assert with_slash["statusCode"] == without["statusCode"] < 500
    assert not 300 <= with_slash["statusCode"] < 400


@pytest.mark.parametrize("path", PROTECTED)
def test_head_is_get_without_its_body(world: World, path: str) -> None:
    get, head = world.ask(filled(path)), world.ask(filled(path), "HEAD")
    assert head["statusCode"] == get["statusCode"]
    assert head["headers"] == get["headers"]
    assert head["body"] == ""


def test_options_says_what_a_path_takes(world: World) -> None:
    answer = world.ask("/caliper/event", "OPTIONS")
    assert answer["statusCode"] == 204
    assert answer["headers"]["Allow"] == "GET, HEAD, POST, OPTIONS"


# As a gateway sends it on that matches a variable of a path with no line end: without an authorizer.
@pytest.mark.parametrize("path", ["/caliper/events/urn\nx", "/insights/1.0/users/a\x00b", "/jobs/a\x85b/status"])
def test_a_path_with_a_control_character_is_refused_for_that_and_not_for_its_credential(
    world: World, path: str
) -> None:
    world.principal = None
    answer = world.ask(path)
    assert (answer["statusCode"], answer["json"]["code"]) == (400, "control-character")
    assert "U+00" in answer["json"]["message"]


def test_an_event_whose_id_has_a_control_character_is_found_where_the_path_arrives(world: World) -> None:
    event = world.event(0, id="urn:x:\tone")
    world.send(event)
    assert world.get("/caliper/events/urn:x:\tone")["event"]["externalId"] == event["id"]
    assert world.get("/events", id=event["id"])["events"]


def test_health_needs_no_credential_and_no_table() -> None:
    answer = handler({"rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}, None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["status"] == "ok"


@pytest.mark.parametrize("path", ["/", "/caliper/event", "/k/some-key"])
def test_the_endpoint_describes_itself_in_both_spellings(world: World, path: str) -> None:
    body = world.get(path)
    assert body["caliperSupportedVersions"] == body["caliper_supported_versions"]
    assert "http://purl.imsglobal.org/ctx/caliper/v1p2" in body["caliperSupportedVersions"]
    assert body["caliperMaximumPayloadSize"] == body["caliper_maximum_payload_size"] == 5000


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"rawPath": None, "requestContext": {}},
        {"rawPath": "/events", "requestContext": {"http": {}}, "queryStringParameters": None},
        {"rawPath": "/events", "rawQueryString": "%", "requestContext": {"authorizer": {"lambda": 7}}},
        {"rawPath": "/events", "rawQueryString": "actor=%ff%00&%&=&;", "requestContext": {"authorizer": None}},
    ],
)
def test_an_odd_request_is_answered_all_the_same(event: dict[str, Any]) -> None:
    answer = handler(event, None, now_us=1)
    assert 400 <= answer["statusCode"] < 500
    assert json.loads(answer["body"])["message"]


WORDS = [
    "actor",
    "session",
    "run",
    "id",
    "from",
    "to",
    "type",
    "limit",
    "order",
    "cursor",
    "app",
    "offset",
    "startDate",
]


@settings(max_examples=examples(150), deadline=None)
@given(
    path=st.sampled_from(PATHS).map(filled) | st.text(max_size=40).map(lambda text: "/" + text),
    query=st.lists(
        st.tuples(st.sampled_from(WORDS), st.text(max_size=20) | st.sampled_from(["7", "desc", "2026-01-01"]))
    ),
    raw=st.text(max_size=30),
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]),
)
def test_nothing_that_can_be_asked_breaks_it(path: str, query: list[tuple[str, str]], raw: str, method: str) -> None:
    world = World()
    for text in (urlencode(query, errors="replace"), raw):
        answer = world.ask_raw(path, text, method)
        assert answer["statusCode"] < 500
        assert answer["statusCode"] < 400 or method == "HEAD" or answer["json"]["message"]


@pytest.mark.slow
@settings(max_examples=examples(100), deadline=None)
@given(
    position=st.from_regex(re.compile(events.POSITION, re.ASCII), fullmatch=True),
    order=st.sampled_from(["asc", "desc"]),
)
def test_a_made_up_position_reads_nothing_foreign_and_breaks_nothing(position: str, order: str) -> None:
    world = World()
    world.send(world.event(0, session="urn:uuid:00000000-0000-4000-8000-000000000001"))
    for selector, value in (("actor", STUDENT), ("session", "urn:uuid:00000000-0000-4000-8000-000000000001")):
        others = sorted([f"{selector}={value}", f"order={order}"])
        tenant = keys.tenant_of(APP)
        word = cursor(binding("/events", tenant, *others), tenant, position)
        assert len(world.get("/events", **{selector: value}, order=order, cursor=word)["events"]) <= 1
