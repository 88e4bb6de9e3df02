"""A file as it was read, and the JSON documents in it: one, or one a line (NDJSON), packed by gzip or not."""

import gzip
import sys
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson

from functions.client.validating.positions import BYTE_ORDER_MARK
from functions.core.errors import CaliperError

STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"


class Unreadable(CaliperError):
    """A file that cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document and the byte of its payload where it begins."""

    text: bytes
    offset: int = 0


@dataclass(frozen=True)
class Payload:
    """A file's name and its text, unpacked. Lines are counted in that text."""

    name: str
    text: bytes

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        end = self.text.find(b"\n")
        while end >= 0:
            starts.append(end + 1)
            end = self.text.find(b"\n", end + 1)
        return starts

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """The place of a byte, both from 1. Columns are UTF-16 code units, as editors and SARIF count them."""
        line = bisect_right(self._line_starts, offset)
        before = self.text[self._line_starts[line - 1] : offset].removeprefix(BYTE_ORDER_MARK)
        return line, len(before.decode("utf-8", "replace").encode("utf-16-le")) // 2 + 1

    def documents(self) -> Iterator[Document]:
        """The documents in order. Blank lines of NDJSON are none."""
        if not is_ndjson(self.name, self.text):
            yield Document(self.text)
            return
        for start, following in zip(self._line_starts, [*self._line_starts[1:], len(self.text)], strict=True):
            line = self.text[start:following]
            if line.removeprefix(BYTE_ORDER_MARK).strip():
                yield Document(line.rstrip(b"\r\n"), start)


def read(name: str) -> Payload:
    """The payload of a file, or of standard input if the name is `-`. Raises Unreadable."""
    try:
        body = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
        return Payload(name, gzip.decompress(body) if body.startswith(_GZIP) else body)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unreadable(f"{name} begins like gzip and is not whole: {error}. Pack it again.") from error
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror or error}.") from error


def is_ndjson(name: str, text: bytes) -> bool:
    """Whether each line is a document: the name says so, or the first or last line by itself is an object."""
    if name.removesuffix(".gz").endswith((".ndjson", ".jsonl")):
        return True
    stripped = text.removeprefix(BYTE_ORDER_MARK).strip()
    first, _, further_lines = stripped.partition(b"\n")
    return bool(further_lines) and (_is_object(first) or _is_object(stripped[stripped.rfind(b"\n") + 1 :]))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
