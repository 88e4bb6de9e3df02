"""The description says all that the API takes and answers, and can be read without anything else."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from functions.core.messages import Item
from functions.http.ingest_routes import WRITES
from functions.query.openapi.document import document
from functions.query.routes import ROUTES
from infra import api
from tests.unit.query.test_insights import idled
from tests.unit.query.world import STUDENT, World


@pytest.fixture
def world() -> World:
    return World()


def test_every_route_of_the_gateway_is_described() -> None:
    described = {plain(path): item for path, item in document()["paths"].items()}
    for path in (*api.INGEST, *api.KEY_IN_PATH, *api.TOKEN):
        if not path.endswith("{proxy+}"):  # the same path with a slash at its end
            assert "post" in described[plain(path)], path
    for path in (*api.READ, *api.OPEN, *api.KEY_IN_PATH):
        if not path.endswith("{proxy+}"):
            assert "get" in described[plain(path)], path
    assert sum(path.startswith("/insights/1.0/") for path in described) == 5


def plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_every_reference_is_to_a_shape_that_is_there_and_every_shape_is_used() -> None:
    about = document()
    written = json.dumps(about)
    wanted = set(re.findall(r"#/components/schemas/(\w+)", written))
    assert wanted == set(about["components"]["schemas"])


def test_every_shape_is_a_json_schema() -> None:
    for name, schema in document()["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert validator_for(schema), name


def test_operations_are_named_once() -> None:
    names = [
        one["operationId"]
        for item in document()["paths"].values()
        for verb, one in item.items()
        if verb != "parameters"
    ]
    assert len(names) == len(set(names)) == len(ROUTES) + len(WRITES)


def checked(path: str, template: str, answer: dict[str, Any]) -> None:
    """An answer has a status that is described, and the shape that is described for it."""
    about = document()
    responses = about["paths"][template]["get"]["responses"]
    status = str(answer["statusCode"])
    assert status in responses, f"{path}: {status}"
    schema = responses[status]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": about["components"]}).validate(json.loads(answer["body"]))


def test_answers_have_the_shapes_that_are_described(world: World) -> None:
    world.at(60)
    session = idled(world, 0)
    run = world.payloads.urn()
    finding = {"severity": "warning", "code": "c", "pointer": "/type", "message": "m", "source": "s"}
    world.send_items(Item("event", json.dumps(world.payloads.activity_completed(STUDENT, run)).encode(), [finding]))
    world.send_items(Item("rejection", b'{"id": 3}', [finding]))
    job = world.send(world.payloads.time_spent(STUDENT, run), world.event(50))
    event = world.payloads.time_spent(STUDENT, run)
    actor = event["actor"]["id"]
    for path, template, parameters in (
        ("/events", "/events", {"actor": STUDENT}),
        ("/events", "/events", {"session": session}),
        ("/events", "/events", {"run": run}),
        ("/events", "/events", {"id": session}),
        ("/events", "/events", {}),
        ("/events", "/events", {"actor": STUDENT, "app": "*"}),
        ("/sessions", "/sessions", {"actor": STUDENT}),
        ("/sessions", "/sessions", {"id": session}),
        ("/runs", "/runs", {"actor": actor}),
        ("/runs", "/runs", {"id": run}),
        ("/progress", "/progress", {"actor": actor}),
        ("/insights", "/insights", {"actor": STUDENT}),
        ("/rejections", "/rejections", {}),
        ("/caliper/events", "/caliper/events", {}),
        ("/caliper/events", "/caliper/events", {"offset": -1}),
        ("/caliper/events/none", "/caliper/events/{externalId}", {}),
        (f"/jobs/{job}/status", "/jobs/{jobId}/status", {}),
        ("/jobs/none/status", "/jobs/{jobId}/status", {}),
        (f"/insights/1.0/users/{STUDENT}", "/insights/1.0/users/{userId}", {}),
        (f"/insights/1.0/users/{STUDENT}/sessions", "/insights/1.0/users/{userId}/sessions", {}),
        (f"/insights/1.0/users/{STUDENT}/overview", "/insights/1.0/users/{userId}/overview", {}),
        (f"/insights/1.0/sessions/{session}", "/insights/1.0/sessions/{sessionId}", {}),
        ("/insights/1.0/types", "/insights/1.0/types", {}),
        ("/caliper/event", "/caliper/event", {}),
        ("/health", "/health", {}),
        ("/openapi.json", "/openapi.json", {}),
    ):
        checked(path, template, world.ask(path, **parameters))
    world.principal = None
    for route in ROUTES:
        if route.scope is not None:
            path = re.sub(r"\{\w+\}", "x", route.path)
            checked(path, route.path, world.ask(path))


def test_the_page_shows_every_path_and_loads_and_runs_nothing(world: World) -> None:
    answer = world.ask("/docs")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    for path in document()["paths"]:
        assert f"<code>{path}</code>" in answer["body"]
    assert "<script" not in answer["body"]
    assert not re.search(r"(src|href)=['\"]?(https?:)?//", answer["body"])
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]


def test_what_descriptions_put_in_backticks_the_page_shows_as_code(world: World) -> None:
    shown = world.ask("/docs")["body"]
    assert "`" not in shown
    described = document()
    told = [
        described["info"]["description"],
        *(one["description"] for one in described["paths"]["/events"]["get"]["parameters"]),
    ]
    quoted = [found for text in told for found in re.findall("`([^`]+)`", text)]
    assert {"urn:uuid:", "cursor", "GradeEvent"} <= set(quoted)
    assert [one for one in quoted if f"<code>{one}</code>" not in shown] == []


def test_the_handler_does_not_load_what_describes_it() -> None:
    program = "import sys, functions.query.handler; print([m for m in sys.modules if 'query.' in m])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    for module in ("openapi", "request_schemas", "answer_schemas", "docs"):
        assert f"functions.query.{module}'" not in loaded
