"""The body of a change: one JSON object of at most 64 KiB, as text or as base64."""

import base64
import json
from typing import Any

import pytest

from functions.http.changes.bodies import LARGEST, object_in


def padded(size: int) -> str:
    """A JSON object of so many bytes."""
    return json.dumps({"name": "x" * (size - len('{"name": ""}'))})


def refusal(event: dict[str, Any]) -> tuple[int, str, list[str]]:
    """The status, code and places of the answer that refuses a body."""
    answer = object_in(event)
    body = json.loads(answer["body"])
    return answer["statusCode"], body["code"], [fault["pointer"] for fault in body["errors"]]


def test_a_body_is_read_as_text_and_as_base64() -> None:
    assert object_in({"body": '{"name": "é"}', "isBase64Encoded": False}) == {"name": "é"}
    assert object_in({"body": '{"name": "é"}'}) == {"name": "é"}
    encoded = base64.b64encode('{"name": "é"}'.encode()).decode()
    assert object_in({"body": encoded, "isBase64Encoded": True}) == {"name": "é"}


def test_the_limit_of_a_body_is_64_kib_in_bytes() -> None:
    assert LARGEST == 65_536
    assert len(object_in({"body": padded(65_536)})["name"]) == 65_524
    assert refusal({"body": padded(65_537)}) == (413, "too-large", [])
    assert refusal({"body": json.dumps({"name": "é" * 33_000}, ensure_ascii=False)}) == (413, "too-large", [])
    encoded = base64.b64encode(padded(65_536).encode()).decode()
    assert "name" in object_in({"body": encoded, "isBase64Encoded": True})


@pytest.mark.parametrize("event", [{}, {"body": None}, {"body": ""}, {"body": "{"}, {"body": '{"name": "\ud800"}'}])
def test_what_is_no_json_is_refused_as_a_whole(event: dict[str, Any]) -> None:
    assert refusal(event) == (400, "not-json", [""])


@pytest.mark.parametrize("body", ["[]", "7", "null", '"name"', '[{"name": "x"}]', '{"statusCode": 200}'])
def test_what_is_no_object_of_a_route_is_refused_as_a_whole(body: str) -> None:
    assert refusal({"body": body}) == (400, "not-an-object", [""])


def test_what_is_no_base64_is_refused() -> None:
    assert refusal({"body": "{}!", "isBase64Encoded": True})[0] == 413
