"""Names of things as fixed-width keys: how an IRI of any length becomes part of a DynamoDB key.

Stands between attribution (which finds the ids) and `functions.store.keys` (which builds keys of them).
"""

import base64
import binascii
import hashlib
import re
import uuid
from functools import lru_cache
from typing import Any

import orjson

DIGEST_CHARS = 22
AUTO_ATTACH = "urn:tag:auto-attach"  # seed 000: "attach the learner's open session for me"

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_CHECK_BYTES = 6
_NAMESPACE = uuid.UUID("6f6b3a0e-6d9c-5d3b-9a51-0f1f5a3f7c11")


def canonical_id(text: str) -> str:
    """One spelling per identifier: any UUID, bare or as URN in any case, becomes `urn:uuid:<lower case>`.

    Everything else is returned as it came: IRIs are compared as strings (RFC 3987 §5.3.1).
    """
    return _canonical_uuid(text) if len(text) in (36, 45) else text


@lru_cache(maxsize=16_384)  # an event names its learner, session and app several times, and the next one does again
def _canonical_uuid(text: str) -> str:
    match = _UUID.fullmatch(text)
    return "urn:uuid:" + match.group(1).lower() if match else text


def digest(text: str) -> str:
    """22 URL-safe characters (128 bits of BLAKE2b) that stand for `text` in a key."""
    return _digest(text.encode("utf-8", "surrogatepass"))


def _digest(raw: bytes) -> str:
    short = hashlib.blake2b(raw, digest_size=16).digest()
    return binascii.b2a_base64(short, newline=False)[:DIGEST_CHARS].translate(_URL_SAFE).decode()


@lru_cache(maxsize=16_384)  # learners, sessions and apps come again with every event of a batch
def id_digest(text: str) -> str:
    """The digest of an identifier's one spelling; the same for `urn:uuid:X`, `X` and their upper-case twins.

    White space around it does not count: TimeBack names it as a pitfall.
    """
    return digest(canonical_id(text.strip()))


def content_digest(parsed: Any) -> str:
    """22 characters that are equal exactly if two JSON values are equal, whatever their key order or spacing."""
    return _digest(orjson.dumps(parsed, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=1_024)  # all events of a request have the same
def digest_at_rest(text: str) -> str | bytes:
    """A digest as its 16 bytes; any other text as it is."""
    try:
        packed = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except ValueError:
        return text
    return packed if digest_from_rest(packed) == text else text


def digest_from_rest(rested: str | bytes) -> str:
    """The text that `digest_at_rest` was given."""
    if isinstance(rested, str):
        return rested
    return base64.urlsafe_b64encode(rested).decode()[:DIGEST_CHARS]


def id_in(raw: bytes) -> str | None:
    """The id of an item as it was sent, whatever its bytes are; None if they hold none."""
    try:
        return id_as_sent(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return None


def id_as_sent(parsed: object) -> str | None:
    """The id in a parsed item as it was sent."""
    value = parsed.get("id") if isinstance(parsed, dict) else None
    return value if isinstance(value, str) else None


def derived_uuid(*parts: str) -> str:
    """A UUIDv5 URN that is a pure function of `parts` (RFC 4122 §4.3)."""
    return "urn:uuid:" + str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def reserved_uuid(*parts: str) -> str:
    """A URN in the form of a UUIDv5 that is a pure function of `parts`, and that `is_reserved` knows again.

    Its last 48 bits are a check on the others, so a UUID of another origin is taken for one in 1 of 10^14 cases.
    """
    checked = uuid.uuid5(_NAMESPACE, "\x1f".join(parts)).bytes[:-_CHECK_BYTES]
    return "urn:uuid:" + str(uuid.UUID(bytes=checked + _check_of(checked)))


def is_reserved(identifier: str) -> bool:
    """Whether an identifier, in any spelling, is one that `reserved_uuid` made."""
    identifier = identifier.strip()
    if identifier[-22:-21] != "5":  # the version of a UUID
        return False
    match = _UUID.fullmatch(identifier)
    raw = bytes.fromhex(match.group(1).replace("-", "")) if match else b""
    return match is not None and _check_of(raw[:-_CHECK_BYTES]) == raw[-_CHECK_BYTES:]


def _check_of(checked: bytes) -> bytes:
    return hashlib.blake2b(checked, digest_size=_CHECK_BYTES, key=_NAMESPACE.bytes).digest()
