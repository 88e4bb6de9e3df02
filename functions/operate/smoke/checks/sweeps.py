"""The sweep: runs each minute, without errors, and is not run again by Lambda when one fails."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from functions.operate.smoke.report import Finding, compared, skipped
from functions.operate.smoke.trial import Trial

RECENT = timedelta(minutes=5)  # a metric of Lambda is a minute or two late
LOOK_SECONDS = 10.0


def check(trial: Trial) -> Iterator[Finding]:
    function = trial.deployment.physical_id("AWS::Lambda::Function", "TimeoutFunction")
    yield from _counted(trial, function)
    what, expected = "times that a failed sweep is repeated", 0
    try:
        config = trial.connection.client("lambda").get_function_event_invoke_config(FunctionName=function)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        if trial.local:
            yield skipped(what, expected, "the emulator does not keep this setting")
        else:
            yield compared(what, expected, "2, Lambda's default")
        return
    yield compared(what, expected, config.get("MaximumRetryAttempts"))


def _counted(trial: Trial, function: str) -> Iterator[Finding]:
    ran, failed = "sweeps in the last 5 minutes", "sweeps of these that failed"
    if trial.local:
        for what, expected in ((ran, "1 or more"), (failed, 0)):
            yield skipped(what, expected, "the emulator's metrics leave scheduled calls out")
        return
    cloudwatch = trial.connection.client("cloudwatch")

    def recent(metric: str) -> int:
        return total(cloudwatch, metric, function, end=datetime.fromtimestamp(trial.now_us() / 1e6, UTC))

    runs = trial.wait(lambda: recent("Invocations"), every=LOOK_SECONDS)
    yield compared(ran, "1 or more", runs, holds=runs > 0)
    yield compared(failed, 0, recent("Errors"))


def total(cloudwatch: Any, metric: str, function: str, *, end: datetime) -> int:
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=end - RECENT,
        EndTime=end + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return sum(round(point["Sum"]) for point in answer["Datapoints"])
