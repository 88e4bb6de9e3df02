"""The objects of the archive: none overwrites another, and each is read back as what was written."""

import gzip
import itertools

import pytest

from functions.core.messages import Item, Message
from functions.core.times import DAY_US, day_of
from functions.store.archive import (
    PORTION_BYTES,
    by_day,
    lines,
    messages_of,
    object_key,
    packed,
    portions,
    received_us_of,
)
from tests.payloads import APP
from tests.world import NINE_US, TENANT


def part(number: int, *raw: bytes, received_us: int = NINE_US, tenant: str = TENANT, job: str = "j" * 22) -> Message:
    items = [Item("event", message) for message in raw or (b'{"n":%d}' % number,)]
    return Message(tenant=tenant, app_id=APP, job=job, received_us=received_us, part=number, items=items)


def test_two_parts_of_a_request_that_come_in_two_batches_are_two_objects() -> None:
    assert object_key([part(0)]) != object_key([part(1)])


def test_so_are_one_part_of_two_requests_and_requests_of_two_apps() -> None:
    keys = {object_key([message]) for message in (part(0), part(0, job="k" * 22), part(0, tenant="other"))}
    assert len(keys) == 3


def test_the_same_batch_in_any_order_is_the_same_object() -> None:
    batch = [part(0), part(1), part(0, job="k" * 22, received_us=NINE_US + 5)]
    assert len({object_key(permuted) for permuted in itertools.permutations(batch)}) == 1


def test_an_object_says_when_the_first_of_it_was_received() -> None:
    key = object_key([part(0, received_us=NINE_US + 7), part(1, received_us=NINE_US)])
    assert key.startswith(f"archive/day={day_of(NINE_US)}/")
    assert received_us_of(key) == NINE_US


def test_two_parts_of_a_request_in_one_object_are_read_back_as_two_messages() -> None:
    written = [part(0, b'{"a":1}', b'{"a":2}'), part(1, b'{"a":3}'), part(0, tenant="other")]
    read = list(messages_of(lines(written)))
    assert [(message.tenant, message.job, message.part) for message in read] == [
        (message.tenant, message.job, message.part) for message in written
    ]
    assert [[item.raw for item in message.items] for message in read] == [
        [item.raw for item in message.items] for message in written
    ]
    assert [message.tenant for message in messages_of(lines(written), tenant="other")] == ["other"]


def test_everything_that_decides_what_becomes_of_a_message_comes_back() -> None:
    written = Message(
        tenant=TENANT,
        app_id=APP,
        job="j" * 22,
        received_us=NINE_US + 123_456,
        sensor="https://sensor.example.org",
        data_version="http://purl.imsglobal.org/ctx/caliper/v1p2",
        send_time="2026-03-02T08:59:59Z",
        credential="ck_1",
        auto_attach=True,
        system=True,
        part=3,
        edapps=(APP, "urn:x:second"),
        items=[
            Item("event", b'{"text":"\xc3\xa9"}', [{"code": "null", "severity": "warning"}]),
            Item("rejection", b"\xff\xfe", [{"code": "utf-8", "severity": "error"}], "digest"),
            Item("entity", b"{}"),
        ],
    )
    (read,) = messages_of(lines([written]))
    for name in Message.__struct_fields__:
        if name != "items":
            assert getattr(read, name) == getattr(written, name), name
    assert [(item.kind, item.raw, list(item.findings), item.content) for item in read.items] == [
        (item.kind, item.raw, list(item.findings), item.content) for item in written.items
    ]


@pytest.mark.parametrize("later_us", [DAY_US - 9 * 3_600_000_000 - 1, DAY_US - 9 * 3_600_000_000])
def test_what_was_received_on_two_days_is_two_objects(later_us: int) -> None:
    """NINE_US is nine o'clock (UTC)."""
    batch = [part(1, received_us=NINE_US + later_us), part(0)]
    days = by_day(batch)
    assert len(days) == (1 if later_us < DAY_US - 9 * 3_600_000_000 else 2)
    assert [message for of_day in days for message in of_day] == (batch if len(days) == 1 else batch[::-1])


@pytest.mark.parametrize("size", [PORTION_BYTES - 1, PORTION_BYTES, 3 * PORTION_BYTES])
def test_an_object_is_plain_gzip_of_all_lines_whatever_their_size(size: int) -> None:
    batch = [part(0, b'{"text":"%b"}' % (b"x" * size), b'{"n":1}'), part(1)]
    body = packed(batch)
    assert gzip.decompress(body) == b"".join(lines(batch))
    assert packed(batch) == body, "the same batch packs the same, so that it overwrites itself"


def test_an_object_is_packed_in_portions_so_that_little_is_held_beside_it() -> None:
    third = b"x" * (PORTION_BYTES // 3 + 1)
    assert [len(portion) // len(third) for portion in portions([third] * 7)] == [3, 3, 1]
    assert list(portions([])) == [b""]
