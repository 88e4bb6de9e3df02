"""What only the double has: what was sent, the clock, a reset, credentials that any program may have, its tokens."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from functions.client.double import APP_ID
from functions.client.double.apps import Credentials, ServedApp
from functions.client.double.clock import Clock
from functions.client.double.micro import micro_answer
from functions.client.double.request import HttpRequest
from functions.client.double.service import Double, app_of
from functions.client.double.tokens import ISSUER, TokenEndpoint
from functions.client.memory.table import MemoryTable
from functions.core.times import format_time, parse_time
from functions.http.gate import CLIENT_SCOPES
from functions.store.keys import tenant_of
from functions.store.registry import Registry
from tests.payloads import V1P2, Json, Payloads

NOON = "2026-03-02T12:00:00.000Z"
NOON_US = parse_time(NOON) or 0
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"
KEY = {"authorization": "any-key", "content-type": "application/json"}


@pytest.fixture
def double() -> Double:
    return Double(clock=Clock(lambda: NOON_US))


def micro(double: Double, target: str, *, method: str = "GET", body: Any = None) -> tuple[int, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = micro_answer(double, HttpRequest(method=method, target=target, headers={}, body=raw))
    if answer["statusCode"] != 404:
        assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    return answer["statusCode"], json.loads(answer["body"])


def post(double: Double, *items: Json, body: bytes | None = None) -> dict[str, Any]:
    envelope = {"sensor": "https://a.example", "sendTime": NOON, "dataVersion": V1P2, "data": list(items)}
    raw = json.dumps(envelope).encode() if body is None else body
    answer = double.answer(HttpRequest(method="POST", target="/caliper/event?x=1?y", headers=KEY, body=raw))
    said: dict[str, Any] = json.loads(answer["body"])
    return said


def event(**said: Any) -> Json:
    return Payloads(7).question_started(STUDENT) | {"eventTime": NOON} | said


def test_all_counts_what_was_sent(double: Double) -> None:
    nothing = {"total": 0, "good": 0, "bad": 0, "refused": 0, "deadLetters": 0}
    assert micro(double, "/micro/all") == micro(double, "/micro/all/?x=y?z") == (200, nothing)
    post(double, event(), event(id="urn:uuid:0b0a0a0a-0000-4000-8000-000000000001"), event(object=7))
    post(double, body=b"{oops")
    double.lambdas.dead_letters.append("body")
    assert micro(double, "/micro/all") == (200, {"total": 3, "good": 2, "bad": 1, "refused": 1, "deadLetters": 1})


def test_good_is_each_item_with_how_it_came(double: Double) -> None:
    sent = event()
    job = post(double, sent, event(object=7))["jobId"]
    status, answer = micro(double, "/micro/good")
    (item,) = answer["items"]
    warnings = item.pop("warnings")
    assert status == 200
    assert all(warning["severity"] == "warning" for warning in warnings)
    assert item == {
        "kind": "event", "item": sent, "receivedAt": NOON, "jobId": job, "sensor": "https://a.example", "app": APP_ID,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("type=AssessmentItemEvent", 2),
        ("action=Paused", 1),
        (f"actor={STUDENT}", 1),
        ("actor=urn:x:ada", 1),
        ("actor=urn:x:ada?", 0),
        ("actor=urn:x:ada&action=Paused", 1),
        ("actor=urn:x:ada&action=Started", 0),
        ("action=Started&action=Paused", 1),
    ],
)
def test_good_is_filtered_by_what_items_say(double: Double, query: str, count: int) -> None:
    other = {"id": "urn:uuid:0b0a0a0a-0000-4000-8000-000000000001", "actor": {"id": "urn:x:ada", "type": "Person"}}
    post(double, event(), event(action="Paused", **other))
    assert len(micro(double, f"/micro/good?{query}")[1]["items"]) == count


def test_a_filter_that_is_none_is_refused_with_those_that_are(double: Double) -> None:
    status, answer = micro(double, f"/micro/good?z=1&{'x' * 60}=1")
    assert (status, answer["code"]) == (400, "unknown-parameter")
    assert f"`{'x' * 40}` is not a filter: use type, action, actor." in str(answer)


def test_bad_is_each_rejected_item_and_each_refused_request(double: Double) -> None:
    bad = event(object=7)
    job = post(double, event(), bad)["jobId"]
    refusal = post(double, body=b"{oops")
    _, answer = micro(double, "/micro/bad")
    (item,) = answer["items"]
    assert [finding["pointer"] for finding in item.pop("findings") if finding["severity"] == "error"] == ["/object"]
    assert item == {"item": bad, "receivedAt": NOON, "jobId": job, "app": APP_ID}
    assert answer["refused"] == [{"method": "POST", "path": "/caliper/event", "status": 400, "answer": refusal}]


def test_only_posts_that_are_refused_are_bad(double: Double) -> None:
    double.answer(HttpRequest(method="GET", target="/events?actor=1", headers={}))
    double.answer(HttpRequest(method="POST", target="/caliper/event", headers={}, body=b"{}"))
    assert [refused["status"] for refused in micro(double, "/micro/bad")[1]["refused"]] == [401]


def test_notices_are_those_that_subscribers_get(double: Double) -> None:
    assert micro(double, "/micro/notices") == (200, {"notices": []})
    double.lambdas.bus.publish([("SessionStarted", {"id": "urn:x:s"})])
    assert micro(double, "/micro/notices") == (200, {"notices": [{"kind": "SessionStarted", "id": "urn:x:s"}]})


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "reset"), ("POST", "all"), ("PUT", "clock"), ("GET", ""), ("GET", "x" * 60)]
)
def test_a_route_that_is_not_there_is_answered_with_those_that_are(double: Double, method: str, path: str) -> None:
    status, answer = micro(double, f"/micro/{path}", method=method)
    assert (status, answer["code"]) == (404, "unknown-path")
    text = str(answer)
    assert f"There is no {method} /micro/{path[:40]}. `GET /micro/all`" in text
    assert "POST /micro/reset" in text
    assert "\n" not in text
    assert "x" * 41 not in text


@pytest.mark.parametrize(
    ("command", "now"),
    [
        ({"now": "2026-01-27T10:00:00Z"}, "2026-01-27T10:00:00.000Z"),
        ({"forwardMinutes": 31}, "2026-03-02T12:31:00.000Z"),
        ({"forwardMinutes": -0.5}, "2026-03-02T11:59:30.000Z"),
    ],
)
def test_the_clock_is_set_or_moved(double: Double, command: Any, now: str) -> None:
    assert micro(double, "/micro/clock") == (200, {"now": NOON})
    assert micro(double, "/micro/clock", method="POST", body=command) == (200, {"now": now})
    assert micro(double, "/micro/clock") == (200, {"now": now})
    status, answer = micro(double, "/micro/reset", method="POST")
    assert (status, answer["status"]) == (200, "success")
    assert micro(double, "/micro/clock") == (200, {"now": NOON})


FIFTY_YEARS = 60 * 24 * 366 * 50


@pytest.mark.parametrize(
    "command",
    [
        b"{oops", b"[]", {}, {"now": 7}, {"now": "soon"}, {"now": NOON, "forwardMinutes": 1}, {"forwardMinutes": "1"},
        {"forwardMinutes": True}, {"forwardMinutes": FIFTY_YEARS}, {"forwardMinutes": -FIFTY_YEARS}, {"other": 1},
    ],
)  # fmt: skip
def test_a_clock_is_moved_by_nothing_else(double: Double, command: Any) -> None:
    status, answer = micro(double, "/micro/clock", method="POST", body=command)
    assert (status, answer["code"]) == (400, "wrong-clock")
    assert micro(double, "/micro/clock") == (200, {"now": NOON})


def test_a_clock_goes_on_from_where_it_was_set() -> None:
    machine = iter([100, 101, 150, 160, 170])
    clock = Clock(machine.__next__)
    assert clock.now_us() == 100
    clock.set(1101)
    assert clock.now_us() == 1150
    clock.reset()
    assert clock.now_us() == 160
    assert abs(Clock().now_us() - Clock().now_us()) < 60_000_000
    assert format_time(Clock().now_us()) > "2026"


def registered(*apps: ServedApp) -> tuple[Credentials, Registry]:
    registry, credentials = Registry(MemoryTable()), Credentials(apps)
    credentials.register(registry)
    return credentials, registry


def test_without_named_credentials_the_first_key_of_a_request_is_one_of_the_first_app() -> None:
    credentials, registry = registered(ServedApp(app_of("urn:a")), ServedApp(app_of("urn:b")))
    credentials.admit_keys(["", "k1", "k2"], registry)
    credentials.admit_keys([], registry)
    known = registry.find_key(["k1"])
    assert known is not None
    assert (known.tenant, known.scopes) == (tenant_of("urn:a"), CLIENT_SCOPES)
    assert registry.find_key(["k2"]) is None
    assert credentials.admit_client("me", "any", registry) is True
    assert credentials.admit_client("me", "another", registry) is True
    assert credentials.admit_client("k1", "any", registry) is False
    credentials.admit_keys(["me"], registry)
    assert registry.find_key(["me"]) is None


def test_named_credentials_are_the_only_ones() -> None:
    apps = ServedApp(app_of("urn:a")), ServedApp(app_of("urn:b"), ["k"], {"me": "secret"})
    credentials, registry = registered(*apps)
    credentials.admit_keys(["other"], registry)
    known = registry.find_key(["k"])
    assert known is not None
    assert known.tenant == tenant_of("urn:b")
    assert registry.find_key(["other"]) is None
    pairs = [("me", "secret"), ("me", "wrong"), ("you", "secret")]
    assert [credentials.admit_client(*pair, registry) for pair in pairs] == [True, False, False]


def token_answer(form: Mapping[str, str], authorization: str = "") -> tuple[int, dict[str, Any]]:
    endpoint = TokenEndpoint(lambda client_id, secret: (client_id, secret) == ("me/1", "a:b c"))
    headers = {"authorization": authorization} if authorization else {}
    body = urlencode(form).encode()
    answer = endpoint.answer(HttpRequest(method="POST", target="/oauth2/token", headers=headers, body=body))
    return answer["statusCode"], json.loads(answer["body"])


def basic(pair: str) -> str:
    return "bAsic " + base64.b64encode(pair.encode()).decode()


FORM = {"grant_type": "client_credentials"}
IN_FORM = {"client_id": "me/1", "client_secret": "a:b c"}


@pytest.mark.parametrize(
    ("form", "authorization"),
    [(FORM, basic("me%2F1:a%3Ab+c")), (FORM | IN_FORM, ""), (FORM | IN_FORM, "Bearer x")],
)
def test_a_client_gets_a_token_by_its_header_or_its_form(form: dict[str, str], authorization: str) -> None:
    status, answer = token_answer(form, authorization)
    assert (status, answer["expires_in"], answer["token_type"]) == (200, 3600, "Bearer")
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims == {
        "sub": "me/1", "iss": ISSUER, "token_use": "access", "client_id": "me/1",
        "scope": " ".join(sorted(CLIENT_SCOPES)), "exp": 4_102_444_800,
    }  # fmt: skip
    assert jwt.get_unverified_header(answer["access_token"]) == {"alg": "RS256", "kid": "double", "typ": "JWT"}


@pytest.mark.parametrize(
    ("form", "authorization", "code"),
    [
        ({}, basic("me%2F1:a%3Ab+c"), "unsupported_grant_type"),
        ({"grant_type": "password"}, basic("me%2F1:a%3Ab+c"), "unsupported_grant_type"),
        (FORM, "", "invalid_client"),
        (FORM, basic("me%2F1:wrong"), "invalid_client"),
        (FORM, "Basic !", "invalid_client"),
        (FORM, f"{basic('me%2F1:a%3Ab+c')} more", "invalid_client"),
        (FORM, basic("me%2F1:a%3Ab+c:d"), "invalid_client"),
        (FORM, "Basic /w==", "invalid_client"),
        (FORM | IN_FORM | {"client_id": ""}, "", "invalid_client"),
        (FORM | IN_FORM | {"scope": "caliper/unknown"}, "", "invalid_scope"),
    ],
)
def test_what_is_wrong_is_said_by_its_code(form: dict[str, str], authorization: str, code: str) -> None:
    assert token_answer(form, authorization) == (400, {"error": code})


@pytest.mark.parametrize("scope", sorted(CLIENT_SCOPES))
def test_a_token_carries_the_scopes_that_were_asked_for(scope: str) -> None:
    _, answer = token_answer(FORM | IN_FORM | {"scope": scope})
    assert jwt.decode(answer["access_token"], options={"verify_signature": False})["scope"] == scope


def test_tokens_are_verified_by_the_public_key() -> None:
    endpoint = TokenEndpoint(lambda *_: True)
    token = endpoint.token("me", CLIENT_SCOPES)
    (key,) = json.loads(endpoint.key_set(""))["keys"]
    assert (key["kid"], key["alg"], key["use"], key["kty"], key["e"]) == ("double", "RS256", "sig", "RSA", "AQAB")
    assert "d" not in key
    assert len(base64.urlsafe_b64decode(key["n"] + "==")) == 256
    assert jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"])["sub"] == "me"
