"""Each check of what AWS says of the stack: passes on a good one, fails on each that is wrong, leaves nothing."""

# ruff: noqa: N803  # botocore spells arguments so

import io
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from functions.core.messages import Item, Message, unpack
from functions.http.gate import KEY_SCOPES
from functions.operate.smoke.checks import account, alarms, redrive, sensor_keys, sessions, storage, sweeps
from functions.operate.smoke.trial import Trial
from functions.operate.smoke.web import Answer
from functions.store.archive import packed
from functions.store.registry import Registry
from functions.store.rows.credentials import digest_of
from tests.fakes import Calls, MemoryTable
from tests.unit.operate.smoke.aws import (
    APP,
    KEY,
    Clock,
    Reply,
    answered,
    failed,
    findings_by_name,
    refusal,
    trial_of,
)
from tests.unit.operate.smoke.clients import Pages, Queues

pytestmark = pytest.mark.slow


def account_trial(
    *, version: int = 30, quota: int = 1000, local: bool = False, status: str = "", unreserved: int | None = None
) -> Trial:
    limit = {"ConcurrentExecutions": quota}
    limit |= {} if unreserved is None else {"UnreservedConcurrentExecutions": unreserved}
    return trial_of(
        local=local,
        status=status or "UPDATE_COMPLETE",
        ssm=SimpleNamespace(get_parameter=lambda **_: {"Parameter": {"Value": str(version)}}),
        lambda_=SimpleNamespace(
            get_account_settings=lambda: {"AccountLimit": limit},
            meta=SimpleNamespace(region_name="eu-west-1"),
        ),
    )


def test_an_account_with_room_passes_and_each_lack_is_named() -> None:
    assert failed(account.check, account_trial()) == set()
    assert failed(account.check, account_trial(version=5)) == {"CDK bootstrap version"}
    assert failed(account.check, account_trial(quota=10)) == {"Lambdas that may run at once"}
    assert failed(account.check, account_trial(status="UPDATE_ROLLBACK_COMPLETE")) == {"stack Caliper"}


@pytest.mark.parametrize(
    ("quota", "unreserved", "said"),
    [
        (1000, 1000, "process_reserved_concurrency=250 timeout_reserved_concurrency=20"),
        (137, 137, "process_reserved_concurrency=34 timeout_reserved_concurrency=2"),
        (130, 130, "no room"),
        (10, 10, "no room"),
        (1000, 700, "300 of 1000"),
    ],
)
def test_it_is_advised_to_set_workers_aside_if_the_quota_has_room(quota: int, unreserved: int, said: str) -> None:
    finding = account.set_aside(quota, unreserved)
    assert said in finding.got
    assert finding.status == ("ok" if unreserved < quota else "skipped")


def test_the_emulator_has_no_quota_to_check() -> None:
    assert (
        findings_by_name(account.check, account_trial(quota=1, local=True))["Lambdas that may run at once"].status
        == "skipped"
    )


class Bus:
    """EventBridge with one rule's targets; tells of a session when `told` says so."""

    def __init__(self, queues: Queues) -> None:
        self.queues = queues
        self.rules: dict[str, list[str]] = {}
        self.exceptions = SimpleNamespace(ResourceNotFoundException=LookupError)

    def put_rule(self, *, Name: str, EventBusName: str, EventPattern: str) -> Any:
        assert json.loads(EventPattern) == {"source": ["caliper"], "detail": {"app": [APP.app_id]}}
        self.rules[Name] = []
        return {"RuleArn": f"arn:rule/{Name}"}

    def put_targets(self, *, Rule: str, EventBusName: str, Targets: list[dict[str, str]]) -> None:
        self.rules[Rule] += [connection["Arn"] for connection in Targets]

    def remove_targets(self, *, Rule: str, EventBusName: str, Ids: list[str]) -> None:
        self.rules[Rule] = []

    def delete_rule(self, *, Name: str, EventBusName: str) -> None:
        assert self.rules.pop(Name) == []

    def tell(self, kind: str) -> None:
        for arn in (arn for arns in self.rules.values() for arn in arns):
            self.queues.put(arn.removeprefix("arn:"), json.dumps({"detail-type": kind, "detail": {}}))


def sessions_trial(*kinds: str, deaf: int = 0) -> tuple[Trial, Bus, Queues]:
    """A stack whose bus tells of `kinds` when a session starts, but not of the first `deaf` ones."""
    queues = Queues()
    bus = Bus(queues)
    logins: list[bytes] = []

    def posted(_headers: Mapping[str, str], body: bytes) -> Answer:
        if b"LoggedIn" in body:
            logins.append(body)
            for kind in kinds if len(logins) > deaf else ():
                bus.tell(kind)
        return answered(200)

    return trial_of({"POST /caliper/event": posted}, sqs=queues, events=bus), bus, queues


def test_a_start_that_a_subscriber_hears_passes_and_leaves_neither_rule_nor_queue() -> None:
    trial, bus, queues = sessions_trial("SessionStarted")
    seen = findings_by_name(sessions.check, trial)
    assert {what: finding.status for what, finding in seen.items()} == {
        "SessionStarted on the bus": "ok",
        "TimedOut on the bus": "skipped",
    }
    (policy,) = queues.policies.values()
    assert json.loads(policy)["Statement"][0]["Principal"] == {"Service": "events.amazonaws.com"}
    trial.undo.now()
    assert (bus.rules, queues.queues) == ({}, {})


def test_a_rule_that_takes_a_while_misses_one_notice_and_hears_the_next() -> None:
    trial, _, _ = sessions_trial("SessionStarted", deaf=2)
    assert failed(sessions.check, trial) == set()


def test_a_bus_that_says_nothing_fails() -> None:
    trial, bus, queues = sessions_trial()
    assert failed(sessions.check, trial) == {"SessionStarted on the bus"}
    trial.undo.now()
    assert (bus.rules, queues.queues) == ({}, {})


def test_with_time_to_wait_a_timed_out_must_come() -> None:
    for kinds, wrong in ((("SessionStarted", "TimedOut"), set()), (("SessionStarted",), {"TimedOut on the bus"})):
        trial, _, _ = sessions_trial(*kinds)
        trial.wait_for_timed_out = True
        assert failed(sessions.check, trial) == wrong


class Bucket(Pages):
    """S3 with one object of one event."""

    def __init__(self) -> None:
        super().__init__({"Contents": [{"Key": "archive/day=20260127/x"}]})
        self.event_id = "another"

    def get_object(self, **_: Any) -> Any:
        item = Item("event", orjson.dumps({"id": self.event_id}))
        message = Message(tenant="t", app_id="a", job="j", received_us=1_769_508_180_000_000, items=[item])
        return {"Body": io.BytesIO(packed([message]))}


def storage_trial(
    *, archived: bool = True, rows: int = 1, ttl: str = "ENABLED", pitr: str = "ENABLED", protected: bool = True
) -> Trial:
    dynamodb = SimpleNamespace(
        describe_time_to_live=lambda **_: {
            "TimeToLiveDescription": {"TimeToLiveStatus": ttl, "AttributeName": "expires"}
        },
        describe_continuous_backups=lambda **_: {
            "ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": pitr}}
        },
        describe_table=lambda **_: {"Table": {"DeletionProtectionEnabled": protected}},
    )
    bucket = Bucket()

    def posted(_headers: Mapping[str, str], body: bytes) -> Answer:
        if archived:
            bucket.event_id = json.loads(body)["data"][0]["id"]
        return answered(200)

    replies: dict[str, Reply] = {"POST /caliper/event": posted, "GET /events": answered(200, events=[{}] * rows)}
    return trial_of(replies, dynamodb=dynamodb, s3=bucket)


def test_an_event_that_is_kept_in_a_safe_table_passes() -> None:
    assert failed(storage.check, storage_trial()) == set()


@pytest.mark.parametrize(
    ("trial", "what"),
    [
        ({"rows": 0}, "an event in the table"),
        ({"archived": False}, "the same event in the archive"),
        ({"ttl": "DISABLED"}, "the table forgets what has expired"),
        ({"pitr": "DISABLED"}, "the table can be restored to a point in time"),
        ({"protected": False}, "the table is protected from deletion"),
    ],
)
def test_storage_that_lacks_something_fails(trial: dict[str, Any], what: str) -> None:
    assert failed(storage.check, storage_trial(**trial)) == {what}


def sweeps_trial(
    *, runs: float = 4.0, errors: float = 0.0, retries: int | None = 0, local: bool = False, code: str = ""
) -> Trial:
    def statistics(**parameters: Any) -> Any:
        assert parameters["Dimensions"] == [{"Name": "FunctionName", "Value": "sweeper"}]
        count = {"Invocations": runs, "Errors": errors}[parameters["MetricName"]]
        return {"Datapoints": [{"Sum": count}] if count else []}

    def invoke_config(*, FunctionName: str) -> Any:
        if retries is None:
            raise refusal(code or "ResourceNotFoundException")
        return {"MaximumRetryAttempts": retries}

    return trial_of(
        local=local,
        cloudwatch=SimpleNamespace(get_metric_statistics=statistics),
        lambda_=SimpleNamespace(get_function_event_invoke_config=invoke_config),
    )


def test_sweeps_each_minute_without_errors_or_repeats_pass_and_each_fault_is_named() -> None:
    assert failed(sweeps.check, sweeps_trial()) == set()
    assert failed(sweeps.check, sweeps_trial(runs=0)) == {"sweeps in the last 5 minutes"}
    assert failed(sweeps.check, sweeps_trial(errors=2)) == {"sweeps of these that failed"}
    assert failed(sweeps.check, sweeps_trial(retries=2)) == {"times that a failed sweep is repeated"}
    assert failed(sweeps.check, sweeps_trial(retries=None)) == {"times that a failed sweep is repeated"}
    with pytest.raises(ClientError):
        failed(sweeps.check, sweeps_trial(retries=None, code="AccessDenied"))


def test_the_emulator_keeps_no_metrics_of_sweeps() -> None:
    here = findings_by_name(sweeps.check, sweeps_trial(runs=0, errors=2, retries=None, local=True))
    assert {finding.status for finding in here.values()} == {"skipped"}


class Alarms:
    """CloudWatch and SNS: an alarm that is set tells the topic's subscribers, if it may."""

    def __init__(self, queues: Queues, *, may_publish: bool = True, state: str = "OK", deaf: int = 0) -> None:
        self.queues, self.may_publish, self.state, self.deaf = queues, may_publish, state, deaf
        self.subscribers: list[str] = []

    def describe_alarms(self, *, AlarmNames: list[str]) -> Any:
        assert AlarmNames == ["dead"]
        return {"MetricAlarms": [{"StateValue": self.state}]}

    def set_alarm_state(self, *, AlarmName: str, StateValue: str, StateReason: str) -> None:
        changed, self.state = self.state != StateValue, StateValue
        if not changed:
            return
        self.deaf -= 1
        notice = json.dumps({"Message": json.dumps({"AlarmName": AlarmName, "NewStateValue": StateValue})})
        for arn in self.subscribers if self.may_publish and self.deaf < 0 else ():
            self.queues.put(arn.removeprefix("arn:"), notice)

    def describe_alarm_history(self, **_: Any) -> Any:
        said = "Successfully executed action" if self.may_publish else "is not authorized to perform: SNS:Publish"
        return {"AlarmHistoryItems": [{"HistorySummary": said, "Timestamp": Clock().datetime}]}

    def subscribe(self, *, TopicArn: str, Protocol: str, Endpoint: str, ReturnSubscriptionArn: bool) -> None:
        self.subscribers.append(Endpoint)

    def get_paginator(self, _operation: str) -> Any:
        subscriptions = [{"Endpoint": arn, "SubscriptionArn": arn} for arn in self.subscribers]
        return Pages({"Subscriptions": subscriptions}).get_paginator("")

    def unsubscribe(self, *, SubscriptionArn: str) -> None:
        self.subscribers.remove(SubscriptionArn)


def test_an_alarm_that_reaches_a_subscriber_passes_and_all_is_as_before() -> None:
    queues = Queues()
    aws = Alarms(queues)
    trial = trial_of(cloudwatch=aws, sns=aws, sqs=queues)
    assert failed(alarms.check, trial) == set()
    trial.undo.now()
    assert (aws.state, aws.subscribers, queues.queues) == ("OK", [], {})


def test_a_subscription_that_takes_a_while_misses_one_notice_and_hears_the_next() -> None:
    queues = Queues()
    aws = Alarms(queues, deaf=1)
    assert failed(alarms.check, trial_of(cloudwatch=aws, sns=aws, sqs=queues)) == set()


def test_the_end_of_an_alarm_is_not_taken_for_its_notice() -> None:
    queues = Queues()
    aws = Alarms(queues, deaf=1)
    trial = trial_of(cloudwatch=aws, sns=aws, sqs=queues)
    trial.patience_seconds = 30.0
    assert failed(alarms.check, trial) == {"the notice of the alarm DeadLetters"}


def test_an_alarm_that_may_not_publish_fails_twice() -> None:
    queues = Queues()
    aws = Alarms(queues, may_publish=False)
    trial = trial_of(cloudwatch=aws, sns=aws, sqs=queues)
    assert failed(alarms.check, trial) == {
        "the notice of the alarm DeadLetters",
        "notices that CloudWatch was not allowed to send",
    }
    trial.undo.now()
    assert (aws.state, aws.subscribers, queues.queues) == ("OK", [], {})


def test_an_alarm_that_rings_is_left_alone() -> None:
    queues = Queues()
    aws = Alarms(queues, state="ALARM")
    trial = trial_of(cloudwatch=aws, sns=aws, sqs=queues)
    (finding,) = alarms.check(trial)
    assert (finding.status, aws.state, queues.queues) == ("skipped", "ALARM", {})


class DeadQueues(Queues):
    """Queues of which one may take nothing or show nothing."""

    def __init__(self, *, broken: str = "") -> None:
        super().__init__("https://dead", "https://queue")
        self.broken = broken

    def receive_message(self, *, QueueUrl: str, **parameters: Any) -> Any:
        return {} if self.broken == "receive" else super().receive_message(QueueUrl=QueueUrl, **parameters)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:
        if self.broken == "redrive" and QueueUrl == "https://queue":
            return {"Failed": [{"Id": entry["Id"]} for entry in Entries]}
        return super().send_message_batch(QueueUrl=QueueUrl, Entries=Entries)


def redrive_trial(queues: DeadQueues, *, stored: bool = True) -> Trial:
    return trial_of({"GET /events": answered(200, events=[{}] if stored else [])}, sqs=queues)


def test_a_dead_letter_that_is_listed_sent_again_and_stored_passes() -> None:
    queues = DeadQueues()
    trial = redrive_trial(queues)
    assert failed(redrive.check, trial) == set()
    (message,) = queues.queues["https://queue"]
    (item,) = unpack(message["Body"]).items
    assert json.loads(item.raw)["edApp"] == APP.app_id
    trial.undo.now()
    assert queues.queues["https://dead"] == []


@pytest.mark.parametrize(
    ("broken", "stored", "what"),
    [
        ("receive", False, {"is listed", "is sent again", "sent again is stored"}),
        ("redrive", False, {"is sent again", "sent again is stored"}),
        ("", False, {"sent again is stored"}),
    ],
)
def test_a_dead_letter_that_is_lost_on_its_way_fails(broken: str, stored: bool, what: set[str]) -> None:
    trial = redrive_trial(DeadQueues(broken=broken), stored=stored)
    assert {name.removeprefix("a dead letter ") for name in failed(redrive.check, trial)} == what


def test_a_dead_letter_of_this_run_is_taken_back_and_others_stay() -> None:
    queues = DeadQueues(broken="redrive")
    trial = redrive_trial(queues)
    failed(redrive.check, trial)
    queues.put("https://dead", "another's")
    queues.hidden.clear()
    trial.undo.now()
    assert [message["Body"] for message in queues.queues["https://dead"]] == ["another's"]


def test_dead_letters_of_others_are_not_sent_again() -> None:
    queues = DeadQueues()
    queues.put("https://dead", "another's")
    assert {finding.status for finding in redrive.check(redrive_trial(queues))} == {"skipped"}
    assert len(queues.queues["https://dead"]) == 1


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    table = MemoryTable(Calls())
    monkeypatch.setattr(sensor_keys, "DynamoTable", lambda *_: table)
    new_registry = Registry(table)
    new_registry.add_app(APP, now_us=1)
    new_registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=1)
    return new_registry


def revocation_trial(*, refused_after: int) -> Trial:
    statistics_asked: list[int] = []

    def reply(_headers: Mapping[str, str], _body: bytes) -> Answer:
        statistics_asked.append(1)
        return answered(401 if len(statistics_asked) > refused_after else 200)

    return trial_of({"GET /caliper/event": reply}, dynamodb=None, cognito_idp=None)


def test_a_key_that_is_refused_soon_passes(registry: Registry) -> None:
    assert failed(sensor_keys.revocation, revocation_trial(refused_after=12)) == set()
    (credential,) = registry.credentials(APP)
    assert (credential.digest, credential.revoked_us is None) == (digest_of(KEY), False)


def test_a_key_that_is_still_taken_fails(registry: Registry) -> None:
    assert failed(sensor_keys.revocation, revocation_trial(refused_after=10**6)) == {"a revoked key"}


def test_a_key_that_is_not_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensor_keys, "DynamoTable", lambda *_: MemoryTable(Calls()))
    assert failed(sensor_keys.revocation, revocation_trial(refused_after=0)) == {"a revoked key"}
