"""What the description says of each operation, in full: its tag, answers, credentials, parameters and shapes."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from functions.http.changes.routes import CHANGE_ROUTES
from functions.http.ingest_routes import INGEST_ROUTES
from functions.query.openapi.document import ABOUT, TAGS, document
from functions.query.openapi.parameters import VARIABLES, path_variable
from functions.query.routes import ROUTES

type Json = dict[str, Any]
type Place = tuple[str, str]


class Row(NamedTuple):
    """`answers`: of each success its shapes and other media types. `parameters`: one with `!` must be sent."""

    tag: str
    statuses: str
    credentials: str
    parameters: str
    answers: str
    takes: str


# A line of each operation: its verb and path, and the members of its row, between bars.
OPERATIONS = Path(__file__).parents[2] / "fixtures" / "operations.txt"


def described() -> dict[Place, Json]:
    """Each operation, described anew."""
    return {
        (verb, path): operation
        for path, item in document(ROUTES, "1.0.0")["paths"].items()
        for verb, operation in item.items()
        if verb != "parameters"
    }


def shape_in(schema: Json) -> str:
    if "anyOf" in schema:
        return "|".join(map(shape_in, schema["anyOf"]))
    return str(schema["$ref"]).removeprefix("#/components/schemas/") if "$ref" in schema else str(schema["type"])


def content_in(content: Json) -> str:
    return " ".join(
        shape_in(each["schema"]) if kind == "application/json" else f"{kind}={shape_in(each['schema'])}"
        for kind, each in content.items()
    )


def in_words(operation: Json) -> Row:
    """An operation as the table has it. An answer that is no success and not of the usual shape is said with them."""
    answers = {status: content_in(response["content"]) for status, response in operation["responses"].items()}
    return Row(
        tag=" ".join(operation["tags"]),
        statuses=" ".join(answers),
        credentials=" ".join(
            " ".join(scope.rpartition("/")[2] for scope in scopes) or kind
            for scheme in operation["security"]
            for kind, scopes in scheme.items()
        ),
        parameters=" ".join(
            each["name"] + "!" * each.get("required", False) for each in operation.get("parameters", ())
        ),
        answers=", ".join(f"{status} {answer}" for status, answer in answers.items() if answer != "Refusal"),
        takes=content_in(operation["requestBody"]["content"]) if "requestBody" in operation else "",
    )


def test_each_operation_is_described_as_the_table_says() -> None:
    lines = [
        " | ".join((f"{verb} {path}", *(word or "-" for word in in_words(each))))
        for (verb, path), each in described().items()
    ]
    assert lines == OPERATIONS.read_text().splitlines()


def test_each_operation_is_described_in_words_of_its_route() -> None:
    routes: list[tuple[str, Any]] = [("get", route) for route in ROUTES]
    routes += [("post", route) for route in INGEST_ROUTES]
    routes += [(route.verb.lower(), route) for route in CHANGE_ROUTES]
    operations = described()
    assert {place: operation["summary"] for place, operation in operations.items()} == {
        (verb, route.path.template): route.description for verb, route in routes
    }
    assert all(body["requestBody"]["required"] is True for body in operations.values() if "requestBody" in body)
    said = {path: operation["description"] for (_, path), operation in operations.items() if "description" in operation}
    assert said == {
        "/edubridge/analytics/activity": "Send `studentId` or `email`, or both.",
        "/edubridge/analytics/facts/weekly": "Send `studentId` or `email`, or both.",
        "/events": "Send exactly one of `actor`, `session`, `run`, `id`.",
        "/insights": "Send exactly one of `actor`, `session`.",
        "/runs": "Send exactly one of `actor`, `id`.",
        "/sessions": "Send exactly one of `actor`, `id`.",
    }


def test_each_status_is_described_by_its_phrase() -> None:
    phrases = {
        (status, answer["description"])
        for operation in described().values()
        for status, answer in operation["responses"].items()
    }
    assert dict(sorted(phrases)) == {
        "200": "OK",
        "201": "Created",
        "202": "Accepted",
        "400": "Bad Request",
        "401": "Unauthorized",
        "403": "Forbidden",
        "404": "Not Found",
        "409": "Conflict",
        "413": "Content Too Large",
        "415": "Unsupported Media Type",
        "422": "Unprocessable Content",
        "429": "Too Many Requests",
        "501": "Not Implemented",
        "503": "Service Unavailable",
    }


def test_each_parameter_stands_in_the_query_with_a_schema_that_its_example_fits() -> None:
    kinds = {("get", route.path.template, each.name): each.kind for route in ROUTES for each in route.parameters}
    parameters = [
        (kinds.get((verb, path, each["name"]), "text"), each)
        for (verb, path), operation in described().items()
        for each in operation.get("parameters", ())
    ]
    assert len(parameters) > 100
    for kind, each in parameters:
        Draft202012Validator.check_schema(each["schema"])
        assert each["in"] == "query", each
        if each["name"] == "strict":
            assert each["schema"] == {"type": "string", "enum": ["true", "false", "1", "0"]}
            continue
        assert " " in each["description"], each
        assert each.get("required", True) is True
        assert set(each["schema"]) - {"default"} == KEYWORDS.get(kind, {"type", "minLength", "maxLength"})
        if "example" in each:
            Draft202012Validator(each["schema"]).validate(each["example"])
        if "default" in each["schema"]:
            Draft202012Validator(each["schema"]).validate(each["schema"]["default"])


KEYWORDS = {"time": {"anyOf"}, "count": {"type", "minimum", "maximum"}, "choice": {"type", "enum"}}


@pytest.mark.parametrize("name", VARIABLES)
def test_each_variable_of_a_path_must_be_sent_and_has_an_example(name: str) -> None:
    variable = path_variable(name)
    description, example = VARIABLES[name]
    assert variable == {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }


def test_the_variables_of_a_path_are_described_with_it() -> None:
    paths = document(ROUTES, "1.0.0")["paths"]
    described_with = {path: [each["name"] for each in item.get("parameters", [])] for path, item in paths.items()}
    assert described_with["/edubridge/analytics/highestGradeMastered/{studentId}/{subject}"] == ["studentId", "subject"]
    assert {path for path, names in described_with.items() if names} == {path for path in paths if "{" in path}
    assert list(paths) == sorted(paths)


def test_the_description_begins_with_what_the_service_is() -> None:
    whole = document(ROUTES, "7.8.9")
    assert whole["openapi"] == "3.1.0"
    assert whole["info"] == {"title": "Caliper event service", "version": "7.8.9", "description": ABOUT}
    assert {tag["name"]: tag["description"] for tag in whole["tags"]} == TAGS
    used = {operation["tags"][0] for operation in described().values()}
    assert used == set(TAGS)
    schemes = whole["components"]["securitySchemes"]
    flow = schemes["token"]["flows"]["clientCredentials"]
    assert (schemes["token"]["type"], flow["tokenUrl"]) == ("oauth2", "/oauth2/token")
    assert all(scope.rpartition("/")[2] == short for scope, short in flow["scopes"].items())
    assert {name: (schemes[name]["type"], schemes[name]["scheme"]) for name in ("key", "basic")} == {
        "key": ("http", "bearer"),
        "basic": ("http", "basic"),
    }
    assert list(whole["components"]["schemas"]) == sorted(whole["components"]["schemas"])
