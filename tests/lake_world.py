"""The lake over S3, Glue and SQS, which are moto's or in memory: an archive to write to, a queue that tells of it, and
the tables.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import boto3
import pytest

from functions.core.messages import Item, Kind, Message
from functions.core.privacy.pseudonym import Pseudonyms
from functions.core.sessions.timeouts import Timeouts
from functions.core.times import parse_time
from functions.lake.aliases import renew_aliases
from functions.lake.feeding import Fed, Source, feed
from functions.lake.iceberg.catalog import LakeCatalog
from functions.lake.iceberg.metadata_files import MetadataFiles
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.iceberg.relations import declared_columns, listed, select_files
from functions.lake.iceberg.snapshots import live_files
from functions.lake.inbox import Inbox, Mail
from functions.lake.numbers.pending import Pending
from functions.lake.numbers.renewing import Renewal, renew
from functions.lake.opened_lake import Lake, opened
from functions.lake.tables.aliases import ALIASES
from functions.lake.tables.column import TableDefinition
from functions.store import keys
from functions.store.archive import S3Archive
from functions.store.registrations import Registrations
from functions.store.rows.events import fact_of_item, row_of
from tests.aws import REGION, mocked
from tests.fakes import MemoryTable
from tests.lake_doors import MemoryGlue, MemoryS3, MemorySqs
from tests.payloads import APP, Json

ARCHIVE, TABLES, DATABASE = "archive-under-test", "lake-under-test", "caliper_under_test"
TENANT = keys.tenant_of(APP)
EXPIRES_S = 1_900_000_000
NINE_US = parse_time("2026-03-02T09:00:00Z") or 0
TIMEOUTS = Timeouts.constant(idle_minutes=30, heartbeat_minutes=5)
PSEUDONYMS = Pseudonyms(b"k" * 32)


def always() -> bool:
    return True


class LakeWorld:
    """`send` archives, stores by id and notifies, as `process` and S3 do; `feed` runs the lake once."""

    def __init__(self, s3: Any, sqs: Any, glue: Any) -> None:
        self.s3, self.sqs, self.glue = s3, sqs, glue
        for bucket in (ARCHIVE, TABLES):
            self.s3.create_bucket(Bucket=bucket)
        self.glue.create_database(DatabaseInput={"Name": DATABASE})
        created = self.sqs.create_queue(QueueName="lake", Attributes={"VisibilityTimeout": "3600"})
        self.queue_url = created["QueueUrl"]
        self.table, self.registry = MemoryTable(), MemoryTable()
        self.store = ObjectStore(self.s3)
        self.catalog = LakeCatalog(self.glue, self.store, database=DATABASE, warehouse=f"s3://{TABLES}")
        self.sent = 0

    def archive(
        self, *items: Json, kind: Kind = "event", received_us: int = NINE_US, app: str = APP, **said: Any
    ) -> str:
        """Archive and store one batch; the key of its object."""
        self.sent += 1
        findings = said.pop("findings", ())
        message = Message(
            tenant=keys.tenant_of(app),
            app_id=app,
            job=f"{said.pop('job', self.sent):022d}",
            received_us=received_us,
            sensor="https://sensor.example.org",
            items=[Item(kind, json.dumps(item).encode(), findings) for item in items],
            **said,
        )
        (key,) = S3Archive(self.s3, ARCHIVE).write([message])
        if kind == "event":
            facts = [fact_of_item(item, message) for item in message.items]
            self.table.put_all(
                row_of(fact, tenant=message.tenant, auto_attach=False, expires_s=EXPIRES_S) for fact in facts
            )
        return key

    def notify(self, *objects: str) -> None:
        """What S3 sends to the queue."""
        for key in objects:
            body = {"Records": [{"s3": {"object": {"key": key.replace("=", "%3D")}}}]}
            self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body))

    def send(self, *items: Json, **said: Any) -> str:
        key = self.archive(*items, **said)
        self.notify(key)
        return key

    def opened(self) -> AbstractContextManager[Lake]:
        """The tables, and a DuckDB as small as it does."""
        return opened(self.catalog, self.store, memory="200MB", threads=1)

    def feed(self) -> Fed:
        """One run of the lake: what the queue names, then the numbers that it touches."""
        registrations = Registrations(self.registry, TIMEOUTS)
        source = Source(self.s3, ARCHIVE, PSEUDONYMS, self.table, registrations, lambda: NINE_US)
        inbox = Remembering(self.sqs, self.queue_url)
        pending = Pending(self.store, self.catalog.warehouse)
        try:
            with self.opened() as lake:
                fed = feed(lake, source, inbox, time_left=always, after=pending.note)
                renewal = Renewal(lambda tenant: registrations.of(tenant, now_us=NINE_US).timeouts, PSEUDONYMS)
                renew(lake, pending, renewal, time_left=always)
                if self.catalog.existing(ALIASES) is None:
                    renew_aliases(lake, self.registry, PSEUDONYMS)
                return fed
        finally:
            inbox.give_back()

    def rows(self, definition: TableDefinition, *names: str) -> list[tuple[Any, ...]]:
        """The rows of a table, sorted."""
        table = self.catalog.existing(definition)
        if table is None:
            return []
        files = [file.file_path for file in live_files(table, definition)]
        wanted = listed(names or definition.names())
        with self.opened() as lake:
            rows = lake.connection.execute(
                f"SELECT {wanted} FROM {select_files(declared_columns(definition), files)}"
            ).fetchall()
        return sorted(rows, key=repr)

    def waiting(self) -> int:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])


class Remembering(Inbox):
    """Makes what a run took and did not delete visible again, as its visibility timeout would."""

    def __init__(self, client: Any, url: str) -> None:
        super().__init__(client, url, wait_seconds=0)
        self._client, self._url = client, url
        self._taken: set[str] = set()

    def receive(self, *, time_left: Callable[[], bool]) -> Iterator[Mail]:
        for mail in super().receive(time_left=time_left):
            self._taken.add(mail.receipt)
            yield mail

    def delete(self, mails: Sequence[Mail]) -> None:
        super().delete(mails)
        self._taken -= {mail.receipt for mail in mails}

    def give_back(self) -> None:
        for receipt in self._taken:
            self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=0)


@contextmanager
def lake_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeWorld]:
    """The lake over moto."""
    with mocked(monkeypatch):
        yield LakeWorld(*(boto3.client(name, region_name=REGION) for name in ("s3", "sqs", "glue")))


def memory_lake_world() -> LakeWorld:
    """The lake over doors in memory: several times as fast."""
    return LakeWorld(MemoryS3(), MemorySqs(), MemoryGlue())


class MotoFiles(MetadataFiles):
    """What the full reader, which makes its own file system, reads through."""

    def __init__(self, _properties: Any = None) -> None:
        super().__init__(ObjectStore(boto3.client("s3", region_name=REGION)))
