"""Sets aside the items that spoil a body: NaN, Infinity, or half a surrogate pair in an escape (`\\ud83d`).

JavaScript and Python send these, and strict parsers refuse the whole body for one. Python's own parser reads them and
says where each value ends, so such an item is replaced while the body is opened, and only that item is rejected.
"""

import json
import re
from collections.abc import Iterator

import msgspec

_SPACE = re.compile(r"[ \t\n\r]*")
_read = json.JSONDecoder(parse_int=str).raw_decode  # Python reads no int of very many digits
_check = msgspec.json.Decoder(msgspec.Raw).decode

type ItemPlace = tuple[int, int]  # the number of the envelope, and the index of the item in it


def mask_unreadable_items(body: bytes) -> tuple[bytes, dict[ItemPlace, bytes]] | None:
    """The body with 0 in place of each unreadable item, and these items' own bytes; None if that is not its fault."""
    text = body.decode()
    pieces: list[str] = []
    masked: dict[ItemPlace, bytes] = {}
    copied = 0
    try:
        for place, start, end in _item_spans(text):
            raw = text[start:end].encode()
            if not _is_readable(raw):
                masked[place] = raw
                pieces += [text[copied:start], "0"]
                copied = end
    except (ValueError, IndexError, RecursionError):
        return None
    return ("".join([*pieces, text[copied:]]).encode(), masked) if masked else None


def _is_readable(raw: bytes) -> bool:
    try:
        _check(raw)
    except msgspec.DecodeError:
        return False
    return True


def _item_spans(text: str) -> Iterator[tuple[ItemPlace, int, int]]:
    """The place, start and end of every item. Raises ValueError or IndexError if the text is not even lenient JSON."""
    start = _skip(text, 0)
    if text[start] != "[":
        yield from _items_of_envelope(text, start, 0)
        return
    for number, (envelope_start, _) in enumerate(_elements(text, start)):
        yield from _items_of_envelope(text, envelope_start, number)


def _items_of_envelope(text: str, start: int, number: int) -> Iterator[tuple[ItemPlace, int, int]]:
    for name, value_start in _members(text, start):
        if name == "data" and text[value_start] == "[":
            for index, (item_start, item_end) in enumerate(_elements(text, value_start)):
                yield (number, index), item_start, item_end


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Each name of an object and where its value starts; nothing of another value."""
    position = _skip(text, start + 1)
    if text[start] != "{" or text[position] == "}":
        return
    while True:
        if text[position] != '"':
            raise ValueError("a name was expected")
        name, position = _read(text, position)
        position = _skip(text, position)
        if text[position] != ":":
            raise ValueError("a colon was expected")
        position = _skip(text, position + 1)
        yield name, position
        position = _skip(text, _read(text, position)[1])
        if text[position] != ",":
            return
        position = _skip(text, position + 1)


def _elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The start and end of each element of an array."""
    position = _skip(text, start + 1)
    if text[position] == "]":
        return
    while True:
        _, end = _read(text, position)
        yield position, end
        position = _skip(text, end)
        if text[position] != ",":
            return
        position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position
