"""What identifies an entity: the one place that decides which ids name something, and in which spelling.

Read by attribution, the course, the numbers and the insights, for every kind of entity: learners, Attempts, Responses,
Scores, Sessions, courses, applications.
"""

from typing import Any

from functions.core.ids import AUTO_ATTACH, canonical_id

# This service: the actor of the events that it emits, and their sensor.
SYSTEM_ID = "urn:uuid:a5f0cf2e-4a2b-5f0a-9d0c-6f2f0c6b7a10"
# A blank node; and, by Caliper 1.2, the IRI of the entity's type, in each spelling of a term.
_ANONYMOUS = ("_:", "http://purl.imsglobal.org/caliper/", "https://purl.imsglobal.org/caliper/", "caliper:")
# Ids that many people share: as keys they would be hot, and they name no one of them.
_SHARED = frozenset({AUTO_ATTACH, "urn:instructure:canvas:user:0", "urn:unidentified-user"})


def is_anonymous(identifier: str) -> bool:
    """Whether an id names nothing: a blank node, or the IRI of a type (1.2 anonymous entity).

    Two uses of such an id are two entities; they must never be merged or counted as one.
    """
    return identifier.startswith(_ANONYMOUS)


def written_id(node: object) -> str | None:
    """The id that an entity carries, given as object (`id`, 1.0: `@id`) or as IRI, in its one spelling."""
    if isinstance(node, dict):
        identifier = node.get("id")
        node = node.get("@id") if identifier is None else identifier
    if not isinstance(node, str):
        return None
    node = node.strip()  # TimeBack names trailing white space as a pitfall
    return canonical_id(node) if node else None


def identity(node: object) -> str | None:
    """The id that distinguishes an entity from all others; None if it has none that could."""
    identifier = written_id(node)
    return None if identifier is None or is_anonymous(identifier) else identifier


def own_identity(node: object) -> str | None:
    """Its identity, if it belongs to one person or thing alone: not an id that many people share."""
    identifier = identity(node)
    return None if identifier in _SHARED else identifier


def child(node: object, key: str) -> Any:
    """A property of `node`, which may as well be an IRI or absent."""
    return node.get(key) if isinstance(node, dict) else None
