"""How deeply an item may be nested and how long its identifiers may be, so that it can be stored and found again."""

from typing import Any

from functions.core.caliper.findings import MAX_ID_BYTES
from functions.core.timeline.attribution import attribute

MAX_DEPTH = 64  # levels of nesting: deeper values cannot be written as canonical JSON

_PAIRS = bytes.maketrans(b"{[]}", b"(())")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{[]}")


def too_long_an_identifier(raw: bytes, item: dict[str, Any]) -> tuple[str, int] | None:
    """The place and length of an identifier that is too long to be stored in rows and asked for, if there is one."""
    if len(raw) <= MAX_ID_BYTES or (b'\\"' not in raw and not _has_a_long_string(raw)):
        return None
    attribution = attribute(item, auto_attach=False)
    for pointer, identifier in (
        ("/id", attribution.id),
        ("/actor", attribution.learner),
        ("/session", attribution.session),
        ("/extensions/runId", attribution.run),
        ("/group", attribution.course),
        ("/edApp", attribution.edapp),
    ):
        if identifier is not None and len(identifier.encode()) > MAX_ID_BYTES:
            return pointer, len(identifier.encode())
    return None


def _has_a_long_string(raw: bytes) -> bool:
    """Whether MAX_ID_BYTES bytes or more stand between two quotation marks that follow each other."""
    quote = raw.find(b'"')
    while quote >= 0:
        following = raw.rfind(b'"', quote + 1, quote + 1 + MAX_ID_BYTES)
        if following < 0:
            return raw.find(b'"', quote + 1 + MAX_ID_BYTES) >= 0
        quote = following
    return False


def is_too_deep(raw: bytes, value: object) -> bool:
    """Whether the value parsed from `raw` is nested deeper than MAX_DEPTH.

    Few opening brackets settle it. Otherwise innermost pairs of brackets are removed, all at once, round by round:
    there are as many rounds as levels. Only if brackets stand in strings, too, is the value itself walked.
    """
    openings = 2 * len(raw) - len(raw.replace(b"{", b"")) - len(raw.replace(b"[", b""))
    if openings <= MAX_DEPTH:
        return False
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
