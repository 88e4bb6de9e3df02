"""Finds names that an object gives twice: parsers keep the last one and say nothing of the others."""

import json
from collections import Counter
from typing import Any

from functions.core.caliper.findings import FindingCollector, step


def warn_repeated_names(raw: bytes, written: bytes, collector: FindingCollector) -> None:
    """Warn of every name that an object in `raw` gives more than once. `written` is what was parsed, written again.

    If both have the same number of colons, no name was lost in parsing: every name has one colon, and colons in strings
    stay, unless one is written as an escape. Otherwise a parser that keeps all names reads it.
    """
    if written.count(b":") == raw.count(b":") and b"\\u003" not in raw:
        return
    for pointer in _repeated(raw.decode()):
        message = "The name is given more than once; only its last value counts. Give it once."
        collector.warn("repeated-name", pointer, message, "RFC 8259")


def _repeated(text: str) -> list[str]:
    """The pointers of the repeated names, each once."""
    repeating: dict[int, tuple[dict[str, Any], list[str]]] = {}  # by id; it holds the objects, so that ids stay theirs

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        node = dict(pairs)
        if len(node) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeating[id(node)] = node, [name for name in node if counts[name] > 1]
        return node

    root = json.loads(text, object_pairs_hook=keep, parse_int=str)  # Python reads no int of very many digits
    if not repeating:
        return []
    pointers: list[str] = []
    stack: list[tuple[Any, str]] = [(root, "")]
    while stack:
        node, pointer = stack.pop()
        if id(node) in repeating:
            pointers += [pointer + step(name) for name in repeating[id(node)][1]]
        children = node.items() if type(node) is dict else enumerate(node)
        stack += [(child, pointer + step(key)) for key, child in children if type(child) is dict or type(child) is list]
    return pointers
