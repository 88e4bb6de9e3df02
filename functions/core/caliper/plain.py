"""The commonest request by far: one envelope with nothing unusual about it, all of its items certain to be stored.

Opened and judged in one decoding of its `data`, which is then forwarded as it stands. Whatever is unusual is left to
`open_envelopes` and `judge_items`, which say exactly the same of what is not.
"""

import json
import re
from typing import NamedTuple

from functions.core.apps import App
from functions.core.caliper.certificate import Certificates, can_certify, certify_array
from functions.core.caliper.contexts import V1P1, V1P1_EXTENDED, V1P2, version_of
from functions.core.caliper.verdicts import MAX_ITEM_BYTES, MAX_SENSOR_CHARS
from functions.core.times import parse_time

PLAIN_VERSIONS = frozenset({V1P1, V1P2, V1P1_EXTENDED})
# An app one of whose requests was not plain mostly sends more of that kind: so many are not tried after it.
_PAUSE = 8
_APPS_MAX = 1_024
_pauses: dict[str, int] = {}
_DATA_NEXT = re.compile(rb'"data"\s*:\s*$')


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_read_pairs = json.JSONDecoder(
    object_pairs_hook=lambda pairs: pairs,
    parse_constant=_no_constant,
    parse_int=lambda _: 0,  # Python refuses numbers of very many digits
    parse_float=lambda _: 0.0,
).decode


class PlainEnvelope(NamedTuple):
    """An envelope whose form is right. `data` is all from its first [ to its last ]: one array, if that parses."""

    sensor: str
    send_time: str
    data_version: str
    data: bytes


def judge_plain(body: bytes, *, app: App) -> tuple[PlainEnvelope, Certificates] | None:
    """The envelope with the certificates of all its items; None where anything about the request is unusual."""
    if len(body) > MAX_ITEM_BYTES or not can_certify(app) or _paused(app.app_id):
        return None
    envelope = plain_envelope(body)
    if envelope is None:
        return None
    found = certify_array(envelope.data, envelope.data_version, app)
    if found is None or not found.ids or (app.strict and found.remarks):
        if len(_pauses) >= _APPS_MAX:
            _pauses.clear()
        _pauses[app.app_id] = _PAUSE
        return None
    return envelope, found


def _paused(app_id: str) -> bool:
    left = _pauses.pop(app_id, 0) if _pauses else 0
    if left > 1:
        _pauses[app_id] = left - 1
    return left > 0


def plain_envelope(body: bytes) -> PlainEnvelope | None:
    """The envelope, its items unread, where it is a flat object with each property once; else None.

    Without the array it is parsed with one 0 in its place. That this 0 is the value of "data", and so the array too
    if it is one, is certain where no escape, no further object and no property twice can mislead.
    """
    start, end = body.find(b"["), body.rfind(b"]") + 1
    head = body[:start]
    if not 0 < start < end or _DATA_NEXT.search(head) is None:
        return None
    skeleton = head + b"0" + body[end:]
    if skeleton.count(b"{") != 1 or b"\\" in skeleton:
        return None
    try:
        pairs = _read_pairs(skeleton.decode())
    except ValueError:
        return None
    found = dict(pairs)
    sensor, send_time, version = found.get("sensor"), found.get("sendTime"), found.get("dataVersion")
    if len(found) != len(pairs) or not (type(sensor) is type(send_time) is type(version) is str):
        return None
    if not sensor.strip() or max(len(sensor), len(send_time)) > MAX_SENSOR_CHARS:
        return None
    if version_of(version) not in PLAIN_VERSIONS or parse_time(send_time) is None:
        return None
    return PlainEnvelope(sensor, send_time, version, body[start:end])
