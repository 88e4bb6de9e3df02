"""What goes into the queue comes out of it."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import packing
from functions.core.message_format import FORMAT, Unreadable
from functions.core.messages import (
    FINDING_BYTES,
    MAX_MESSAGE_ITEMS,
    MAX_MESSAGE_RAW_BYTES,
    Item,
    Message,
    pack,
    pack_request,
    split_message,
    unpack,
)
from functions.core.times import FIRST_US, LAST_US

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


@pytest.mark.slow
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


def test_a_message_holds_only_characters_that_sqs_allows() -> None:
    body = pack(message([Item("event", bytes(range(256)))]))
    assert body.isascii()
    assert body.isprintable()


@pytest.mark.parametrize("body", ["", "not base64!", "AAAA", "KLUv/QRY"])
def test_a_body_of_something_else_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        unpack(body)


@pytest.mark.parametrize("character", ["\n", " ", "!", "-", "\x00", "é"])
@pytest.mark.parametrize("place", [0, 1, 40])
def test_a_body_with_a_character_that_base64_does_not_have_is_unreadable(character: str, place: int) -> None:
    body = pack(message([Item("event", b"{}")]))
    with pytest.raises(Unreadable):
        unpack(body[:place] + character + body[place:])


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


def test_a_message_of_which_nothing_more_is_said_is_a_senders_and_empty() -> None:
    plain = Message(tenant="t", app_id="a", job="j", received_us=1)
    assert (plain.system, plain.auto_attach, plain.part, plain.items, plain.edapps) == (False, False, 0, [], None)
    assert (plain.sensor, plain.data_version, plain.send_time, plain.credential) == ("", "", "", "")
    assert plain.sent_us is None
    assert unpack(pack(plain)) == plain
    item = Item("event", b"{}")
    assert (item.findings, item.content) == ((), "")


def sized(size: int, findings: int = 0) -> Item:
    return Item("event", bytes(size), [{"code": "x"}] * findings)


@pytest.mark.parametrize(
    ("items", "sizes"),
    [
        ([], []),
        ([sized(MAX_MESSAGE_RAW_BYTES)], [1]),
        ([sized(MAX_MESSAGE_RAW_BYTES + 1)], [1]),
        ([sized(1), sized(MAX_MESSAGE_RAW_BYTES - 1)], [2]),
        ([sized(1), sized(MAX_MESSAGE_RAW_BYTES)], [1, 1]),
        ([sized(0, 1), sized(MAX_MESSAGE_RAW_BYTES - FINDING_BYTES)], [2]),
        ([sized(0, 1), sized(MAX_MESSAGE_RAW_BYTES - FINDING_BYTES + 1)], [1, 1]),
        ([sized(MAX_MESSAGE_RAW_BYTES), sized(0, 3), sized(MAX_MESSAGE_RAW_BYTES - 3 * FINDING_BYTES)], [1, 2]),
        ([sized(MAX_MESSAGE_RAW_BYTES), sized(0, 3), sized(MAX_MESSAGE_RAW_BYTES - 3 * FINDING_BYTES + 1)], [1, 1, 1]),
        ([sized(MAX_MESSAGE_RAW_BYTES), sized(1, 1), sized(MAX_MESSAGE_RAW_BYTES - 2 * FINDING_BYTES, 1)], [1, 1, 1]),
        ([sized(1)] * MAX_MESSAGE_ITEMS, [MAX_MESSAGE_ITEMS]),
        ([sized(1)] * (MAX_MESSAGE_ITEMS + 1), [MAX_MESSAGE_ITEMS, 1]),
        ([sized(MAX_MESSAGE_RAW_BYTES), *[sized(1)] * (MAX_MESSAGE_ITEMS + 1)], [1, MAX_MESSAGE_ITEMS, 1]),
    ],
)
def test_a_message_is_as_full_as_its_bytes_findings_and_items_allow(items: list[Item], sizes: list[int]) -> None:
    parts = split_message(message(items))
    assert [len(part.items) for part in parts] == sizes
    assert [item for part in parts for item in part.items] == items


def test_the_parts_of_a_request_have_one_job_and_are_numbered_through() -> None:
    full = message([sized(1)] * (MAX_MESSAGE_ITEMS + 1))
    job, bodies = pack_request([full, message([sized(2)])], key="k", event_ids=["a"])
    parts = [unpack(body) for body in bodies]
    assert [(part.job, part.part, len(part.items)) for part in parts] == [
        (job, 0, MAX_MESSAGE_ITEMS),
        (job, 1, 1),
        (job, 2, 1),
    ]
    assert pack_request([full], key="other", event_ids=["a"])[0] != job


HEADERS: list[tuple[str, list[object], list[object]]] = [
    # what a header says, what is read of it, what is not
    ("tenant", ["t"], ["", 7, None]),
    ("received", [FIRST_US, 0, LAST_US], [FIRST_US - 1, LAST_US + 1, "1", 1.5]),
    ("part", [0, 99_999], [-1, 100_000, "0"]),
    ("lengths", [[7, 7], [0, 14], [14, 0]], [[7, 8], [7, 6], [7], [15, -1], [], [-1, 15]]),
    ("count", [0], [-1, 1, 3]),
    ("noted", [[], [[1, "rejection", []]]], [[[2, "event", []]], [[-1, "event", []]], [[0, "nonsense", []]]]),
    ("contents", [[], [[1, "c"]]], [[[2, "c"]], [[-1, "c"]], [[0, 7]]]),
    ("job", [""], [None, 7]),
    ("system", [True, False], [1, "true", None]),
]


@pytest.mark.parametrize(("name", "read", "refused"), HEADERS)
def test_a_header_is_read_up_to_its_bounds(name: str, read: list[object], refused: list[object]) -> None:
    sent = message([Item("event", b'{"a":1}'), Item("event", b'{"b":2}')])
    line, _, payload = packing.decompress(base64.b64decode(pack(sent))).partition(b"\n")

    def body(value: object) -> str:
        changed = orjson.dumps(orjson.loads(line) | {name: value}) + b"\n" + payload
        return base64.b64encode(packing.compress(changed)).decode()

    assert [len(unpack(body(value)).items) for value in read] == [2] * len(read)
    for value in refused:
        with pytest.raises(Unreadable):
            unpack(body(value))
