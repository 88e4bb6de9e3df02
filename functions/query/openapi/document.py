"""`GET /openapi.json`: the whole API, told by the tables that serve it (`routes`, `writes`)."""

import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson

from functions.http.answers import JSON
from functions.http.gate import READ, SCOPES, WRITE
from functions.http.ingest_routes import WRITES, Write
from functions.http.parameters import CURSOR_CHARS, ID_CHARS, Parameter
from functions.http.route import Route
from functions.query.openapi import requests as request_schemas
from functions.query.openapi import responses as answer_schemas
from functions.query.openapi.builder import ref
from functions.query.operations.health import VERSION
from functions.query.routes import ROUTES

type Json = dict[str, Any]

ABOUT = (
    "Takes Caliper Analytics 1.1 and 1.2 events, attributes them to learners, sessions and activity runs, and answers "
    "questions about them. Identifiers are IRIs and go percent-encoded into query parameters; `urn:uuid:` before a "
    "bare UUID may be left out. Times are ISO 8601. Bodies are JSON, not compressed. Lists continue by `cursor`. Every "
    "GET answers HEAD too; a slash at the end of a path changes nothing. An app reads only what it sent, unless its "
    "credential has the admin scope."
)

TAGS = {"send": "Send events", "read": "Ask about them", "timeback": "As TimeBack clients ask", "open": "No credential"}


@cache
def document_json() -> str:
    return orjson.dumps(document()).decode()


def document() -> Json:
    """The OpenAPI 3.1 document."""
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})["get"] = read_operation(route)
    for write in WRITES:
        paths.setdefault(write.path, {})["post"] = write_operation(write)
    for path, item in paths.items():
        variables = [path_variable(name) for name in re.findall(r"\{(\w+)\}", path)]
        if variables:
            item["parameters"] = variables
    return {
        "openapi": "3.1.0",
        "info": {"title": "Caliper event service", "version": VERSION, "description": ABOUT},
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": request_schemas.schemas() | answer_schemas.schemas(),
            "securitySchemes": security_schemes(),
        },
    }


def read_operation(route: Route) -> Json:
    statuses = {200, *route.statuses}
    if route.parameters or (route.strict and route.scope is not None):
        statuses.add(400)
    if route.scope is not None:
        statuses |= {401, 503} | ({403} if route.unscoped_status == 403 else set())
    if "{" in route.path:
        statuses |= {400, 404}
    tag = "timeback" if route.path.startswith(("/caliper", "/jobs", "/insights/")) else "read"
    tag = "open" if route.scope is None else tag
    operation = {
        "operationId": name_of("get", route.path),
        "tags": [tag],
        "summary": route.about,
        "parameters": [parameter_of(one) for one in route.parameters],
        "responses": responses(statuses, {200: (route.media_type, route.answers)}),
        "security": security(route.scope),
    }
    if len(route.one_of) > 1:
        operation["description"] = f"Give exactly one of {', '.join(f'`{name}`' for name in route.one_of)}."
    return operation


def write_operation(write: Write) -> Json:
    described = {write.success: (JSON, write.answers)}
    if not write.scoped:
        described |= dict.fromkeys(write.statuses, (JSON, "TokenRefusal"))
    operation = {
        "operationId": name_of("post", write.path),
        "tags": ["send"],
        "summary": write.about,
        "requestBody": {"required": True, "content": {write.media_type: {"schema": ref(write.takes)}}},
        "responses": responses({write.success, *write.statuses}, described),
        "security": security(WRITE if write.scoped and write.path != "/k/{key}" else None),
    }
    if write.path == "/caliper/event/validate":
        strict = {"type": "string", "enum": ["true", "false", "1", "0"]}
        about = "Judge as for an app that is registered as strict, or as for one that is not."
        operation["parameters"] = [{"name": "strict", "in": "query", "schema": strict, "description": about}]
    return operation


def responses(statuses: Iterable[int], described: dict[int, tuple[str, str]]) -> Json:
    found: Json = {}
    for status in sorted({*statuses, 429}):
        media_type, name = described.get(status, (JSON, "Refusal"))
        schema = ref(name) if media_type == JSON else {"type": "string"}
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {media_type: {"schema": schema}},
        }
    # Of an envelope without one good item the report comes with 400, in the shape of what was taken.
    if described.get(200, described.get(202)) == (JSON, "Accepted"):
        found["400"]["content"][JSON]["schema"] = {"anyOf": [ref("Refusal"), ref("Accepted")]}
    return found


def parameter_of(parameter: Parameter) -> Json:
    schema: Json = {"type": "string", "minLength": 1, "maxLength": ID_CHARS}
    if parameter.kind == "time":
        schema = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
    elif parameter.kind == "count":
        schema = {"type": "integer", "minimum": parameter.lowest, "maximum": parameter.highest}
    elif parameter.kind == "choice":
        schema = {"type": "string", "enum": list(parameter.choices)}
    elif parameter.kind == "cursor":
        schema = {"type": "string", "minLength": 1, "maxLength": CURSOR_CHARS}
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {"name": parameter.name, "in": "query", "description": parameter.about, "schema": schema}


# API Gateway cuts a decoded path at a question mark and decodes what is left once more.
_IN_PATHS = "One with `?` or `%` does not come through a path whole:"


def path_variable(name: str) -> Json:
    about = {
        "externalId": f"The event's id, percent-encoded. {_IN_PATHS} ask GET /events?id= for it.",
        "jobId": "The `jobId` of an ingest answer.",
        "userId": f"The learner, by bare UUID or IRI, percent-encoded. {_IN_PATHS} ask GET /insights?actor= for it.",
        "sessionId": (
            f"The session, by bare UUID or IRI, percent-encoded. {_IN_PATHS} ask GET /insights?session= for it."
        ),
        "key": "A sensor key.",
    }
    schema = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "description": about.get(name, ""), "schema": schema}


def name_of(verb: str, path: str) -> str:
    """`get_jobs_jobId_status`."""
    return "_".join([verb, *re.findall(r"\w+", path)]) if path != "/" else f"{verb}_root"


def security(scope: frozenset[str] | None) -> list[Json]:
    """Any one of these. A sensor key is all that it takes where it has the scope."""
    if scope is None:
        return []
    wanted = "events.readonly" if scope == READ else "event.create"
    return [{"token": sorted(one for one in scope if one.endswith(wanted))}, {"key": []}, {"basic": []}]


def security_schemes() -> Json:
    flow = {"tokenUrl": "/oauth2/token", "scopes": {scope: scope.rpartition("/")[2] for scope in sorted(SCOPES)}}
    return {
        "token": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "key": {"type": "http", "scheme": "bearer", "description": "A token or a sensor key; the bare key will do."},
        "basic": {"type": "http", "scheme": "basic", "description": "A sensor key as user name or password."},
    }
