"""One line of a file that is imported: which of the known formats it has, and the items in it as their exact bytes.

an envelope          what sensors send; Canvas live events in the Caliper format are one a line
an event or entity   without an envelope
an archive line      of this service: `raw` or `raw64`, with `kind`
an OpenLRW row       `mongoexport` of its event collection: the event is in `event`, with times as `{"$date": …}`
a line of rejects    what an import or `quarantine export` wrote, with a corrected `item`
"""

import base64
from typing import Any

import msgspec
import orjson

from functions.core.apps import App
from functions.core.caliper.contexts import SUPPORTED_DATA_VERSIONS
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.findings import Refusal
from functions.core.times import format_time

SENSOR = "urn:tag:import"  # of items that came without an envelope
_ABSENT = msgspec.Raw(b"")
_NEWEST = SUPPORTED_DATA_VERSIONS[-1]


class _Fields(msgspec.Struct, gc=False):
    """The values that tell the formats apart."""

    kind: str | msgspec.UnsetType = msgspec.UNSET
    tenant: msgspec.Raw = _ABSENT
    system: bool = False
    sensor: msgspec.Raw = _ABSENT
    data_version: msgspec.Raw = msgspec.field(default=_ABSENT, name="dataVersion")
    raw: msgspec.Raw = _ABSENT
    raw64: msgspec.Raw = _ABSENT
    data: msgspec.Raw = _ABSENT
    event: msgspec.Raw = _ABSENT
    item: msgspec.Raw = _ABSENT
    version: msgspec.Raw = _ABSENT
    type: msgspec.Raw = _ABSENT


_fields_of = msgspec.json.Decoder(_Fields).decode


def envelopes_of(line: bytes, app: App) -> list[Envelope] | Refusal:
    """The items of a line, in envelopes; none if it holds nothing that apps send; or why it cannot be read."""
    if line.lstrip()[:1] == b"[":
        return open_envelopes(line, app=app)
    try:
        fields = _fields_of(line)
    except (msgspec.DecodeError, RecursionError):
        return _unread(line, app)
    if fields.data is not _ABSENT:
        return open_envelopes(line, app=app)
    if fields.kind is not msgspec.UNSET and (fields.raw is not _ABSENT or fields.raw64 is not _ABSENT):
        return _archived(fields)
    if fields.item is not _ABSENT and fields.version is not _ABSENT:
        return [_envelope(bytes(fields.item), _text(fields.version) or _NEWEST)]
    if fields.event is not _ABSENT and fields.type is _ABSENT:
        return [_envelope(without_bson(bytes(fields.event)), _NEWEST)]
    return [_envelope(line.strip(), _NEWEST)]


def _unread(line: bytes, app: App) -> list[Envelope] | Refusal:
    """A line whose names have other types than the formats give them, or that is not JSON."""
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return Refusal(400, "json", "The line is not JSON. An import takes one JSON object a line, in UTF-8.")
    opened = open_envelopes(line, app=app)
    return [_envelope(line.strip(), _NEWEST)] if isinstance(opened, Refusal) and opened.code == "envelope" else opened


def _archived(fields: _Fields) -> list[Envelope]:
    """What apps sent: the service's own events come of themselves again, and rejections are judged anew."""
    if fields.system or fields.kind in ("heartbeat", "erased"):
        return []
    raw = _text(fields.raw).encode() if fields.raw is not _ABSENT else base64.b64decode(_text(fields.raw64))
    return [_envelope(raw, _text(fields.data_version) or _NEWEST, _text(fields.sensor) or SENSOR)]


def _envelope(raw: bytes, data_version: str, sensor: str = SENSOR) -> Envelope:
    return Envelope(sensor, "", data_version, [raw])


def _text(raw: msgspec.Raw) -> str:
    value = orjson.loads(bytes(raw)) if raw is not _ABSENT else ""
    return value if isinstance(value, str) else ""


def without_bson(raw: bytes) -> bytes:
    """An event as it was before MongoDB typed its values (Extended JSON v2); as it is if nothing is typed."""
    if b'"$' not in raw:
        return raw
    return orjson.dumps(_plain(orjson.loads(raw)))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name == "$date":
            inner = _plain(inner)
            return format_time(int(inner) * 1000) if isinstance(inner, int | float) else inner
        if name == "$oid":
            return inner
        if name in ("$numberInt", "$numberLong") and isinstance(inner, str):
            return int(inner)
        if name in ("$numberDouble", "$numberDecimal") and isinstance(inner, str):
            return float(inner)
    return {name: _plain(child) for name, child in value.items() if name != "_id"}
