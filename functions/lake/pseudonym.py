"""Pseudonyms: what stands in the tables for an id that names a person.

A keyed digest, so that only who has the stack's secret can compute it. The same id always has the same pseudonym in a
stack, and another one in every other stack. It is still personal data (it can be computed again for a known id), but
it is no name.
"""

from functions.core.privacy.pseudonym import SECRET_BYTES, pseudonym


class Pseudonyms:
    """The pseudonyms of one stack."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the secret of the lake has {len(secret)} bytes, not {SECRET_BYTES}")
        self._secret = secret

    def of(self, tenant: str, identifier: str) -> str:
        """The pseudonym of an id within a tenant: `p:` and 22 characters that are safe in URLs."""
        return pseudonym(self._secret, tenant=tenant, identifier=identifier)

    def shielded(self, tenant: str, identifier: str, people: frozenset[str]) -> str:
        """The id as it is, or its pseudonym if it holds the id of one of `people` (`spellings`)."""
        lower = identifier.lower()
        return self.of(tenant, identifier) if any(person in lower for person in people) else identifier


def spellings(*people: str | None) -> frozenset[str]:
    """The ids of persons as other ids may hold them: in lower case, with and without their scheme."""
    lower = {person.lower() for person in people if person}
    return frozenset(lower | {person.removeprefix("urn:uuid:").removeprefix("mailto:") for person in lower})
