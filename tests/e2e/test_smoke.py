"""`make smoke` on the running stack: nothing fails, what only AWS has is skipped, and nothing is left behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from infra.local.workspace import Workspace
from infra.packaging.package import ROOT
from tests.e2e.conftest import Stack

ONLY_ON_AWS = {
    "Lambdas that may run at once",
    "the table can be restored to a point in time",
    "the table is protected from deletion",
    "sweeps in the last 5 minutes",
    "sweeps of these that failed",
}
PATIENCE_SECONDS = 300


@pytest.fixture
def place(workspace: Workspace, tmp_path: Path) -> Path:
    """A directory in which the stack of these tests is the local one."""
    (tmp_path / ".local").symlink_to(workspace.directory)
    return tmp_path


def smoke(stack: Stack, place: Path, *, stop_after: str = "") -> tuple[int, list[list[str]]]:
    """Run the command, sweeping meanwhile, and stop it at a line that contains `stop_after`: status and cells."""
    command = [sys.executable, "-m", "functions.operate", "smoke", "--local", "--wait"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    log = place / "smoke.log"
    with log.open("w") as out:
        running = subprocess.Popen(command, cwd=place, env=environment, stdout=out, stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE_SECONDS
        stopped = False
        while running.poll() is None:
            assert time.monotonic() < end, log.read_text()
            if stop_after and not stopped and stop_after in log.read_text():
                running.terminate()
                stopped = True
            stack.sweep()
            time.sleep(0.5)
    return running.returncode, [line.split("  ") for line in log.read_text().splitlines()]


def left(stack: Stack) -> dict[str, list[str]]:
    """Everything that a run makes for itself, of this run or another."""
    it, sqs, sns = stack.endpoint, stack.client("sqs"), stack.client("sns")
    topics = [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    buses = [each["Name"] for each in stack.client("events").list_event_buses()["EventBuses"]]
    alarms = stack.client("cloudwatch").describe_alarms()["MetricAlarms"]
    dead = sqs.get_queue_attributes(QueueUrl=it.dlq_url, AttributeNames=["All"])["Attributes"]
    return {
        "apps": [app.name for app in Registry(DynamoTable(stack.client("dynamodb"), it.registry_table)).apps()],
        "clients": [
            each["ClientName"]
            for each in stack.client("cognito-idp").list_user_pool_clients(UserPoolId=it.user_pool_id, MaxResults=60)[
                "UserPoolClients"
            ]
        ],
        "queues": sqs.list_queues().get("QueueUrls", []),
        "rules": [
            rule["Name"]
            for bus in buses
            for rule in stack.client("events").list_rules(EventBusName=bus, NamePrefix="smoke")["Rules"]
        ],
        "subscriptions": [
            each["SubscriptionArn"]
            for topic in topics
            for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        ],
        "alarms": [each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM"],
        "dead letters": [dead["ApproximateNumberOfMessages"], dead["ApproximateNumberOfMessagesNotVisible"]],
    }


def test_a_good_stack_passes_and_is_as_it_was(stack: Stack, place: Path) -> None:
    before = left(stack)
    status, lines = smoke(stack, place)
    said = "\n".join("  ".join(line) for line in lines)
    assert status == 0, said
    cells: dict[str, list[str]] = {line[0].strip(): [] for line in lines[:-1]}
    for line in lines[:-1]:
        cells[line[0].strip()].append(next(cell.strip() for cell in line[1:] if cell.strip()))
    assert set(cells) == {"ok", "skipped"}, said
    assert set(cells["skipped"]) - {"times that a failed sweep is repeated"} == ONLY_ON_AWS
    assert "TimedOut on the bus" in cells["ok"]
    assert len(cells["ok"]) >= 58
    assert "0 failed" in lines[-1][0]
    assert stack.endpoint.client_secret not in said
    assert "ck_" not in said
    assert left(stack) == before


def test_a_run_that_is_stopped_removes_what_it_made(stack: Stack, place: Path) -> None:
    before = left(stack)
    status, lines = smoke(stack, place, stop_after="SessionStarted on the bus")
    assert status == 143, lines
    assert ["nothing left" in " ".join(line) for line in lines].count(True) == 1
    assert left(stack) == before
