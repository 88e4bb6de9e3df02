"""A browser's preflight: a 2xx with nothing in it for a page that may call, words for one that may not."""

import json
from typing import Any

import pytest

from functions.query.dependencies import Dependencies
from functions.query.handler import handler
from functions.query.settings import QuerySettings
from tests.fakes import MemoryTable

PAGE = "https://page.example.org"
PATHS = ["/caliper/event", "/", "/k/some-key", "/events/1.0/heartbeat", "/health", "/oauth2/token", "/no-such-path"]


def with_origins(cors_origins: str) -> Dependencies:
    table = MemoryTable()
    return Dependencies(
        table=table, registry_table=table, settings=QuerySettings(table_name="t", cors_origins=cors_origins)
    )


def preflight(path: str, *, origin: str | None = PAGE, cors_origins: str = "") -> dict[str, Any]:
    headers = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    headers |= {"origin": origin} if origin is not None else {}
    event = {"rawPath": path, "headers": headers, "requestContext": {"http": {"method": "OPTIONS"}}}
    return handler(event, None, dependencies=with_origins(cors_origins), now_us=1)


def named(answer: dict[str, Any], name: str) -> str:
    return str(answer["headers"][f"Access-Control-{name}"])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("cors_origins", [PAGE, f"http://localhost:3000,{PAGE}", "*", "https://*"])
def test_the_preflight_of_a_page_that_may_call_is_answered_204_with_an_empty_body(path: str, cors_origins: str) -> None:
    answer = preflight(path, cors_origins=cors_origins)
    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert named(answer, "Allow-Origin") == PAGE
    assert named(answer, "Allow-Methods") == "GET,HEAD,POST,PUT,DELETE"
    assert "authorization" in named(answer, "Allow-Headers")
    assert answer["headers"]["Vary"] == "Origin"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "cors_origins", ["", "https://other.example.org", "http://*", PAGE + ":8443", PAGE + ".evil.example"]
)
def test_the_preflight_of_a_page_that_may_not_call_is_told_what_to_set(path: str, cors_origins: str) -> None:
    answer = preflight(path, cors_origins=cors_origins)
    assert answer["statusCode"] == 403
    said = json.loads(answer["body"])
    assert said["code"] == "cross-origin"
    assert PAGE in said["message"]
    assert "cors_origins" in said["message"]
    assert not [name for name in answer["headers"] if name.lower().startswith("access-control")]


@pytest.mark.parametrize("origin", [None, "", "null"])
@pytest.mark.parametrize("cors_origins", ["", PAGE])
def test_a_page_without_an_origin_of_its_own_may_not_call(origin: str | None, cors_origins: str) -> None:
    assert preflight("/caliper/event", origin=origin, cors_origins=cors_origins)["statusCode"] == 403


def test_an_options_request_that_is_no_preflight_is_answered_as_without_cors() -> None:
    event = {"rawPath": "/health", "headers": {"origin": PAGE}, "requestContext": {"http": {"method": "OPTIONS"}}}
    answer = handler(event, None, dependencies=with_origins(PAGE), now_us=1)
    assert answer["statusCode"] == 204
    assert answer["headers"]["Allow"] == "GET, HEAD, OPTIONS"
