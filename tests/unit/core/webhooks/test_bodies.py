"""Events cut into bodies: each as full as the limits allow, and none of another sensor, version or tenant."""

from typing import Any

import orjson
import pytest

from functions.core.messages import Item, Kind, Message
from functions.core.webhooks.body import DATA_VERSION, MOST_BYTES, MOST_EVENTS, Part, parts_of, ping
from tests.world import NINE_US, TENANT

FRAME_BYTES = 8_192
ROOM_BYTES = MOST_BYTES - FRAME_BYTES


def message(*raws: bytes, tenant: str = TENANT, kind: Kind = "event", **said: Any) -> Message:
    items = [Item(kind, raw) for raw in raws]
    return Message(tenant=tenant, app_id="a", job="j", received_us=1, items=items, **said)


def parts(*messages: Message, sensor: str | None = None, first: int = 0, last: int = 0, **more: Any) -> list[Part]:
    matches = more.get("matches", lambda _: True)
    return list(
        parts_of(messages, tenant=TENANT, sensor=sensor, matches=matches, service="own", first=first, last=last)
    )


def cut(*messages: Message, **more: Any) -> list[tuple[int, int, int]]:
    """From which line to which each part goes, and how many events it has."""
    return [(part.first, part.last, len(part.raws)) for part in parts(*messages, **more)]


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ([], []),
        ([1], [1]),
        ([1] * MOST_EVENTS, [MOST_EVENTS]),
        ([1] * (MOST_EVENTS + 1), [MOST_EVENTS, 1]),
        ([1] * (2 * MOST_EVENTS + 1), [MOST_EVENTS, MOST_EVENTS, 1]),
        ([ROOM_BYTES - 1], [1]),
        ([ROOM_BYTES - 3, 1], [2]),
        ([ROOM_BYTES - 2, 1], [1, 1]),
        ([1, 1, ROOM_BYTES - 5], [3]),
        ([1, 1, ROOM_BYTES - 4], [2, 1]),
        ([300_000] * 4, [3, 1]),
        ([300_000, 300_000, 440_500, 300_000, 300_000], [2, 2, 1]),
        ([2 * MOST_BYTES, 1, 2 * MOST_BYTES], [1, 1, 1]),
    ],
)
def test_a_body_is_as_full_as_its_bytes_and_events_allow(sizes: list[int], counts: list[int]) -> None:
    raws = [b"x" * size for size in sizes]
    bodies = parts(message(*raws))
    assert [len(part.raws) for part in bodies] == counts
    assert [raw for part in bodies for raw in part.raws] == raws
    ends = [sum(counts[: number + 1]) for number in range(len(counts))]
    assert [(part.first, part.last) for part in bodies] == list(zip([0, *ends], ends, strict=False))


@pytest.mark.parametrize(
    ("messages", "lines"),
    [
        ([message(b"1", b"2"), message(b"3")], [(0, 3, 3)]),
        ([message(b"1"), message(b"2", sensor="s"), message(b"3", sensor="s")], [(0, 1, 1), (1, 3, 2)]),
        ([message(b"1", data_version="v"), message(b"2")], [(0, 1, 1), (1, 2, 1)]),
        ([message(b"1", data_version=DATA_VERSION), message(b"2", sensor="own")], [(0, 2, 2)]),
        ([message(b"x", tenant="other"), message(b"1"), message(b"y", tenant="other"), message(b"2")], [(0, 2, 2)]),
        ([message(b"1", kind="entity"), message(b"2"), message(b"3", kind="rejection")], [(1, 2, 1)]),
        ([message(b"1"), message(b"2", kind="heartbeat"), message(b"3")], [(0, 3, 2)]),
    ],
)
def test_a_body_has_one_sensor_and_one_version_of_one_tenant(
    messages: list[Message], lines: list[tuple[int, int, int]]
) -> None:
    assert cut(*messages) == lines


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        (0, 0, [(0, 5, 5)]),
        (2, 0, [(2, 5, 3)]),
        (0, 2, [(0, 2, 2)]),
        (1, 3, [(1, 3, 2)]),
        (4, 5, [(4, 5, 1)]),
        (5, 0, []),
    ],
)
def test_of_an_object_the_lines_between_first_and_last_are_taken(
    first: int, last: int, lines: list[tuple[int, int, int]]
) -> None:
    assert cut(message(b"1", b"2"), message(b"3", b"4", b"5"), first=first, last=last) == lines


def test_only_what_a_webhook_wants_is_in_its_bodies() -> None:
    messages = [message(b"1", b"2", sensor="s"), message(b"3", b"4")]
    assert cut(*messages, sensor="s") == [(0, 2, 2)]
    assert cut(*messages, sensor="own") == [(2, 4, 2)]
    assert cut(*messages, sensor="none") == []
    assert cut(*messages, matches=lambda raw: raw in (b"2", b"4")) == [(1, 3, 1), (3, 4, 1)]


def test_a_body_is_an_envelope_of_the_bytes_that_were_sent() -> None:
    (part,) = parts(message(b'{"a": 1}', b'{"b":2.50}', sensor="s", data_version="v"))
    body = part.envelope(now_us=NINE_US)
    assert body.endswith(b',"data":[{"a": 1},{"b":2.50}]}')
    envelope = orjson.loads(body)
    assert list(envelope) == ["sensor", "sendTime", "dataVersion", "data"]
    assert (envelope["sensor"], envelope["dataVersion"]) == ("s", "v")
    assert envelope["sendTime"].endswith("Z")
    test = ping(service="own")
    assert orjson.loads(test.envelope(now_us=0)) == {
        "sensor": "own",
        "sendTime": "1970-01-01T00:00:00.000Z",
        "dataVersion": DATA_VERSION,
        "data": [],
    }
    assert (test.first, test.last) == (0, 0)


def test_a_message_id_is_that_of_the_same_events_to_the_same_webhook() -> None:
    ids = [
        Part("s", "v", first, first + 1, raws).message_id(webhook)
        for first, raws, webhook in (
            (0, [b"ab", b"c"], "w1"),
            (7, [b"ab", b"c"], "w1"),
            (0, [b"a", b"bc"], "w1"),
            (0, [b"c", b"ab"], "w1"),
            (0, [b"ab", b"c"], "w2"),
        )
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert all(name.startswith("msg_") and len(name) == len("msg_") + 22 for name in ids)
