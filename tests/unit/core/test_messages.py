"""What goes into the queue comes out of it."""

import base64
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import packing
from functions.core.message_format import FORMAT, Unreadable
from functions.core.messages import MAX_MESSAGE_ITEMS, MAX_MESSAGE_RAW_BYTES, Item, Message, pack, split_message, unpack

KINDS = st.sampled_from(["event", "entity", "heartbeat", "rejection"])
FINDING = st.dictionaries(st.sampled_from(["code", "pointer"]), st.text(max_size=20))
FINDINGS = st.one_of(st.just(()), st.lists(FINDING, min_size=1, max_size=2))
ITEMS = st.lists(st.builds(Item, kind=KINDS, raw=st.binary(max_size=300), findings=FINDINGS), max_size=8)


def message(items: list[Item], **changed: object) -> Message:
    return Message(tenant="t" * 22, app_id="urn:uuid:a", job="job", received_us=1, items=items, **changed)  # type: ignore[arg-type]


@given(ITEMS)
def test_a_message_comes_out_of_the_queue_as_it_went_in(items: list[Item]) -> None:
    sent = message(
        items,
        sensor="https://sensor",
        data_version="v",
        send_time="t",
        credential="c",
        auto_attach=True,
        system=True,
        part=3,
    )
    assert unpack(pack(sent)) == sent


EVENTS = st.dictionaries(st.text(max_size=9), st.one_of(st.booleans(), st.text(max_size=99)), max_size=4)


@given(st.lists(EVENTS, min_size=1, max_size=9), st.dictionaries(st.integers(0, 8), st.lists(FINDING, min_size=1)))
def test_a_message_of_an_earlier_version_with_one_array_of_items_is_still_read(
    events: list[object], findings: dict[int, list[dict[str, str]]]
) -> None:
    findings = {index: each for index, each in findings.items() if index < len(events)}
    items = [Item("event", orjson.dumps(each), findings.get(index, ())) for index, each in enumerate(events)]
    header, _, _ = packing.decompress(base64.b64decode(pack(message(items)))).partition(b"\n")
    array = b"[ " + b" ,\n".join(item.raw for item in items) + b" ]"
    sent = orjson.dumps(orjson.loads(header) | {"count": len(items), "lengths": []}) + b"\n" + array
    assert unpack(base64.b64encode(packing.compress(sent)).decode()) == message(items)


@given(st.binary(max_size=2000))
def test_compressed_bytes_expand_to_themselves(raw: bytes) -> None:
    assert packing.decompress(packing.compress(raw)) == raw


def test_a_message_holds_only_characters_that_sqs_allows() -> None:
    body = pack(message([Item("event", bytes(range(256)))]))
    assert body.isascii()
    assert body.isprintable()


@pytest.mark.parametrize("body", ["", "not base64!", "AAAA", "KLUv/QRY"])
def test_a_body_of_something_else_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        unpack(body)


def test_a_body_that_was_cut_short_is_unreadable() -> None:
    body = pack(message([Item("event", b'{"id": 1}')]))
    with pytest.raises(Unreadable):
        unpack(body[: len(body) // 8 * 4])


@pytest.mark.parametrize("header", [{}, {"tenant": "t", "app": "a", "shape": ["other"]}])
def test_a_message_of_a_newer_version_is_refused_with_the_words_for_a_step_back(header: dict[str, object]) -> None:
    line = orjson.dumps({**header, "v": FORMAT + 1})
    body = base64.b64encode(packing.compress(line + b"\n")).decode()
    with pytest.raises(Unreadable, match=r"a newer version wrote it .* deploy that version again"):
        unpack(body)


@given(st.lists(st.integers(0, MAX_MESSAGE_RAW_BYTES), max_size=12))
def test_parts_keep_every_item_in_order_and_within_the_limits(sizes: list[int]) -> None:
    zeros = bytes(MAX_MESSAGE_RAW_BYTES)
    items = [Item("event", zeros[:size]) for size in sizes]
    parts = split_message(message(items))
    assert [item for part in parts for item in part.items] == items
    assert [part.part for part in parts] == list(range(len(parts)))
    assert all(sum(len(item.raw) for item in part.items) <= MAX_MESSAGE_RAW_BYTES for part in parts)


def test_a_thousand_small_items_travel_in_four_messages() -> None:
    parts = split_message(message([Item("event", b"{}")] * 1000))
    assert [len(part.items) for part in parts] == [MAX_MESSAGE_ITEMS] * 4


def test_threads_do_not_garble_each_others_frames() -> None:
    texts = [
        f'{{"id": "urn:uuid:{n:08d}-0000-4000-8000-{n:012d}", "name": "{"x" * (n % 700)}"}}'.encode()
        for n in range(4000)
    ]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda raw: packing.decompress(packing.compress(raw)), texts)) == texts


@pytest.mark.parametrize("size", [2_000, 2 * packing.LARGE_BYTES])
@pytest.mark.parametrize("compress", [packing.compress, packing.compress_fast])
def test_a_packed_text_of_which_a_byte_changed_is_refused_and_not_read_wrongly(
    size: int, compress: Callable[[bytes], bytes]
) -> None:
    raw = random.Random(1).randbytes(size)  # it cannot be compressed, so that its bytes lie there as they are
    packed = bytearray(compress(raw))
    packed[len(packed) // 2] ^= 1
    with pytest.raises(packing.Damaged):
        packing.decompress(bytes(packed))
