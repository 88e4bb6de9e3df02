"""What each check says of a stack that is just bad enough: each fault by its line, and nothing else."""

from collections.abc import Callable, Mapping

import pytest

from functions.operate.smoke.checks import (
    account,
    alarms,
    bodies,
    doors,
    events,
    redrive,
    sensor_keys,
    sessions,
    storage,
    sweeps,
)
from functions.operate.smoke.trial import Check, Trial
from functions.operate.smoke.web import Answer
from tests.unit.operate.smoke.aws import answered, trial_of
from tests.unit.operate.smoke.test_aws_checks import (
    DeadQueues,
    account_trial,
    redrive_trial,
    sessions_trial,
    storage_trial,
    sweeps_trial,
)
from tests.unit.operate.smoke.test_findings import alarms_trial, preflight_trial, waiting_for_timed_out
from tests.unit.operate.smoke.test_http_checks import Store, events_trial, refusing, weighing


def key_presented(headers: Mapping[str, str], _body: bytes) -> Answer:
    return answered(200 if headers.get("Authorization") == "ck_the-sensor-key" else 401, code="unknown_key")


BAD: list[tuple[Check, Callable[[], Trial], dict[str, str]]] = [
    (account.check, lambda: account_trial(version=5, quota=99, status="DELETE_COMPLETE"), {
        "stack Caliper": "DELETE_COMPLETE",
        "CDK bootstrap version": "5",
        "Lambdas that may run at once": "99 in eu-west-1",
    }),
    (sessions.check, lambda: sessions_trial()[0], {"SessionStarted on the bus": "not heard in 120 s (sent: 200)"}),
    (sessions.check, lambda: waiting_for_timed_out("SessionStarted"), {"TimedOut on the bus": "not heard"}),
    (
        storage.check,
        lambda: storage_trial(archived=False, rows=0, ttl="DISABLED", pitr="DISABLED", protected=False),
        {
            "an event in the table": "0 rows (sent: 200)",
            "the same event in the archive": "none",
            "the table forgets what has expired": "DISABLED by expires",
            "the table can be restored to a point in time": "DISABLED",
            "the table is protected from deletion": "DISABLED",
        },
    ),
    (sweeps.check, lambda: sweeps_trial(runs=0, errors=2, retries=None), {
        "sweeps in the last 5 minutes": "0",
        "sweeps of these that failed": "2",
        "times that a failed sweep is repeated": "2, Lambda's default",
    }),
    (alarms.check, lambda: alarms_trial(may_publish=False), {
        "the notice of the alarm DeadLetters": "not heard in 120 s",
        "notices that CloudWatch was not allowed to send": "1",
    }),
    (redrive.check, lambda: redrive_trial(DeadQueues(broken="receive"), stored=False), {
        "a dead letter is listed": "0",
        "a dead letter is sent again": "0",
        "a dead letter sent again is stored": "0",
    }),
    (doors.preflight, lambda: preflight_trial("https://a.org", allowed="https://b.org"), {
        "preflight of https://a.org": "204, allow-origin https://b.org"
    }),
    (doors.preflight, lambda: preflight_trial("https://a.org", status=403, allowed="https://a.org"), {
        "preflight of https://a.org": "403, allow-origin https://a.org"
    }),
    (doors.preflight, lambda: preflight_trial(status=204, allowed="*"), {
        "preflight without cors_origins": "204, allow-origin *"
    }),
    (doors.refusals, lambda: refusing(answered(401, message="Unauthorized"), answered(401)), {
        "a token that is none": "401 without our JSON",
        "a token that is none: the reason in a header": "missing",
    }),
    (bodies.check, lambda: trial_of(weighing(5_000_000, other_type=400)), {
        "4.9 MB of another type": "400 no, by the gateway"
    }),
    (sensor_keys.ways, lambda: trial_of({"POST /caliper/event": key_presented}), {
        "the key as Bearer": "401 unknown_key",
        "the key as Basic": "401 unknown_key",
    }),
    (events.check, lambda: events_trial(Store(state="active")), {"the job of 4 events": "active, 120 s"}),
    (events.check, lambda: events_trial(Store(lost="page/1")), {
        "an id with colons and slashes, in the path": "404"
    }),
    (events.check, lambda: events_trial(Store(other="?n=1")), {"an id with ?, in the path": "200, another event"}),
    (events.check, lambda: trial_of({"POST /caliper/event": answered(503, code="busy")}), {"a job": "503 busy"}),
]  # fmt: skip


@pytest.mark.parametrize(("check", "trial", "wrong"), BAD)
def test_what_is_wrong_is_told_and_nothing_else_is(
    check: Check, trial: Callable[[], Trial], wrong: dict[str, str]
) -> None:
    lines = check(trial())
    assert {line.what: line.got for line in lines if line.status == "FAIL"} == wrong
