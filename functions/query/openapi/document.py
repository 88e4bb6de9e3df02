"""`GET /openapi.json`: the whole API, generated from the tables that serve it and from the types of its shapes."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, get_type_hints

import msgspec

from functions.http.answers import JSON
from functions.http.changes.routes import CHANGE_ROUTES, ChangeRoute
from functions.http.gate import READ_WEBHOOKS, WRITE
from functions.http.ingest_routes import INGEST_ROUTES, IngestRoute
from functions.http.paths import ALIASES, VALIDATE
from functions.http.route import Route
from functions.http.shapes.findings import Refusal
from functions.http.shapes.ingest import Accepted
from functions.http.shapes.names import shape
from functions.query.openapi.examples import example_of
from functions.query.openapi.parameters import parameter_of, path_variable
from functions.query.openapi.security import security, security_schemes

type Json = dict[str, Any]
type Routes = tuple[Route[Any], ...]

ABOUT = (
    "Takes Caliper Analytics 1.1 and 1.2 events, attributes them to learners, sessions and activity runs, and answers "
    "questions about them. Identifiers are IRIs and go percent-encoded into query parameters; `urn:uuid:` before a "
    "bare UUID may be left out. Times are ISO 8601. Bodies are JSON, not compressed. Lists continue by `cursor`. Every "
    "GET answers HEAD too; a slash at the end of a path changes nothing. An app reads only what it sent, unless its "
    "credential has the admin scope."
)

TAGS = {
    "send": "Send events",
    "read": "Ask questions",
    "timeback": "As TimeBack clients ask",
    "people": "Say which ids are one person",
    "webhooks": "Have events sent on",
    "open": "Without a credential",
}


def document(routes: Routes, version: str) -> Json:
    """The OpenAPI 3.1 document of these routes and of those where events are sent."""
    shapes = Shapes([shape(route.answers) for route in routes if route.answers])
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path.template, {})["get"] = read_operation(route, shapes)
    for ingest_route in INGEST_ROUTES:
        paths.setdefault(ingest_route.path.template, {})["post"] = ingest_operation(ingest_route, shapes)
    for change in CHANGE_ROUTES:
        paths.setdefault(change.path.template, {})[change.verb.lower()] = change_operation(change, shapes)
    for path, item in paths.items():
        variables = [path_variable(name) for name in re.findall(r"\{(\w+)\}", path)]
        if variables:
            item["parameters"] = variables
    return {
        "openapi": "3.1.0",
        "info": {"title": "Caliper event service", "version": version, "description": ABOUT},
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": shapes.components, "securitySchemes": security_schemes()},
    }


class Shapes:
    """The JSON Schemas of all shapes, and an example of each."""

    def __init__(self, answers: Iterable[Any]) -> None:
        types = [*answers, Refusal]
        for route in INGEST_ROUTES:
            types += [*route.takes, route.answers, *([route.refuses] if route.refuses else [])]
        for change in CHANGE_ROUTES:
            types += [shape(change.answers), *([shape(change.takes)] if change.takes else [])]
        schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
        self.components: Json = {name: in_order(components[name], shape(name)) for name in sorted(components)}
        self._schemas: list[tuple[Any, Json]] = list(zip(types, schemas, strict=True))

    def schema(self, *types: Any) -> Json:
        schemas = [next(schema for known, schema in self._schemas if known is wanted) for wanted in types]
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}

    def content(self, *types: Any) -> Json:
        schema = self.schema(*types)
        return {"schema": schema, "example": example_of(schema, self.components)}


def in_order(schema: Json, declared: Any) -> Json:
    """The properties in the order in which the shape declares them, which is that of the answers."""
    return schema | {"properties": {name: schema["properties"][name] for name in get_type_hints(declared)}}


def read_operation(route: Route[Any], shapes: Shapes) -> Json:
    """One GET. Its tag says for whom it is."""
    path = route.path.template
    statuses = {200, *route.statuses}
    if route.parameters or (route.strict and route.scope is not None):
        statuses.add(400)
    if route.scope is not None:
        statuses |= {401, 503} | ({403} if route.unscoped_status == 403 else set())
    if "{" in path:
        statuses |= {400, 404}
    tag = "timeback" if path.startswith(("/caliper", "/jobs", "/insights/", "/edubridge/")) else "read"
    if route.path is ALIASES:
        tag = "people"
    if route.scope == READ_WEBHOOKS:
        tag = "webhooks"
    if route.scope is None or route.scope == WRITE:
        tag = "open" if route.scope is None else "send"
    answers = shape(route.answers) if route.answers else None
    operation: Json = {
        "operationId": operation_id("get", path),
        "tags": [tag],
        "summary": route.description,
        "parameters": [
            parameter_of(parameter, required=[parameter.name] == list(route.one_of) or parameter.name in route.required)
            for parameter in route.parameters
        ],
        "responses": responses(statuses, shapes, {200: (route.media_type, answers)}),
        "security": security(route.scope, route.path),
    }
    for media_type in route.other_media_types:
        operation["responses"]["200"]["content"][media_type] = {"schema": {"type": "string"}}
    if len(route.one_of) > 1:
        operation["description"] = f"Send exactly one of {', '.join(f'`{name}`' for name in route.one_of)}."
    if route.some_of:
        operation["description"] = f"Send {' or '.join(f'`{name}`' for name in route.some_of)}, or both."
    return operation


def ingest_operation(route: IngestRoute, shapes: Shapes) -> Json:
    """One POST."""
    described: dict[int, tuple[str, Any]] = {route.path.accepted: (JSON, route.answers)}
    if route.refuses is not None:
        described |= dict.fromkeys(route.statuses, (JSON, route.refuses))
    operation = {
        "operationId": operation_id("post", route.path.template),
        "tags": ["send"],
        "summary": route.description,
        "requestBody": {"required": True, "content": {route.media_type: shapes.content(*route.takes)}},
        "responses": responses({route.path.accepted, *route.statuses}, shapes, described),
        "security": security(WRITE if route.path.ingests else None, route.path),
    }
    if route.path is VALIDATE:
        strict = {"type": "string", "enum": ["true", "false", "1", "0"]}
        description = "Check as for an app that is registered as strict, or as for one that is not."
        operation["parameters"] = [{"name": "strict", "in": "query", "schema": strict, "description": description}]
    return operation


def change_operation(route: ChangeRoute, shapes: Shapes) -> Json:
    """One POST, PUT or DELETE of `manage`."""
    statuses = {route.accepted, 400, 401, 403, 503, *route.statuses, *((413,) if route.takes else ())}
    operation: Json = {
        "operationId": operation_id(route.verb.lower(), route.path.template),
        "tags": ["people" if route.path is ALIASES else "webhooks"],
        "summary": route.description,
        "parameters": [
            parameter_of(parameter, required=parameter.name in route.required) for parameter in route.parameters
        ],
        "responses": responses(statuses, shapes, {route.accepted: (JSON, shape(route.answers))}),
        "security": security(route.scope, route.path),
    }
    if route.takes:
        operation["requestBody"] = {"required": True, "content": {JSON: shapes.content(shape(route.takes))}}
    return operation


def responses(statuses: Iterable[int], shapes: Shapes, described: dict[int, tuple[str, Any]]) -> Json:
    """The answers by status; a status that is not described is a Refusal."""
    by_status: Json = {}
    for status in sorted({*statuses, 429}):
        media_type, answers = described.get(status, (JSON, Refusal))
        if media_type != JSON:
            content: Json = {"schema": {"type": "string"}}
        elif status < 300:
            content = shapes.content(answers)
        else:
            content = {"schema": shapes.schema(answers)}
        by_status[str(status)] = {"description": HTTPStatus(status).phrase, "content": {media_type: content}}
    # If all items of an envelope are rejected, the report comes with 400, in the shape of the success.
    if described.get(200, described.get(202)) == (JSON, Accepted):
        by_status["400"]["content"][JSON]["schema"] = shapes.schema(Refusal, Accepted)
    return by_status


def operation_id(verb: str, path: str) -> str:
    """`get_jobs_jobId_status`."""
    return "_".join([verb, *re.findall(r"\w+", path)]) if path != "/" else f"{verb}_root"
