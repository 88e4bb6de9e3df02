"""Whether an administrator acted in a learner's name ("Act as user" in Canvas): such an event is in no number.

Canvas names both: the learner as the actor, and the person who really acted as `real_user_id` in the extensions of
the actor (Canvas, "Caliper Event Origins", actor mapping).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.core.identity import child, written_id

_VENDORS = ("com.instructure.canvas", "canvas")
_KEYS = frozenset({*_VENDORS, "real_user_id"})
_OWN = ("entity_id", "user_id")
_SHARD = 10**13  # Canvas writes a user's id with or without its shard in front: 21070000000000001 and 1


def is_masquerade(event: Mapping[str, Any]) -> bool:
    """Whether `real_user_id` is there and names another user than the actor."""
    actor = event.get("actor")
    if not (names_real_user(child(actor, "extensions")) or names_real_user(event.get("extensions"))):
        return False
    fields = [*_canvas_fields(actor), *_canvas_fields(event)]
    real = {_user(field["real_user_id"]) for field in fields if _is_user(field.get("real_user_id"))}
    if not real:
        return False
    own = {_user(field[name]) for field in fields for name in _OWN if _is_user(field.get(name))}
    named = written_id(actor)
    return not real <= (own if named is None else own | {_user(named)})


def names_real_user(extensions: object) -> bool:
    """Whether extensions of an actor or an event say who really acted, as Canvas's may; nearly none do."""
    if not isinstance(extensions, dict) or extensions.keys().isdisjoint(_KEYS):
        return False
    vendors = (extensions.get(vendor) for vendor in _VENDORS)
    return any(isinstance(node, dict) and node.get("real_user_id") is not None for node in (extensions, *vendors))


def _canvas_fields(node: object) -> Iterator[Mapping[str, Any]]:
    """What Canvas adds to a node: under its name, or in some versions under none."""
    extensions = node.get("extensions") if isinstance(node, dict) else None
    if isinstance(extensions, dict) and extensions:
        yield extensions
        for vendor in _VENDORS:
            if isinstance(extensions.get(vendor), dict):
                yield extensions[vendor]


def _is_user(value: object) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or (isinstance(value, int) and not isinstance(value, bool))


def _user(value: object) -> str:
    """One spelling of the global id, the local id and the URN of a Canvas user."""
    name = str(value).strip()
    number = name.rpartition(":")[2]
    return str(int(number) % _SHARD) if number.isascii() and number.isdigit() and len(number) < 40 else name
