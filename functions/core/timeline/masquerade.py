"""Whether an administrator acted in a learner's name ("Act as user" in Canvas): such an event is in no number.

Canvas names both: the learner as the actor, and the person who really acted as `real_user_id` in the extensions of
the actor (Canvas, "Caliper Event Origins", actor mapping).
"""

from collections.abc import Mapping
from typing import Any

from functions.core.identity import child, written_id

_VENDORS = ("com.instructure.canvas", "canvas")
_SHARD = 10**13  # Canvas writes a user's id with or without its shard in front: 21070000000000001 and 1


def is_masquerade(event: Mapping[str, Any]) -> bool:
    """Whether `real_user_id` is there and names another user than the actor."""
    actor = event.get("actor")
    for holder in (actor, event):
        extensions = holder.get("extensions") if isinstance(holder, dict) else None
        if isinstance(extensions, dict):
            for vendor in _VENDORS:
                if vendor in extensions:
                    real = child(extensions[vendor], "real_user_id")
                    if isinstance(real, str | int) and not isinstance(real, bool) and str(real).strip():
                        return _user(str(real)) not in _users(actor)
    return False


def _users(actor: object) -> set[str]:
    """The numbers by which Canvas may name the actor."""
    extensions = child(actor, "extensions")
    named = [written_id(actor)]
    for vendor in _VENDORS:
        number = child(child(extensions, vendor), "entity_id")
        if isinstance(number, str | int) and not isinstance(number, bool):
            named.append(str(number))
    return {_user(name) for name in named if name}


def _user(name: str) -> str:
    number = name.strip().rpartition(":")[2]
    return str(int(number) % _SHARD) if number.isascii() and number.isdigit() and len(number) < 40 else name.strip()
