"""Who is refused, with which status, and whether the answer says what to do in the form that clients read."""

import base64
import gzip
import json
from typing import Any

import httpx
import pytest

from functions.http.gate import EVENT_CREATE, EVENTS_READONLY, EVENTS_WRITE
from functions.operate.registry.credentials import revoke
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import another_app, described, envelope, registry, viewed
from tests.payloads import V1P1

WRITE_PATHS = (
    "/",
    "/caliper/event",
    "/caliper/v1p2",
    "/caliper/event/validate",
    "/events/1.0",
    "/events/1.0/heartbeat",
)
READ_PATHS = ("/events", "/sessions", "/runs", "/rejections", "/progress", "/caliper/events", "/jobs/none/status")


def token(stack: Stack, client_id: str, secret: str, scope: str = "") -> httpx.Response:
    data = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    return stack.http.post(stack.endpoint.token_url, auth=(client_id, secret), data=data)


def scoped(stack: Stack, scope: str) -> dict[str, str]:
    answer = token(stack, stack.endpoint.client_id, stack.endpoint.client_secret, scope)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def assert_refused(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """In JSON, with the `message` that TimeBack's client shows its caller."""
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/json")
    body: dict[str, Any] = answer.json()
    assert isinstance(body["message"], str)
    assert body["message"]
    return body


VALIDATE = "/caliper/event/validate"


@pytest.mark.parametrize("path", [path for path in WRITE_PATHS if path != VALIDATE])
def test_a_token_that_may_only_read_cannot_send(stack: Stack, path: str) -> None:
    headers = scoped(stack, EVENTS_READONLY)
    answer = stack.http.post(stack.endpoint.url + path, json=envelope(viewed(stack)), headers=headers)
    body = assert_refused(answer, 401)  # Caliper 1.2: an under-privileged token is 401 on the ingest paths, not 403
    assert body["code"] == "insufficient_scope"
    assert EVENT_CREATE in body["message"]


def test_a_token_that_may_only_read_may_validate_because_nothing_is_stored(stack: Stack) -> None:
    body = envelope(viewed(stack))
    answer = stack.http.post(stack.endpoint.url + VALIDATE, json=body, headers=scoped(stack, EVENTS_READONLY))
    assert answer.status_code == 200, answer.text
    assert stack.rows("/events", id=body["data"][0]["id"]) == []


@pytest.mark.parametrize("scope", [EVENT_CREATE, EVENTS_WRITE])
@pytest.mark.parametrize("path", READ_PATHS)
def test_a_token_that_may_only_send_cannot_read(stack: Stack, path: str, scope: str) -> None:
    answer = stack.http.get(stack.endpoint.url + path, headers=scoped(stack, scope))
    body = assert_refused(answer, 403)
    assert body["code"] == "insufficient_scope"
    assert EVENTS_READONLY in body["message"]


@pytest.mark.parametrize("path", WRITE_PATHS)
@pytest.mark.parametrize("scope", [EVENT_CREATE, EVENTS_WRITE])
def test_the_scope_of_either_dialect_may_send_on_the_paths_of_both(stack: Stack, path: str, scope: str) -> None:
    headers = scoped(stack, scope)
    answer = stack.http.post(stack.endpoint.url + path, json=envelope(viewed(stack)), headers=headers)
    assert answer.status_code not in (401, 403), answer.text


@pytest.mark.parametrize("path", [*WRITE_PATHS, "/k/ck_unknown"])
def test_an_unknown_key_is_unauthorised_not_forbidden(stack: Stack, path: str) -> None:
    for credential in ("ck_unknown", "Bearer ck_unknown", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30."):
        answer = stack.http.post(stack.endpoint.url + path, json={}, headers={"Authorization": credential})
        assert_refused(answer, 401)


@pytest.mark.parametrize("path", [*WRITE_PATHS, *READ_PATHS])
def test_without_a_credential_the_answer_is_401_in_json(stack: Stack, path: str) -> None:
    url = stack.endpoint.url + path
    assert_refused(stack.http.post(url, json={}) if path in WRITE_PATHS else stack.http.get(url), 401)


def test_an_unknown_client_gets_no_token(stack: Stack) -> None:
    it = stack.endpoint
    for client_id, secret in ((it.client_id, "wrong"), ("nobody", it.client_secret)):
        answer = token(stack, client_id, secret)
        assert answer.status_code in (400, 401)
        assert "access_token" not in answer.text


def test_no_token_has_a_scope_that_its_client_lacks(stack: Stack) -> None:
    it = stack.endpoint
    answer = token(stack, it.client_id, it.client_secret, "https://purl.imsglobal.org/spec/caliper/v1p2/scope/admin")
    assert answer.status_code == 400
    assert "access_token" not in answer.text


def test_a_revoked_key_and_a_revoked_client_stop(stack: Stack) -> None:
    """At once where the gateway keeps no verdict; else when it forgets that, after 60 s (infra/api.py)."""
    registered, apps = another_app(stack), registry(stack)
    bearer = token(stack, registered.client_id, registered.client_secret).json()["access_token"]
    url, body = f"{stack.endpoint.url}/caliper/event", envelope(described(), version=V1P1)
    for header in (registered.sensor_key, f"Bearer {bearer}"):
        assert stack.http.post(url, json=body, headers={"Authorization": header}).status_code == 200

    stack.wait_for("both credentials", lambda: len(apps.credentials(registered.app)) == 2)
    for credential in apps.credentials(registered.app):
        cognito, pool = stack.client("cognito-idp"), stack.endpoint.user_pool_id
        revoke(apps, cognito, credential, user_pool_id=pool, now_us=1)
    for header in (f"Bearer {registered.sensor_key}", f"bearer {bearer}"):
        answer = stack.http.post(url, json=body, headers={"Authorization": header})
        assert assert_refused(answer, 401)["code"] == "revoked"
    assert stack.http.post(f"{stack.endpoint.url}/k/{registered.sensor_key}", json=body).status_code == 401
    assert token(stack, registered.client_id, registered.client_secret).status_code in (400, 401)


def test_one_app_does_not_read_what_another_sent(stack: Stack) -> None:
    event = viewed(stack)
    assert stack.post("/caliper/event", envelope(event)).status_code == 200
    stack.wait_for("the event", lambda: stack.rows("/events", id=event["id"]))
    assert stack.rows("/events", lms=True, id=event["id"]) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"dataVersion": "http://purl.imsglobal.org/ctx/caliper/v9p9"}, 422),
        ({"data": []}, 400),
        ({"data": "none"}, 400),
        ({"sensor": None}, 400),
        ({"sendTime": "yesterday"}, 400),
    ],
)
def test_a_malformed_envelope_is_told_as_the_standard_says(stack: Stack, change: dict[str, Any], status: int) -> None:
    body = assert_refused(stack.post("/caliper/event", envelope(viewed(stack)) | change), status)
    (error,) = body["errors"]
    assert error["pointer"] == f"/{next(iter(change))}"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_another_content_type_is_415(stack: Stack, media_type: str) -> None:
    request = stack.http.build_request(
        "POST", f"{stack.endpoint.url}/caliper/event", content=b"{}", headers=stack.headers()
    )
    request.headers.pop("Content-Type", None)
    if media_type:
        request.headers["Content-Type"] = media_type
    assert (
        "Send the header `Content-Type: application/json`" in assert_refused(stack.http.send(request), 415)["message"]
    )


@pytest.mark.parametrize("media_type", ["application/json", "application/gzip"])
@pytest.mark.parametrize("coding", ["gzip", ""])
def test_a_compressed_body_is_415_and_told_why(stack: Stack, media_type: str, coding: str) -> None:
    content = gzip.compress(json.dumps(envelope(viewed(stack))).encode())
    headers = stack.headers() | {"Content-Type": media_type} | ({"Content-Encoding": coding} if coding else {})
    answer = stack.http.post(f"{stack.endpoint.url}/caliper/event", content=content, headers=headers)
    assert assert_refused(answer, 415)["code"] == "compressed"


@pytest.mark.parametrize("path", ["/caliper/events/urn:x%0A1", "/insights/1.0/users/urn:x%0A1", "/jobs/a%0Ab/status"])
def test_a_line_end_in_an_id_of_a_path_is_not_a_matter_of_the_credential(stack: Stack, path: str) -> None:
    assert_refused(stack.get(path), 400, 404)


@pytest.mark.parametrize(
    "credential",
    ["Bearer {key}\x01", "Bearer ck_\t{key}", "Basic {encoded}"],
    ids=["control", "tab", "encoded line end"],
)
def test_a_control_character_in_a_credential_is_told(stack: Stack, credential: str) -> None:
    key = stack.endpoint.sensor_key
    encoded = base64.b64encode(f"sensor:{key}\n".encode()).decode()
    headers = [(b"Authorization", credential.format(key=key, encoded=encoded).encode())]
    answer = stack.http.post(f"{stack.endpoint.url}/caliper/event", json=envelope(described()), headers=headers)
    assert assert_refused(answer, 401)["code"] == "control_character"


def test_what_is_no_json_is_400(stack: Stack) -> None:
    for content in (b"", b"{", b'"x"', b"\xff\xfe", b"[]", b"null"):
        headers = stack.headers() | {"Content-Type": "application/json"}
        assert_refused(stack.http.post(f"{stack.endpoint.url}/caliper/event", content=content, headers=headers), 400)


@pytest.mark.parametrize("path", ["/hooks/", "/hooks/1", "/rosters/", "/key/caliper", "/nothing"])
def test_a_path_that_is_not_offered_is_404_in_json(stack: Stack, path: str) -> None:
    for answer in (stack.get(path), stack.post(path, {})):
        assert "/openapi.json" in assert_refused(answer, 404)["message"]


def test_a_path_below_an_ingest_path_is_not_that_path(stack: Stack) -> None:
    for path in ("/events/1.0/elsewhere", "/caliper/event/elsewhere", "/caliper/v1p2/elsewhere"):
        assert_refused(stack.post(path, envelope(viewed(stack))), 404)


def test_a_wrong_verb_is_405_and_says_which_are_right(stack: Stack) -> None:
    for verb, path, right in (
        ("PUT", "/caliper/event", "POST"),
        ("DELETE", "/events", "GET"),
        ("GET", "/oauth2/token", "POST"),
    ):
        answer = stack.http.request(verb, stack.endpoint.url + path, headers=stack.headers())
        assert_refused(answer, 405)
        assert right in answer.headers["allow"]
