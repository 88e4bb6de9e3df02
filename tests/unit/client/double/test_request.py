"""What the gateway makes of a request: the route, the path that it hands on, the Lambda event with the body in it."""

import base64
from typing import Any

import pytest

from functions.client.double.request import (
    EVENT_BYTES,
    HttpRequest,
    body_parts,
    fits,
    handed_on,
    lambda_event,
    most_bytes,
    route_of,
    usual_bytes,
)


@pytest.mark.parametrize(
    ("method", "path", "template", "variables"),
    [
        ("POST", "/caliper/event", "/caliper/event", {}),
        ("GET", "/jobs/a b/status", "/jobs/{jobId}/status", {"jobId": "a b"}),
        ("GET", "/events", "/events", {}),
    ],
)
def test_a_path_is_routed_with_its_variables(method: str, path: str, template: str, variables: dict[str, str]) -> None:
    routed = route_of(method, path)
    assert routed is not None
    assert routed.route.template == template
    assert routed.variables == variables


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs//status"),
        ("GET", "/jobs/a/b/status"),
        ("GET", "/xevents"),
        ("PUT", "/events"),
    ],
)
def test_what_is_no_route_is_taken_by_default(method: str, path: str) -> None:
    assert route_of(method, path) is None


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ("/a%20b", "/a b"), ("/a+b", "/a+b"), ("/a%2520b", "/a b"), ("/a%3Fb%2Fc", "/a"), ("/a%253Fb", "/a?b"),
        ("/%FF", "/\ufffd"), ("/a%", None), ("/a%2", None), ("/a%zz", None), ("/a%25", None), ("/a%25zz", None),
        ("/a%3F%25zz", "/a"), ("/µ", "/µ"),
    ],
)  # fmt: skip
def test_a_path_is_decoded_cut_and_decoded_again_as_on_aws(sent: str, path: str | None) -> None:
    assert handed_on(sent) == path


def event_of(target: str = "/events", *, method: str = "GET", body: bytes = b"", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda_event(HttpRequest(method=method, target=target, headers=named, body=body), "/path", {"id": "1"})


def test_an_event_has_what_the_payload_format_says() -> None:
    assert event_of("/events?id=a%20b&empty=&id=c&%FF=1&q=?", authorization="k") == {
        "version": "2.0",
        "rawPath": "/path",
        "rawQueryString": "id=a%20b&empty=&id=c&%FF=1&q=?",
        "queryStringParameters": {"id": "a b,c", "empty": "", "\ufffd": "1", "q": "?"},
        "headers": {"authorization": "k"},
        "pathParameters": {"id": "1"},
        "requestContext": {"http": {"method": "GET", "path": "/path"}},
        "body": None,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [("GET", b"", None), ("POST", b"", ""), ("GET", b"{}", "{}"), ("PUT", b"{}", "{}"), ("DELETE", b"", None)],
)
def test_only_a_post_has_a_body_if_it_is_empty(method: str, body: bytes, expected: str | None) -> None:
    assert event_of(method=method, body=body, content_type="application/json")["body"] == expected


@pytest.mark.parametrize(
    ("media_type", "is_text"),
    [
        ("application/json", True), ("APPLICATION/JSON; charset=utf-8", True), ("text/plain", True),
        ("application/xml", True), ("application/javascript ; x", True), ("application/vnd.ims+json", False),
        ("application/json-seq", False), ("application/x-www-form-urlencoded", False), ("", False),
    ],
)  # fmt: skip
def test_a_body_is_handed_on_as_its_type_says(media_type: str, is_text: bool) -> None:
    body = "µ".encode() + b"\xff"
    text, packed = {"body": "µ\ufffd", "isBase64Encoded": False}, base64.b64encode(body).decode()
    assert body_parts(body, media_type) == (text if is_text else {"body": packed, "isBase64Encoded": True})


@pytest.mark.parametrize(
    ("body", "most", "usual"),
    [
        ("abc", 3, 3),
        ('"', 6, 2),
        ("\\", 6, 2),
        ("\n", 6, 2),
        ("\x7f", 6, 1),
        ("µ", 6, 2),
        ("😀", 12, 4),
        ('a"µb', 14, 6),
    ],
)
def test_the_size_of_an_event_is_that_of_its_json(body: str, most: int, usual: int) -> None:
    event: dict[str, Any] = {"path": "/µ", "body": ""}
    assert most_bytes(event | {"body": body}) - most_bytes(event) == most
    assert usual_bytes(event | {"body": body}) - usual_bytes(event) == usual
    assert most_bytes(event) == most_bytes(event | {"body": None}) == len('{"path": "/\\u00b5", "body": ""}')
    assert usual_bytes(event) == len('{"path":"/µ","body":""}'.encode())


@pytest.mark.slow
def test_as_much_fits_as_lambda_takes() -> None:
    around = most_bytes({"body": ""})
    assert EVENT_BYTES == 6 * 1024 * 1024
    assert fits({"body": "x" * (EVENT_BYTES - around)})
    assert not fits({"body": "x" * (EVENT_BYTES - around + 1)})
