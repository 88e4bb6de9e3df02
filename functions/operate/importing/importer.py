"""Imports one file: portion by portion into the queue, behind live events, each noted once it is there.

A portion that was queued and not noted, because the command was killed between the two, is queued again: the same
messages, stored once. Memory holds one portion and one line, however long the file is.
"""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from functions.core.apps import App
from functions.core.privacy.erased import Erased
from functions.core.times import DAY_US
from functions.operate.errors import OperateError
from functions.operate.importing.mark import Mark, Progress
from functions.operate.importing.portions import NO_ONE, Importing
from functions.operate.importing.pressure import Pressure
from functions.store.archive import Archive
from functions.store.queue import BATCH_MESSAGES, Queue

MOST_LINE_BYTES = 5_000_000  # of one envelope, as over HTTP
TRIES = 5
_READ_BYTES = 1 << 20


class ImportRefused(OperateError):
    """A file that cannot be imported so; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an import goes. `group` is its fair-queue group: live events of the same app are another."""

    app: App
    queue: Queue
    archive: Archive
    pressure: Pressure
    retention_days: int
    archive_only: bool = False
    erased: Erased = NO_ONE

    @property
    def group(self) -> str:
        return f"{self.app.tenant}#import"


def digest_of(path: Path) -> str:
    """By which the same file is known again under any name."""
    whole = hashlib.blake2b(digest_size=12)
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            whole.update(block)
    return whole.hexdigest()


def import_file(
    path: Path, mark: Mark, to: Destination, *, file_digest: str, now_us: int, tell: Callable[[Progress], None]
) -> Progress:
    """Import what of the file is not queued yet; what became of it. `tell` hears of each portion.

    Rejected items go to `<file>.rejects`, as `quarantine resubmit` takes them. Raises ImportRefused.
    """
    progress = mark.read() or Progress(received_us=now_us)
    if progress.done:
        return progress
    before_us = now_us + DAY_US if to.archive_only else progress.received_us - to.retention_days * DAY_US
    importing = Importing(
        app=to.app,
        file_digest=file_digest,
        received_us=progress.received_us,
        archive_before_us=before_us,
        erased=to.erased,
    )
    with _opened(path) as file, Rejects(path, progress.rejects_bytes) as rejects:
        file.seek(progress.offset)
        for portion in importing.portions(_lines(file, path, progress), offset=progress.offset, line=progress.line):
            if portion.archived:
                to.archive.write(importing.archive_messages(portion))
            if portion.queued:
                to.pressure.wait(portion=BATCH_MESSAGES)
                _send(to, importing.bodies(portion))
            rejects.write(portion.rejects)
            progress = msgspec.structs.replace(
                progress,
                offset=portion.offset,
                line=portion.line,
                portions=progress.portions + 1,
                accepted=progress.accepted + portion.accepted,
                archived=progress.archived + portion.archive_only,
                rejected=progress.rejected + len(portion.rejects),
                rejects_bytes=rejects.size,
            )
            mark.write(progress)
            tell(progress)
    progress = msgspec.structs.replace(progress, done=True)
    mark.write(progress)
    return progress


def _send(to: Destination, bodies: list[str]) -> None:
    for _ in range(TRIES):
        refused = to.queue.send(bodies, group=to.group)
        if not refused:
            return
        bodies = [bodies[position] for position in refused]
    raise ImportRefused(f"The queue did not take {len(bodies)} messages. Import the file again: it goes on from there.")


def _opened(path: Path) -> IO[bytes]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror}. Name the file to import: FILE=events.ndjson.") from error


def _lines(file: IO[bytes], path: Path, start: Progress) -> Iterator[bytes]:
    number = start.line
    try:
        while line := file.readline(MOST_LINE_BYTES + 1):
            number += 1
            if len(line) > MOST_LINE_BYTES:
                raise ImportRefused(
                    f"{path}: line {number} has over {MOST_LINE_BYTES} bytes. An import takes one JSON object a line; "
                    "`jq -c` writes them so."
                )
            yield line
    except (EOFError, gzip.BadGzipFile) as error:
        raise ImportRefused(f"{path} is cut or damaged after line {number}: {error}. Fetch it again.") from error


class Rejects:
    """The file beside the imported one with what was rejected; none if nothing was. Cut to what the mark knows of."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path.with_name(f"{path.name}.rejects")
        self.size = size
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "Rejects":
        if self.size:
            self._open()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, lines: list[bytes]) -> None:
        """Add lines; they are on disk when this returns."""
        if not lines:
            return
        file = self._file or self._open()
        self.size += sum(map(file.write, lines))
        file.flush()

    def _open(self) -> IO[bytes]:
        self._path.touch(mode=0o600)  # it holds what learners did
        self._file = self._path.open("r+b")
        self._file.truncate(self.size)
        self._file.seek(self.size)
        return self._file
