"""What becomes of the answers of S3, SQS and Lambda, and of what S3 keeps."""

import gzip
import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from functions.core.privacy.erased import Erasure
from functions.store.aws.invocation import Raised, answer_of
from functions.store.copies.registry import RegistryCopies
from functions.store.erasure.records import ErasureRecord, S3Records
from functions.store.erasure.versions import S3Versions, Version
from functions.store.imports.drop_folder import S3DropFolder, dropped_files
from functions.store.queue import SetAside, SqsQueueReader
from tests.unit.store.recording_client import Recording
from tests.world import NINE_US

RECORD = ErasureRecord(
    request="r1",
    app="a",
    tenant="t",
    started_at="2026",
    learners=["p:1"],
    erasures=[Erasure(digest="d", role="learner", alias="x", before_us=1, request="r1")],
    counts={"events": 2},
    every_app=True,
)
ROWS: Any = [{"pk": "p", "sk": "s", "number": 7, "bytes": b"\x00\xff"}]
NDJSON = {"ContentType": "application/x-ndjson", "ContentEncoding": "gzip"}


def streamed(body: bytes, **more: Any) -> dict[str, Any]:
    return {"Body": io.BytesIO(body), **more}


def test_a_file_is_uploaded_and_downloaded_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    bodies: list[bytes] = []

    class Uploading(Recording):
        def put_object(self, **request: Any) -> None:
            bodies.append(request.pop("Body").read())
            self.requests.append(("put_object", request))

    uploading: Any = Uploading()
    S3DropFolder(uploading, "b").put("k", path)
    assert (uploading.requests, bodies) == ([("put_object", {"Bucket": "b", "Key": "k"})], [b"x" * 100])


@pytest.mark.parametrize("code", ["NoSuchKey", "404"])
def test_a_file_that_is_not_there_is_none(tmp_path: Path, code: str) -> None:
    missing: Any = Recording(get_object=ClientError({"Error": {"Code": code}}, "GetObject"))
    assert S3DropFolder(missing, "b").fetch("k", tmp_path / "file") is False
    assert missing.requests == [("get_object", {"Bucket": "b", "Key": "k"})]
    assert not (tmp_path / "file").exists()
    refused: Any = Recording(get_object=ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject"))
    with pytest.raises(ClientError):
        S3DropFolder(refused, "b").fetch("k", tmp_path / "file")


def test_a_record_of_an_erasure_and_a_copy_of_the_registry_come_back() -> None:
    client: Any = Recording()
    assert S3Records(client, "b").write(RECORD) == "erasures/r1/t.json"
    ((_, put),) = client.requests
    assert (put["Bucket"], put["Key"], put["ContentType"]) == ("b", "erasures/r1/t.json", "application/json")
    client = Recording()
    copies = RegistryCopies(client, "b")
    key = copies.write(ROWS, now_us=NINE_US)
    ((_, put),) = client.requests
    assert (put.pop("Bucket"), put.pop("Key")) == ("b", key)
    assert key.startswith("registry/day=2026")
    assert key.endswith(f"/{NINE_US:016d}.ndjson.gz")
    body = put.pop("Body")
    assert put == NDJSON
    assert body == gzip.compress(gzip.decompress(body), mtime=0), "the same rows are the same bytes"
    reading: Any = Recording(get_object=streamed(body))
    assert list(RegistryCopies(reading, "b").read(key)) == ROWS
    assert reading.requests == [("get_object", {"Bucket": "b", "Key": key})]


def test_one_version_is_read_with_its_tag() -> None:
    client: Any = Recording(get_object=streamed(b"x", ETag="tag"))
    assert S3Versions(client, "b").read(Version(key="k", id="v", is_latest=False)) == (b"x", "tag")
    assert client.requests == [("get_object", {"Bucket": "b", "Key": "k", "VersionId": "v"})]


def test_letters_are_told_with_the_reason_for_which_they_were_moved() -> None:
    reason = {"Reason": {"StringValue": "why"}}
    messages = [{"Body": "a", "MessageAttributes": reason}, {"Body": "b"}, {"MessageAttributes": {"Reason": {}}}, {}]
    client: Any = Recording(receive_message={"Messages": messages})
    letters = SqsQueueReader(client, "q", "d").letters()
    assert letters == [SetAside("a", "why"), SetAside("b", ""), SetAside("", ""), SetAside("", "")]
    assert "a" not in repr(letters[0]).replace("SetAside", "").replace("reason", "")


def test_what_waits_is_what_is_visible_and_what_is_in_flight() -> None:
    counts = {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "4"}
    client: Any = Recording(get_queue_attributes={"Attributes": counts})
    reader = SqsQueueReader(client, "q", "d")
    assert (reader.waiting(), reader.set_aside()) == (7, 7)
    assert client.requests == [
        ("get_queue_attributes", {"QueueUrl": url, "AttributeNames": list(counts)}) for url in ("q", "d")
    ]


def test_the_answer_of_a_function_is_read_unless_it_raised() -> None:
    client: Any = Recording(invoke={"Payload": io.BytesIO(b'{"n":1}')})
    assert answer_of(client, "f", {"a": 2}) == {"n": 1}
    assert client.requests == [("invoke", {"FunctionName": "f", "Payload": b'{"a":2}'})]
    failing: Any = Recording(invoke={"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")})
    with pytest.raises(Raised):
        answer_of(failing, "f", {})


def test_files_that_were_dropped_are_told_by_app_name_and_size() -> None:
    def record(key: str, **more: Any) -> dict[str, Any]:
        return {"s3": {"object": {"key": key, **more}}}

    records = [
        record("import/app+1/a%20b.ndjson", size=7),
        record("import/app/deep/er.csv"),
        record("import/app/"),
        record("import/app/folder/"),
        record("import/x"),
    ]
    files = dropped_files(orjson.dumps({"Records": records}).decode())
    assert [(file.app, file.file, file.size) for file in files] == [
        ("app 1", "a b.ndjson", 7),
        ("app", "deep/er.csv", 0),
    ]
    assert dropped_files('{"Event": "s3:TestEvent"}') == []
