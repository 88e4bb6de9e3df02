"""An envelope taken apart: the exact bytes of its properties and items, read once and at the cost of slicing."""

import json
import re

import msgspec

ABSENT = msgspec.Raw(b"")
_DATA_FOLLOWS = re.compile(rb'"data"\s*:\s*$')


class Fields(msgspec.Struct, gc=False):
    """The values of an envelope's properties as their exact bytes."""

    sensor: msgspec.Raw = ABSENT
    send_time: msgspec.Raw = msgspec.field(default=ABSENT, name="sendTime")
    data_version: msgspec.Raw = msgspec.field(default=ABSENT, name="dataVersion")
    data: msgspec.Raw = ABSENT
    type: msgspec.Raw = ABSENT
    type_1_0: msgspec.Raw = msgspec.field(default=ABSENT, name="@type")


_read_fields = msgspec.json.Decoder(Fields).decode
# Of nested objects the outermost is made last, so its names are the result. Python reads no int of very many digits.
_read_names = json.JSONDecoder(object_pairs_hook=lambda pairs: [name for name, _ in pairs], parse_int=str).decode
slice_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def split(body: bytes) -> tuple[Fields, list[bytes], bytes]:
    """The fields, the items, and the envelope without its data, which is short, so that reading its names is cheap.

    Raises msgspec.DecodeError if it is not JSON.
    """
    return _split_flat(body) or _split_any(body)


def _split_any(body: bytes) -> tuple[Fields, list[bytes], bytes]:
    fields = _read_fields(body)
    data = bytes(fields.data)
    items = [bytes(part) for part in slice_array(fields.data)] if data[:1] == b"[" else []
    start = body.find(data[:64])
    if items and body[start : start + len(data)] == data:
        body = body[:start] + b"null" + body[start + len(data) :]
    return fields, items, body


def _split_flat(body: bytes) -> tuple[Fields, list[bytes], bytes] | None:
    """The same for nearly every envelope at half the cost: all from the first [ to the last ] is its data.

    That is certain if "data" precedes it and the rest is one object, without escapes that could hide a string's end.
    None if anything is unusual.
    """
    start, end = body.find(b"["), body.rfind(b"]") + 1
    skeleton = body[: max(start, 0)] + b"null" + body[end:]
    if skeleton.count(b"{") != 1 or b"\\" in skeleton or _DATA_FOLLOWS.search(body, 0, max(start, 0)) is None:
        return None
    try:
        items = [bytes(part) for part in slice_array(body[start:end])]
        return (_read_fields(skeleton), items, skeleton) if items else None
    except msgspec.DecodeError:
        return None


def repeated_name(skeleton: bytes) -> str | None:
    """The first property that an envelope gives twice."""
    seen: set[str] = set()
    names: list[str] = _read_names(skeleton.decode())
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
