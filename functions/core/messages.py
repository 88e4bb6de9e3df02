"""Messages of the queue: many validated items of one request in one SQS message, with the bytes that were sent.

`validate` packs, `process` unpacks; `timeout` packs the TimedOut events it emits, so that they are archived, stored and
visible like any other. A message is text (SQS forbids some characters): base64 of a zstd frame of a JSON header line
followed by the items' bytes, end to end.
"""

import base64
import itertools
from collections.abc import Iterable, Sequence
from copy import replace
from typing import Annotated, Any, Literal

import msgspec
import orjson
from msgspec import Struct, field

from functions.core import packing
from functions.core.jobs import job_id
from functions.core.message_format import FORMAT, Format, Unreadable, check_format
from functions.core.times import FIRST_US, LAST_US, parse_time

MAX_MESSAGE_ITEMS = 250
FINDING_BYTES = 200  # of one finding in a message's header, about
MAX_MESSAGE_RAW_BYTES = 700_000  # incompressible bytes grow by a third in base64: still under SQS's 1 MiB

type Kind = Literal["event", "entity", "heartbeat", "rejection", "erased"]


class Item(msgspec.Struct, frozen=True, gc=False):
    """One element of `data[]`, its exact bytes, and its findings as dicts (of a rejection, the errors).

    Of one that was `erased` only the place is left. One that names an erased person has the `content` of what was sent.
    """

    kind: Kind
    raw: bytes
    findings: Sequence[dict[str, str]] = ()
    content: str = ""


class Message(Struct, frozen=True, kw_only=True):
    """The items of one request of one app. `received_us` is when the request arrived; `system` marks our own events.

    `send_time` is the envelope's `sendTime` as it was sent, and `credential` the id of the credential that sent it; ""
    if there is none: this service's own events, and what was queued before they were kept.
    `edapps` are the edApp ids that the app's registration names one by one. `process` adds them, so the queue does not
    carry them; None: they are not known (yet).
    """

    tenant: str
    app_id: str
    job: str
    received_us: int
    sensor: str = ""
    data_version: str = ""
    send_time: str = ""
    credential: str = ""
    auto_attach: bool = False
    system: bool = False
    part: int = 0
    items: list[Item] = field(default_factory=list)
    edapps: tuple[str, ...] | None = None

    @property
    def sent_us(self) -> int | None:
        """When the sender sent the envelope, by its own clock; None if that is not known."""
        return parse_time(self.send_time)


class _Header(msgspec.Struct, gc=False):
    tenant: Annotated[str, msgspec.Meta(min_length=1)]
    app: str
    job: str
    received: Annotated[int, msgspec.Meta(ge=FIRST_US, le=LAST_US)]
    sensor: str
    version: str
    auto: bool
    system: bool
    part: Annotated[int, msgspec.Meta(ge=0, le=99_999)]
    lengths: list[Annotated[int, msgspec.Meta(ge=0)]]  # of the items, which stand end to end
    # An earlier version sent all items as one JSON array: not 0 is how many it holds, and there are no lengths.
    count: Annotated[int, msgspec.Meta(ge=0)]
    noted: list[tuple[Annotated[int, msgspec.Meta(ge=0)], Kind, list[dict[str, str]]]]
    sent: str = ""
    credential: str = ""
    contents: list[tuple[Annotated[int, msgspec.Meta(ge=0)], str]] = []


_read_format = msgspec.json.Decoder(Format).decode
_read_header = msgspec.json.Decoder(_Header).decode
_slices = msgspec.json.Decoder(list[msgspec.Raw]).decode


def split(items: Iterable[Item]) -> list[list[Item]]:
    """Items in their order, in as few groups as fit one message each."""
    items = list(items)
    raw_bytes = sum(map(len, [item.raw for item in items]))
    if 0 < len(items) <= MAX_MESSAGE_ITEMS and raw_bytes + _most_findings(items) <= MAX_MESSAGE_RAW_BYTES:
        return [items]
    groups: list[list[Item]] = []
    size = MAX_MESSAGE_RAW_BYTES + 1
    for item in items:
        grown = size + len(item.raw) + FINDING_BYTES * len(item.findings)
        if grown > MAX_MESSAGE_RAW_BYTES or len(groups[-1]) >= MAX_MESSAGE_ITEMS:
            groups.append([])
            grown = len(item.raw) + FINDING_BYTES * len(item.findings)
        groups[-1].append(item)
        size = grown
    return groups


def _most_findings(items: Sequence[Item]) -> int:
    return FINDING_BYTES * sum(map(len, [item.findings for item in items]))


def pack(message: Message) -> str:
    """The body of an SQS message."""
    raws = [item.raw for item in message.items]
    # most items are events without findings
    noted = [(n, i.kind, i.findings) for n, i in enumerate(message.items) if i.findings or i.kind != "event"]
    header: dict[str, Any] = {
        "v": FORMAT,
        "tenant": message.tenant,
        "app": message.app_id,
        "job": message.job,
        "received": message.received_us,
        "sensor": message.sensor,
        "version": message.data_version,
        "sent": message.send_time,
        "credential": message.credential,
        "auto": message.auto_attach,
        "system": message.system,
        "part": message.part,
        "count": 0,
        "lengths": list(map(len, raws)),
        "noted": noted,
    }
    contents = [(number, item.content) for number, item in enumerate(message.items) if item.content]
    if contents:
        header["contents"] = contents
    framed = b"".join([orjson.dumps(header), b"\n", *raws])
    return base64.b64encode(packing.compress_fast(framed)).decode("ascii")


def unpack(body: str) -> Message:
    """The message that `pack` was given. Raises Unreadable for anything else."""
    try:
        framed = packing.decompress(base64.b64decode(body, validate=True))
        end = framed.index(b"\n")
        check_format(_read_format(framed[:end]).v)
        header = _read_header(framed[:end])
        items = [Item("event", raw) for raw in _raws(framed[end + 1 :], header)]
        for index, kind, findings in header.noted:
            items[index] = Item(kind, items[index].raw, findings or ())
        for index, content in header.contents:
            item = items[index]
            items[index] = Item(item.kind, item.raw, item.findings, content)
        return Message(
            tenant=header.tenant,
            app_id=header.app,
            job=header.job,
            received_us=header.received,
            sensor=header.sensor,
            data_version=header.version,
            send_time=header.sent,
            credential=header.credential,
            auto_attach=header.auto,
            system=header.system,
            part=header.part,
            items=items,
        )
    except Unreadable:
        raise
    except (ValueError, IndexError, RecursionError, msgspec.DecodeError) as error:
        raise Unreadable(f"not a message of this service: {type(error).__name__}") from error


def _raws(payload: bytes, header: _Header) -> list[bytes]:
    if header.count:
        raws = [bytes(part) for part in _slices(payload)]
        if len(raws) != header.count:
            raise Unreadable(f"there are {len(raws)} items, not {header.count}")
        return raws
    ends = [0, *itertools.accumulate(header.lengths)]
    if ends[-1] != len(payload):
        raise Unreadable(f"the items end at byte {ends[-1]} of {len(payload)}")
    return [payload[start:end] for start, end in itertools.pairwise(ends)]


def split_message(message: Message) -> list[Message]:
    """`message` as one or more that each fit SQS, numbered in order."""
    return [replace(message, part=n, items=group) for n, group in enumerate(split(message.items))]


def pack_request(messages: Iterable[Message], *, key: str, event_ids: Sequence[str]) -> tuple[str, list[str]]:
    """The id of the job that `messages` make together, and the bodies of the SQS messages that carry it."""
    parts = [part for message in messages for part in split_message(message)]
    job = job_id(key, event_ids, len(parts))
    return job, [pack(replace(part, job=job, part=n)) for n, part in enumerate(parts)]
