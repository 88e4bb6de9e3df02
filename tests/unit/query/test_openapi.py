"""The description says all that the API takes and answers, and can be read without anything else."""

import base64
import hashlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import validator_for

from functions.core.messages import Item
from functions.http.changes.routes import CHANGE_ROUTES
from functions.http.gate import ADMIN, CLIENT_SCOPES
from functions.http.ingest_routes import INGEST_ROUTES
from functions.http.paths import PATHS
from functions.http.shapes.fields import APP_ID
from functions.manage.routes import CALLS
from functions.query.openapi.document import document
from functions.query.openapi.examples import curl
from functions.query.routes import ROUTES
from tests import gateway
from tests.gateway import Service, key_of, token_of
from tests.shapes import assert_described
from tests.unit.query.test_insights import idled
from tests.unit.query.world import STUDENT, World


@pytest.fixture
def world() -> World:
    return World()


DOCUMENT = document(ROUTES, "1.0.0")
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [
    (verb, path, item[verb], item.get("parameters", []))
    for path, item in DOCUMENT["paths"].items()
    for verb in ("get", "post", "put", "delete")
    if verb in item
]


def test_every_path_is_described_with_its_verbs_and_no_other() -> None:
    described = {path: {verb.upper() for verb in item} - {"PARAMETERS"} for path, item in DOCUMENT["paths"].items()}
    assert described == {path.template: {*path.verbs} - {"HEAD"} for path in PATHS}


def test_every_path_that_is_read_has_a_route_and_every_path_that_takes_a_post_an_ingest_route() -> None:
    assert {route.path.template for route in ROUTES} == {path.template for path in PATHS if path.reads}
    taken = {path.template for path in PATHS if path.ingests or path.issues_tokens}
    assert {route.path.template for route in INGEST_ROUTES} == taken


def test_every_change_of_a_path_has_a_route_and_every_route_does_something() -> None:
    described = [(route.path, route.verb) for route in CHANGE_ROUTES]
    assert len(described) == len(set(described))
    assert set(described) == {(path, verb) for path in PATHS for verb in path.changes} == CALLS.keys()


def test_every_reference_is_to_a_shape_that_is_there_and_every_shape_is_used() -> None:
    about = DOCUMENT
    written = json.dumps(about)
    wanted = set(re.findall(r"#/components/schemas/(\w+)", written))
    assert wanted == set(about["components"]["schemas"])


def test_every_shape_is_a_json_schema() -> None:
    assert DOCUMENT["components"]["schemas"]
    for name, schema in DOCUMENT["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert validator_for(schema), name


def test_operations_are_named_once() -> None:
    names = [operation["operationId"] for _, _, operation, _ in OPERATIONS]
    assert len(names) == len(set(names)) == len(ROUTES) + len(INGEST_ROUTES) + len(CHANGE_ROUTES)


def test_answers_have_the_shapes_that_are_described_as_every_test_of_this_folder_checks(world: World) -> None:
    world.set_clock(60)
    session = idled(world, 0)
    run = world.payloads.urn()
    finding = {"severity": "warning", "code": "c", "pointer": "/type", "message": "m", "source": "s"}
    world.send_items(Item("event", json.dumps(world.payloads.activity_completed(STUDENT, run)).encode(), [finding]))
    world.send_items(Item("rejection", b'{"id": 3}', [finding]))
    job = world.send(world.payloads.time_spent(STUDENT, run), world.event(50))
    event = world.payloads.time_spent(STUDENT, run)
    actor = event["actor"]["id"]
    for path, parameters in (
        ("/events", {"actor": STUDENT}),
        ("/events", {"session": session}),
        ("/events", {"run": run}),
        ("/events", {"id": session}),
        ("/events", {}),
        ("/events", {"actor": STUDENT, "app": "*"}),
        ("/sessions", {"actor": STUDENT}),
        ("/sessions", {"id": session}),
        ("/runs", {"actor": actor}),
        ("/runs", {"id": run}),
        ("/progress", {"actor": actor}),
        ("/insights", {"actor": STUDENT}),
        ("/rejections", {}),
        ("/caliper/events", {}),
        ("/caliper/events", {"offset": -1}),
        ("/caliper/events/none", {}),
        (f"/jobs/{job}/status", {}),
        ("/jobs/none/status", {}),
        (f"/insights/1.0/users/{STUDENT}", {}),
        (f"/insights/1.0/users/{STUDENT}/sessions", {}),
        (f"/insights/1.0/users/{STUDENT}/overview", {}),
        (f"/insights/1.0/sessions/{session}", {}),
        ("/insights/1.0/types", {}),
        ("/caliper/event", {}),
        ("/health", {}),
        ("/openapi.json", {}),
    ):
        assert world.ask(path, **parameters)["statusCode"] < 500  # `World.ask` holds it against its shape
    world.principal = None
    for route in ROUTES:
        if route.scope is not None:
            assert world.ask(re.sub(r"\{\w+\}", "x", route.path.template))["statusCode"] == 401


def test_an_answer_with_a_member_that_no_shape_declares_is_noticed() -> None:
    answer = {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"status": "ok", "version": "1", "secret": 7}),
    }
    with pytest.raises(ValidationError, match="secret"):
        assert_described("GET", "/health", answer)
    with pytest.raises(AssertionError, match="418"):
        assert_described("GET", "/health", answer | {"statusCode": 418})


def test_every_member_of_a_shape_has_the_order_of_its_declaration() -> None:
    assert list(SCHEMAS["Envelope"]["properties"]) == ["sensor", "sendTime", "dataVersion", "data"]


def contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What has an example: the body, and the answers that are a success."""
    for holder in (operation.get("requestBody"), *operation["responses"].values()):
        yield from (content for content in (holder or {}).get("content", {}).values() if "example" in content)


FILES = ("/docs", "/console", "/console/{file}", "/.well-known/security.txt")  # no JSON, so no example of it
OF_FILES = {"get_docs", "get_console", "get_console_file", "get_well_known_security_txt"}  # operations


@pytest.mark.parametrize(("verb", "path", "operation", "variables"), OPERATIONS)
def test_every_operation_has_examples_of_the_shapes_that_it_declares(
    verb: str, path: str, operation: dict[str, Any], variables: list[Any]
) -> None:
    examples = list(contents(operation))
    assert len(examples) == ("requestBody" in operation) + (path not in FILES)
    for content in examples:
        validator = Draft202012Validator({**content["schema"], "components": DOCUMENT["components"]})
        validator.validate(content["example"])


@pytest.mark.parametrize(("verb", "path", "operation", "variables"), OPERATIONS)
def test_the_command_of_an_operation_is_a_request_that_is_understood(
    world: World, verb: str, path: str, operation: dict[str, Any], variables: list[Any]
) -> None:
    program, *words = shlex.split(curl(verb, path, operation, variables).replace("\\\n", ""))
    method = words.pop(1) if words[0] == "-X" else "POST" if "-d" in words else "GET"
    url, *options = [word for word in words if word != "-X"]
    assert (program, method) == ("curl", verb.upper())
    sent = dict(zip(options[::2], options[1::2], strict=True))
    address = urlsplit(url.removeprefix("$URL"))
    assert ("-H" in sent) == bool(operation["security"] or verb == "post")
    admins_only = path in ("/operations", "/erasures", "/person-exports")
    if admins_only:
        world.as_admin()
    if verb == "get":
        answer = world.ask_raw(unquote(address.path), address.query)
        assert answer["statusCode"] in (200, 404), answer["body"]
    elif path.endswith("token"):
        assert parse_qs(sent["-d"])["grant_type"] == ["client_credentials"]
    elif path.startswith(("/webhook", "/aliases", "/sender-alarms")) or admins_only:
        service = Service()
        app = service.register(gateway.app_of(APP_ID), admin=admins_only)
        body = sent.get("-d", "")
        parameters = dict(parse_qsl(address.query))
        token = token_of(app, *(CLIENT_SCOPES | (ADMIN if admins_only else frozenset())))
        answer = service.call(method, address.path, credential=f"Bearer {token}", body=body, **parameters)
        # 404: there is none yet. 501: this double takes no requests about people.
        assert answer["statusCode"] in ((501,) if admins_only else (200, 201, 404)), answer["body"]
    else:
        service = Service()
        app = service.register(gateway.app_of(APP_ID))
        target = address.path.replace("your-sensor-key", key_of(app))
        answer = service.call("POST", target, credential=key_of(app), body=sent["-d"])
        if not path.endswith("heartbeat"):  # no session is open
            assert answer["statusCode"] in (200, 202), answer["body"]
            assert "warnings" not in answer["json"]["message"]
            assert answer["json"].get("warnings", []) == []


def test_the_page_shows_every_path_and_loads_nothing_and_runs_only_its_own_script(world: World) -> None:
    answer = world.ask("/docs")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    for path in DOCUMENT["paths"]:
        assert f"<code>{path}</code>" in answer["body"]
    assert not re.search(r"(src|href)=['\"]?(https?:)?//", answer["body"])
    policy = answer["headers"]["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        (inline,) = re.findall(rf"<{kind}>(.*?)</{kind}>", answer["body"], re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not re.search(r"<[^>]*\s(style|on\w+)=", answer["body"])


def test_every_link_of_the_page_leads_to_one_place_on_it(world: World) -> None:
    body = world.ask("/docs")["body"]
    places = re.findall(r"<[^>]*\sid=([\w-]+)", body)
    assert len(places) == len(set(places))
    assert set(re.findall(r"href='#([\w-]+)'", body)) <= set(places)
    assert {f"shape-{name}" for name in SCHEMAS} <= set(places)


def test_the_page_shows_for_each_operation_its_command_its_scope_and_an_example_of_its_answer(world: World) -> None:
    articles = re.findall(
        r"<article id=((?:get|post|put|delete)_\w+)>(.*?)</article>", world.ask("/docs")["body"], re.DOTALL
    )
    assert sorted(name for name, _ in articles) == sorted(operation["operationId"] for _, _, operation, _ in OPERATIONS)
    for name, article in articles:
        assert re.search(r"<pre tabindex=0>curl (-X [A-Z]+ )?&quot;\$URL/", article), name
        assert "Scope: <code>" in article or "No credential" in article or "key is in the path" in article, name
        assert "Example of 20" in article or name in OF_FILES, name


def test_what_descriptions_put_in_backticks_the_page_shows_as_code(world: World) -> None:
    page = re.sub("<script>.*</script>", "", world.ask("/docs")["body"], flags=re.DOTALL)
    assert "`" not in page
    descriptions = [
        DOCUMENT["info"]["description"],
        *(parameter["description"] for parameter in DOCUMENT["paths"]["/events"]["get"]["parameters"]),
    ]
    quoted = [word for text in descriptions for word in re.findall("`([^`]+)`", text)]
    assert {"urn:uuid:", "cursor", "GradeEvent"} <= set(quoted)
    assert [name for name in quoted if f"<code>{name}</code>" not in page] == []


@pytest.mark.slow
def test_the_handler_does_not_load_what_describes_it() -> None:
    program = "import sys, functions.query.handler; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert [module for module in loaded if "openapi" in module or "shapes" in module] == []
    assert "functions.query.operations.description" in loaded


def described() -> list[tuple[str, str, Any]]:
    """Verb, path and operation of all, described anew."""
    return [
        (verb, path, item[verb])
        for path, item in document(ROUTES, "1.0.0")["paths"].items()
        for verb in ("get", "post", "put", "delete")
        if verb in item
    ]


def test_an_operation_with_an_id_in_its_path_may_be_answered_that_the_id_is_odd_or_unknown() -> None:
    statuses = {(verb, path): set(operation["responses"]) for verb, path, operation in described() if verb == "get"}
    with_an_id = {place: codes for place, codes in statuses.items() if "{" in place[1] and "/console" not in place[1]}
    assert len(with_an_id) > 10
    assert {place: {"400", "404"} - codes for place, codes in with_an_id.items() if not codes >= {"400", "404"}} == {}


def test_what_only_a_token_may_do_offers_no_sensor_key() -> None:
    schemes = {
        (verb, path): [name for scheme in operation["security"] for name in scheme]
        for verb, path, operation in described()
        if operation.get("security")
    }
    assert schemes["post", "/webhooks"] == schemes["get", "/webhooks"] == schemes["get", "/operations"] == ["token"]
    assert schemes["get", "/events"] == schemes["post", "/caliper/event"] == ["token", "key", "basic"]


def test_what_is_said_of_a_parameter_is_what_is_taken() -> None:
    schemas = {
        parameter["name"]: parameter["schema"]
        for _, path, operation in described()
        if path == "/runs"
        for parameter in operation["parameters"]
    }
    assert (schemas["timezone"]["minLength"], schemas["timezone"]["maxLength"]) == (1, 64)
    assert (schemas["actor"]["minLength"], schemas["actor"]["maxLength"]) == (1, 2048)
    assert (schemas["cursor"]["minLength"], schemas["cursor"]["maxLength"]) == (1, 512)
    assert (schemas["limit"]["minimum"], schemas["limit"]["maximum"]) == (1, 1000)
