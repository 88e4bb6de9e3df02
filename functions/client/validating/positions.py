"""From a JSON pointer to the byte of a text where it points, found by scanning, so that any layout of the JSON will do.

A member is where its name begins, an element where its value does. A pointer to what is missing leads to the innermost
value that is there; so does one into text that is not JSON.
"""

import json
import re
from collections.abc import Iterator, Sequence

from functions.core.errors import CaliperError

_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]+")
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

type Child = tuple[str, int, int]  # its name or number, where it begins, where its value begins


class _NotJson(CaliperError):
    """The text cannot be followed any further."""


def tokens(pointer: str) -> list[str]:
    """The reference tokens of a JSON pointer (RFC 6901 §4)."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def value_start(text: bytes, offset: int = 0) -> int:
    """Where the value begins that stands at `offset` or after spaces and a byte order mark."""
    if text.startswith(BYTE_ORDER_MARK, offset):
        offset += len(BYTE_ORDER_MARK)
    space = _SPACE.match(text, offset)
    return space.end() if space else offset


def position(text: bytes, steps: Sequence[str], offset: int = 0) -> int:
    """Where `steps` lead from the value at `offset`: of a name that is given twice, to the last, which counts."""
    begins = value = value_start(text, offset)
    for step in steps:
        child = _child(text, value, step)
        if child is None:
            break
        _, begins, value = child
    return begins


def elements(text: bytes, steps: Sequence[str], offset: int = 0) -> list[int]:
    """Where each element begins of the array that `steps` lead to; as many as can be followed."""
    value = value_start(text, offset)
    for step in steps:
        child = _child(text, value, step)
        if child is None:
            return []
        value = child[2]
    return [begins for _, begins, _ in _followed(text, value)]


def _child(text: bytes, value: int, step: str) -> Child | None:
    return next((child for child in reversed(list(_followed(text, value))) if child[0] == step), None)


def _followed(text: bytes, value: int) -> Iterator[Child]:
    """The children of an object or array, up to where the text cannot be followed."""
    try:
        if text[value : value + 1] == b"{":
            yield from _members(text, value)
        elif text[value : value + 1] == b"[":
            yield from _elements(text, value)
    except _NotJson:
        return


def _members(text: bytes, value: int) -> Iterator[Child]:
    offset = value_start(text, value + 1)
    while text[offset : offset + 1] == b'"':
        after_name = _end(text, offset)
        colon = value_start(text, after_name)
        if text[colon : colon + 1] != b":":
            raise _NotJson
        begins = value_start(text, colon + 1)
        yield _name(text[offset:after_name]), offset, begins
        offset = _after_comma(text, _end(text, begins))


def _elements(text: bytes, value: int) -> Iterator[Child]:
    offset = value_start(text, value + 1)
    number = 0
    while offset < len(text) and text[offset : offset + 1] != b"]":
        yield str(number), offset, offset
        offset = _after_comma(text, _end(text, offset))
        number += 1


def _after_comma(text: bytes, offset: int) -> int:
    offset = value_start(text, offset)
    return value_start(text, offset + 1) if text[offset : offset + 1] == b"," else offset


def _end(text: bytes, offset: int) -> int:
    """Where the value ends that begins at `offset`."""
    if text[offset : offset + 1] in (b"{", b"["):
        depth = 0
        for mark in _STRUCTURE.finditer(text, offset):
            depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(mark.group(), 0)
            if depth == 0:
                return mark.end()
        raise _NotJson
    match = (_STRING if text[offset : offset + 1] == b'"' else _SCALAR).match(text, offset)
    if match is None:
        raise _NotJson
    return match.end()


def _name(quoted: bytes) -> str:
    try:
        return str(json.loads(quoted.decode("utf-8", "replace"), strict=False))
    except ValueError:
        raise _NotJson from None
