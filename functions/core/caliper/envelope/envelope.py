"""Opens one envelope: its three strings, and the exact bytes of each item; or says why it is refused."""

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
from functions.core.caliper.envelope.parts import ABSENT, repeated_name, split
from functions.core.caliper.findings import MAX_SENSOR_BYTES, Refusal, clip, json_type
from functions.core.privacy.door import all_without_fields
from functions.core.times import parse_time

MAX_ITEMS = 10_000  # in one request
BARE_SENSOR = "urn:tag:bare-event"  # the sensor of an event that came without an envelope

_ENVELOPE_FIELDS = '"sensor", "sendTime", "dataVersion" and "data"'


class Envelope(msgspec.Struct, frozen=True):
    """One envelope: its strings as they were sent (`send_time` "": a bare event), its items as their exact bytes.

    `left_out`: the kinds of fields that the items gave, and that the app's registration leaves out of them.
    """

    sensor: str
    send_time: str
    data_version: str
    items: list[bytes]
    left_out: frozenset[str] = frozenset()


def open_envelope(body: bytes, app: App, pointer: str, bare_event: bool) -> Envelope | Refusal:
    """The envelope, or why it is refused; `pointer` is its place. `bare_event` admits an event without an envelope.

    Raises msgspec.DecodeError or ValueError if it is not JSON.
    """
    if body.lstrip()[:1] != b"{":
        orjson.loads(body)
        return Refusal(400, "envelope", f"An envelope is a JSON object with {_ENVELOPE_FIELDS}.", pointer)
    fields, items, skeleton = split(body)
    if fields.type is not ABSENT or fields.type_1_0 is not ABSENT:
        if fields.data is ABSENT and fields.sensor is ABSENT and bare_event:
            return _bare(body, app)
        if fields.data is ABSENT:
            message = f"This is an event or entity without its envelope. Wrap it: {_ENVELOPE_FIELDS}."
            return Refusal(400, "envelope", message, pointer)
    repeated = repeated_name(skeleton)
    if repeated is not None:
        return Refusal(400, "duplicate-key", f"The envelope gives {clip(repeated)} twice. Give it once.", pointer)
    if (refusal := _refusal_of_items(fields.data, items, pointer)) is not None:
        return refusal
    strings = []
    for name, raw in (("sensor", fields.sensor), ("sendTime", fields.send_time)):
        value = _string(raw, name, pointer)
        if isinstance(value, Refusal):
            return value
        strings.append(value)
    if parse_time(strings[1]) is None:
        message = "sendTime is not a time. Write it as 2026-01-27T10:03:00.000Z."
        return Refusal(400, "time", message, pointer + "/sendTime")
    version = _data_version(fields.data_version, items, app, pointer)
    if isinstance(version, Refusal):
        return version
    return _envelope(strings[0], strings[1], version, items, app)


def _envelope(sensor: str, send_time: str, version: str, items: list[bytes], app: App) -> Envelope:
    if not app.keeping.left_out:
        return Envelope(sensor, send_time, version, items)
    return Envelope(sensor, send_time, version, *all_without_fields(items, app.keeping.left_out))


def _refusal_of_items(data: msgspec.Raw, items: list[bytes], parent: str) -> Refusal | None:
    pointer = parent + "/data"
    if data is ABSENT:
        return Refusal(400, "required", f"The envelope has no data. An envelope has {_ENVELOPE_FIELDS}.", pointer)
    if len(items) > MAX_ITEMS:
        message = f"data has {len(items)} items; the most in one envelope is {MAX_ITEMS}. Split it."
        return Refusal(413, "too-many", message, pointer)
    if items:
        return None
    value = orjson.loads(bytes(data))
    if not isinstance(value, list):
        message = f"data is {json_type(value)}. Make it an array of events and entities."
        return Refusal(400, "json-type", message, pointer)
    return Refusal(400, "empty", "data is an empty array. Send one or more events or entities.", pointer)


def _string(raw: msgspec.Raw, name: str, parent: str) -> str | Refusal:
    pointer = f"{parent}/{name}"
    if raw is ABSENT:
        return Refusal(400, "required", f"The envelope has no {name}. An envelope has {_ENVELOPE_FIELDS}.", pointer)
    value = orjson.loads(bytes(raw))
    if not isinstance(value, str) or not value.strip():
        return Refusal(400, "json-type", f"{name} is {json_type(value)}. Make it a string that is not blank.", pointer)
    if len(value.encode()) > MAX_SENSOR_BYTES:
        message = f"{name} has {len(value.encode())} bytes; the most is {MAX_SENSOR_BYTES}. Send a shorter one."
        return Refusal(400, "too-long", message, pointer)
    return value


def _data_version(raw: msgspec.Raw, items: list[bytes], app: App, parent: str) -> str | Refusal:
    pointer = parent + "/dataVersion"
    if raw is ABSENT and _looks_like_1_0(items):
        value: str | Refusal = CONTEXT_1_0
    else:
        value = _string(raw, "dataVersion", parent)
    if isinstance(value, Refusal):
        return value
    version = version_of(value)
    if version == V1P0 and not app.caliper_1_0:
        return _refusal_of_1_0(pointer)
    if version is None:
        supported = " or ".join(SUPPORTED_DATA_VERSIONS)
        message = f"dataVersion {clip(value)} is not supported. Send {supported}."
        return Refusal(422, "data-version", message, pointer)
    return value


def _refusal_of_1_0(pointer: str) -> Refusal:
    return Refusal(
        422,
        "caliper-1.0",
        "This is Caliper 1.0, which only apps registered for it may send: have the operator set caliper_1_0 on "
        f"this app's registration, or send {' or '.join(SUPPORTED_DATA_VERSIONS)}.",
        pointer,
    )


def _looks_like_1_0(items: list[bytes]) -> bool:
    """1.0 has no dataVersion: its first item has `@type`, or names the 1.0 context."""
    try:
        first = orjson.loads(items[0])
    except orjson.JSONDecodeError:
        return False
    if not isinstance(first, dict):
        return False
    context = first.get("@context")
    contexts = context if isinstance(context, list) else [context]
    return any(version_of(context) == V1P0 for context in contexts) or ("@type" in first and "type" not in first)


def _bare(body: bytes, app: App) -> Envelope | Refusal:
    event: dict[str, Any] = orjson.loads(body)
    context = event.get("@context")
    contexts = context if isinstance(context, list) else [context]
    named = next((context for context in reversed(contexts) if version_of(context)), SUPPORTED_DATA_VERSIONS[-1])
    if version_of(named) == V1P1_EXTENDED:
        named = SUPPORTED_DATA_VERSIONS[0]
    if version_of(named) == V1P0 and not app.caliper_1_0:
        return _refusal_of_1_0("/@context")
    return _envelope(BARE_SENSOR, "", named, [body.strip()], app)
