"""The door to S3: one gzip NDJSON object per processor batch and day, written before anything else.

The archive is the record from which the table can be built again: each line is a logged fact (event, entity describe,
heartbeat, rejection) with its metadata and `raw`, the bytes that were sent, as a JSON string (`raw64` where they are no
UTF-8). Of an item of a person who was erased a line of the kind `erased` keeps the place; a line that named the person
has `content`, the digest of what was sent. At least once: a retried batch writes its lines again, readers de-duplicate
by app, id and content.
"""

import base64
import gzip
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import orjson
from isal import isal_zlib

from functions.core.errors import TransientError
from functions.core.messages import Item, Message
from functions.core.times import day_of, format_time, parse_time
from functions.store.aws.conditional_put import put_ndjson_if

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PREFIX = "archive/"
DAYS = f"{PREFIX}day="
GZIP_LEVEL = 1  # of ISA-L: a sixth of zlib's CPU, and smaller; higher levels save next to nothing
GZIP_WINDOW = 31  # zlib's word for 32 KiB of history in a gzip frame
PORTION_BYTES = 131_072  # of lines that are packed at once: a call for each line costs more


class Archive(Protocol):
    def write(self, messages: Sequence[Message]) -> list[str]: ...


class ArchiveChanged(TransientError):
    """An object was changed while it was being archived again; the batch is delivered once more."""


class S3Archive:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, messages: Sequence[Message]) -> list[str]:
        """Store every item of `messages` in one object for each day on which some were received; the keys.

        An object is put only if there is none. The same batch again finds itself there. One that was archived before
        it could be checked (functions.storing.pipeline) is replaced, and only as it was read.
        """
        return [self._put(object_key(of_day), packed(of_day)) for of_day in by_day(messages)]

    def _put(self, key: str, body: bytes) -> str:
        client, bucket = self._client, self._bucket
        if not put_ndjson_if(client, bucket, key, body, IfNoneMatch="*"):
            held = client.get_object(Bucket=bucket, Key=key)
            if held["Body"].read() != body and not put_ndjson_if(client, bucket, key, body, IfMatch=held["ETag"]):
                raise ArchiveChanged(f"{key} was changed meanwhile")
        return key

    def days(self, *, from_day: str, to_day: str) -> list[str]:
        """The days (`20260127`, UTC, when received) from `from_day` to `to_day` of which something is archived."""
        paginator = self._client.get_paginator("list_objects_v2")
        pages = paginator.paginate(Bucket=self._bucket, Prefix=DAYS, Delimiter="/")
        folders = (str(folder["Prefix"]) for page in pages for folder in page.get("CommonPrefixes", []))
        days = (folder.removeprefix(DAYS).rstrip("/") for folder in folders)
        return sorted(day for day in days if from_day <= day <= to_day)

    def keys(self, *, from_day: str, to_day: str, after: str = "") -> Iterator[str]:
        """Object keys of the days from `from_day` to `to_day`, in key order, those behind the key `after`."""
        paginator = self._client.get_paginator("list_objects_v2")
        start = max(f"{DAYS}{from_day}", after)
        for page in paginator.paginate(Bucket=self._bucket, Prefix=PREFIX, StartAfter=start):
            for stored_object in page.get("Contents", []):
                if stored_object["Key"] > f"{DAYS}{to_day}/~":
                    return
                yield stored_object["Key"]

    def read(self, key: str, *, tenant: str = "") -> list[Message]:
        """The messages of one object, one per app and job; of one `tenant` only if it is given."""
        answer = self._client.get_object(Bucket=self._bucket, Key=key)
        with gzip.open(answer["Body"]) as ndjson:  # line by line: unpacked, it may be a thousand times as large
            return list(messages_of(ndjson, tenant=tenant))


def by_day(messages: Iterable[Message]) -> list[list[Message]]:
    """`messages` by the day they were received, in order: nearly always one, more at midnight and after a redrive."""
    days: dict[str, list[Message]] = {}
    for message in messages:
        days.setdefault(day_of(message.received_us), []).append(message)
    return [of_day for _, of_day in sorted(days.items())]


def object_key(messages: Sequence[Message]) -> str:
    """`archive/day=20260127/<when first received>-<digest>.ndjson.gz`, a pure function of what a batch has of a day."""
    first_us = min(message.received_us for message in messages)
    names = sorted(f"{message.tenant}.{message.job}.{message.part}" for message in messages)
    name = hashlib.blake2b("\n".join(names).encode(), digest_size=8).hexdigest()
    return f"{DAYS}{day_of(first_us)}/{first_us:016d}-{name}.ndjson.gz"


def received_us_of(key: str) -> int:
    """When the first of an object was received, as its key says. Raises ValueError if it is not such a key."""
    return int(key.rpartition("/")[2].partition("-")[0])


def packed(messages: Iterable[Message]) -> bytes:
    """The body of an object: the lines in one gzip frame without a time, so that a batch always packs the same.

    Little exists beside the result at any time: a small batch in the queue may be a very large one unpacked.
    """
    frame = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, GZIP_WINDOW)
    frames = [frame.compress(portion) for portion in portions(lines(messages))]
    return b"".join([*frames, frame.flush()])


def portions(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Lines joined to pieces of PORTION_BYTES or a little more; the last is what is left, perhaps empty."""
    held: list[bytes] = []
    size = 0
    for line in parts:
        held.append(line)
        size += len(line)
        if size >= PORTION_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def lines(messages: Iterable[Message]) -> Iterator[bytes]:
    """One line of JSON an item; what all of a message say is written once and copied."""
    for message in messages:
        shared = orjson.dumps(
            {
                "app": message.app_id,
                "tenant": message.tenant,
                "job": message.job,
                "received": format_time(message.received_us),
                "sensor": message.sensor,
                "dataVersion": message.data_version,
                "sendTime": message.send_time,
                "credential": message.credential,
                "autoAttach": message.auto_attach,
                "system": message.system,
                "part": message.part,
                "edApps": message.edapps,
            }
        )[1:-1]
        for item in message.items:
            findings = orjson.dumps(item.findings)
            content = b',"content":%b' % orjson.dumps(item.content) if item.content else b""
            sent = _sent(item.raw)
            yield b'{"kind":"%b",%b,"findings":%b,%b%b}\n' % (item.kind.encode(), shared, findings, sent, content)


def _sent(raw: bytes) -> bytes:
    try:
        return b'"raw":' + orjson.dumps(raw.decode())
    except UnicodeDecodeError:
        return b'"raw64":"%b"' % base64.b64encode(raw)


def messages_of(ndjson: Iterable[bytes], *, tenant: str = "") -> Iterator[Message]:
    """The messages that `lines` wrote; those of one `tenant` only if it is given."""
    parts: dict[tuple[str, str, int], Message] = {}
    for text in ndjson:
        line = orjson.loads(text)
        if tenant and line["tenant"] != tenant:
            continue
        received_us = parse_time(line["received"])
        if received_us is None:
            raise ValueError(f"received is not a time: {line['received']!r}")
        part = parts.setdefault(
            (line["tenant"], line["job"], line["part"]),
            Message(
                tenant=line["tenant"],
                app_id=line["app"],
                job=line["job"],
                received_us=received_us,
                sensor=line["sensor"],
                data_version=line["dataVersion"],
                send_time=line.get("sendTime", ""),  # version 1 had neither
                credential=line.get("credential", ""),
                auto_attach=line["autoAttach"],
                system=line["system"],
                part=line["part"],
                edapps=None if line.get("edApps") is None else tuple(line["edApps"]),  # absent before sittings
            ),
        )
        raw = base64.b64decode(line["raw64"]) if "raw64" in line else line["raw"].encode()
        part.items.append(Item(line["kind"], raw, line["findings"] or (), line.get("content", "")))
    return iter(parts.values())
