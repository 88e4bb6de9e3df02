"""How deep an item may be nested and how long its identifiers may be, so that it can be kept and found again."""

import re
from typing import Any

from functions.core.attribution import attribute
from functions.core.caliper.findings import MAX_ID_CHARS

MAX_DEPTH = 64  # of nesting: what is deeper cannot be written as canonical JSON

_LONG = re.compile(rb'"[^"]{%d,}"' % MAX_ID_CHARS)
_PAIRS = bytes.maketrans(b"{[]}", b"(())")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{[]}")


def too_long_an_identifier(raw: bytes, item: dict[str, Any]) -> tuple[str, int] | None:
    """Where an identifier stands that is too long to be kept in rows beside others and asked for, and its length."""
    if len(raw) <= MAX_ID_CHARS or (b'\\"' not in raw and _LONG.search(raw) is None):
        return None
    found = attribute(item, auto_attach=False)
    for pointer, identifier in (
        ("/id", found.id),
        ("/actor", found.learner),
        ("/session", found.session),
        ("/extensions/runId", found.run),
        ("/group", found.course),
        ("/edApp", found.edapp),
    ):
        if identifier is not None and len(identifier) > MAX_ID_CHARS:
            return pointer, len(identifier)
    return None


def is_too_deep(raw: bytes, value: object) -> bool:
    """Whether the value parsed from `raw` is nested deeper than may be kept.

    Taking away innermost pairs of brackets, all at once, takes as many rounds as there are levels. Only where brackets
    stand in texts, too, is the value itself gone through.
    """
    brackets = raw.translate(_PAIRS, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        shorter = brackets.replace(b"()", b"")
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
