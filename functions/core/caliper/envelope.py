"""Opens a request's body: the first judgement on an event's path, and the only one that can refuse all of it.

The items are sliced out, not parsed: each comes back as the exact bytes that were sent.
"""

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
from functions.core.caliper.plain import plain_envelope
from functions.core.caliper.surrogates import cover, is_covered, uncover
from functions.core.caliper.verdicts import MAX_SENSOR_CHARS, Refusal, clip, json_type
from functions.core.times import parse_time

MAX_BODY_KILOBYTES = 5_000  # what the endpoint configuration advertises (1.2 §Endpoint: kilobytes of 1,000 bytes)
MAX_BODY_BYTES = MAX_BODY_KILOBYTES * 1_000
MAX_ITEMS = 10_000  # in one request
MAX_ENVELOPES = 500  # in one request: each is a queue message of its own
BARE_SENSOR = "urn:tag:bare-event"  # the sensor of an event that came without an envelope

# Beyond this many commas a body is not events but dust, whose slices alone would fill a Lambda's memory.
_MAX_COMMAS = 500_000
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
_read_names = json.JSONDecoder(object_pairs_hook=lambda pairs: [name for name, _ in pairs])
_slice_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def open_envelopes(body: bytes, *, app: App, bare_event: bool = False) -> list[Envelope] | Refusal:
    """The envelopes of a request's body, or why none of it is taken (400, 413, 422). Never raises.

    One envelope, or a top-level array of them (Open edX `bulk_send` posts that). With `bare_event` a single event
    without envelope is taken too: the path `/events/1.0` of TimeBack Platform allows it.
    Custom envelope properties are let through; a property given twice is refused, for nobody can tell which counts.
    Rules: STANDARD §1 and §2.2; the size limit is ours, the standard sets none.
    """
    refusal = _unreadable(body)
    if refusal is not None:
        return refusal
    opened = _opened(body, app, bare_event)
    if isinstance(opened, Refusal) and opened.code == "json":
        covered = cover(body)
        if covered is not None:
            return _uncovered(_opened(covered, app, bare_event))
    return opened


def _uncovered(opened: list[Envelope] | Refusal) -> list[Envelope] | Refusal:
    """What was opened of a body whose halves of surrogate pairs were covered, as it was sent."""
    if isinstance(opened, Refusal):
        return opened
    if any(is_covered(envelope.sensor) for envelope in opened):
        return Refusal(400, "json", "sensor holds half a surrogate pair, which is no text. Send whole characters.")
    return [msgspec.structs.replace(envelope, items=[uncover(item) for item in envelope.items]) for envelope in opened]


def _opened(body: bytes, app: App, bare_event: bool) -> list[Envelope] | Refusal:
    try:
        if body[:1] == b"{":
            plain = _open_plain(body)
            if plain is not None:
                return [plain]
        if body.lstrip()[:1] != b"[":
            opened = _open_one(body, app, "", bare_event)
            return opened if isinstance(opened, Refusal) else [opened]
        envelopes: list[Envelope] = []
        parts = _slice_array(body)
        if len(parts) > MAX_ENVELOPES:
            message = f"The body holds {len(parts)} envelopes; {MAX_ENVELOPES} is the most in one request. Split it."
            return Refusal(413, "too-many", message)
        for index, part in enumerate(parts):
            one = _open_one(bytes(part), app, f"/{index}", bare_event=False)
            if isinstance(one, Refusal):
                return one
            envelopes.append(one)
        if sum(len(envelope.items) for envelope in envelopes) > MAX_ITEMS:
            return Refusal(413, "too-many", f"A request holds at most {MAX_ITEMS} items. Split it.")
    except RecursionError:
        return Refusal(400, "too-deep", "The body is nested too deeply to be read. Send flatter JSON.")
    except (msgspec.DecodeError, ValueError) as error:
        return Refusal(400, "json", f"The body is not JSON: {_reason(error)}. Send one JSON envelope, UTF-8.")
    if not envelopes:
        return Refusal(400, "envelope", "The body is an empty array. Send at least one envelope.")
    return envelopes


def _unreadable(body: bytes) -> Refusal | None:
    if len(body) > MAX_BODY_BYTES:
        return Refusal(
            413,
            "too-large",
            f"The body has {len(body)} bytes; {MAX_BODY_BYTES} ({MAX_BODY_KILOBYTES} kB) is the most taken in one "
            "request. Split the envelope.",
        )
    if len(body) > _MAX_COMMAS and body.count(b",") > _MAX_COMMAS:
        return Refusal(413, "too-many", f"An envelope holds at most {MAX_ITEMS} items. Split it.")
    if not body.strip():
        return Refusal(400, "empty", "The body is empty. Send one Caliper envelope as JSON.")
    if not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as error:
            return Refusal(400, "utf-8", f"The body is not UTF-8: byte {error.start} is wrong. Encode it as UTF-8.")
    return None


def _open_plain(body: bytes) -> Envelope | None:
    """The envelope where all about it is right, at a third of the cost; else None, and it is opened at length."""
    plain = plain_envelope(body)
    if plain is None:
        return None
    try:
        items = [bytes(part) for part in _slice_array(plain.data)]
    except (msgspec.DecodeError, RecursionError):
        return None
    return Envelope(plain.sensor, plain.send_time, plain.data_version, items) if 0 < len(items) <= MAX_ITEMS else None


def _open_one(body: bytes, app: App, at: str, bare_event: bool) -> Envelope | Refusal:
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
    items = [bytes(part) for part in _slice_array(data)]
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
    start = body.find(cut[:64]) if cut else -1
    if cut and body[start : start + len(cut)] == cut:
        body = body[:start] + b"null" + body[start + len(cut) :]
    return _repeated(body)


def _repeated(skeleton: bytes) -> str | None:
    names = _read_names.decode(skeleton.decode())
    return next((name for index, name in enumerate(names) if name in names[:index]), None)


def _reason(error: Exception) -> str:
    """The parser's own words, without anything of the body in them."""
    return str(error).split("\n", 1)[0][:120].removeprefix("JSON is malformed: ").rstrip(".")
