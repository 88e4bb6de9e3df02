"""Whom or what a node of an event names: its id in its one spelling, where that tells it from others.

What attribution and the course are read with.
"""

from typing import Any

from functions.core.ids import AUTO_ATTACH, canonical_id

_ANONYMOUS = ("http://purl.imsglobal.org/caliper/", "_:")  # 1.2: an entity whose id is its type's IRI has no identity
# Ids that many people share: as keys they would be hot, and their learners nobody.
_NOBODY = frozenset({AUTO_ATTACH, "urn:instructure:canvas:user:0", "urn:unidentified-user"})


def is_anonymous(identifier: str) -> bool:
    """Whether an id stands for nobody in particular: a blank node, or a type's own IRI (1.2 anonymous entity).

    Two uses of such an id are two entities; they must never be merged or counted as one.
    """
    return identifier.startswith(_ANONYMOUS)


def identity(node: object) -> str | None:
    """The id of an entity given as object or as IRI; None where it has none that could tell it from another."""
    if isinstance(node, dict):
        given = node.get("id")
        node = node.get("@id") if given is None else given  # 1.0
    if not isinstance(node, str):
        return None
    node = node.strip()  # TimeBack names trailing white space as a pitfall
    return canonical_id(node) if node else None


def somebody(node: object) -> str | None:
    """Its identity, where it stands for one person or thing alone."""
    identifier = identity(node)
    if identifier is None or identifier in _NOBODY or is_anonymous(identifier):
        return None
    return identifier


def child(node: object, key: str) -> Any:
    """A property of `node`, which may as well be an IRI or absent."""
    return node.get(key) if isinstance(node, dict) else None
