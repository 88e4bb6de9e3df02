"""Requests made of a file: each item goes as the bytes that it has in the file, at most a hundred in one request."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from functions.client.validating.judgement import ANY_APP, open_payload
from functions.client.validating.payload import Document, Payload
from functions.client.validating.positions import elements, value_start
from functions.core.caliper.contexts import SUPPORTED_DATA_VERSIONS
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.findings import Refusal

SENSOR = "urn:tag:caliper-command-line"  # of events that came without an envelope
MOST_ITEMS = 100
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class SentItem:
    """The bytes of one item, and the line where it begins."""

    raw: bytes
    line: int


@dataclass(slots=True)
class Batch:
    """The items of one request, and the three strings of its envelope."""

    sensor: str
    send_time: str
    data_version: str
    items: list[SentItem] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        head = {"sensor": self.sensor, "sendTime": self.send_time, "dataVersion": self.data_version}
        items = b",".join(item.raw for item in self.items)
        return json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "data": [' + items + b"]}"


@dataclass(frozen=True, slots=True)
class RefusedDocument:
    """A document of the file that is not an envelope, event or entity: it is not sent."""

    line: int
    refusal: Refusal


def batches_of(payload: Payload, *, now: str, sensor: str = SENSOR) -> Iterator[Batch | RefusedDocument]:
    """Every request, in the order of the file. Items without an envelope share one if they follow each other."""
    bare: list[SentItem] = []
    for document in payload.documents():
        envelopes = open_payload(document.text, app=ANY_APP)
        if isinstance(envelopes, Refusal):
            yield RefusedDocument(_line(payload, document), envelopes)
            continue
        if not envelopes[0].sensor:
            bare += _located(payload, document, envelopes[0], 0)
            if len(bare) >= MOST_ITEMS:
                yield from portions(Batch(sensor, now, SUPPORTED_DATA_VERSIONS[-1], bare))
                bare = []
            continue
        if bare:
            yield from portions(Batch(sensor, now, SUPPORTED_DATA_VERSIONS[-1], bare))
            bare = []
        for number, envelope in enumerate(envelopes):
            items = _located(payload, document, envelope, number)
            yield from portions(Batch(envelope.sensor, envelope.send_time, envelope.data_version, items))
    if bare:
        yield from portions(Batch(sensor, now, SUPPORTED_DATA_VERSIONS[-1], bare))


def portions(batch: Batch) -> Iterator[Batch]:
    """The batch in as many as fit the limits."""
    for items in _portioned(batch.items):
        yield Batch(batch.sensor, batch.send_time, batch.data_version, items)


def _portioned(items: Iterable[SentItem]) -> Iterator[list[SentItem]]:
    portion: list[SentItem] = []
    size = 0
    for item in items:
        if portion and (len(portion) >= MOST_ITEMS or size + len(item.raw) > MOST_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += len(item.raw)
    if portion:
        yield portion


def _located(payload: Payload, document: Document, envelope: Envelope, number: int) -> list[SentItem]:
    begins = value_start(document.text)
    if not envelope.sensor:
        starts = [begins]
    else:
        is_array = document.text[begins : begins + 1] == b"["
        starts = elements(document.text, [str(number), "data"] if is_array else ["data"])
    return [
        SentItem(raw, payload.line_and_column(document.offset + start)[0])
        for raw, start in zip(envelope.items, [*starts, *[begins] * len(envelope.items)], strict=False)
    ]


def _line(payload: Payload, document: Document) -> int:
    return payload.line_and_column(document.offset + value_start(document.text))[0]
