"""The ways in which senders authorise themselves and spell what they send; each is taken as it comes."""

import base64
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.conftest import ORIGIN, Stack
from tests.e2e.envelopes import another_app, described, envelope, now, registry, viewed
from tests.payloads import V1P1, V1P2


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "Bearer": lambda key: f"Bearer {key}",
    "bearer in lower case": lambda key: f"bearer {key}",
    "the bare key": lambda key: key,
    "Basic with the key as password": lambda key: basic("sensor", key),
    "Basic with the key as user": lambda key: basic(key, ""),
    "Basic with the key unencoded": lambda key: f"Basic {key}",
}


@pytest.mark.parametrize("path", ["/", "/caliper/event"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_sensor_key_is_taken_in_every_spelling_of_the_header(stack: Stack, spelling: str, path: str) -> None:
    body = envelope(described(), version=V1P1)
    headers = {"Authorization": SPELLINGS[spelling](stack.endpoint.sensor_key)}
    answer = stack.http.post(stack.endpoint.url + path, json=body, headers=headers)
    assert_taken(answer)


def assert_taken(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """What every recorded sensor counts as success: exactly 200 (202 on the platform's paths), a small JSON object."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body: dict[str, Any] = answer.json()
    assert body["status"] == "success", body
    assert isinstance(body["jobId"], str)
    assert len(answer.content) < 2_000
    return body


def test_a_key_in_the_path_needs_no_header(stack: Stack) -> None:
    body = envelope(described(), version=V1P1)
    assert_taken(stack.http.post(f"{stack.endpoint.url}/k/{stack.endpoint.sensor_key}", json=body))


def test_a_key_in_the_path_is_in_no_log(stack: Stack) -> None:
    stack.http.post(f"{stack.endpoint.url}/k/{stack.endpoint.sensor_key}", json=envelope(described(), version=V1P1))
    logs = stack.client("logs")
    lines = [
        line["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for line in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
    ]
    assert lines
    assert [line for line in lines if stack.endpoint.sensor_key in line] == []


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
        'application/json; charset="utf-8"',
    ],
)
def test_a_charset_in_the_content_type_is_json_all_the_same(stack: Stack, media_type: str) -> None:
    request = stack.http.build_request(
        "POST", f"{stack.endpoint.url}/caliper/event", json=envelope(viewed(stack)), headers=stack.headers()
    )
    request.headers["Content-Type"] = media_type
    assert_taken(stack.http.send(request))


def test_several_envelopes_in_one_array_are_one_job_and_its_errors_say_which(stack: Stack) -> None:
    good, bad = viewed(stack), viewed(stack, object=7)
    body = [envelope(viewed(stack)), envelope(good, bad)]
    said = assert_taken(stack.post("/caliper/event", body))
    (error,) = said["errors"]
    assert (error["envelope"], error["index"], error["id"]) == (1, 1, bad["id"])
    stack.wait_for("the event after", lambda: stack.rows("/events", id=good["id"]))


def test_a_context_may_be_an_array_of_one(stack: Stack) -> None:
    event = viewed(stack, **{"@context": [V1P2]})
    assert "errors" not in assert_taken(stack.post("/caliper/event", envelope(event)))


@pytest.mark.parametrize(
    ("name", "respell"),
    [
        ("+0000", lambda text: text.replace("Z", "+0000")),
        ("microseconds", lambda text: text.replace("Z", "123Z")),
        ("seconds only", lambda text: text[:19] + "Z"),
        ("an offset", lambda text: text.replace("Z", "+00:00")),
    ],
)
def test_times_are_taken_as_senders_write_them(stack: Stack, name: str, respell: Callable[[str], str]) -> None:
    event = viewed(stack, eventTime=respell(now()))
    body = envelope(event) | {"sendTime": respell(now())}
    assert "errors" not in assert_taken(stack.post("/caliper/event", body))
    (row,) = stack.wait_for("the event", lambda: stack.rows("/events", id=event["id"]))
    assert row["event"]["eventTime"] == event["eventTime"]


def test_a_bare_event_is_taken_where_the_platform_takes_one_and_nowhere_else(stack: Stack) -> None:
    for path in ("/events/1.0", "/events/1.0/"):
        assert_taken(stack.post(path, viewed(stack)), 202)
    refused = stack.post("/caliper/event", viewed(stack))
    assert refused.status_code == 400
    assert "envelope" in refused.json()["message"]


@pytest.mark.parametrize("path", ["/", "/caliper/event", "/caliper/event/", "/k/{key}"])
def test_the_endpoint_says_what_it_takes(stack: Stack, path: str) -> None:
    key = stack.endpoint.sensor_key
    headers = {} if "{key}" in path else {"Authorization": key}
    answer = stack.http.get(stack.endpoint.url + path.format(key=key), headers=headers)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert V1P1 in said["caliperSupportedVersions"]
    assert V1P2 in said["caliperSupportedVersions"]
    assert said["caliper_supported_versions"] == said["caliperSupportedVersions"]
    assert said["caliper_maximum_payload_size"] == said["caliperMaximumPayloadSize"] > 0


@pytest.mark.parametrize("path", ["/", "/caliper/event", "/k/unknown"])
def test_the_endpoint_says_nothing_to_a_stranger(stack: Stack, path: str) -> None:
    answer = stack.http.get(stack.endpoint.url + path, headers={"Authorization": "unknown"})
    assert answer.status_code == 401
    assert answer.json()["message"]


def test_head_answers_as_get_does_without_the_body(stack: Stack) -> None:
    for path, headers in (("/health", {}), ("/caliper/event", stack.headers())):
        answer = stack.http.head(stack.endpoint.url + path, headers=headers)
        assert (answer.status_code, answer.content) == (200, b""), path


@pytest.mark.parametrize("path", ["/caliper/event", "/caliper/v1p2", "/events/1.0", "/k/anything", "/"])
def test_a_browser_of_an_allowed_origin_may_send(stack: Stack, path: str) -> None:
    preflight = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-request-id",
    }
    answer = stack.http.options(stack.endpoint.url + path, headers=preflight)
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "x-request-id"))


def test_the_answer_to_a_browser_names_its_origin(stack: Stack) -> None:
    headers = stack.headers() | {"Origin": ORIGIN}
    body = envelope(viewed(stack))
    answer = stack.http.post(f"{stack.endpoint.url}/caliper/event", json=body, headers=headers)
    assert_taken(answer)
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_a_browser_of_another_origin_may_not(stack: Stack) -> None:
    preflight = {"Origin": "https://elsewhere.example.com", "Access-Control-Request-Method": "POST"}
    answer = stack.http.options(f"{stack.endpoint.url}/caliper/event", headers=preflight)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/caliper/event", "/caliper/v1p2", "/events/1.0", "/k/{key}", "/caliper/event/validate"]
)
def test_a_slash_at_the_end_is_no_redirect_and_no_other_path(stack: Stack, path: str) -> None:
    body = envelope(viewed(stack))
    for spelled in (path, path + "/"):
        url = stack.endpoint.url + spelled.format(key=stack.endpoint.sensor_key)
        answer = stack.http.post(url, json=body, headers=stack.headers(), follow_redirects=False)
        assert answer.status_code in (200, 202), (spelled, answer.text)


@pytest.mark.parametrize(
    "path", ["/events", "/sessions", "/runs", "/rejections", "/caliper/events", "/health", "/docs"]
)
def test_a_slash_at_the_end_of_what_is_read_changes_nothing(stack: Stack, path: str) -> None:
    plain, slashed = (stack.http.get(stack.endpoint.url + each, headers=stack.headers()) for each in (path, path + "/"))
    assert slashed.status_code == plain.status_code, slashed.text
    assert slashed.status_code in (200, 400)  # 400: nothing was asked for


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/token/", "/auth/1.0/token", "/auth/1.0/token/"])
@pytest.mark.parametrize("form", ["Basic", "form body"])
def test_a_token_comes_for_a_secret_in_the_header_or_in_the_form(stack: Stack, path: str, form: str) -> None:
    it = stack.endpoint
    data = {"grant_type": "client_credentials"}
    if form == "Basic":
        answer = stack.http.post(it.url + path, data=data, auth=(it.client_id, it.client_secret))
    else:
        secret = {"client_id": it.client_id, "client_secret": it.client_secret}
        answer = stack.http.post(it.url + path, data=data | secret)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["token_type"] == "Bearer"
    assert said["expires_in"] == 3600
    headers = {"Authorization": f"Bearer {said['access_token']}"}
    assert_taken(stack.http.post(f"{it.url}/caliper/event", json=envelope(viewed(stack)), headers=headers))


def test_a_key_may_speak_only_for_its_app(stack: Stack) -> None:
    (app,) = [app for app in registry(stack).apps() if app.app_id == stack.endpoint.app_id]
    assert not app.speaks_for("https://elsewhere.example.com")
    refused = stack.post("/caliper/event", envelope(viewed(stack, edApp="https://elsewhere.example.com")))
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["pointers"] == ["/edApp"]


class KeysOfTheSender(BaseHTTPRequestHandler):
    """Serves one JWK set, as an LMS does the public keys with which it signs."""

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def do_GET(self) -> None:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        body = json.dumps({"keys": [public | {"kid": "of-this-month", "alg": "RS256", "use": "sig"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass


def test_a_signed_payload_is_taken_if_it_is_signed_by_the_registered_keys(stack: Stack) -> None:
    """As Canvas' data streams sign: a JWT in place of the JSON, the envelope its claims, the key in the path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), KeysOfTheSender) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        second_app = another_app(stack, signed_by=f"http://127.0.0.1:{server.server_port}/jwks")
        url, body = f"{stack.endpoint.url}/k/{second_app.sensor_key}", envelope(described(), version=V1P1)
        headers = {"kid": "of-this-month"}
        signed = jwt.encode(body | {"iat": int(time.time())}, KeysOfTheSender.key, algorithm="RS256", headers=headers)
        for media_type in ("application/json", "application/jwt", "text/plain"):
            assert_taken(stack.http.post(url, content=signed, headers={"Content-Type": media_type}))
        assert stack.http.post(url, json=body).json()["code"] == "unsigned"
        forged = jwt.encode(body, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers=headers)
        assert stack.http.post(url, content=forged).json()["code"] == "bad-signature"
        server.shutdown()
    answer = stack.http.post(f"{stack.endpoint.url}/k/{stack.endpoint.sensor_key}", content=signed)
    assert answer.json()["code"] == "signing-keys-unknown"


def test_caliper_1_0_is_taken_from_an_app_registered_for_it_and_from_no_other(stack: Stack) -> None:
    """As Moodle's log store sends it: no dataVersion, no event ids, full IRIs, nulls; the bare key."""
    old = "http://purl.imsglobal.org/caliper/v1"
    event = {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1/Context",
        "@type": f"{old}/SessionEvent",
        "actor": {"@id": f"https://moodle.example.edu/users/{time.monotonic_ns()}", "@type": f"{old}/lis/Person"},
        "action": "http://purl.imsglobal.org/vocab/caliper/v1/action#LoggedIn",
        "object": {"@id": "https://moodle.example.edu", "@type": f"{old}/SoftwareApplication", "name": None},
        "eventTime": now(),
        "target": None,
        "generated": None,
    }
    body = {"sensor": "https://moodle.example.edu", "sendTime": now(), "data": [event]}
    url, moodle = f"{stack.endpoint.url}/caliper/event", another_app(stack, caliper_1_0=True)
    assert_taken(stack.http.post(url, json=body, headers={"Authorization": moodle.sensor_key}))
    refused = stack.http.post(url, json=body, headers={"Authorization": stack.endpoint.sensor_key})
    assert refused.status_code == 422
    assert "caliper_1_0" in refused.json()["message"]
