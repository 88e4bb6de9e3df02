"""Opens one envelope at length: what is unusual about it is let through, or refused in words."""

import json
from typing import Any

import msgspec
import orjson

from functions.core.apps import App
from functions.core.caliper.contexts import (
    CONTEXT_1_0,
    SUPPORTED_DATA_VERSIONS,
    V1P0,
    V1P1_EXTENDED,
    version_of,
)
from functions.core.caliper.findings import MAX_SENSOR_CHARS, Refusal, clip, json_type
from functions.core.times import parse_time

MAX_ITEMS = 10_000  # in one request
BARE_SENSOR = "urn:tag:bare-event"  # the sensor of an event that came without an envelope

_ABSENT = msgspec.Raw(b"")
_ENVELOPE_FIELDS = '"sensor", "sendTime", "dataVersion" and "data"'


class Envelope(msgspec.Struct, frozen=True):
    """One envelope: its three strings as they were sent, and each element of `data[]` as its exact bytes."""

    sensor: str
    send_time: str
    data_version: str
    items: list[bytes]


class _Slices(msgspec.Struct, gc=False):
    sensor: msgspec.Raw = _ABSENT
    send_time: msgspec.Raw = msgspec.field(default=_ABSENT, name="sendTime")
    data_version: msgspec.Raw = msgspec.field(default=_ABSENT, name="dataVersion")
    data: msgspec.Raw = _ABSENT
    type: msgspec.Raw = _ABSENT
    type_1_0: msgspec.Raw = msgspec.field(default=_ABSENT, name="@type")


_slice_envelope = msgspec.json.Decoder(_Slices).decode
# Of nested objects the outermost is made last, and its names are what is left.
_read_names = json.JSONDecoder(
    object_pairs_hook=lambda pairs: [name for name, _ in pairs], parse_int=lambda _: 0, parse_float=lambda _: 0.0
).decode
slice_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def open_one(body: bytes, app: App, at: str, bare_event: bool) -> Envelope | Refusal:
    """The envelope, or why it is refused; `at` points to it. With `bare_event` an event without envelope is one, too.

    Raises msgspec.DecodeError or ValueError where it is no JSON.
    """
    if body.lstrip()[:1] != b"{":
        orjson.loads(body)
        return Refusal(400, "envelope", f"An envelope is a JSON object with {_ENVELOPE_FIELDS}.", at)
    slices = _slice_envelope(body)
    if slices.data is _ABSENT:
        if bare_event and slices.sensor is _ABSENT and (slices.type is not _ABSENT or slices.type_1_0 is not _ABSENT):
            return _bare(body, app)
        if slices.type is not _ABSENT or slices.type_1_0 is not _ABSENT:
            return Refusal(
                400, "envelope", f"This is an event or entity without its envelope. Wrap it: {_ENVELOPE_FIELDS}.", at
            )
    repeated = _repeated_property(body, slices.data)
    if repeated is not None:
        return Refusal(400, "duplicate-key", f"The envelope gives {clip(repeated)} twice. Give it once.", at)
    items, refusal = _items(slices.data, at)
    if refusal is not None:
        return refusal
    strings = []
    for name, part in (("sensor", slices.sensor), ("sendTime", slices.send_time)):
        value = _string(part, name, at)
        if isinstance(value, Refusal):
            return value
        strings.append(value)
    if parse_time(strings[1]) is None:
        return Refusal(400, "time", "sendTime is no time. Write it as 2026-01-27T10:03:00.000Z.", at + "/sendTime")
    version = _data_version(slices.data_version, items, app, at)
    if isinstance(version, Refusal):
        return version
    return Envelope(strings[0], strings[1], version, items)


def _items(data: msgspec.Raw, at: str) -> tuple[list[bytes], Refusal | None]:
    pointer = at + "/data"
    raw = bytes(data)
    if not raw:
        return [], Refusal(400, "required", f"The envelope has no data. An envelope has {_ENVELOPE_FIELDS}.", pointer)
    if raw[:1] != b"[":
        found = json_type(orjson.loads(raw))
        return [], Refusal(400, "json-type", f"data is {found}. Make it an array of events and entities.", pointer)
    items = [bytes(part) for part in slice_array(data)]
    if len(items) > MAX_ITEMS:
        message = f"data has {len(items)} items; {MAX_ITEMS} is the most in one envelope. Split it."
        return [], Refusal(413, "too-many", message, pointer)
    if not items:
        return [], Refusal(400, "empty", "data is an empty array. Send one or more events or entities.", pointer)
    return items, None


def _string(part: msgspec.Raw, name: str, at: str) -> str | Refusal:
    pointer = f"{at}/{name}"
    if part is _ABSENT:
        return Refusal(400, "required", f"The envelope has no {name}. An envelope has {_ENVELOPE_FIELDS}.", pointer)
    value = orjson.loads(bytes(part))
    if not isinstance(value, str) or not value.strip():
        return Refusal(400, "json-type", f"{name} is {json_type(value)}. Make it a string that is not blank.", pointer)
    if len(value) > MAX_SENSOR_CHARS:
        message = f"{name} has {len(value)} characters; {MAX_SENSOR_CHARS} is the most. Send a shorter one."
        return Refusal(400, "too-long", message, pointer)
    return value


def _data_version(part: msgspec.Raw, items: list[bytes], app: App, at: str) -> str | Refusal:
    pointer = at + "/dataVersion"
    if part is _ABSENT:
        if not _looks_like_1_0(items):
            return _string(part, "dataVersion", at)
        value: str | Refusal = CONTEXT_1_0
    else:
        value = _string(part, "dataVersion", at)
    if isinstance(value, Refusal):
        return value
    version = version_of(value)
    if version == V1P0 and not app.caliper_1_0:
        return _refusal_of_1_0(pointer)
    if version is None:
        return Refusal(
            422,
            "data-version",
            f"dataVersion {clip(value)} is not supported. Send {' or '.join(SUPPORTED_DATA_VERSIONS)}.",
            pointer,
        )
    return value


def _refusal_of_1_0(pointer: str) -> Refusal:
    return Refusal(
        422,
        "caliper-1.0",
        "This is Caliper 1.0, which is taken only from apps registered for it: have the operator set caliper_1_0 on "
        f"this app's registration, or send {' or '.join(SUPPORTED_DATA_VERSIONS)}.",
        pointer,
    )


def _looks_like_1_0(items: list[bytes]) -> bool:
    """1.0 has no dataVersion: its first item says `@type`, or names the 1.0 context."""
    try:
        first = orjson.loads(items[0])
    except orjson.JSONDecodeError:
        return False
    if not isinstance(first, dict):
        return False
    context = first.get("@context")
    contexts = context if isinstance(context, list) else [context]
    return any(version_of(each) == V1P0 for each in contexts) or ("@type" in first and "type" not in first)


def _bare(body: bytes, app: App) -> Envelope | Refusal:
    event: dict[str, Any] = orjson.loads(body)
    context = event.get("@context")
    contexts = context if isinstance(context, list) else [context]
    named = next((each for each in reversed(contexts) if version_of(each)), SUPPORTED_DATA_VERSIONS[-1])
    if version_of(named) == V1P1_EXTENDED:
        named = SUPPORTED_DATA_VERSIONS[0]
    if version_of(named) == V1P0 and not app.caliper_1_0:
        return _refusal_of_1_0("/@context")
    when = event.get("eventTime")
    return Envelope(BARE_SENSOR, when if isinstance(when, str) else "", named, [body.strip()])


def _repeated_property(body: bytes, data: msgspec.Raw) -> str | None:
    """The first envelope property that is given twice. Reads the envelope with `data` cut out, so it is cheap."""
    cut = bytes(data)
    start = body.find(cut[:64])
    if cut[:1] == b"[" and body[start : start + len(cut)] == cut:
        body = body[:start] + b"null" + body[start + len(cut) :]
    return _repeated(body)


def _repeated(skeleton: bytes) -> str | None:
    seen: set[str] = set()
    names: list[str] = _read_names(skeleton.decode())
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
