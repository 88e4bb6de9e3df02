"""The archive, which is the record: each object that holds or names the learner is rewritten under its key.

First what is stored of the lines, then the object, then its earlier versions. Stopped anywhere, the next walk finds
what is left: an object that was rewritten holds nothing more, and an earlier version is found by itself.
"""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import orjson

from functions.core import packing
from functions.core.errors import TransientError
from functions.core.messages import Item, Message
from functions.core.privacy.erased import Erasure
from functions.core.privacy.masking import UNREADABLE, addresses_in
from functions.core.privacy.message import message_without_erased
from functions.privacy.batch_rows import Pair, erase_from_jobs, keep_counted
from functions.privacy.erasure_context import Erasing, may_name
from functions.store.archive import messages_of, packed
from functions.store.dynamodb.attributes import packed as unpacked
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.erasure.versions import Version, latest_of
from functions.store.rows.events import fact_of_item

TRIES = 5  # of an object that a worker of `process` writes at the same time


class Rewritten(TransientError):
    """An archive object changed under every attempt to rewrite it; the erasure is to be run again."""


def erase_from_archive(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Every object of the days, with all its versions, and the rows of what the lines say."""
    for number, versions in enumerate(
        erasing.doors.versions.objects(from_day=erasing.from_day, to_day=erasing.to_day), 1
    ):
        if number % 1000 == 0:
            erasing.tell(f"{number} archive objects read, up to {versions[0].key}")
        for version in versions:
            if not version.is_latest and not version.is_deletion:
                yield from _earlier(erasing, version)
        yield from _latest(erasing, versions)


def _latest(erasing: Erasing, versions: Sequence[Version]) -> Iterator[tuple[str, int]]:
    for _ in range(TRIES):
        latest = latest_of(versions)
        if latest is None:
            return
        body, etag = erasing.doors.versions.read(latest)
        pairs = _pairs(erasing, body)
        if pairs is None:
            return
        changed = [pair for pair in pairs if pair[0] is not pair[1]]
        changed_rows = [*_counted(changed), *_rows(erasing, pairs), *erase_from_jobs(erasing, pairs)]
        if not changed or not erasing.applies:
            yield from changed_rows
            return
        keep_counted(erasing, pairs)
        if erasing.doors.versions.replace(latest.key, packed(after for _, after in pairs), etag):
            yield from changed_rows
            for version in erasing.doors.versions.of(latest.key):
                if not version.is_latest:
                    erasing.doors.versions.delete(version)
            return
        versions = erasing.doors.versions.of(latest.key)
    raise Rewritten(f"{versions[0].key} changed {TRIES} times while it was being rewritten: run the same command again")


def _earlier(erasing: Erasing, version: Version) -> Iterator[tuple[str, int]]:
    body, _ = erasing.doors.versions.read(version)
    pairs = _pairs(erasing, body)
    if pairs is not None and any(before is not after for before, after in pairs):
        yield "earlier versions of archive objects", 1
        if erasing.applies:
            erasing.doors.versions.delete(version)


def _pairs(erasing: Erasing, body: bytes) -> list[Pair] | None:
    """The messages of an object, each with what may be kept of it; None if no line can name the learner."""
    lines = gzip.decompress(body).splitlines()
    if not any(map(may_name(erasing.identifiers), lines)):
        return None
    messages = list(messages_of(lines))
    pairs = [(message, _kept(erasing, message)) for message in messages]
    learned = [_learn(erasing, before) for before, after in pairs if before is not after]
    return [(message, _kept(erasing, message)) for message in messages] if any(learned) else pairs


def _kept(erasing: Erasing, message: Message) -> Message:
    return message_without_erased(message, erasing.erased) if message.tenant == erasing.tenant else message


def _learn(erasing: Erasing, message: Message) -> bool:
    """Whether a message gives an address of the learner that was not known. Earlier objects are then walked again."""
    erasures: dict[str, Erasure] = {}
    for item in message.items:
        erasures |= addresses_in(item.raw, erasing.erased, received_us=message.received_us)
    learned = [erasing.learn(address, erasure) for address, erasure in erasures.items()]
    return any(learned)


def _counted(changed: Iterable[Pair]) -> Iterator[tuple[str, int]]:
    items = list(chain.from_iterable(zip(before.items, after.items, strict=True) for before, after in changed))
    if items:
        yield "archive objects", 1
    for before, after in items:
        if before is not after:
            yield "archive lines" if after.kind == "erased" else "archive lines of others", 1


def _rows(erasing: Erasing, pairs: Iterable[Pair]) -> Iterator[tuple[str, int]]:
    """The rows of lines that go, and of lines that name the learner no more.

    A table that was restored from a backup may hold what the archive does not any more, so the rows of lines that were
    masked before are looked at, too.
    """
    describes: set[Key] = set()
    masked: dict[Key, Item] = {}
    for before, after in pairs:
        for item, kept in zip(before.items, after.items, strict=True):
            if (item is kept and not item.content) or item.kind in ("rejection", "erased"):
                continue
            try:
                fact = fact_of_item(item, before)
            except UNREADABLE:  # it is in quarantine
                continue
            if kept.kind == "erased":
                describes.add((fact.pk, fact.sk))
            else:
                masked[fact.pk, fact.sk] = kept
    partitions = erasing.partitions()
    for key in sorted(describes - erasing.describes().keys()) if partitions else ():
        if key[0] not in partitions:
            erasing.note_describe(key)  # its row goes with all that is the learner's
    if masked:
        rows = erasing.doors.table.get_all(masked).values()
        changed = [
            _masked(row, masked[key_of(row)]) for row in rows if unpacked(row, "body") != masked[key_of(row)].raw
        ]
        yield "events of others", len(changed)
        if erasing.applies:
            erasing.doors.table.put_all(changed)


def _masked(row: Row, item: Item) -> Row:
    changed = row | {"body": packing.compress(item.raw)}
    return changed | {"warnings": packing.compress(orjson.dumps(list(item.findings)))} if item.findings else changed
