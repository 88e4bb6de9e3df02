"""The token endpoint of the double, in place of the user pool's: client credentials in, access token out.

Answers as Cognito's does ("Token endpoint", OAuth 2.0 §4.4 and §5.2). The signing key is made with the first token,
because that takes longer than the rest of the start.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus

from functions.client.double.request import HttpRequest
from functions.http.answers import Answer, answer
from functions.http.gate import CLIENT_SCOPES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ISSUER = "https://double.invalid/pool"
KEYS_URL = f"{ISSUER}/.well-known/jwks.json"
KEY_ID = "double"
TOLD_S = 3600  # as Cognito says of its tokens
EXPIRES_S = 4_102_444_800  # 2100: moving the double's clock is to end sessions, and no tokens


class TokenEndpoint:
    """`is_client` says whether id and secret are a client's."""

    def __init__(self, is_client: Callable[[str, str], bool]) -> None:
        self._is_client = is_client

    def answer(self, request: HttpRequest) -> Answer:
        """The token, or 400 with the code of what was wrong."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if form.get("grant_type") != "client_credentials":
            return answer(400, {"error": "unsupported_grant_type"})
        client_id, secret = _basic(request.headers) or (form.get("client_id", ""), form.get("client_secret", ""))
        if not client_id or not self._is_client(client_id, secret):
            return answer(400, {"error": "invalid_client"})
        requested = frozenset(form.get("scope", "").split()) or CLIENT_SCOPES
        if not requested <= CLIENT_SCOPES:
            return answer(400, {"error": "invalid_scope"})
        token = self.token(client_id, requested)
        return answer(200, {"access_token": token, "expires_in": TOLD_S, "token_type": "Bearer"})

    def token(self, client_id: str, scopes: frozenset[str]) -> str:
        """An access token in the shape of Cognito's."""
        import jwt

        claims: dict[str, Any] = {
            "sub": client_id,
            "iss": ISSUER,
            "token_use": "access",
            "client_id": client_id,
            "scope": " ".join(sorted(scopes)),
            "exp": EXPIRES_S,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})

    def key_set(self, _url: str) -> bytes:
        """The public key as a JWK set."""
        from jwt.algorithms import RSAAlgorithm

        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**public, "kid": KEY_ID, "alg": "RS256", "use": "sig"}]}).encode()

    @cached_property
    def _key(self) -> "RSAPrivateKey":
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _basic(headers: Mapping[str, str]) -> tuple[str, str] | None:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(client_id), unquote_plus(secret)  # both are form-encoded first (RFC 6749 §2.3.1)
