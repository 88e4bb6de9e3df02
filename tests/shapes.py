"""Holds an answer against its description: the status is one that is described, and the body has the declared shape.

Members that are not declared are a fault too: the shapes say all that an answer holds.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from functions.http.answers import JSON
from functions.http.router import Router
from functions.query.openapi.document import document
from functions.query.routes import ROUTES

ROUTER: Router[Any] = Router(ROUTES)
LARGEST = 200_000  # bytes of an answer that are looked through: the validator is slow


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document, in which no shape admits a member that it does not declare."""
    closed: dict[str, Any] = _closed(document(ROUTES, "test"))
    return closed


def _closed(value: Any) -> Any:
    if isinstance(value, dict):
        closed = {name: _closed(member) for name, member in value.items()}
        is_open = value.get("title") == "Event"  # what senders may extend
        return closed | ({"additionalProperties": False} if "properties" in value and not is_open else {})
    return [_closed(member) for member in value] if isinstance(value, list) else value


@cache
def _validator(template: str, verb: str, status: str, media_type: str) -> Draft202012Validator | None:
    responses = described()["paths"][template][verb]["responses"]
    assert status in responses, f"{verb} {template} answers {status}, which is not described"
    contents = responses[status]["content"]
    assert media_type in contents, f"{verb} {template} answers {status} as {media_type}, which is not described"
    if media_type != JSON:
        return None
    content = contents[JSON]
    return Draft202012Validator({**content["schema"], "components": described()["components"]})


def assert_described(method: str, path: str, answer: Mapping[str, Any]) -> None:
    """Fails if an answer has another status or shape than the API's description says."""
    match = ROUTER.match(path)
    verb = method.lower()
    if match is None or method.upper() not in match.allowed or verb in ("head", "options"):
        return
    body = answer.get("body") or ""
    if answer["statusCode"] == 400 and json.loads(body).get("code") == "control-character":
        return  # any path may have one
    media_type = answer["headers"]["Content-Type"]
    validator = _validator(match.path.template, verb, str(answer["statusCode"]), media_type)
    if validator is not None and len(body) <= LARGEST:
        validator.validate(json.loads(body))
