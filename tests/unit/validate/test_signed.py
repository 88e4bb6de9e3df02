"""A signed body counts only where its signature is that of whom the registration names."""

import json
import time
from copy import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from functions.core.apps import App
from functions.core.caliper.findings import Refusal
from functions.core.messages import unpack
from functions.http.gate import KEY_SCOPES, Principal, principal_context
from functions.store import keys
from functions.store.signers.signing_keys import KeySet
from functions.validate.handler import Dependencies, handler
from functions.validate.signed import is_signed, verified_body
from tests.fakes import MemoryQueue, MemoryTable
from tests.payloads import V1P1, Payloads, envelope

URL = "https://keys.example.org/jwks"
NOW_S = 1_769_508_180.0
KEY, STRANGERS_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
APP_ID = "https://canvas.example.edu"
CANVAS = App(app_id=APP_ID, tenant=keys.tenant_of(APP_ID), edapps=("*",), signed_by=URL)
UNSIGNED = replace(CANVAS, signed_by="")
SAID = {"sensor": "https://canvas.example.edu", "data": []}


def served(url: str = URL) -> bytes:
    assert url == URL
    public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    return json.dumps({"keys": [public | {"kid": "2026-11", "alg": "RS256", "use": "sig"}]}).encode()


def sign(claims: dict[str, Any], *, key: rsa.RSAPrivateKey = KEY, kid: str = "2026-11") -> bytes:
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid}).encode()


def look(body: bytes, app: App = CANVAS, *, fetch: Any = served) -> bytes | Refusal:
    return verified_body(body, app=app, now_s=NOW_S, key_set_of=lambda url: KeySet(url, fetch))


def test_what_is_signed_by_a_registered_key_is_what_its_claims_say() -> None:
    verified = look(sign(SAID | {"iss": "https://live-events.canvas.instructure.com", "iat": int(NOW_S)}))
    assert isinstance(verified, bytes)
    assert json.loads(verified)["sensor"] == SAID["sensor"]


def test_a_line_end_after_the_signature_is_no_part_of_it() -> None:
    assert isinstance(look(sign(SAID) + b"\n"), bytes)


def altered(body: bytes) -> bytes:
    head, _, signature = body.split(b".")
    return b".".join([head, sign({"sensor": "mine"}).split(b".")[1], signature])


@pytest.mark.parametrize(
    "body",
    [
        sign(SAID, key=STRANGERS_KEY),
        sign(SAID, kid="2026-12"),
        sign(SAID | {"exp": int(NOW_S) - 1}),
        sign(SAID | {"exp": str(int(NOW_S) + 60)}),
        sign(SAID | {"exp": True}),
        altered(sign(SAID)),
        jwt.encode(SAID, "a secret of thirty-two characters", algorithm="HS256", headers={"kid": "2026-11"}).encode(),
        b"eyJhbGciOiJub25lIn0.e30.AA",
        b"eyJx.e30.AA",
    ],
)
def test_a_signature_that_is_not_good_is_401(body: bytes) -> None:
    verified = look(body)
    assert isinstance(verified, Refusal)
    assert (verified.status, verified.code) == (401, "bad-signature")


def test_an_unsigned_body_of_an_app_that_signs_is_401() -> None:
    verified = look(json.dumps(SAID).encode())
    assert isinstance(verified, Refusal)
    assert (verified.status, verified.code) == (401, "unsigned")


def test_a_signed_body_of_an_app_without_registered_keys_is_not_believed_unchecked() -> None:
    verified = look(sign(SAID), UNSIGNED)
    assert isinstance(verified, Refusal)
    assert (verified.status, verified.code) == (400, "signing-keys-unknown")


def test_an_unsigned_body_of_an_app_without_keys_passes_as_it_is() -> None:
    body = json.dumps(SAID).encode()
    assert look(body, UNSIGNED) is body
    assert not is_signed(body)


def test_keys_that_cannot_be_fetched_are_no_verdict() -> None:
    def fails(_url: str) -> bytes:
        raise ConnectionError("down")

    verified = look(sign(SAID), fetch=fails)
    assert isinstance(verified, Refusal)
    assert verified.status == 503


@pytest.mark.parametrize("media_type", ["application/json", "application/jwt", "text/plain", None])
def test_a_signed_envelope_is_taken_whatever_its_content_type(media_type: str | None) -> None:
    event = Payloads(5).canvas_navigation(Payloads(5).urn())
    principal = Principal(app=CANVAS, scopes=KEY_SCOPES, kind="key", expires_at=time.time() + 60)
    queue = MemoryQueue()
    request = {
        "rawPath": "/k/some-key",
        "headers": {"content-type": media_type} if media_type else {},
        "requestContext": {"http": {"method": "POST"}, "authorizer": {"lambda": principal_context(principal)}},
        "body": sign(envelope(event) | {"dataVersion": V1P1}).decode(),
        "isBase64Encoded": False,
    }
    dependencies = Dependencies(queue=queue, table=MemoryTable(), key_set_of=lambda url: KeySet(url, served))
    answer = handler(request, None, dependencies=dependencies)
    assert answer["statusCode"] == 200, answer["body"]
    (message,) = [unpack(body) for body in queue.bodies]
    assert [json.loads(item.raw)["id"] for item in message.items] == [event["id"]]


def test_a_signed_body_names_the_issuer_that_is_registered() -> None:
    app = replace(CANVAS, signed_issuer="https://issuer.example.org")
    assert isinstance(look(sign(SAID | {"iss": "https://issuer.example.org"}), app), bytes)
    for claims in (SAID, SAID | {"iss": "https://another.example.org"}, SAID | {"iss": ""}):
        refused = look(sign(claims), app)
        assert isinstance(refused, Refusal)
        assert (refused.status, refused.code) == (401, "bad-signature")


def test_a_key_id_that_the_fetched_set_lacks_is_401_and_only_a_failed_fetch_is_503() -> None:
    unknown = sign(SAID, kid="2026-12")
    answers = {fetch: look(unknown, fetch=fetch) for fetch in (served, lambda _: b"not json")}
    assert [refused.status for refused in answers.values() if isinstance(refused, Refusal)] == [401, 503]
