"""The file that is imported, line by line, and the file beside it with what was rejected."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from functions.core.errors import CaliperError
from functions.importing.mark import Progress

MOST_LINE_BYTES = 5_000_000  # of one envelope, as over HTTP
_READ_BYTES = 1 << 20


class ImportRefused(CaliperError):
    """A file that cannot be imported so; the message says what to do."""


def digest_of(path: Path) -> str:
    """By which the same file is known again under any name."""
    whole = hashlib.blake2b(digest_size=12)
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            whole.update(block)
    return whole.hexdigest()


def opened(path: Path) -> IO[bytes]:
    """The file's text, unpacked if it is gzip. Raises ImportRefused."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror}. Name the file to import: FILE=events.ndjson.") from error


def lines_of(file: IO[bytes], path: Path, start: Progress) -> Iterator[bytes]:
    """The lines from the reader's place on, each with its end. Raises ImportRefused for a file that is damaged."""
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
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
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
