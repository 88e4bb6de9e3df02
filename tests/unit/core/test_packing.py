"""Packed bytes: they expand to themselves, in every thread, and are refused if one of them changed."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from functions.core import packing

COMPRESS = [packing.compress, packing.compress_fast]
SIZES = [0, 1, 2_000, packing.LARGE_BYTES - 1, packing.LARGE_BYTES, 2 * packing.LARGE_BYTES]


@given(st.binary(max_size=2000))
@pytest.mark.parametrize("compress", COMPRESS)
def test_compressed_bytes_expand_to_themselves(compress: Callable[[bytes], bytes], raw: bytes) -> None:
    assert packing.decompress(compress(raw)) == raw


def test_threads_do_not_garble_each_others_frames() -> None:
    texts = [
        f'{{"id": "urn:uuid:{n:08d}-0000-4000-8000-{n:012d}", "name": "{"x" * (n % 700)}"}}'.encode()
        for n in range(4000)
    ]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda raw: packing.decompress(packing.compress(raw)), texts)) == texts


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("compress", COMPRESS)
def test_bytes_of_any_size_expand_to_themselves(size: int, compress: Callable[[bytes], bytes]) -> None:
    raw = b'{"type":"ViewEvent","action":"Viewed"}' * (size // 38 + 1)
    assert packing.decompress(compress(raw[:size])) == raw[:size]


@pytest.mark.parametrize("size", [2_000, 2 * packing.LARGE_BYTES])
@pytest.mark.parametrize("compress", COMPRESS)
def test_a_packed_text_of_which_a_byte_changed_is_refused_and_not_read_wrongly(
    size: int, compress: Callable[[bytes], bytes]
) -> None:
    raw = random.Random(1).randbytes(size)  # it cannot be compressed, so that its bytes lie there as they are
    with ThreadPoolExecutor(1) as another_thread:
        packed = bytearray(another_thread.submit(compress, raw).result())
    assert packing.decompress(bytes(packed)) == raw
    packed[len(packed) // 2] ^= 1
    with pytest.raises(packing.Damaged):
        packing.decompress(bytes(packed))


@pytest.mark.parametrize("frame", [b"", b"x", b"{}", b"\x28\xb5\x2f\xfd"])
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(packing.Damaged):
        packing.decompress(frame)


def test_bytes_up_to_the_most_expand_and_a_frame_that_claims_more_is_refused() -> None:
    most = bytes(packing.MAX_UNPACKED_BYTES)
    assert packing.decompress(packing.compress(most)) == most
    with pytest.raises(packing.Damaged, match=f"claims {len(most) + 1} bytes"):
        packing.decompress(packing.compress(most + b"x"))


def test_a_frame_of_a_dictionary_that_is_not_known_is_refused() -> None:
    frame = bytearray(packing.compress(b'{"type":"ViewEvent"}'))
    number = zstandard.get_frame_parameters(bytes(frame)).dict_id.to_bytes(4, "little").rstrip(b"\0")
    assert number in frame
    with pytest.raises(packing.Damaged):
        packing.decompress(bytes(frame).replace(number, bytes([number[0] ^ 1, *number[1:]]), 1))
