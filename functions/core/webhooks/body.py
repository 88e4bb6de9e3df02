"""The body of a delivery: a Caliper envelope with the events as they were sent, byte for byte.

So any Caliper endpoint can be a target, another store or this service itself. A body has one sensor and one version.
"""

import hashlib
from collections.abc import Iterable, Iterator

import orjson
from msgspec import Struct, field

from functions.core.ids import digest
from functions.core.messages import Message
from functions.core.times import format_time
from functions.core.webhooks.matching import Matcher

MOST_EVENTS = 100
MOST_BYTES = 1_048_576
DATA_VERSION = "http://purl.imsglobal.org/ctx/caliper/v1p2"  # of this service's own events
_FRAME_BYTES = 8_192  # sensor, version and time, at most


class Part(Struct):
    """Events for one body. They come from lines `first` to before `last` of what an object holds of the tenant."""

    sensor: str
    data_version: str
    first: int
    last: int
    raws: list[bytes] = field(default_factory=list)

    def envelope(self, *, now_us: int) -> bytes:
        """The body, sent now."""
        frame = {"sensor": self.sensor, "sendTime": format_time(now_us), "dataVersion": self.data_version}
        return orjson.dumps(frame)[:-1] + b',"data":[' + b",".join(self.raws) + b"]}"

    def message_id(self, webhook: str) -> str:
        """The header `webhook-id`: the same for the same events to the same webhook, however often it is tried."""
        contents = hashlib.sha256()
        for raw in self.raws:
            contents.update(len(raw).to_bytes(4) + raw)
        return f"msg_{digest(f'{webhook}.{contents.hexdigest()}')}"


def ping(*, service: str) -> Part:
    """The body of a test: an envelope without events."""
    return Part(service, DATA_VERSION, 0, 0)


def parts_of(
    messages: Iterable[Message],
    *,
    tenant: str,
    sensor: str | None,
    matches: Matcher,
    service: str,
    first: int,
    last: int,
) -> Iterator[Part]:
    """The bodies of the tenant's events that a webhook wants, among its lines `first` to before `last` (0: to the end).

    `messages` are those of an archive object, which mixes the lines of many apps. `service` is the sensor of this
    service's own events. The last part ends where the lines do, so that a part names all lines that were looked at.
    """
    part: Part | None = None
    line, size = 0, 0
    for message in messages:
        if message.tenant != tenant:
            continue
        own_sensor = message.sensor or service
        version = message.data_version or DATA_VERSION
        for item in message.items:
            line += 1
            if line <= first or (last and line > last) or item.kind != "event":
                continue
            if (sensor is not None and own_sensor != sensor) or not matches(item.raw):
                continue
            if part is not None and (
                (part.sensor, part.data_version) != (own_sensor, version)
                or len(part.raws) >= MOST_EVENTS
                or size + len(item.raw) + 1 > MOST_BYTES - _FRAME_BYTES
            ):
                part.last = line - 1
                yield part
                part = None
            if part is None:
                part, size = Part(own_sensor, version, line - 1, line), 0
            part.raws.append(item.raw)
            part.last = line
            size += len(item.raw) + 1
    if part is not None:
        yield part
