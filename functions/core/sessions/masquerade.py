"""Canvas masquerading: an administrator acts as a student, so what is recorded is not the student's work."""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.core.identity import identity
from functions.core.timeline.entry import fields_of

CANVAS = "com.instructure.canvas"
_SHARD = 10**13  # a global Canvas id is this times its shard, plus the local id


def is_masqueraded(event: Mapping[str, Any]) -> bool:
    """Whether Canvas says that another person acted: `real_user_id` is present and is not the actor's own id.

    Such a fact is stored and listed under the student, and is in no session and no number.
    """
    said = list(_canvas_fields(event))
    if not said:
        return False
    real = {_local_id(fields["real_user_id"]) for fields in said if _is_id(fields.get("real_user_id"))}
    if not real:
        return False
    own = {_local_id(fields[name]) for fields in said for name in ("entity_id", "user_id") if _is_id(fields.get(name))}
    actor = identity(event.get("actor"))
    if actor is not None and not own:
        own.add(_local_id(actor.rpartition(":")[2]))
    return bool(real - own)


def _canvas_fields(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What Canvas adds to the event and to its actor. It writes its name as a key, and some versions none."""
    for node in (event, event.get("actor")):
        extensions = node.get("extensions") if isinstance(node, Mapping) else None
        if isinstance(extensions, dict):
            yield extensions
            yield fields_of(extensions.get(CANVAS))


def _is_id(value: object) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or (isinstance(value, int) and not isinstance(value, bool))


def _local_id(value: object) -> str:
    """One spelling of the global, the local and the URN form of a Canvas id."""
    text = str(value).strip().rpartition(":")[2]
    return str(int(text) % _SHARD) if text.isascii() and text.isdigit() and len(text) <= 20 else text
