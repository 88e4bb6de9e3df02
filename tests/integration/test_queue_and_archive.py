"""The doors to SQS and S3, over moto."""

import gzip
import random
import tracemalloc
from collections.abc import Iterator

import pytest

from functions.core.messages import Item, Message
from functions.store.archive import ArchiveChanged, S3Archive, lines, packed
from functions.store.queue import BATCH_BYTES, BATCH_MESSAGES, SqsQueue, batches
from tests.aws import BUCKET, mocked, s3_bucket, sqs_queue

DAY_US = 86_400_000_000
NOON_US = 1_425_384_000_000_000  # 2015-03-03


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mocked(monkeypatch):
        yield


def message(job: str, *, received_us: int = NOON_US, raw: bytes = b'{"a": "\\u00e9 \xc3\xa9"}') -> Message:
    items = [Item("event", raw), Item("rejection", b"{]", [{"code": "x"}])]
    return Message(tenant="t", app_id="a", job=job, received_us=received_us, sensor="s", items=items)


def test_every_body_arrives_once_in_few_calls() -> None:
    client, url = sqs_queue()
    queue = SqsQueue(client, url)
    bodies = [f"message {n}" for n in range(23)]
    assert queue.send(bodies, group="tenant") == []
    assert queue.waiting() == 23
    received: list[str] = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        received += [message["Body"] for message in messages]
    assert sorted(received) == sorted(bodies)


def test_batches_keep_within_what_sqs_takes() -> None:
    bodies = ["x" * size for size in [600_000, 500_000, 1, 2, 3] + [10] * 30]
    positions = batches(bodies)
    assert [position for batch in positions for position in batch] == list(range(len(bodies)))
    assert all(len(batch) <= BATCH_MESSAGES for batch in positions)
    assert all(sum(len(bodies[position]) for position in batch) <= BATCH_BYTES for batch in positions)


def test_the_archive_gives_back_every_byte_of_every_item() -> None:
    archive = S3Archive(s3_bucket(), BUCKET)
    sent = [message("j1"), message("j2", raw=b' {"b" : 1.0}\n')]
    (key,) = archive.write(sent)
    assert archive.read(key) == sent


def test_the_same_batch_again_overwrites_itself() -> None:
    client = s3_bucket()
    archive = S3Archive(client, BUCKET)
    assert archive.write([message("j1"), message("j2")]) == archive.write([message("j2"), message("j1")])
    assert len(client.list_objects_v2(Bucket=BUCKET)["Contents"]) == 1


def test_an_object_is_put_once_and_replaced_only_as_it_was_read() -> None:
    client = s3_bucket()
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    archive = S3Archive(client, BUCKET)
    for _ in range(3):
        archive.write([message("j1")])
    assert len(client.list_object_versions(Bucket=BUCKET)["Versions"]) == 1
    archive.write([message("j1", raw=b'{"a": 2}')])
    (key,) = archive.keys(from_day="20150303", to_day="20150303")
    assert archive.read(key)[0].items[0].raw == b'{"a": 2}'

    def overtake(**_: object) -> None:
        client.meta.events.unregister("after-call.s3.GetObject", overtake)
        archive.write([message("j1", raw=b'{"a": 3}')])

    client.meta.events.register("after-call.s3.GetObject", overtake)
    with pytest.raises(ArchiveChanged):
        archive.write([message("j1", raw=b'{"a": 4}')])
    assert archive.read(key)[0].items[0].raw == b'{"a": 3}'


def test_objects_are_found_by_the_day_they_were_received() -> None:
    archive = S3Archive(s3_bucket(), BUCKET)
    (first,), (second,), (third,) = (archive.write([message("j", received_us=NOON_US + n * DAY_US)]) for n in range(3))
    assert list(archive.keys(from_day="20150303", to_day="20150304")) == [first, second]
    assert list(archive.keys(from_day="20150305", to_day="20150305")) == [third]
    assert first.startswith("archive/day=20150303/")


def test_a_batch_of_several_days_is_filed_under_each_of_them() -> None:
    archive = S3Archive(s3_bucket(), BUCKET)
    midnight_us = NOON_US + DAY_US // 2
    redriven, before, after = NOON_US - 7 * DAY_US, midnight_us - 1, midnight_us
    sent = [
        message(f"j{n}", received_us=received_us)
        for n, received_us in enumerate((before, after, redriven, before, after))
    ]
    random.Random(1).shuffle(sent)
    keys = archive.write(sent)
    assert keys == list(archive.keys(from_day="20150101", to_day="20151231"))
    for day, received_us in (("20150224", redriven), ("20150303", before), ("20150304", after)):
        (key,) = archive.keys(from_day=day, to_day=day)
        assert archive.read(key) == [message for message in sent if message.received_us == received_us]


def test_packing_holds_little_beside_the_batch_however_much_its_text_grows() -> None:
    raw = b'{"a":"' + b"\\" * 20_000 + b'"}'
    sent = [message(f"j{n}", raw=raw) for n in range(500)]
    tracemalloc.start()
    try:
        body = packed(sent)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500 * len(raw) / 4
    assert gzip.decompress(body) == b"".join(lines(sent))
    assert packed(sent) == body
