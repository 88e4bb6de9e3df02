"""Compression of queue messages and of bodies in the table: zstd with a dictionary of phrases of Caliper events.

A single event of 1 KB shrinks to a third with the dictionary, which keeps its item at one write unit (DynamoDB bills
writes by the KiB). A frame names its dictionary, so a new one may be added while old frames stay readable.
"""

import threading
from functools import cache
from pathlib import Path

import zstandard

from functions.core.errors import CaliperError

LEVEL = 3  # at rest: one step up costs twice the CPU for 3 % of the size on event bodies; large ones need no dictionary
# Under way: half the CPU of level 1. From LARGE_BYTES on level 1 without the dictionary costs the same and packs
# closer, so that a full message fits the 64 KiB that SQS bills as one.
TRAVEL_LEVEL, LARGE_LEVEL = -3, 1
LARGE_BYTES = 50_000
MAX_UNPACKED_BYTES = 16_000_000

_HERE = Path(__file__).parent
CURRENT = "caliper-2.zdict"


@cache
def _dictionary(name: str) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict((_HERE / name).read_bytes())


@cache
def _by_id() -> dict[int, zstandard.ZstdCompressionDict]:
    dictionaries = [_dictionary(path.name) for path in sorted(_HERE.glob("*.zdict"))]
    return {dictionary.dict_id(): dictionary for dictionary in dictionaries}


class _Contexts(threading.local):
    """zstd contexts of one thread: two threads in one context garble each other's frames."""

    def __init__(self) -> None:
        self.compressors = {
            level: zstandard.ZstdCompressor(level=level, dict_data=_prepared(level), write_checksum=True)
            for level in (LEVEL, TRAVEL_LEVEL)
        }
        self.large = zstandard.ZstdCompressor(level=LARGE_LEVEL, write_checksum=True)
        self.large_at_rest = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self.decompressors: dict[int, zstandard.ZstdDecompressor] = {}

    def decompressor(self, dict_id: int) -> zstandard.ZstdDecompressor:
        if dict_id not in self.decompressors:
            known = zstandard.ZstdDecompressor(dict_data=_by_id()[dict_id]) if dict_id else zstandard.ZstdDecompressor()
            self.decompressors[dict_id] = known
        return self.decompressors[dict_id]


@cache
def _prepared(level: int) -> zstandard.ZstdCompressionDict:
    dictionary = zstandard.ZstdCompressionDict((_HERE / CURRENT).read_bytes())  # one is digested for one level
    dictionary.precompute_compress(level=level)
    return dictionary


@cache
def _contexts() -> _Contexts:
    return _Contexts()


def compress(raw: bytes) -> bytes:
    """One self-describing zstd frame, to rest."""
    contexts = _contexts()
    compressor = contexts.large_at_rest if len(raw) >= LARGE_BYTES else contexts.compressors[LEVEL]
    return compressor.compress(raw)


def compress_fast(raw: bytes) -> bytes:
    """One self-describing zstd frame, made quickly."""
    contexts = _contexts()
    compressor = contexts.large if len(raw) >= LARGE_BYTES else contexts.compressors[TRAVEL_LEVEL]
    return compressor.compress(raw)


class Damaged(CaliperError, ValueError):
    """Bytes that are not a frame of this service."""


def decompress(frame: bytes) -> bytes:
    """What `compress` was given, byte for byte. Raises Damaged on anything else."""
    try:
        parameters = zstandard.get_frame_parameters(frame)
        if parameters.content_size > MAX_UNPACKED_BYTES and parameters.content_size != zstandard.CONTENTSIZE_UNKNOWN:
            raise Damaged(f"the frame claims {parameters.content_size} bytes")
        return _contexts().decompressor(parameters.dict_id).decompress(frame, max_output_size=MAX_UNPACKED_BYTES)
    except (zstandard.ZstdError, KeyError) as error:
        raise Damaged(f"not a frame of this service: {error}") from error
