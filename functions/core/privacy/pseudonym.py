"""Pseudonyms: what stands in notices and in the tables of the lake for the id of a learner. A keyed digest, made by the
stack's own secret.

The same id of the same app always has the same pseudonym, so a subscriber can tell whose notices belong together.
"""

import binascii
import hashlib

from functions.core.ids import DIGEST_CHARS, canonical_id

SECRET_BYTES = 32
PREFIX = "p:"  # tells a pseudonym from an id that was sent

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def pseudonym(secret: bytes, *, tenant: str, identifier: str) -> str:
    """`p:` and 22 characters that only who has the secret can work out."""
    said = f"{tenant}\0{canonical_id(identifier.strip())}".encode("utf-8", "surrogatepass")
    short = hashlib.blake2b(said, digest_size=16, key=secret).digest()
    return PREFIX + binascii.b2a_base64(short, newline=False)[:DIGEST_CHARS].translate(_URL_SAFE).decode()
