"""A user pool of our own: its keys, their public halves as served, tokens in Cognito's shape."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from functions.authorize.tokens import issuer_of
from functions.store.signers.signing_keys import KeySet

POOL = "eu-west-2_ThisPool"
ISSUER = issuer_of(POOL)
NOW_S = 1_769_508_180.0


class Pool:
    """Signs tokens with the newest of its keys; `fetches` counts how often its public keys were asked for."""

    def __init__(self) -> None:
        self.signing: dict[str, rsa.RSAPrivateKey] = {}
        self.fetches = 0
        self.down = False
        self.add_key("key-1")

    def add_key(self, key_id: str) -> None:
        self.signing[key_id] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def fetch(self, url: str) -> bytes:
        assert url == ISSUER.keys_url
        self.fetches += 1
        if self.down:
            raise ConnectionError("the pool does not answer")
        keys: list[dict[str, Any]] = []
        for key_id, key in self.signing.items():
            public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            keys.append(public | {"kid": key_id, "alg": "RS256", "use": "sig"})
        return json.dumps({"keys": keys}).encode()

    def key_set(self) -> KeySet:
        return KeySet(ISSUER.keys_url, self.fetch)

    def token(self, client: str, *scopes: str, key_id: str = "", **claims: Any) -> str:
        """An access token as client credentials get it; a claim given as None is left out."""
        key_id = key_id or list(self.signing)[-1]
        standard = {
            "sub": client,
            "iss": ISSUER.url,
            "token_use": "access",
            "client_id": client,
            "scope": " ".join(scopes),
            "auth_time": int(NOW_S),
            "iat": int(NOW_S),
            "exp": int(NOW_S) + 3600,
        }
        payload = {name: value for name, value in (standard | claims).items() if value is not None}
        return jwt.encode(payload, self.signing[key_id], algorithm="RS256", headers={"kid": key_id})
