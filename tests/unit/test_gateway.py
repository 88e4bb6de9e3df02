"""The test gateway is as AWS's: what it hands on, what it keeps to itself, and what our answers make of that."""

import json
from urllib.parse import quote

import pytest

from functions.client.double.request import EVENT_BYTES, body_parts, fits, handed_on, most_bytes, usual_bytes
from functions.core.caliper.envelope.request_body import MAX_BODY_BYTES
from functions.http.gate import CLIENT_SCOPES
from tests.gateway import Service, app_of, key_of, route_of, token_of
from tests.payloads import APP, Payloads, envelope

OWN = app_of(APP, "*")
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"
CAPTURED = [
    ("plain", "plain"),
    ("space%20value", "space value"),
    ("question%3Fvalue", "question"),
    ("percent%25done", None),
    ("hash%23value", "hash#value"),
    ("slash%2Fvalue", "slash/value"),
    ("unicode-%CE%BB-%E4%B8%96%E7%95%8C", "unicode-λ-世界"),
    ("literal%252Fvalue", "literal/value"),
    ("literal%253Fvalue", "literal?value"),
    ("literal%2525value", "literal%value"),
]
ALWAYS_TEXT, ALWAYS_BASE64 = 1_000_000, 4_500_000  # docs/clients.md: so many bytes always fit


@pytest.fixture
def service() -> Service:
    new_service = Service()
    new_service.register(OWN)
    return new_service


def stored(service: Service, event_id: str) -> None:
    event = Payloads(3).question_started(STUDENT) | {"id": event_id}
    assert service.call("POST", "/", credential=key_of(OWN), body=envelope(event))["statusCode"] == 200
    service.drain()


@pytest.mark.parametrize(("sent", "handed"), CAPTURED)
def test_a_path_is_handed_on_as_it_was_captured_on_aws(sent: str, handed: str | None) -> None:
    assert handed_on(f"/capture/{sent}") == (None if handed is None else f"/capture/{handed}")


def by_path(service: Service, event_id: str) -> tuple[int, str]:
    """Status and, of an event, its id, else the message."""
    path = f"/caliper/events/{quote(event_id, safe='')}"
    answer = service.call("GET", path, credential=f"Bearer {token_of(OWN, *CLIENT_SCOPES)}")
    body = answer["json"]
    return answer["statusCode"], body["event"]["externalId"] if "event" in body else str(body.get("message", body))


@pytest.mark.parametrize("event_id", ["urn:x:a b", "https://lms.example.org/a#b", "https://lms.example.org/λ/1"])
def test_an_id_of_other_characters_is_found_by_path(service: Service, event_id: str) -> None:
    stored(service, event_id)
    assert by_path(service, event_id) == (200, event_id)


@pytest.mark.parametrize(
    ("event_id", "status"), [("https://lms.example.org/event?attempt=1", 404), ("https://lms.example.org/a%20b", 404),
                             ("https://lms.example.org/100%", 400)],
)  # fmt: skip
def test_an_id_that_a_path_does_not_carry_is_found_by_its_query_parameter(
    service: Service, event_id: str, status: int
) -> None:
    stored(service, event_id)
    assert by_path(service, event_id)[0] == status
    answer = service.call("GET", "/events", credential=f"Bearer {token_of(OWN, *CLIENT_SCOPES)}", id=event_id)
    assert [event["event"]["id"] for event in answer["json"]["events"]] == [event_id]


def test_an_event_that_is_not_found_by_path_is_said_to_be_found_more_safely(service: Service) -> None:
    stored(service, "https://lms.example.org/event?attempt=1")
    status, message = by_path(service, "https://lms.example.org/event?attempt=1")
    assert status == 404
    assert "GET /events?id=" in message
    assert "`?` or `%`" in message


def test_by_path_an_id_with_a_question_mark_may_get_the_shorter_ids_event(service: Service) -> None:
    """Nothing here can tell: the gateway cuts it. docs/querying.md says so."""
    stored(service, "https://lms.example.org/event?attempt=1")
    stored(service, "https://lms.example.org/event")
    assert by_path(service, "https://lms.example.org/event?attempt=1") == (200, "https://lms.example.org/event")


@pytest.mark.parametrize("name", ["externalId", "userId", "sessionId"])
def test_the_description_of_an_id_in_a_path_names_the_query_to_ask_instead(service: Service, name: str) -> None:
    paths = service.call("GET", "/openapi.json")["json"]["paths"]
    variables = [parameter for path in paths.values() for parameter in path.get("parameters", [])]
    described = {variable["description"] for variable in variables if variable["name"] == name}
    assert described
    assert all("`?` or `%`" in text and "ask GET /" in text for text in described)


@pytest.mark.parametrize("path", ["/caliper/event", "/events", "/k/some-key", "/caliper/events/urn:x:1", "/none"])
def test_options_goes_to_the_default_route_without_an_authorizer(service: Service, path: str) -> None:
    assert route_of("OPTIONS", path) is None
    before = service.table.calls.total
    answer = service.call("OPTIONS", path, credential="ck_unknown")
    assert answer["statusCode"] == (404 if path == "/none" else 204)
    assert service.table.calls.total == before, "the authorizer was asked"


def test_other_verbs_go_to_the_default_route_too(service: Service) -> None:
    assert route_of("DELETE", "/events") is None
    assert service.call("DELETE", "/events")["statusCode"] == 405


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "text/plain", "Application/XML"]
)
def test_text_is_handed_on_as_text(media_type: str) -> None:
    assert body_parts("é".encode(), media_type) == {"body": "é", "isBase64Encoded": False}
    assert body_parts(b"\x1f\x8b", media_type)["body"] == "\x1f\ufffd"


@pytest.mark.parametrize("media_type", ["application/octet-stream", "application/jwt", "", "application/ld+json"])
def test_every_other_type_is_handed_on_as_base64(media_type: str) -> None:
    assert body_parts("é".encode(), media_type) == {"body": "w6k=", "isBase64Encoded": True}


@pytest.mark.parametrize("text", ['"', "\\", "\n", "\x00", "\x7f", "é", "世", "😀", "a", "", 'a"é😀\\b'])
def test_the_longest_escapes_are_counted_as_they_would_be_written(text: str) -> None:
    def long(char: str) -> str:
        units = char.encode("utf-16-be")
        plain = " " <= char <= "~" and char not in '"\\'
        return char if plain else "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))

    event = {"rawPath": "/", "body": text}
    written = json.dumps(event | {"body": ""}).replace('"body": ""', f'"body": "{"".join(map(long, text))}"')
    assert json.loads(written) == event
    assert most_bytes(event) == len(written)


def posted(service: Service, body: bytes, media_type: str = "application/json") -> tuple[int, dict[str, str]]:
    answer = service.call("POST", "/", credential=key_of(OWN), body=body, media_type=media_type)
    return answer["statusCode"], answer["json"]


@pytest.mark.parametrize("text", ['\\"', "世", "\\n", "é", "a"])
def test_json_of_the_size_that_always_fits_reaches_the_service(service: Service, text: str) -> None:
    unit = text.encode()
    body = b'["' + unit * ((ALWAYS_TEXT - 4) // len(unit)) + b'"]'
    status, answer = posted(service, body)
    assert (status, answer["code"]) == (400, "envelope"), "said by us of what it holds, not of its size"


def test_base64_of_the_size_that_always_fits_reaches_the_service(service: Service) -> None:
    status, answer = posted(service, b"\xff" * ALWAYS_BASE64, "application/octet-stream")
    assert (status, answer["code"]) == (415, "unsupported-media-type")


def test_above_the_event_that_lambda_takes_the_gateway_refuses(service: Service) -> None:
    largest = EVENT_BYTES // 6
    for body, media_type in ((b"\n" * largest, "application/json"), (b"x" * 4_718_592, "application/octet-stream")):
        assert posted(service, body, media_type) == (413, {"message": "Request Entity Too Large"})
    assert service.queue.bodies == []


def test_above_its_own_limit_the_service_refuses_in_its_words(service: Service) -> None:
    status, answer = posted(service, b"[" + b" " * MAX_BODY_BYTES + b"]")
    assert (status, answer["code"]) == (413, "too-large")
    assert "the most in one request is 5000000 (5000 kB)" in answer["message"]


def test_the_event_is_taken_to_the_last_byte() -> None:
    event = {"rawPath": "/", "body": ""}
    room = EVENT_BYTES - most_bytes(event)
    assert fits(event | {"body": "x" * room})
    assert not fits(event | {"body": "x" * (room + 1)})


def test_an_ordinary_envelope_of_the_largest_size_fits_with_the_escapes_that_json_demands() -> None:
    events = Payloads(3).events(200)
    body = json.dumps(envelope(*events)).encode()
    ratio = usual_bytes({"body": body.decode()}) / len(body)
    assert ratio * MAX_BODY_BYTES < EVENT_BYTES - 100_000, (
        "with room for the longest headers and an authorizer's context"
    )
