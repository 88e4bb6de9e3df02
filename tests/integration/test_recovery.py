"""What went wrong can be put right: dead letters, quarantine, replay and rebuild, over moto."""

import dataclasses
import itertools
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from functions.aws import keys
from functions.aws.archive import S3Archive
from functions.aws.courses import Course
from functions.aws.lag import held
from functions.aws.registry import Registry
from functions.aws.table import DynamoTable, Row, rows
from functions.core.apps import App
from functions.core.messages import Item, Message, pack, unpack
from functions.core.times import DAY_US, MINUTE_US, parse_time
from functions.operate import recovery
from functions.operate.replay import HOLD_US
from functions.operate.target import Target
from functions.operate.twin import empty_twin, keep_alike
from functions.process.pipeline import process
from functions.settings import ProcessSettings
from tests.aws import BUCKET, REGION, TABLE, dynamodb_table, mocked, s3_bucket, sqs_queue
from tests.faults import Faults, Kind, Rule, numbered
from tests.payloads import APP, Json, Payloads

NOW_US = parse_time("2026-03-02T12:00:00Z") or 0
OWN = App(app_id=APP, tenant=keys.tenant_of(APP), name="Trainer", edapps=(APP,))
OTHER_ID = "urn:uuid:9f0c2a54-7d1e-4b8a-8a39-51c3f6e0d7b2"
OTHER = App(app_id=OTHER_ID, tenant=keys.tenant_of(OTHER_ID), name="Another", edapps=(OTHER_ID,))
V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"
SETTINGS = ProcessSettings(table_name=TABLE, bucket_name=BUCKET)


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Target]:
    monkeypatch.chdir(tmp_path)
    with mocked(monkeypatch):
        dynamodb_table()
        s3_bucket()
        _, url = sqs_queue()
        dead = boto3.client("sqs", region_name=REGION).create_queue(QueueName="dead-letters")["QueueUrl"]
        made = Target(
            url="https://api",
            token_url="https://api/token",
            table=TABLE,
            bucket=BUCKET,
            queue_url=url,
            dlq_url=dead,
            user_pool_id="p",
            retention_days=400,
            idle_minutes=30,
            heartbeat_minutes=5,
            clients={"region_name": REGION},
        )
        register(made, OWN)
        yield made


def register(target: Target, app: App) -> None:
    Registry(DynamoTable(target.client("dynamodb"), TABLE)).add_app(app, now_us=NOW_US)


def message(*events: Json, **changed: Any) -> Message:
    items = [Item("event", json.dumps(event).encode()) for event in events]
    values: dict[str, Any] = {"job": "j" * 22, "received_us": NOW_US, "items": items} | changed
    return Message(tenant=OWN.tenant, app_id=APP, **values)


def store(target: Target, *messages: Message, settings: ProcessSettings = SETTINGS) -> None:
    table, archive = DynamoTable(target.client("dynamodb"), TABLE), S3Archive(target.client("s3"), BUCKET)
    process(messages, table=table, archive=archive, settings=settings, now_us=NOW_US)


def everything(target: Target, table: str = TABLE) -> dict[tuple[str, str], Row]:
    """Every row but the register's and the sweep's."""
    door = DynamoTable(target.client("dynamodb"), table)
    scanned = target.client("dynamodb").scan(TableName=table)["Items"]
    partitions = {item[keys.PK]["S"] for item in scanned}
    found = {(str(row[keys.PK]), str(row[keys.SK])): row for pk in partitions for row in rows(door, pk)}
    return {key: row for key, row in found.items() if key[0] != "LAG"}


def dead_letter(target: Target, body: str) -> None:
    target.client("sqs").send_message(QueueUrl=target.dlq_url, MessageBody=body)


def test_dead_letters_are_listed_with_their_reasons_and_stay(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    student = "urn:uuid:00000000-0000-4000-8000-00000000000f"
    dead_letter(target, pack(message(Payloads(1).lesson_started(student))))
    dead_letter(target, "AAAA")
    for _ in range(2):
        assert recovery.main(["dlq"], target=target) == 0
        shown = capsys.readouterr().out
        assert "1 event" in shown
        assert "It can be stored" in shown
        assert "It cannot be read" in shown
        assert "2 dead letters" in shown
        assert student not in shown


def test_a_redrive_moves_every_dead_letter_back_into_the_queue(target: Target) -> None:
    sent = [message(Payloads(n).lesson_started(Payloads(n).urn())) for n in range(13)]
    for one in sent:
        dead_letter(target, pack(one))
    assert recovery.main(["redrive"], target=target) == 0
    client, received = target.client("sqs"), []
    while found := client.receive_message(QueueUrl=target.queue_url, MaxNumberOfMessages=10).get("Messages"):
        received += [unpack(one["Body"]) for one in found]
    assert sorted(one.items[0].raw for one in received) == sorted(one.items[0].raw for one in sent)
    assert "Messages" not in client.receive_message(QueueUrl=target.dlq_url)


def test_a_redrive_sends_no_more_at_once_than_sqs_takes(target: Target) -> None:
    for n in range(12):
        dead_letter(target, f"{n:02d}" * 100_000)
    assert recovery.main(["redrive"], target=target) == 0
    client, received = target.client("sqs"), []
    while found := client.receive_message(QueueUrl=target.queue_url, MaxNumberOfMessages=10).get("Messages"):
        received += [one["Body"][:2] for one in found]
    assert sorted(received) == [f"{n:02d}" for n in range(12)]


def test_an_item_that_was_rejected_several_times_is_taken_out_once_as_it_came_last(target: Target) -> None:
    twice, once = (json.dumps(Payloads(n).lesson_started(Payloads(n).urn())).encode() for n in (1, 2))
    for received_us, raws in ((NOW_US, (twice, once)), (NOW_US + 1_000_000, (twice,))):
        items = [Item("rejection", raw, [{"code": "missing", "pointer": "/object"}]) for raw in raws]
        store(target, message(items=items, received_us=received_us))
    assert recovery.main(["take-out", "Trainer", "out.ndjson"], target=target) == 0
    lines = {line["item"]["id"]: line for line in map(json.loads, Path("out.ndjson").read_text().splitlines())}
    assert len(Path("out.ndjson").read_text().splitlines()) == 2
    assert lines[json.loads(twice)["id"]]["receivedAt"] > lines[json.loads(once)["id"]]["receivedAt"]


def test_a_quarantined_item_is_corrected_and_submitted_again(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Payloads(2).lesson_started(Payloads(2).urn())
    removed = broken.pop("object")
    rejected = Item("rejection", json.dumps(broken).encode(), [{"code": "missing", "pointer": "/object"}])
    store(target, message(items=[rejected, Item("rejection", b"[")], data_version=broken["@context"]))
    assert recovery.main(["take-out", "Trainer", "out.ndjson"], target=target) == 0
    lines = [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]
    (line,) = [line for line in lines if "item" in line]
    assert line["item"] == broken
    assert line["reasons"][0]["pointer"] == "/object"
    Path("still-bad.ndjson").write_text(json.dumps(line))
    assert recovery.main(["submit", "Trainer", "still-bad.ndjson"], target=target) == 0
    assert "0 items queued, 1 still rejected" in capsys.readouterr().out
    line["item"]["object"] = removed
    Path("in.ndjson").write_text(json.dumps(line))
    assert recovery.main(["submit", "Trainer", "in.ndjson"], target=target, clock=lambda: NOW_US) == 0
    (sent,) = target.client("sqs").receive_message(QueueUrl=target.queue_url)["Messages"]
    assert json.loads(unpack(sent["Body"]).items[0].raw) == line["item"]


def taken_out(target: Target, *items: Item) -> list[Json]:
    """The lines of quarantine after these were rejected."""
    store(target, message(items=list(items), data_version=V1P2))
    assert recovery.main(["take-out", "Trainer", "out.ndjson"], target=target) == 0
    return [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]


def queued(target: Target) -> list[bytes]:
    """The items in the queue."""
    client, found = target.client("sqs"), []
    while received := client.receive_message(QueueUrl=target.queue_url, MaxNumberOfMessages=10).get("Messages"):
        found += [item.raw for one in received for item in unpack(one["Body"]).items]
    return found


def test_lines_without_an_item_keep_no_other_from_being_submitted(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    good = Payloads(2).lesson_started(Payloads(2).urn())
    (cut,) = taken_out(target, Item("rejection", json.dumps(good).encode()[:200]))
    assert cut["text"] == json.dumps(good)[:200]
    assert "A line with `text` in place of `item`" in capsys.readouterr().out
    line = {"version": V1P2, "item": good}
    bad = [cut, 7, {"item": good}, {"version": 1, "item": good}, {"version": V1P2}]
    Path("in.ndjson").write_text("\n".join(["", *map(json.dumps, bad), "{", " \r", json.dumps(line), "", ""]))
    assert recovery.main(["submit", "Trainer", "in.ndjson"], target=target) == 2
    shown = capsys.readouterr()
    assert [text.split()[1] for text in shown.out.splitlines()[:-1]] == ["2", "3", "4", "5", "6", "7"]
    assert "1 items queued, 0 still rejected, 6 lines passed over" in shown.out
    assert "submit in.ndjson again" in shown.err
    assert [json.loads(raw) for raw in queued(target)] == [good]
    Path("in.ndjson").write_text(json.dumps(cut | {"item": good}) + "\n\n")
    assert recovery.main(["submit", "Trainer", "in.ndjson"], target=target) == 0
    assert [json.loads(raw) for raw in queued(target)] == [good]


def test_what_was_not_corrected_is_submitted_byte_for_byte(target: Target) -> None:
    number = b'{"a": 1234567890123456789012345678901, "b" : 1.0, "c": 1e2, "d": "\\u00e9"}'
    event = Payloads(2).lesson_started(Payloads(2).urn()) | {"extensions": 0}
    raw = json.dumps(event).encode().replace(b'"extensions": 0', b'"extensions": ' + number)
    taken_out(target, Item("rejection", raw))
    assert recovery.main(["submit", "Trainer", "out.ndjson"], target=target) == 0
    assert queued(target) == [raw]


def test_an_item_that_was_sent_on_many_lines_is_one_line_of_quarantine(target: Target) -> None:
    event = Payloads(2).lesson_started(Payloads(2).urn())
    (line,) = taken_out(target, Item("rejection", json.dumps(event, indent=2).replace("\n", "\r\n").encode()))
    assert line["item"] == event
    assert recovery.main(["submit", "Trainer", "out.ndjson"], target=target) == 0
    assert [json.loads(raw) for raw in queued(target)] == [event]


def test_corrections_are_not_overwritten_by_taking_out_again(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out.ndjson").write_text("corrected")
    assert recovery.main(["take-out", "Trainer", "out.ndjson"], target=target) == 2
    assert "out.ndjson is there already" in capsys.readouterr().err
    assert Path("out.ndjson").read_text() == "corrected"


def test_a_file_of_half_the_rejections_is_not_left_behind(target: Target) -> None:
    refusing = FailingTarget.of(target, "dynamodb", number=4)
    assert recovery.main(["take-out", "Trainer", "out.ndjson"], target=refusing) == 2
    assert not Path("out.ndjson").exists()


@pytest.mark.parametrize("command", ["take-out", "submit"])
@pytest.mark.parametrize("file", ["no/such", ".", ""])
def test_a_file_that_cannot_be_opened_is_said_in_a_line(
    target: Target, command: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recovery.main([command, "Trainer", file], target=target) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_replay_over_what_is_there_changes_nothing(target: Target) -> None:
    store(target, message(*Payloads(3).events(40)), message(items=[Item("rejection", b"{]")], job="k" * 22))
    before = everything(target)
    assert recovery.main(["replay", "2026-03-01", "2026-03-02"], target=target, clock=lambda: NOW_US) == 0
    assert everything(target) == before


@pytest.mark.parametrize("days", [30, 730])
def test_a_replay_keeps_rows_as_long_as_the_deployment_does(target: Target, days: int) -> None:
    store(target, message(*Payloads(3).events(20)), settings=SETTINGS.model_copy(update={"retention_days": days}))
    before = everything(target)
    deployed = dataclasses.replace(target, retention_days=days)
    assert recovery.main(["replay", "2026-03-02", "2026-03-02"], target=deployed, clock=lambda: NOW_US) == 0
    assert recovery.main(["rebuild", "--into", "twin"], target=deployed, clock=lambda: NOW_US) == 0
    assert everything(target) == before
    assert everything(target, "twin") == before


def test_a_replay_times_sessions_out_as_the_deployment_does(target: Target) -> None:
    lasting = SETTINGS.model_copy(update={"idle_minutes": 120, "heartbeat_minutes": 45})
    payloads = Payloads(3)
    store(target, message(*(payloads.logged_in(payloads.urn(), payloads.urn()) for _ in range(3))), settings=lasting)
    deployed = dataclasses.replace(target, idle_minutes=120, heartbeat_minutes=45)
    assert recovery.main(["rebuild", "--into", "twin"], target=deployed, clock=lambda: NOW_US) == 0
    assert everything(target, "twin") == everything(target)


def test_a_replay_takes_the_days_and_the_app_it_is_asked_for(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    store(target, message(*Payloads(4).events(5)))
    recovery.main(["replay", "2026-03-03", "2026-03-09"], target=target)
    assert "0 archive objects" in capsys.readouterr().out
    register(target, OTHER)
    for called in ("Another", OTHER.app_id, OTHER.app_id.removeprefix("urn:uuid:")):
        recovery.main(["replay", "2026-03-02", "2026-03-02", "--app", called], target=target)
        assert "1 archive objects replayed: 0 events" in capsys.readouterr().out
    recovery.main(["replay", "2026-03-02", "2026-03-02", "--app", "Trainer"], target=target)
    assert "1 archive objects replayed: 5 events" in capsys.readouterr().out
    assert recovery.main(["replay", "2026-03-02", "2026-03-02", "--app", "Nobody"], target=target) == 2
    assert "No apps are called 'Nobody'" in capsys.readouterr().err
    assert recovery.main(["replay", "yesterday", "2026-03-09"], target=target) == 2


class FailingTarget(Target):
    """A stack one of whose services fails at its call of that number."""

    fault: tuple[str, Rule]

    @classmethod
    def of(cls, target: Target, service: str, *, number: int, kind: Kind = "unavailable") -> Self:
        made = cls(**{one.name: getattr(target, one.name) for one in dataclasses.fields(target)})
        object.__setattr__(made, "fault", (service, numbered(kind, number)))
        return made

    def client(self, service: str) -> Any:
        made = super().client(service)
        failing, rule = self.fault
        return Faults(rule).attach(made) if service == failing else made


def test_a_replay_that_was_stopped_goes_on_where_it_was(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    three_objects(target)
    failing = FailingTarget.of(target, "s3", number=3)
    assert recovery.main(DAYS, target=failing) == 2
    assert recovery.main(DAYS, target=target) == 0
    shown = capsys.readouterr().out
    assert "going on after" in shown
    assert "2 archive objects replayed: 6 events" in shown


DAYS = ["replay", "2026-03-02", "2026-03-02"]


def three_objects(target: Target) -> None:
    for hour in range(3):
        store(target, message(*Payloads(hour).events(3), received_us=NOW_US + hour * 3_600_000_000))


def sweep_is_held(target: Target, table: str = TABLE, *, now_us: int = NOW_US) -> bool:
    return held(DynamoTable(target.client("dynamodb"), table), now_us=now_us)


class WatchedTarget(Target):
    """A stack of which something is looked at before each read of the archive."""

    look: Callable[[int], None]

    @classmethod
    def of(cls, target: Target, look: Callable[[int], None]) -> Self:
        made = cls(**{one.name: getattr(target, one.name) for one in dataclasses.fields(target)})
        object.__setattr__(made, "look", look)
        return made

    def client(self, service: str) -> Any:
        made, reads = super().client(service), itertools.count(1)
        if service == "s3":
            made.meta.events.register("before-call.s3.GetObject", lambda **_: self.look(next(reads)))
        return made


def stopping(how: Callable[[], None]) -> Callable[[int], None]:
    return lambda number: how() if number == 2 else None


def interrupt() -> None:
    raise KeyboardInterrupt


STOPS: list[tuple[Callable[[], None], int]] = [
    (interrupt, 130),
    (lambda: signal.raise_signal(signal.SIGTERM), 143),
    (lambda: signal.raise_signal(signal.SIGHUP), 129),
]


@pytest.mark.parametrize(("stop", "status"), STOPS, ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_a_replay_that_is_stopped_lifts_its_hold_and_says_how_to_go_on(
    target: Target, stop: Callable[[], None], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    three_objects(target)
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)]
    assert recovery.main(DAYS, target=WatchedTarget.of(target, stopping(stop)), clock=lambda: NOW_US) == status
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("stopped; the same command goes on after archive/day=20260302/")
    assert said[1:] == ["Stopped."]
    assert not sweep_is_held(target)
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)] == before


def test_a_replay_holds_the_sweep_for_as_long_as_it_works_and_some_minutes(target: Target) -> None:
    three_objects(target)
    clock = [NOW_US]
    seen: list[bool] = []

    def look(_number: int) -> None:
        clock[0] += HOLD_US * 2 // 5
        seen.extend(sweep_is_held(target, now_us=clock[0] + after) for after in (0, HOLD_US))

    assert recovery.main(DAYS, target=WatchedTarget.of(target, look), clock=lambda: clock[0]) == 0
    assert seen == [True, False] * 3
    assert HOLD_US <= 15 * MINUTE_US
    assert not sweep_is_held(target, now_us=clock[0])


def test_a_rebuild_that_is_stopped_keeps_the_sweep_from_half_a_table_and_says_so(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    three_objects(target)
    command = ["rebuild", "--into", "twin"]
    assert recovery.main(command, target=WatchedTarget.of(target, stopping(interrupt)), clock=lambda: NOW_US) == 130
    said = capsys.readouterr().err
    assert "--into twin --resume) goes on after archive/" in said
    assert "no session times out in it" in said
    assert sweep_is_held(target, "twin", now_us=NOW_US + 6 * DAY_US)
    assert recovery.main([*command, "--resume"], target=target, clock=lambda: NOW_US) == 0
    assert "2 archive objects replayed" in capsys.readouterr().out
    assert not sweep_is_held(target, "twin")
    assert everything(target, "twin") == everything(target)


def test_a_rebuild_into_a_new_table_of_an_old_name_begins_at_the_beginning(target: Target) -> None:
    three_objects(target)
    command = ["rebuild", "--into", "twin"]
    assert recovery.main(command, target=WatchedTarget.of(target, stopping(interrupt)), clock=lambda: NOW_US) == 130
    target.client("dynamodb").delete_table(TableName="twin")
    assert recovery.main(command, target=target, clock=lambda: NOW_US) == 0
    assert everything(target, "twin") == everything(target)


def test_a_replay_that_was_stopped_can_be_begun_anew(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    three_objects(target)
    watched = WatchedTarget.of(target, stopping(interrupt))
    assert recovery.main(DAYS, target=watched) == 130
    assert recovery.main(DAYS, target=watched) == 130
    assert "ANEW=1 (--anew) begins anew" in capsys.readouterr().out
    assert recovery.main([*DAYS, "--anew"], target=target) == 0
    shown = capsys.readouterr().out
    assert "going on" not in shown
    assert "3 archive objects replayed: 9 events" in shown


def test_days_in_the_wrong_order_are_refused(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    assert recovery.main(["replay", "2026-11-23", "2026-11-20"], target=target) == 2
    assert "from 2026-11-23 to 2026-11-20" in capsys.readouterr().err
    assert recovery.main(["replay", "2026-11-20", "2026-11-20"], target=target) == 0


def test_a_rebuilt_table_holds_what_the_live_one_does(target: Target) -> None:
    registry = Registry(DynamoTable(target.client("dynamodb"), TABLE))
    registry.add_key("secret", app=OWN, scopes=frozenset(), now_us=NOW_US)
    registry.put_course(OWN, Course(id="MATH-3", lessons=30))
    payloads = Payloads(6)
    store(target, message(*payloads.events(30)))
    store(target, message(*payloads.events(30), items=[Item("rejection", b"{]")], job="k" * 22, received_us=NOW_US + 5))
    assert recovery.main(["rebuild", "--into", "twin"], target=target, clock=lambda: NOW_US) == 0
    assert everything(target, "twin") == everything(target)
    assert recovery.main(["rebuild", "--into", "twin"], target=target, clock=lambda: NOW_US) == 2


def test_a_rebuilt_table_is_kept_and_expires_as_the_live_one(target: Target) -> None:
    dynamodb = target.client("dynamodb")
    store(target, message(*Payloads(7).events(2)))
    assert recovery.main(["rebuild", "--into", "plain"], target=target, clock=lambda: NOW_US) == 0
    assert kept(dynamodb, "plain") == kept(dynamodb, TABLE) == (None, "DISABLED", False)
    expiry: Any = {"AttributeName": keys.TTL, "Enabled": True}
    dynamodb.update_time_to_live(TableName=TABLE, TimeToLiveSpecification=expiry)
    backups: Any = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=backups)
    dynamodb.update_table(TableName=TABLE, DeletionProtectionEnabled=True)
    for more in ([], ["--resume"]):
        assert recovery.main(["rebuild", "--into", "twin", *more], target=target, clock=lambda: NOW_US) == 0
        assert kept(dynamodb, "twin") == kept(dynamodb, TABLE) == (keys.TTL, "ENABLED", True)


def test_a_table_so_new_that_aws_makes_no_backups_of_it_is_waited_for(target: Target) -> None:
    dynamodb = target.client("dynamodb")
    backups: Any = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=backups)
    empty_twin(dynamodb, TABLE, "twin")
    calls: list[str] = []
    pauses: list[float] = []

    def refuse_twice(model: Any, **_: Any) -> Any:
        calls.append(model.name)
        if calls.count("UpdateContinuousBackups") > 2:
            return None
        refused = {"Error": {"Code": "ContinuousBackupsUnavailableException", "Message": "Backups are being enabled"}}
        return AWSResponse("https://aws.example.org", 400, HTTPHeaders(), None), refused

    dynamodb.meta.events.register("before-call.dynamodb.UpdateContinuousBackups", refuse_twice)
    keep_alike(dynamodb, TABLE, "twin", pause=pauses.append)
    assert len(pauses) == 2
    assert kept(dynamodb, "twin") == kept(dynamodb, TABLE)


def kept(dynamodb: Any, table: str) -> tuple[str | None, str, bool]:
    """By which attribute rows expire, whether there are backups to the second, whether it may not be deleted."""
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return (
        dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"].get("AttributeName"),
        backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled", False),
    )
