"""The lake's queue: what a message names, in batches as SQS takes them, until there is no time or no message left."""

import json
from typing import Any

import orjson
import pytest

from functions.lake import inbox
from functions.lake.inbox import Inbox, Mail, mail_of
from tests.lake_doors import MemorySqs
from tests.lake_world import always

URL = "https://queue.example/lake"
KEY = "archive/day=20260302/a b+c.ndjson.gz"


def notice(*keys: str) -> str:
    return json.dumps({"Records": [{"s3": {"object": {"key": key}}} for key in keys]})


@pytest.mark.parametrize(
    ("body", "keys", "rewrite"),
    [
        (notice("archive/day%3D20260302/a+b%2Bc.ndjson.gz"), (KEY,), False),
        (notice("archive/x", "import/y", "archive/z"), ("archive/x", "archive/z"), False),
        (notice("registry/archive/x"), (), False),
        (json.dumps({"Event": "s3:TestEvent"}), (), False),
        (json.dumps({"keys": ["archive/x", "a+b"], "rewrite": True}), ("archive/x", "a+b"), True),
    ],
)
def test_a_message_names_objects_of_the_archive(body: str, keys: tuple[str, ...], rewrite: bool) -> None:
    assert mail_of("r", body) == Mail("r", keys, rewrite=rewrite)


def test_a_message_that_cannot_be_read_raises_and_stays() -> None:
    queue = MemorySqs()
    queue.send_message(QueueUrl=URL, MessageBody="no JSON")
    with pytest.raises(orjson.JSONDecodeError):
        list(Inbox(queue, URL).receive(time_left=always))  # type: ignore[arg-type]
    assert len(queue.taken) == 1


def filled(count: int) -> MemorySqs:
    queue = MemorySqs()
    for number in range(count):
        queue.send_message(QueueUrl=URL, MessageBody=notice(f"archive/{number}"))
    queue.calls.clear()
    return queue


def calls(queue: MemorySqs, operation: str) -> list[dict[str, Any]]:
    return [request for name, request in queue.calls if name == operation]


@pytest.mark.parametrize(("how", "wait_seconds"), [({}, 1), ({"wait_seconds": 0}, 0)])
def test_messages_are_received_ten_at_once_until_there_are_none(how: dict[str, int], wait_seconds: int) -> None:
    queue = filled(12)
    mails = list(Inbox(queue, URL, **how).receive(time_left=always))  # type: ignore[arg-type]
    assert [mail.keys for mail in mails] == [(f"archive/{number}",) for number in range(12)]
    assert len({mail.receipt for mail in mails}) == 12
    assert (
        calls(queue, "ReceiveMessage")
        == [{"QueueUrl": URL, "MaxNumberOfMessages": 10, "WaitTimeSeconds": wait_seconds}] * 3
    )


def test_without_time_no_more_are_received() -> None:
    queue = filled(12)
    left = iter([True, False])
    mails = list(Inbox(queue, URL).receive(time_left=lambda: next(left)))  # type: ignore[arg-type]
    assert len(mails) == 10
    assert len(queue.waiting) == 2


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_messages_are_deleted_ten_at_once(count: int) -> None:
    queue = filled(count + 1)
    box = Inbox(queue, URL)  # type: ignore[arg-type]
    mails = list(box.receive(time_left=always))
    box.delete(mails[:count])
    assert [len(request["Entries"]) for request in calls(queue, "DeleteMessageBatch")] == [10] * (count // 10) + (
        [count % 10] if count % 10 else []
    )
    assert list(queue.taken) == [mails[count].receipt]
    assert all(request["QueueUrl"] == URL for _, request in queue.calls)


def test_objects_are_asked_for_again_some_hundreds_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "KEYS_IN_A_REQUEST", 2)
    queue = MemorySqs()
    box = Inbox(queue, URL)  # type: ignore[arg-type]
    assert box.ask([]) == 0
    assert box.ask(list("abcde")) == 3
    assert [(mail.keys, mail.rewrite) for mail in box.receive(time_left=always)] == [
        (("a", "b"), True),
        (("c", "d"), True),
        (("e",), True),
    ]
    assert all(request["QueueUrl"] == URL for _, request in queue.calls)


def test_as_many_keys_as_a_request_holds_are_one_message() -> None:
    queue = MemorySqs()
    key = "archive/day=20260302/120000000000-0123456789abcdef0123456789abcdef.ndjson.gz"
    assert Inbox(queue, URL).ask([key] * 500) == 1  # type: ignore[arg-type]
    assert Inbox(queue, URL).ask([key] * 501) == 2  # type: ignore[arg-type]
