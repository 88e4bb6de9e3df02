"""The canary, if a deployment wants it."""

import pytest

from tests.infra.conftest import Synthesised, synthesise
from tests.infra.test_permissions import LOGS, listed, statements


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    return synthesise(tmp_path_factory.mktemp("canary"), nag=True, canary="true")


def test_without_the_setting_there_is_no_canary(production: Synthesised) -> None:
    assert "canary" not in production.functions()


def test_it_may_call_validate_and_query_and_nothing_else(canary: Synthesised) -> None:
    assert canary.findings == []
    may = {action for statement in statements(canary, "canary") for action in listed(statement["Action"])}
    assert may == {"lambda:InvokeFunction"} | LOGS
    (calls,) = [
        statement
        for statement in statements(canary, "canary")
        if "lambda:InvokeFunction" in listed(statement["Action"])
    ]
    assert sorted(resource["Fn::GetAtt"][0].rstrip("0123456789ABCDEF") for resource in listed(calls["Resource"])) == [
        "QueryFunction",
        "ValidateFunction",
    ]


def test_it_runs_every_five_minutes_and_is_not_repeated(canary: Synthesised, production: Synthesised) -> None:
    rules = canary.resources("AWS::Events::Rule").keys() - production.resources("AWS::Events::Rule").keys()
    (rule,) = [canary.resources("AWS::Events::Rule")[name]["Properties"] for name in rules]
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert rule["Targets"][0]["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_a_lost_event_and_a_canary_that_does_not_run_raise_alarms(canary: Synthesised, production: Synthesised) -> None:
    added = canary.resources("AWS::CloudWatch::Alarm").keys() - production.resources("AWS::CloudWatch::Alarm").keys()
    alarms = {name: canary.resources("AWS::CloudWatch::Alarm")[name]["Properties"] for name in added}
    kinds = sorted(name.removeprefix("Monitoring").rstrip("0123456789ABCDEF") for name in alarms)
    assert kinds == ["CanaryErrors", "CanaryMissing", "CanaryThrottles"]
    for name, properties in alarms.items():
        assert properties["TreatMissingData"] == ("breaching" if "Missing" in name else "notBreaching")
        assert properties["AlarmActions"]
