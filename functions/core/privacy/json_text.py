"""The strings and objects of a JSON text with their places, so that a part can be replaced and all other bytes stay.

Only masking needs it: to parse and to write anew would change the spelling of numbers, the order of repeated names and
the white space of what was sent.
"""

import re
from collections.abc import Iterator

import orjson
from msgspec import Struct, field

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_IDS, _TYPES = ("id", "@id"), ("type", "@type")

type Span = tuple[int, int]


class JsonObject(Struct):
    """An object: where it stands, in which one (None: the root), and where its own id and type are written.

    `id` and `type` are spans from their name to the end of the value.
    """

    start: int
    parent: "JsonObject | None"
    end: int = 0
    id: str | None = None
    id_name: str = "id"
    type: Span | None = None


class JsonString(Struct, frozen=True):
    """A string: its place with the quotes, its value, the name of the member that it is the value of, its object."""

    start: int
    end: int
    value: str
    name: str
    within: JsonObject | None


class JsonText(Struct):
    """What a text holds: every object and every string, names of members included."""

    objects: list[JsonObject] = field(default_factory=list)
    strings: list[JsonString] = field(default_factory=list)


class _Level(Struct):
    """An object or array that is open, and the member that is being read."""

    node: JsonObject | None  # of an array, the object that it is in
    is_object: bool
    name: str = ""
    name_start: int = 0
    awaits_name: bool = False


def read_json_text(text: str) -> JsonText:
    """The objects and strings of a text. It must be JSON."""
    read = JsonText()
    levels = [_Level(None, is_object=False)]
    for start, end in _tokens(text):
        level = levels[-1]
        first = text[start]
        if first == "{":
            opened = JsonObject(start, level.node)
            read.objects.append(opened)
            levels.append(_Level(opened, is_object=True, awaits_name=True))
        elif first == "[":
            levels.append(_Level(level.node, is_object=False, name=level.name))
        elif first in "}]":
            closed = levels.pop()
            if closed.is_object and closed.node is not None:
                closed.node.end = end
        elif first == ",":
            level.awaits_name = level.is_object
        elif first == '"':
            _read_string(read, level, text, start, end)
    return read


def _read_string(read: JsonText, level: _Level, text: str, start: int, end: int) -> None:
    value = text[start + 1 : end - 1]
    if "\\" in value:
        value = orjson.loads(text[start:end])
    if level.awaits_name:
        level.awaits_name = False
        level.name, level.name_start = value, start
        read.strings.append(JsonString(start, end, value, "", level.node))
        return
    read.strings.append(JsonString(start, end, value, level.name, level.node))
    if not level.is_object or level.node is None:
        return
    if level.name in _IDS and (level.node.id is None or level.name == "id"):
        level.node.id, level.node.id_name = value, level.name
    elif level.name in _TYPES:
        level.node.type = (level.name_start, end)


def _tokens(text: str) -> Iterator[Span]:
    return (match.span() for match in _TOKEN.finditer(text))
