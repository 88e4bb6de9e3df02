"""A person is erased with the operator's command: table, every version of the archive, dead letters, over moto."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from functions.core import packing
from functions.core.messages import pack, unpack
from functions.core.times import format_time
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.privacy.erase import SETTLED_US
from functions.store.archive import S3Archive
from functions.store.dynamodb.table import DynamoTable
from functions.store.registrations import Registrations
from functions.storing.pipeline import process
from tests.aws import BUCKET, REGISTRY, TABLE
from tests.integration.mended import NOW_US, OWN, SETTINGS, V1P2, everything, message
from tests.payloads import Json, Payloads

ADA, BEN = "https://school.example/users/1", "https://school.example/users/12"
MAIL = "ada@school.example"
CLOCK = {"clock": lambda: NOW_US + 60_000_000}


def events() -> list[Json]:
    payloads = Payloads(3)
    person = {"id": ADA, "type": "Person", "name": "Ada", "email": MAIL}
    own = [payloads.question_started(ADA) | {"actor": person} for _ in range(3)]
    others = [payloads.question_started(BEN) | {"extensions": {"about": person}} for _ in range(2)]
    return [*own, *others]


def versioned(connection: StackConnection) -> None:
    connection.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


def store(connection: StackConnection, *messages: Any) -> None:
    dynamodb = connection.client("dynamodb")
    registrations = Registrations(DynamoTable(dynamodb, REGISTRY), SETTINGS.timeouts)
    table, archive = DynamoTable(dynamodb, TABLE), S3Archive(connection.client("s3"), BUCKET)
    process(messages, table=table, archive=archive, settings=SETTINGS, now_us=NOW_US, registrations=registrations)


def bucket_texts(connection: StackConnection) -> list[str]:
    """Every version of every object, unpacked."""
    s3 = connection.client("s3")
    listed = s3.list_object_versions(Bucket=BUCKET)
    assert "DeleteMarkers" not in listed
    bodies = [
        s3.get_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
        for version in listed["Versions"]
    ]
    return [(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode() for body in bodies]


def table_texts(connection: StackConnection) -> list[str]:
    rows = [row for table in (TABLE, REGISTRY) for row in everything(connection, table).values()]
    return [_text(value) for row in rows for value in row.values()]


def _text(value: object) -> str:
    if isinstance(value, bytes) and value.startswith(b"(\xb5/\xfd"):
        return packing.decompress(value).decode()
    return str(value)


def assert_gone(connection: StackConnection) -> None:
    texts = [*bucket_texts(connection), *table_texts(connection)]
    assert [text for text in texts if MAIL in text or ADA in text.replace(BEN, "")] == []


def erase(connection: StackConnection, *options: str) -> int:
    return main(["erase", "--no-wait", *options, "--", ADA], connection=connection, **CLOCK)


def test_the_dry_run_changes_nothing_and_its_code_erases(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    versioned(connection)
    whole = message(*events())
    store(connection, whole)
    store(connection, whole)  # a second version of the same object
    before = everything(connection)
    assert erase(connection) == 0
    output = capsys.readouterr().out
    assert re.search(r"3  events\n", output)
    assert re.search(r"2  events of others\n", output)
    assert everything(connection) == before
    code = output.rsplit("CODE=", 1)[1].strip()
    assert erase(connection, "--code", "wrong") == 2
    assert erase(connection, "--code", code) == 0
    assert ADA not in capsys.readouterr().out
    assert_gone(connection)
    assert main(["rebuild", "--into", "twin"], connection=connection, **CLOCK) == 0
    events_kept = [key for key in everything(connection) if key[1].startswith("E#")]
    assert sorted(key for key in everything(connection, "twin") if key[1].startswith("E#")) == sorted(events_kept)
    assert len(events_kept) == 2


def test_a_dead_letter_holds_nothing_of_the_person_and_a_redriven_one_stores_nothing(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    versioned(connection)
    sqs = connection.client("sqs")
    letter = message(*events(), job="k" * 22)
    sqs.send_message(QueueUrl=connection.dlq_url, MessageBody=pack(letter))
    assert erase(connection, "--json") == 0
    code = json.loads(capsys.readouterr().out)["code"]
    assert erase(connection, "--json", "--code", code) == 0
    (left,) = sqs.receive_message(QueueUrl=connection.dlq_url, MaxNumberOfMessages=10)["Messages"]
    kept = unpack(left["Body"])
    assert [item.kind for item in kept.items] == ["erased"] * 3 + ["event"] * 2
    assert ADA not in b"".join(item.raw for item in kept.items).decode().replace(BEN, "")
    store(connection, letter)  # as if it had been redriven before it was erased
    assert_gone(connection)


def test_all_erasures_are_carried_out_again_and_then_nothing_is_left(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    versioned(connection)
    store(connection, message(*events()))
    assert erase(connection, "--json") == 0
    code = json.loads(capsys.readouterr().out)["code"]
    backup = everything(connection)
    assert erase(connection, "--code", code) == 0
    DynamoTable(connection.client("dynamodb"), TABLE).put_all(backup.values())
    later = NOW_US + 2 * SETTLED_US
    assert main(["erase", "--again", "--no-wait"], connection=connection, clock=lambda: later) == 0
    assert_gone(connection)
    capsys.readouterr()
    assert main(["erase", "--again", "--no-wait", "--json"], connection=connection, clock=lambda: later) == 0
    assert list(json.loads(capsys.readouterr().out)["apps"].values()) == [{}]


def test_a_file_of_before_the_erasure_brings_nothing_back(
    connection: StackConnection,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    versioned(connection)
    monkeypatch.chdir(tmp_path)
    sqs, own = connection.client("sqs"), events()[0]
    store(connection, message(*events()))
    rejects = tmp_path / "saved.ndjson"
    lines = [
        {"item": event, "version": V1P2, "receivedAt": format_time(NOW_US), "sensor": "https://s.example"}
        for event in (own, Payloads(9).question_started(BEN))
    ]
    rejects.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert erase(connection, "--json") == 0
    code = json.loads(capsys.readouterr().out)["code"]
    assert erase(connection, "--code", code) == 0
    later = {"clock": lambda: NOW_US + 3_600_000_000}
    assert main(["quarantine", "resubmit", OWN.name, str(rejects)], connection=connection, **later) == 1
    assert "of a person who was erased" in capsys.readouterr().out
    (queued,) = sqs.receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10)["Messages"]
    assert [item.kind for item in unpack(queued["Body"]).items] == ["event"]
    assert ADA not in queued["Body"]
    imported = tmp_path / "events.ndjson"
    imported.write_text(json.dumps(own) + "\n")
    assert main(["import", OWN.name, str(imported)], connection=connection, **later) == 0
    assert "Messages" not in sqs.receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["erase"], "Whom?"),
        (["erase", "no@one.example"], "No learner of this address"),
        (["erase", "urn:unidentified-user"], "no one person"),
        (["erase", "--app", "Nobody", ADA], "No apps are called"),
    ],
)
def test_a_refusal_says_what_to_do(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], options: list[str], reason: str
) -> None:
    assert main(options, connection=connection, **CLOCK) == 2
    assert reason in capsys.readouterr().err
