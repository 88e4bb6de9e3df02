"""What an app's registration keeps out at the door: fields that are left out of an item, and names that reject it.

Called by `validate` before anything is queued. All other bytes stay as they were sent.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from functions.core.privacy.json_text import JsonString, JsonText

# A kind of field: the members that give it. Those of a name count in the description of a person alone.
FIELDS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"email"}),
    "name": frozenset({"name", "firstName", "lastName", "givenName", "familyName", "middleName", "fullName"}),
    "client-ip": frozenset({"ipAddress", "clientIp", "client_ip", "ip"}),
    "user-agent": frozenset({"userAgent", "user_agent"}),
}
PEOPLE = frozenset({"Person", "TimebackUser"})
_PARTS = re.compile(r"[/#:]")  # of a type that is an IRI
_MEMBERS = {member: kind for kind, members in FIELDS.items() for member in members}


def without_fields(raw: bytes, kinds: Iterable[str]) -> tuple[bytes, set[str]]:
    """The item without the members that give these kinds of fields, and which kinds it gave.

    A value that is no text stays. What is not JSON stays as it is: it is rejected anyway.
    """
    wanted = {member for kind in kinds for member in FIELDS[kind]}
    if not any(f'"{member}"'.encode() in raw for member in wanted) and b"\\u" not in raw:
        return raw, set()
    read = _read(raw)
    if read is None:
        return raw, set()
    text = raw.decode()
    unwanted = [string for string in _given(read, text) if string.name in wanted]
    if not unwanted:
        return raw, set()
    parts: list[str] = []
    reached = 0
    for string in unwanted:
        start, end = _member_start(text, string), string.end
        parts.append(text[reached:start])
        reached = _next(text, end)
        if text[reached] == ",":
            reached += 1
        else:
            _drop_comma(parts)  # it was the last member
    return "".join([*parts, text[reached:]]).encode(), {_MEMBERS[string.name] for string in unwanted}


def all_without_fields(raws: Sequence[bytes], kinds: Collection[str]) -> tuple[list[bytes], frozenset[str]]:
    """The same of every item of an envelope."""
    reduced, kinds_sent = [], set[str]()
    for raw in raws:
        left, unwanted = without_fields(raw, kinds)
        reduced.append(left)
        kinds_sent |= unwanted
    return reduced, frozenset(kinds_sent)


def names_given(raw: bytes) -> Sequence[str]:
    """The members by which an item gives a person's name or an e-mail address, each once."""
    if b'name"' not in raw.lower() and b'"email"' not in raw and b"\\u" not in raw:
        return ()
    read = _read(raw)
    if read is None:
        return ()
    kinds_sent = (string.name for string in _given(read, raw.decode()) if _MEMBERS[string.name] in ("name", "email"))
    return tuple(dict.fromkeys(kinds_sent))


def _read(raw: bytes) -> "JsonText | None":
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    from functions.core.privacy.json_text import read_json_text  # few apps keep anything out

    return read_json_text(raw.decode())


def _given(read: "JsonText", text: str) -> "list[JsonString]":
    """The texts that are the value of a member of FIELDS and say something."""
    return [
        string
        for string in read.strings
        if string.name in _MEMBERS
        and string.value.strip()
        and string.within is not None
        and _is_alone(text, string)
        and (_MEMBERS[string.name] != "name" or _is_person(string, text))
    ]


def _is_person(string: "JsonString", text: str) -> bool:
    node = string.within
    if node is None or node.type is None:
        return False
    _, _, value = text[slice(*node.type)].partition(":")
    try:
        kind = orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    return isinstance(kind, str) and _PARTS.split(kind)[-1] in PEOPLE


def _member_start(text: str, string: "JsonString") -> int:
    """Where the name of the member begins that the string is the value of."""
    closing = text.rindex('"', 0, text.rindex(":", 0, string.start))
    return text.rindex('"', 0, closing)


def _next(text: str, place: int) -> int:
    """Where white space ends."""
    while text[place].isspace():
        place += 1
    return place


def _drop_comma(parts: list[str]) -> None:
    while parts and not parts[-1].strip():
        parts.pop()
    if parts and parts[-1].rstrip().endswith(","):
        parts[-1] = parts[-1].rstrip()[:-1]


def _is_alone(text: str, string: "JsonString") -> bool:
    """Whether the string is the whole value of its member, and not in a list."""
    place = string.start - 1
    while text[place].isspace():
        place -= 1
    return text[place] == ":"
