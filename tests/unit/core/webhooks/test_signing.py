"""Signatures, verified by the library that consumers use."""

import base64
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from functions.core.webhooks.signing import keys_of, secret_fault, signature

BODY = json.dumps({"data": []}).encode()


def headers(*secrets: str) -> dict[str, str]:
    """Signed now: the library takes nothing that is over five minutes old."""
    now_s = int(datetime.now(UTC).timestamp())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now_s),
        "webhook-signature": signature(secrets, "msg_1", now_s, BODY),
    }


@pytest.mark.parametrize(
    "secret", ["whsec_" + base64.b64encode(b"k" * 32).decode(), base64.b64encode(b"k" * 24).decode()]
)
def test_the_library_verifies_a_secret_that_is_base64_with_the_prefix_or_without(secret: str) -> None:
    Webhook(secret).verify(BODY, headers(secret))


@pytest.mark.parametrize("secret", ["my-shared-secret", "abcd", "ключ", "whsec_c2VjcmV0"])
def test_a_consumer_that_takes_the_bytes_of_a_text_verifies_too(secret: str) -> None:
    key = secret.encode() if not secret.startswith("whsec_") else b"secret"
    Webhook(key).verify(BODY, headers(secret))


def test_after_a_change_of_the_secret_both_verify() -> None:
    signed = headers("new-secret-text", "old-secret-text")
    for secret in ("new-secret-text", "old-secret-text"):
        Webhook(secret.encode()).verify(BODY, signed)


def test_a_text_that_is_base64_by_chance_has_two_keys() -> None:
    assert keys_of("abcd") == [b"abcd", base64.b64decode("abcd")]
    assert keys_of("whsec_abcd") == [base64.b64decode("abcd")]
    assert keys_of("my-shared-secret") == [b"my-shared-secret"]


@pytest.mark.parametrize(
    ("secret", "wrong"), [("whsec_", True), ("whsec_a", True), ("whsec_abcd", False), ("x", False)]
)
def test_a_prefix_promises_base64(secret: str, wrong: bool) -> None:
    assert bool(secret_fault(secret)) is wrong
