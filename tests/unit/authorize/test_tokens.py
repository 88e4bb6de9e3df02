"""Which tokens are good: signed by the pool, unaltered, for an API, unexpired."""

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st

from functions.authorize.tokens import Claims, issuer_of, verify
from functions.http.gate import EVENT_CREATE, EVENTS_READONLY
from functions.store.errors import SigningKeysUnavailable
from functions.store.signers import jwks_client
from functions.store.signers.jwks_client import KEPT_S, PAUSE_S
from functions.store.signers.signing_keys import COOLDOWN_S, LIFESPAN_S, KeySet
from tests.unit.authorize.pool import ISSUER, NOW_S, Pool

POOL = Pool()  # making a key takes a tenth of a second


def check(token: str, *, pool: Pool = POOL, key_set: KeySet | None = None, now_s: float = NOW_S) -> Claims | str:
    return verify(token, issuer=ISSUER, key_set=key_set or pool.key_set(), now_s=now_s)


class Clock:
    """Stands in for the module `time`."""

    now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_of_the_pool_says_client_scopes_and_end() -> None:
    claims = check(POOL.token("client-7", EVENT_CREATE, EVENTS_READONLY))
    assert claims == Claims("client-7", frozenset({EVENT_CREATE, EVENTS_READONLY}), NOW_S + 3600, subject="client-7")


def test_a_token_without_scopes_has_none() -> None:
    claims = check(POOL.token("client-7", scope=None))
    assert isinstance(claims, Claims)
    assert claims.scopes == frozenset()


def test_a_token_ends_when_it_says() -> None:
    token = POOL.token("client-7", exp=int(NOW_S) + 10)
    assert isinstance(check(token, now_s=NOW_S + 9.9), Claims)
    assert check(token, now_s=NOW_S + 10) == "expired"


def test_a_token_of_another_issuer_is_refused_before_any_key_is_fetched() -> None:
    pool = Pool()
    assert check(pool.token("client-7", iss="https://elsewhere.example"), pool=pool) == "wrong_issuer"
    assert check(pool.token("client-7", iss=None), pool=pool) == "wrong_issuer"
    assert pool.fetches == 0


def test_a_token_signed_by_somebody_else_under_our_key_id_is_refused() -> None:
    assert check(Pool().token("client-7")) == "bad_signature"


def test_a_token_with_an_altered_payload_is_refused() -> None:
    header, payload, signature = POOL.token("client-7").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert check(f"{header}.{part(claims | {'client_id': 'client-8'})}.{signature}") == "bad_signature"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256"])
def test_no_algorithm_but_the_pools_is_accepted(algorithm: str) -> None:
    _, payload, signature = POOL.token("client-7").split(".")
    header = part({"alg": algorithm, "kid": "key-1"})
    assert check(f"{header}.{payload}.{signature}") == "bad_token"
    assert check(f"{header}.{payload}.") == "bad_token"


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused() -> None:
    _, payload, _ = POOL.token("client-7").split(".")
    signed = f"{part({'alg': 'HS256', 'kid': 'key-1'})}.{payload}"
    public = POOL.signing["key-1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=")
    assert check(f"{signed}.{signature.decode()}") == "bad_token"


@pytest.mark.parametrize(
    "claims",
    [{"token_use": "id"}, {"token_use": None}, {"client_id": None}, {"client_id": 7}, {"scope": ["a"]}],
)
def test_only_an_access_token_of_a_client_will_do(claims: dict[str, Any]) -> None:
    assert check(POOL.token("client-7", **claims)) == "not_an_access_token"


@pytest.mark.parametrize("end", [None, "tomorrow", [], {}, float("inf"), float("nan")])
def test_a_token_must_say_when_it_ends(end: Any) -> None:
    assert check(POOL.token("client-7", exp=end)) == "bad_token"


@example("eyJ..")
@example("eyJhbGciOiJSUzI1NiJ9.e30.")
@example("eyJ" + "W" * 8000 + "..")
@given(st.from_regex(r"eyJ[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_=-]{0,60}\.[A-Za-z0-9_-]{0,20}", fullmatch=True))
def test_no_text_that_looks_like_a_token_breaks_the_check(text: str) -> None:
    assert check(text) in ("bad_token", "wrong_issuer", "bad_signature")


@pytest.mark.parametrize("value", [[], "text", 7, None])
def test_a_payload_that_is_no_object_is_a_bad_token(value: Any) -> None:
    token = jwt.api_jws.encode(json.dumps(value).encode(), POOL.signing["key-1"], "RS256", {"kid": "key-1"})
    assert check(token) == "bad_token"


def test_deep_nesting_is_a_bad_token() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).rstrip(b"=").decode()
    assert check(f"{part({'alg': 'RS256', 'kid': 'key-1'})}.{deep}.c2ln") == "bad_token"
    assert check(f"{deep}.{part({})}.c2ln") == "bad_token"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which PyJWT ages what it has fetched."""
    clock = Clock()
    for module in (jwt.jwks_client, jwt.jwk_set_cache, jwt.api_jwk, jwks_client):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_the_pools_keys_are_fetched_once_and_again_for_a_new_one(clock: Clock) -> None:
    pool = Pool()
    key_set = pool.key_set()
    for _ in range(3):
        assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)
    assert pool.fetches == 1
    pool.add_key("key-2")
    clock.now_s += COOLDOWN_S
    assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)
    assert isinstance(check(pool.token("client-7", key_id="key-1"), key_set=key_set), Claims)
    assert pool.fetches == 2


def test_a_key_that_the_pool_withdrew_is_not_trusted_for_longer_than_the_lifespan(clock: Clock) -> None:
    pool = Pool()
    key_set, token = pool.key_set(), pool.token("client-7")
    assert isinstance(check(token, key_set=key_set), Claims)
    pool.add_key("key-2")
    del pool.signing["key-1"]
    clock.now_s += LIFESPAN_S + 1
    assert check(token, key_set=key_set) == "bad_signature"


def test_while_the_pool_does_not_answer_its_last_keys_are_good(clock: Clock) -> None:
    pool = Pool()
    key_set = pool.key_set()
    assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)
    pool.down = True
    clock.now_s += LIFESPAN_S + 1
    assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)
    pool.add_key("key-2")
    clock.now_s += COOLDOWN_S
    with pytest.raises(SigningKeysUnavailable):  # it may be good: the pool must be asked
        check(pool.token("client-7"), key_set=key_set)
    pool.down = False
    clock.now_s += COOLDOWN_S
    assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)


@pytest.mark.slow
def test_made_up_key_ids_cause_one_fetch_a_minute(clock: Clock) -> None:
    pool, stranger = Pool(), Pool()
    key_set = pool.key_set()
    for number in range(5):
        stranger.add_key(f"made-up-{number}")
        clock.now_s += COOLDOWN_S / 6
        assert check(stranger.token("client-7"), key_set=key_set) == "bad_signature"
    assert pool.fetches == 1


def test_keys_of_a_pool_that_has_not_answered_for_an_hour_are_not_good_any_more(clock: Clock) -> None:
    pool = Pool()
    key_set = pool.key_set()
    assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)
    pool.down = True
    clock.now_s += KEPT_S - 1
    assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)
    clock.now_s += LIFESPAN_S + 1
    with pytest.raises(SigningKeysUnavailable):
        check(pool.token("client-7"), key_set=key_set)


def test_made_up_key_ids_cause_one_fetch_in_ten_seconds_while_the_pool_does_not_answer(clock: Clock) -> None:
    pool = Pool()
    key_set = pool.key_set()
    pool.down = True
    for _ in range(50):
        clock.now_s += 0.1
        with pytest.raises(SigningKeysUnavailable):
            check(pool.token("client-7"), key_set=key_set)
    assert pool.fetches == 1


def test_a_pool_that_does_not_answer_is_an_error_and_not_a_bad_token(clock: Clock) -> None:
    pool = Pool()
    key_set = pool.key_set()
    pool.down = True
    with pytest.raises(SigningKeysUnavailable):
        check(pool.token("client-7"), key_set=key_set)
    pool.down = False
    clock.now_s += PAUSE_S
    assert isinstance(check(pool.token("client-7"), key_set=key_set), Claims)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"keys":[]}', b"\xff", b"[]", b'{"keys":[{"kty":"x"}]}'])
def test_keys_that_cannot_be_read_are_an_error_and_not_a_bad_token(body: bytes) -> None:
    with pytest.raises(SigningKeysUnavailable, match="cannot be fetched or read"):
        check(POOL.token("client-7"), key_set=KeySet(ISSUER.keys_url, lambda _: body))


def test_on_aws_issuer_and_keys_are_at_cognito_in_the_pools_region() -> None:
    issuer = issuer_of("eu-west-2_AbC")
    assert issuer.url == "https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_AbC"
    assert issuer.keys_url == f"{issuer.url}/.well-known/jwks.json"


def test_an_emulator_serves_the_keys_of_the_same_issuer() -> None:
    issuer = issuer_of("eu-west-2_AbC", endpoint_url="http://127.0.0.1:4566/")
    assert issuer.url == issuer_of("eu-west-2_AbC").url
    assert issuer.keys_url == "http://127.0.0.1:4566/eu-west-2_AbC/.well-known/jwks.json"
