"""S3, Glue and SQS in memory, as far as the lake calls them: for tests of its rules, where moto takes half the time.

Each refuses what AWS refuses, and answers in the form of boto3.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.aws_rules import s3, sqs


class NoSuchKey(ClientError):
    """There is no such object."""


class AlreadyExistsException(ClientError):
    """There is such a table."""


class EntityNotFoundException(ClientError):
    """There is no such table."""


class ConcurrentModificationException(ClientError):
    """Another version of the table is there."""


def refusal(operation: str, code: str, kind: type[ClientError] = ClientError) -> ClientError:
    return kind({"Error": {"Code": code, "Message": f"{code} in memory"}}, operation)


class MemoryS3:
    """Objects by bucket and key. `calls` are the operations and what they were asked."""

    exceptions = SimpleNamespace(NoSuchKey=NoSuchKey)

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.changed: dict[tuple[str, str], datetime] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def _called(self, operation: str, request: dict[str, Any]) -> None:
        s3.check(operation, request)
        self.calls.append((operation, request))

    def create_bucket(self, **_: Any) -> None:
        """Any bucket is there."""

    def put_object(self, **request: Any) -> dict[str, Any]:
        self._called("PutObject", request | {"ContentLength": len(request["Body"])})
        place = request["Bucket"], request["Key"]
        if request.get("IfNoneMatch") == "*" and place in self.objects:
            raise refusal("PutObject", "PreconditionFailed")
        self.objects[place] = bytes(request["Body"])
        self.changed[place] = datetime.now(UTC)
        return {}

    def get_object(self, **request: Any) -> dict[str, Any]:
        self._called("GetObject", request)
        body = self._held("GetObject", "NoSuchKey", request)
        if "Range" in request:
            first, _, last = request["Range"].removeprefix("bytes=").partition("-")
            body = body[int(first) : int(last) + 1]
        return {"Body": io.BytesIO(body), "Metadata": {}, "ContentLength": len(body)}

    def head_object(self, **request: Any) -> dict[str, Any]:
        self._called("HeadObject", request)
        return {"ContentLength": len(self._held("HeadObject", "404", request))}

    def _held(self, operation: str, code: str, request: dict[str, Any]) -> bytes:
        try:
            return self.objects[request["Bucket"], request["Key"]]
        except KeyError:
            raise refusal(operation, code, NoSuchKey) from None

    def delete_object(self, **request: Any) -> dict[str, Any]:
        self._called("DeleteObject", request)
        self.objects.pop((request["Bucket"], request["Key"]), None)
        return {}

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        bucket, prefix, after = request["Bucket"], request.get("Prefix", ""), request.get("StartAfter", "")
        keys = sorted(key for name, key in self.objects if name == bucket)
        wanted = [key for key in keys if key.startswith(prefix) and key > after]
        contents = [{"Key": key, "LastModified": self.changed[bucket, key]} for key in wanted]
        return {"Contents": contents} if contents else {}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_objects_v2"
        return SimpleNamespace(paginate=lambda **request: self._pages(self.list_objects_v2(**request)))

    @staticmethod
    def _pages(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A page holds one object: a reader of the first page alone misses the others."""
        yield from ({"Contents": [entry]} for entry in answer["Contents"]) if answer else ({},)


class MemoryGlue:
    """Tables by database and name, with a version each."""

    exceptions = SimpleNamespace(
        AlreadyExistsException=AlreadyExistsException,
        EntityNotFoundException=EntityNotFoundException,
        ConcurrentModificationException=ConcurrentModificationException,
    )

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], dict[str, Any]] = {}

    def create_database(self, **_: Any) -> None:
        """Any database is there."""

    def get_database(self, **request: Any) -> dict[str, Any]:
        return {"Database": {"Name": request["Name"]}}

    def get_table(self, **request: Any) -> dict[str, Any]:
        try:
            return {"Table": dict(self.tables[request["DatabaseName"], request["Name"]])}
        except KeyError:
            raise refusal("GetTable", "EntityNotFoundException", EntityNotFoundException) from None

    def create_table(self, **request: Any) -> None:
        place = request["DatabaseName"], request["TableInput"]["Name"]
        if place in self.tables:
            raise refusal("CreateTable", "AlreadyExistsException", AlreadyExistsException)
        self.tables[place] = request["TableInput"] | {"DatabaseName": place[0], "VersionId": "1"}

    def update_table(self, **request: Any) -> None:
        place = request["DatabaseName"], request["TableInput"]["Name"]
        held = self.get_table(DatabaseName=place[0], Name=place[1])["Table"]
        if held["VersionId"] != request["VersionId"]:
            raise refusal("UpdateTable", "ConcurrentModificationException", ConcurrentModificationException)
        version = str(int(request["VersionId"]) + 1)
        self.tables[place] = request["TableInput"] | {"DatabaseName": place[0], "VersionId": version}

    def delete_table(self, **request: Any) -> None:
        self.get_table(**request)
        del self.tables[request["DatabaseName"], request["Name"]]


class MemorySqs:
    """A queue. What was received waits for its deletion until it is made visible again."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, str]] = []  # receipt and body
        self.taken: dict[str, str] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._sent = 0

    def _called(self, operation: str, request: dict[str, Any]) -> None:
        sqs.check(operation, request)
        self.calls.append((operation, request))

    def create_queue(self, **_: Any) -> dict[str, str]:
        return {"QueueUrl": "https://queue.example/lake"}

    def send_message(self, **request: Any) -> dict[str, Any]:
        self._called("SendMessage", request)
        self._sent += 1
        self.waiting.append((f"r{self._sent}", request["MessageBody"]))
        return {}

    def receive_message(self, **request: Any) -> dict[str, Any]:
        self._called("ReceiveMessage", request)
        count = request.get("MaxNumberOfMessages", 1)
        received, self.waiting = self.waiting[:count], self.waiting[count:]
        self.taken |= dict(received)
        messages = [{"ReceiptHandle": receipt, "Body": body} for receipt, body in received]
        return {"Messages": messages} if messages else {}

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        self._called("DeleteMessageBatch", request)
        for entry in request["Entries"]:
            del self.taken[entry["ReceiptHandle"]]
        return {}

    def change_message_visibility(self, **request: Any) -> None:
        self._called("ChangeMessageVisibility", request)
        receipt = request["ReceiptHandle"]
        self.waiting.append((receipt, self.taken.pop(receipt)))

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(self.waiting))}}
