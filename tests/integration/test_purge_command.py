"""`make purge`, and `make erase` as it is confirmed and told: the code, the receipt, and the second walk."""

import copy
import json
import re
import time

import pytest

from functions.core.times import MINUTE_US, format_time
from functions.http.gate import KEY_SCOPES
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.privacy.erase import SETTLED_US
from functions.store.dynamodb.table import DynamoTable
from functions.store.erasure.records import S3Records
from functions.store.erasure.rows import erasures
from functions.store.registry import Registry
from functions.store.rows.credentials import Credential
from tests.aws import BUCKET, REGISTRY
from tests.integration.mended import NOW_US, OTHER, OWN, everything, message, register
from tests.integration.test_erase import CLOCK, MAIL, erase, events, store, versioned
from tests.payloads import Payloads

FROM, TO = "2026-03-02T12:00:00Z", "2026-03-02T12:00:00.001Z"
LATER_US = NOW_US + 60 * MINUTE_US


def begin_day(connection: StackConnection, day: str) -> None:
    """moto leaves out the first version behind a KeyMarker, which S3 does not: this is the one that it leaves out."""
    connection.client("s3").put_object(Bucket=BUCKET, Key=f"archive/day={day}", Body=b"")


@pytest.fixture
def key(connection: StackConnection) -> Credential:
    """A key of the app; it sent two events, and another credential a third."""
    versioned(connection)
    begin_day(connection, "20260302")
    registry = Registry(DynamoTable(connection.client("dynamodb"), REGISTRY))
    key = registry.add_key("ck_leaked", app=OWN, scopes=KEY_SCOPES, now_us=NOW_US)
    store(connection, message(*Payloads(1).events(2), credential=key.id))
    store(connection, message(*Payloads(2).events(1), job="k" * 22))
    return key


def purge(connection: StackConnection, key: Credential, *options: str, code: int = 0, now_us: int = LATER_US) -> None:
    words = ["purge", OWN.name, key.id, *options]
    assert main(words, connection=connection, clock=lambda: now_us) == code


def event_rows(connection: StackConnection) -> int:
    return sum(key[1].startswith("E#") for key in everything(connection))


def purged_of(connection: StackConnection) -> list[tuple[str, int, int]]:
    """What the registry knows of purges: whose, from when and until when."""
    known = erasures(DynamoTable(connection.client("dynamodb"), REGISTRY), OWN.tenant).values()
    return [(each.alias, each.from_us, each.before_us) for each in known if each.role == "credential"]


def test_a_purge_shows_what_it_takes_out_and_does_so_with_the_code(
    connection: StackConnection, key: Credential, capsys: pytest.CaptureFixture[str]
) -> None:
    span = ["--from", FROM, "--to", TO]
    purge(connection, key, *span, "--json")
    dry = json.loads(capsys.readouterr().out)
    assert (dry["dryRun"], dry["counts"]["events"], event_rows(connection)) == (True, 2, 3)
    purge(connection, key, *span)
    printed_text = capsys.readouterr().out
    assert f"{2:>10}  events\n" in printed_text
    assert printed_text.endswith(
        f"Nothing was taken out. To take all this out: the same command with CODE={dry['code']}\n"
    )
    purge(connection, key, *span, "--code", "wrong", code=2)
    assert "'wrong' is not the code of this purge" in capsys.readouterr().err
    assert event_rows(connection) == 3
    purge(connection, key, *span, "--code", dry["code"], "--no-wait", "--json")
    done = json.loads(capsys.readouterr().out)
    assert dry["counts"].items() <= done["counts"].items()
    assert event_rows(connection) == 1
    (record,) = S3Records(connection.client("s3"), BUCKET).all()
    assert re.fullmatch("[0-9a-f]{16}", done["request"])
    assert (record.request, record.app, record.tenant) == (done["request"], OWN.app_id, OWN.tenant)
    assert (record.started_at, record.finished_at) == (format_time(LATER_US), "")
    assert (record.counts, record.learners) == (done["counts"], [])
    assert [(each.alias, each.from_us, each.before_us, each.role) for each in record.erasures] == [
        (key.id, NOW_US, NOW_US + 999, "credential")
    ]
    assert purged_of(connection) == [(key.id, NOW_US, NOW_US + 999)]


def code_of(connection: StackConnection, key: Credential, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    purge(connection, key, "--from", FROM, "--to", TO, "--json")
    return str(json.loads(capsys.readouterr().out)["code"])


@pytest.mark.parametrize("is_revoked", [True, False])
@pytest.mark.parametrize("waits", [True, False])
def test_a_purge_walks_twice_and_warns_of_a_key_that_still_works(
    connection: StackConnection,
    key: Credential,
    is_revoked: bool,
    waits: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    if is_revoked:
        Registry(DynamoTable(connection.client("dynamodb"), REGISTRY)).revoke(key, now_us=NOW_US)
    code = code_of(connection, key, capsys)
    options = ["--from", FROM, "--to", TO, "--code", code, *([] if waits else ["--no-wait"])]
    purge(connection, key, *options)
    printed = capsys.readouterr()
    (record,) = S3Records(connection.client("s3"), BUCKET).all()
    assert slept == ([SETTLED_US / 1e6] if waits else [])
    assert ("Waiting 5 minutes for what is under way" in printed.err) is waits
    assert record.finished_at == (format_time(LATER_US) if waits else "")
    lines = printed.out.splitlines()
    assert f"Purged. The receipt is erasures/{record.request}/ in the bucket." in lines
    revoke = f"The credential still works: `make key-revoke APP='Trainer' KEY={key.id}` refuses it."
    assert (revoke in lines) is not is_revoked
    assert lines[-1].startswith("If other credentials sent some of it too, `make replay`")
    assert event_rows(connection) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", TO, "--to", FROM], "TO is not after FROM"),
        (["--from", FROM, "--to", FROM], "TO is not after FROM"),
        (["--from", FROM, "--code", "x"], "Name TO, so that the same is taken out"),
        (["--from", format_time(LATER_US + 1000)], "TO is not after FROM"),
    ],
)
def test_a_purge_of_no_time_or_of_a_time_that_moves_is_refused(
    connection: StackConnection, key: Credential, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    purge(connection, key, *options, code=2)
    assert said in capsys.readouterr().err
    assert event_rows(connection) == 3


def test_a_purge_without_an_end_shows_what_came_until_now_and_gives_no_code(
    connection: StackConnection, key: Credential, capsys: pytest.CaptureFixture[str]
) -> None:
    purge(connection, key, "--from", FROM, "--json")
    printed_text = json.loads(capsys.readouterr().out)
    assert (printed_text["code"], printed_text["counts"]["events"]) == ("", 2)
    purge(connection, key, "--from", FROM, now_us=NOW_US)
    assert capsys.readouterr().out.endswith("name TO, and run it again for the code\n")
    purge(connection, key, "--from", format_time(NOW_US + 1000), "--json")
    assert json.loads(capsys.readouterr().out)["counts"] == {}
    purge(connection, key, "--from", format_time(NOW_US + 1000))
    assert capsys.readouterr().out.startswith("  nothing\n")


def test_an_erasure_is_told_app_by_app_with_its_receipt(
    connection: StackConnection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    versioned(connection)
    store(connection, message(*events()))
    assert erase(connection, "--json") == 0
    dry = json.loads(capsys.readouterr().out)
    assert (dry["dryRun"], dry["apps"][OWN.app_id]["events"]) == (True, 3)
    assert erase(connection) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"{OWN.app_id}:"
    assert erase(connection, "--code", dry["code"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (record,) = S3Records(connection.client("s3"), BUCKET).all()
    assert lines[0] == f"{OWN.app_id}:"
    assert f"{3:>10}  events" in lines
    assert lines[-3:] == [
        f"Erased. The receipt is erasures/{record.request}/ in the bucket; it names no one.",
        "Not yet walked twice: `make erase AGAIN=1` in five minutes.",
        "Backups of the table end with their time: 35 days.",
    ]
    assert (record.every_app, record.finished_at) == (False, "")
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    assert main(["erase", "--again"], connection=connection, clock=lambda: LATER_US) == 0
    assert slept == []
    assert capsys.readouterr().out.splitlines() == [
        f"{OWN.app_id}:",
        "  nothing was left",
        "Every erasure on record was carried out again.",
    ]


def test_a_person_is_erased_from_every_app_by_one_command(
    connection: StackConnection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    versioned(connection)
    register(connection, OTHER)
    theirs = copy.replace(message(*events()[:1], job="o" * 22), tenant=OTHER.tenant, app_id=OTHER.app_id)
    store(connection, message(*events()), theirs)
    assert erase(connection) == 2
    assert "Of which app?" in capsys.readouterr().err
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    command = ["erase", "--app", "*", "--json", MAIL]
    assert main(command, connection=connection, **CLOCK) == 0
    dry = json.loads(capsys.readouterr().out)
    assert set(dry["apps"]) == {OWN.app_id, OTHER.app_id}
    assert main([*command, "--code", dry["code"]], connection=connection, **CLOCK) == 0
    done = json.loads(capsys.readouterr().out)
    records = list(S3Records(connection.client("s3"), BUCKET).all())
    assert {record.app: (record.request, record.every_app) for record in records} == {
        app.app_id: (done["request"], True) for app in (OWN, OTHER)
    }
    assert done["apps"][OWN.app_id]["events"] == 3
    assert slept == [SETTLED_US / 1e6] * 2, "once for each app"


def test_days_narrow_an_erasure_to_the_objects_of_the_archive(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    versioned(connection)
    store(connection, message(*events()))

    def in_archive(*options: str) -> int:
        assert erase(connection, *options, "--json") == 0
        counts = json.loads(capsys.readouterr().out)["apps"][OWN.app_id]
        return sum(count for place, count in counts.items() if "archive" in place)

    whole = in_archive()
    assert whole > 0
    assert in_archive("--to", "2026-03-02") == whole
    assert in_archive("--to", "2026-03-01") == 0
    begin_day(connection, "20260302")
    assert in_archive("--from", "2026-03-02", "--to", "2026-03-02") == whole
    assert in_archive("--from", "2026-03-03") == 0
