"""Signatures of deliveries, by Standard Webhooks: HMAC-SHA256 over id, time and body.

Its libraries read a secret as base64, with `whsec_` before it or not. TimeBack's secrets are any text, so one that is
base64 by chance can be read in two ways: the body is then signed with both keys, and either reader verifies it.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"


def secret_fault(secret: str) -> str:
    """What is wrong with a secret, "" if nothing is."""
    if secret.startswith(PREFIX) and not _decoded(secret.removeprefix(PREFIX)):
        return f"begins with `{PREFIX}` but is not followed by base64: send one that is, or a text without the prefix."
    return ""


def keys_of(secret: str) -> list[bytes]:
    """The keys that a consumer may read in a secret."""
    if secret.startswith(PREFIX):
        return [_decoded(secret.removeprefix(PREFIX)) or secret.encode()]
    decoded = _decoded(secret)
    return [secret.encode(), decoded] if decoded else [secret.encode()]


def _decoded(text: str) -> bytes | None:
    """As the libraries decode it, which skip what is no base64."""
    try:
        return base64.b64decode(text) or None
    except (binascii.Error, ValueError):
        return None


def signature(secrets: Iterable[str], message_id: str, timestamp_s: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each key, separated by blanks."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    keys = dict.fromkeys(key for secret in secrets for key in keys_of(secret))
    return " ".join("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)
