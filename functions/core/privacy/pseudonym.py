"""Pseudonyms: what stands in notices and in the tables of the lake for an id that names a person.

A keyed digest, made by the stack's own secret. The same id of the same app always has the same pseudonym in a stack,
and another one in every other stack. So a subscriber can tell which notices belong together, and an analyst which rows
of the lake belong to them. It is still personal data, because it can be computed again for a known id by who has the
secret; but it is no name.
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


def spellings(*people: str | None) -> frozenset[str]:
    """The ids of persons as other ids may hold them: in lower case, with and without their scheme."""
    lower = {person.lower() for person in people if person}
    return frozenset(lower | {person.removeprefix("urn:uuid:").removeprefix("mailto:") for person in lower})


class Pseudonyms:
    """The pseudonyms of one stack."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the stack's secret has {len(secret)} bytes, not {SECRET_BYTES}")
        self._secret = secret

    def of(self, tenant: str, identifier: str) -> str:
        """The pseudonym of an id within a tenant: `p:` and 22 characters that are safe in URLs."""
        return pseudonym(self._secret, tenant=tenant, identifier=identifier)

    def shielded(self, tenant: str, identifier: str, people: frozenset[str]) -> str:
        """The id as it is, or its pseudonym if it holds the id of one of `people` (`spellings`)."""
        lower = identifier.lower()
        return self.of(tenant, identifier) if any(person in lower for person in people) else identifier
