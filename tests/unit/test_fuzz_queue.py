"""Whatever lies in the queue: it is unreadable and says so, or it is stored; it never takes its neighbours with it."""

import base64
import json
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.core import packing
from functions.core.message_format import Unreadable
from functions.core.messages import Item, Message, pack, unpack
from functions.core.times import FIRST_US, LAST_US
from functions.process.handler import handler
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import lines, messages_of
from functions.store.quarantine.rejections import from_row
from functions.storing.write_set import build_write_set
from tests.examples import examples
from tests.fakes import MemoryTable
from tests.handlers import process_dependencies
from tests.payloads import APP, Payloads
from tests.unit.test_fuzz_requests import EVENTS, VALUES, mutated

pytestmark = pytest.mark.slow

TENANT = keys.tenant_of(APP)
SETTINGS = ProcessSettings(table_name="t", bucket_name="b")
GOOD = Payloads(8).lesson_started(Payloads(9).urn())
MESSAGE = Message(
    tenant=TENANT,
    app_id=APP,
    job="j" * 22,
    received_us=1_772_442_000_000_000,
    items=[Item("event", orjson.dumps(GOOD))],
)


def framed(header: Any, *raw: bytes) -> str:
    """A body in the right packing around any header."""
    text = header if isinstance(header, bytes) else json.dumps(header, default=str).encode("utf-8", "surrogatepass")
    return base64.b64encode(packing.compress(text + b"\n" + b"".join(raw))).decode()


def handled(*bodies: str) -> tuple[MemoryTable, list[str]]:
    """The table after these messages and a good one, and which could not be read."""
    table = MemoryTable()
    records = [{"messageId": str(n), "body": body} for n, body in enumerate([pack(MESSAGE), *bodies])]
    answer = handler({"Records": records}, None, dependencies=process_dependencies(table, SETTINGS))
    stored = [sk for _, sk in table.items if sk.startswith(keys.EVENT)]
    assert any(keys.event_sk(0, GOOD["id"], "")[21:43] in sk for sk in stored), "the good neighbour is stored"
    return table, [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def read_or_refused(body: str) -> Message | None:
    try:
        return unpack(body)
    except Unreadable:
        return None


@settings(max_examples=examples(300))
@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.b64encode(raw).decode())))
@example("")
@example("\ud800")
@example(base64.b64encode(zstandard.ZstdCompressor().compress(b"")).decode())
@example(base64.b64encode(zstandard.ZstdCompressor().compress(b"{}\n")).decode())
@example(base64.b64encode(zstandard.ZstdCompressor().compress(b"\0" * 64_000_000)).decode())
@example(pack(MESSAGE)[:-4])
@example(pack(MESSAGE) + "AAAA")
def test_any_text_in_the_queue_is_unreadable_or_a_message(body: str) -> None:
    assert read_or_refused(body) is None or body


HEADER = {
    "v": 1,
    "tenant": TENANT,
    "app": APP,
    "job": "j" * 22,
    "received": 1_772_442_000_000_000,
    "sensor": "",
    "version": "",
    "auto": False,
    "system": False,
    "part": 0,
    "count": 0,
    "lengths": [2],
    "noted": [[0, "event", []]],
}


@settings(max_examples=examples(400))
@given(name=st.sampled_from([*HEADER]), value=VALUES, left_out=st.booleans())
@example(name="received", value=LAST_US + 1, left_out=False)
@example(name="received", value=FIRST_US, left_out=False)
@example(name="received", value=LAST_US, left_out=False)
@example(name="tenant", value="", left_out=False)
@example(name="part", value=-1, left_out=False)
@example(name="count", value=1, left_out=False)
@example(name="count", value=-1, left_out=False)
@example(name="lengths", value=[-1, 3], left_out=False)
@example(name="lengths", value=[10**30], left_out=False)
@example(name="lengths", value=[1], left_out=False)
@example(name="noted", value=[[1, "event", []]], left_out=False)
@example(name="noted", value=[[-1, "event", []]], left_out=False)
@example(name="noted", value=[[0, "nothing", []]], left_out=False)
@example(name="noted", value=[[0, "event", [{"severity": 1}]]], left_out=False)
def test_a_header_with_anything_wrong_in_it_costs_its_neighbours_nothing(name: str, value: Any, left_out: bool) -> None:
    header: dict[str, Any] = {**HEADER, name: value}
    if left_out:
        del header[name]
    body = framed(header, b"{}")
    _, failed = handled(body)
    assert failed == ([] if read_or_refused(body) else ["1"])


KINDS = st.sampled_from(["event", "entity", "heartbeat", "rejection"])
RAWS = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value, default=str).encode()),
    mutated().map(lambda event: json.dumps(event, default=str).encode()),
    st.sampled_from(
        [b"", b"{}", b"null", b"\xff\xfe", b'{"id":"\\ud800"}', b'{"sessionId":1,"eventTime":2}', b"[" * 2000]
    ),
)


@settings(max_examples=examples(300))
@given(
    items=st.lists(st.builds(Item, KINDS, RAWS), max_size=4),
    received_us=st.integers(FIRST_US, LAST_US),
    auto=st.booleans(),
)
@example(
    items=[Item("heartbeat", b'{"sessionId":"s","eventTime":"0001-01-01T00:00:00Z"}')], received_us=LAST_US, auto=False
)
@example(items=[Item("event", orjson.dumps(EVENTS[0]))], received_us=FIRST_US, auto=True)
@example(items=[Item("event", orjson.dumps(EVENTS[0]))], received_us=LAST_US, auto=True)
def test_any_items_are_stored_or_rejected_one_by_one(items: list[Item], received_us: int, auto: bool) -> None:
    message = Message(
        tenant=TENANT, app_id=APP, job="j" * 22, received_us=received_us, auto_attach=auto, items=[*items]
    )
    assert unpack(pack(message)) == message
    table, failed = handled(pack(message))
    assert failed == []
    write_set = build_write_set([message], retention_days=lambda _: 400, timeouts=lambda _: SETTINGS.timeouts)
    facts = sum(item.kind != "rejection" for item in items)
    assert write_set.events + len(write_set.rejection_errors) == facts
    kept = [item.raw for row in table.items.values() if "items" in row for item in from_row(row)]
    assert len(kept) == write_set.rejections + len(write_set.rejection_errors)
    assert {item.raw for item in items if item.kind == "rejection"} <= set(kept)


@settings(max_examples=examples(200))
@given(st.lists(st.builds(Item, KINDS, RAWS), min_size=1, max_size=4))
def test_any_items_are_archived_byte_for_byte(items: list[Item]) -> None:
    (read,) = messages_of(lines([Message(**{**_fields(MESSAGE), "items": items})]))
    assert [item.raw for item in read.items] == [item.raw for item in items]


def _fields(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__struct_fields__}


def test_a_frame_that_claims_to_be_huge_is_not_unfolded() -> None:
    for is_listed in (True, False):
        frame = zstandard.ZstdCompressor(write_content_size=is_listed).compress(
            b"\0" * (packing.MAX_UNPACKED_BYTES + 1)
        )
        with pytest.raises(packing.Damaged):
            packing.decompress(frame)
