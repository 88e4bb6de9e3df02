"""Each path of the API is written once, and leads callers, gateway and handlers to the same place."""

import ast
import re
from pathlib import Path as File
from typing import Any

import pytest

from functions.core.apps import App
from functions.http import paths
from functions.http.answers import Answer, answer
from functions.http.dispatch import request_of, resolve
from functions.http.gate import CLIENT_SCOPES, Principal, principal_context
from functions.http.paths import PATHS, Path, gateway_routes, ingest_path
from functions.http.request import RoutedRequest
from functions.http.route import Route
from functions.http.router import Router

ROOT = File(__file__).parents[3]
FUNCTIONS = ROOT / "functions"
TEMPLATES = {path.template for path in PATHS}

THINGS = Path(template="/things/{id}", reads=True, gateway=("/things/{id+}",))
OPEN_THINGS = Path(template="/things", reads=True, credential="none", gateway=("/things",))


def count_of(request: RoutedRequest[int]) -> Answer:
    return answer(200, {"count": request.dependencies})


COUNT_OF = f"{__name__}:{count_of.__name__}"
THING = Route[RoutedRequest[int]](path=THINGS, function=COUNT_OF, description="A thing", answers="")
OPEN_THING = Route[RoutedRequest[int]](
    path=OPEN_THINGS, function=COUNT_OF, description="All things", answers="", scope=None
)
ROUTER: Router[RoutedRequest[int]] = Router([THING, OPEN_THING], [THINGS, OPEN_THINGS, paths.TOKEN])


def event(path: str, method: str = "GET") -> dict[str, Any]:
    return {"rawPath": path, "requestContext": {"http": {"method": method}}}


def test_no_path_is_written_twice() -> None:
    templates = [path.template for path in PATHS]
    assert len(templates) == len(set(templates))


def test_every_path_is_read_but_those_to_which_something_is_only_sent() -> None:
    tokens = {"/oauth2/token", "/auth/1.0/token"}
    only_sent = {"/caliper/event/validate", "/caliper/v1p2", "/events/1.0", "/events/1.0/heartbeat"}
    of_a_webhook = {f"/webhooks/{{webhookId}}/{verb}" for verb in ("activate", "deactivate", "test", "retry", "resend")}
    assert {path.template for path in PATHS if not path.reads} == tokens | only_sent | of_a_webhook
    assert {path.template for path in PATHS if path.issues_tokens} == tokens


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.template)
def test_the_gateway_has_every_verb_of_every_path(path: Path) -> None:
    """A path with ids in it, which may be IRIs, comes through a greedy route."""
    sent = re.sub(r"\{\w+\}", "x", path.template)
    routed = {
        method
        for route in gateway_routes()
        for method in route.methods
        if route.template in path.gateway
        and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", re.sub(r"\{\w+\+\}", ".+", route.template)), sent)
    }
    assert set(path.verbs) <= routed
    credentials = {route.credential for route in gateway_routes() if route.template in path.gateway}
    assert credentials == {path.credential}


def test_no_route_of_the_gateway_is_made_twice() -> None:
    keys = [(method, route.template) for route in gateway_routes() for method in route.methods]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("path", [path for path in PATHS if path.ingests])
def test_an_ingest_path_is_known_with_slashes_at_its_end_and_without(path: Path) -> None:
    sent = path.template.replace("{key}", "ck_some-key")
    for slashes in ("", "/", "//"):
        assert ingest_path(sent + slashes) is path


@pytest.mark.parametrize("raw", ["/nothing", "/k", "/k/a/b", "/caliper/event/x", "/health", "/oauth2/token"])
def test_nothing_else_is_an_ingest_path(raw: str) -> None:
    assert ingest_path(raw) is None


def test_a_router_knows_the_routes_that_it_was_given_and_the_verbs_of_every_path() -> None:
    match = ROUTER.match("/things/urn:x/y/")
    assert match is not None
    assert (match.route, match.variables) == (THING, {"id": "urn:x/y"})
    token = ROUTER.match("/oauth2/token")
    assert token is not None
    assert (token.route, token.allowed) == (None, ("POST", "OPTIONS"))
    assert ROUTER.match("/events") is None


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/nothing", "GET", 404), ("/things", "PUT", 405), ("/oauth2/token", "GET", 405), ("/things", "OPTIONS", 204)],
)
def test_what_leads_to_no_route_is_answered_before_any_dependency_is_opened(
    path: str, method: str, status: int
) -> None:
    resolved = resolve(event(path, method), ROUTER)
    assert isinstance(resolved, dict)
    assert resolved["statusCode"] == status


def test_dependencies_are_opened_by_the_route_that_wants_them_and_once() -> None:
    opened: list[int] = []

    def open_dependencies() -> int:
        opened.append(7)
        return 7

    def request(path: str) -> tuple[Route[RoutedRequest[int]], RoutedRequest[int] | Answer]:
        resolved = resolve(event(path), ROUTER)
        assert isinstance(resolved, tuple)
        route, variables = resolved
        return route, request_of(
            event(path), route, variables, kind=RoutedRequest[int], open_dependencies=open_dependencies, now_us=1
        )

    _, refused = request("/things/x")
    assert isinstance(refused, dict)
    assert (refused["statusCode"], opened) == (401, [])
    route, routed = request("/things")
    assert isinstance(routed, RoutedRequest)
    assert opened == []
    assert route.call(routed) == route.call(routed) == answer(200, {"count": 7})
    assert opened == [7]


@pytest.mark.parametrize(("seconds", "status"), [(-0.001, 401), (0, 401), (0.001, 0)])
def test_a_credential_ends_at_its_second(seconds: float, status: int) -> None:
    """Also where the authorizer's answer, which is kept for a minute, outlives it."""
    now_us = 1_769_508_180_000_000
    app = App(app_id="urn:uuid:a", tenant="t", edapps=("*",))
    of = Principal(app=app, scopes=CLIENT_SCOPES, kind="client", expires_at=now_us / 1e6 + seconds)
    sent = event("/things/x")
    sent["requestContext"]["authorizer"] = {"lambda": principal_context(of)}
    answered = request_of(sent, THING, {"id": "x"}, kind=RoutedRequest[int], open_dependencies=lambda: 7, now_us=now_us)
    assert (answered["statusCode"] if isinstance(answered, dict) else 0) == status


def literals(path: File) -> set[str]:
    """The strings of a module that are values: no docstrings, and of f-strings the parts."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return {node.value for node in strings if isinstance(node.value, str)}


@pytest.mark.slow
def test_code_takes_a_path_from_the_table() -> None:
    repeated = [
        f"{path.relative_to(ROOT)}: {literal}"
        for path in sorted(FUNCTIONS.rglob("*.py"))
        if path != FUNCTIONS / "http" / "paths.py"
        for literal in literals(path)
        if literal.partition("?")[0] in TEMPLATES - {"/"}
    ]
    assert repeated == []


def is_a_path(text: str) -> bool:
    """Whether a request to `text` comes to a path of the table; a variable may stand for itself."""
    patterns = (re.sub(r"\{\w+\}", "[^/]+", template) for template in (*TEMPLATES, paths.SIGN_IN_LINK))
    return any(re.fullmatch(pattern, text.rstrip("/") or "/") for pattern in patterns)


def test_the_pages_of_the_browser_ask_for_paths_of_the_table() -> None:
    scripts = [*(FUNCTIONS / "console").rglob("*.js"), *(FUNCTIONS / "query" / "openapi").glob("*.js")]
    paths = {
        f"{path.relative_to(ROOT)}: {match}": match
        for path in scripts
        for match in re.findall(
            r"(?:read|readText|asked|exchanged)\(\"(/[^\"?]*)|\$\{base\}(/[^`?\s\\]*)", path.read_text()
        )
        for match in filter(None, match)
    }
    assert len(paths) > 10
    assert [place for place, path in paths.items() if not is_a_path(re.sub(r"\$\{[^}]*\}?", "x", path))] == []


def test_the_documentation_names_paths_of_the_table() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        f"{page.relative_to(ROOT)}: {match}": re.sub(r"\$\w+", "x", match)
        for page in pages
        for match in re.findall(r"(?:`(?:GET|HEAD|POST) |\$url)(/[^\s`?\"'\[\]]*)", page.read_text())
    }
    assert len(named) > 30
    double = re.compile(r"/micro/\w+")  # of `caliper serve` alone
    assert [place for place, path in named.items() if not double.fullmatch(path) and not is_a_path(path)] == []
