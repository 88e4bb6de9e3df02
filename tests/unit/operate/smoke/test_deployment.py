"""The stack as CloudFormation knows it, what a queue hears, and HTTP as the checks speak it."""

import json
from typing import Any

import pytest
import urllib3

from functions.operate.errors import StackError
from functions.operate.smoke.deployment import Resource, deployment_of
from functions.operate.smoke.listener import Listener
from functions.operate.smoke.web import HttpWeb
from tests.unit.operate.smoke.aws import asked_of, trial_of
from tests.unit.operate.smoke.clients import Asked, Pages, Queues

FUNCTION, ALARM = "AWS::Lambda::Function", "AWS::CloudWatch::Alarm"


def stack(name: str, status: str, **outputs: str) -> dict[str, Any]:
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    return {"StackName": name, "StackStatus": status, **({"Outputs": listed} if listed else {})}


def resource(kind: str, logical_id: str, physical_id: str = "") -> dict[str, Any]:
    named = {"PhysicalResourceId": physical_id} if physical_id else {}
    return {"ResourceType": kind, "LogicalResourceId": logical_id, **named}


def cloudformation() -> Asked:
    """Two pages of each list."""
    return Asked(
        "cloudformation",
        Pages(
            {
                "Stacks": [stack("Bare", "CREATE_COMPLETE"), stack("Other", "CREATE_COMPLETE", TableName="other")],
                "StackResourceSummaries": [resource(FUNCTION, "TimeoutFunction1", "sweeper")],
            },
            {
                "Stacks": [stack("Caliper", "UPDATE_COMPLETE", TableName="t", ApiId="api")],
                "StackResourceSummaries": [resource(FUNCTION, "ProcessFunction1", "worker"), resource(ALARM, "Alarm1")],
            },
        ),
    )


@pytest.mark.parametrize(("name", "parameters"), [("Caliper", {"StackName": "Caliper"}), (None, {})])
def test_a_stack_has_its_state_its_outputs_and_its_resources(name: str | None, parameters: dict[str, str]) -> None:
    client = cloudformation()
    deployment = deployment_of(client, table="t", name=name)
    assert (deployment.name, deployment.status) == ("Caliper", "UPDATE_COMPLETE")
    assert deployment.outputs == {"TableName": "t", "ApiId": "api"}
    assert deployment.output("ApiId") == "api"
    assert deployment.resources == [
        Resource(kind=FUNCTION, logical_id="TimeoutFunction1", physical_id="sweeper"),
        Resource(kind=FUNCTION, logical_id="ProcessFunction1", physical_id="worker"),
        Resource(kind=ALARM, logical_id="Alarm1", physical_id=""),
    ]
    assert client.requests == [("describe_stacks", parameters), ("list_stack_resources", {"StackName": "Caliper"})]


@pytest.mark.parametrize(
    ("kind", "part", "count"), [(FUNCTION, "Function", "2"), (ALARM, "Timeout", "no"), ("AWS::S3::Bucket", "", "no")]
)
def test_a_resource_that_is_not_the_only_one_of_its_name_is_refused(kind: str, part: str, count: str) -> None:
    deployment = deployment_of(cloudformation(), table="t")
    assert deployment.physical_id(FUNCTION, "Timeout") == "sweeper"
    with pytest.raises(StackError, match=f"has {count} {kind} called {part}: deploy this version"):
        deployment.physical_id(kind, part)


def test_a_queue_hears_each_notice_once_and_passes_over_what_is_none() -> None:
    queues = Queues()
    trial = trial_of(sqs=queues)
    listener = Listener(trial, trial.connection.client("sqs"))
    for body in ('{"n": 1}', "no JSON", "[]", '{"n": 2}'):
        queues.put(listener.url, body)
    assert list(listener.heard()) == [{"n": 1}, {"n": 2}]
    assert queues.queues[listener.url] == []
    assert list(listener.heard()) == []
    queues.receive_message = lambda **_: {}  # type: ignore[method-assign]  # as SQS answers if nothing waits
    assert list(listener.heard()) == []


def test_a_queue_that_is_gone_already_needs_no_removal() -> None:
    queues = Queues()
    trial = trial_of(sqs=queues)
    listener = Listener(trial, trial.connection.client("sqs"))
    queues.delete_queue(QueueUrl=listener.url)
    trial.undo.now()
    assert trial.report.findings == []
    assert asked_of(trial, "sqs")[-1][0] == "get_queue_url"


class Network:
    """What `HttpWeb` asks of urllib3, and an answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pools: list[dict[str, Any]] = []
        self.requests: list[tuple[Any, ...]] = []
        monkeypatch.setattr(urllib3, "PoolManager", self.pool)

    def pool(self, **options: Any) -> Any:
        self.pools.append(options)
        return self

    def request(self, method: str, url: str, **options: Any) -> urllib3.HTTPResponse:
        self.requests.append((method, url, options))
        return urllib3.HTTPResponse(body=b'{"n": 1}', status=404, headers={"Content-Type": "application/json"})


def test_a_request_is_made_once_follows_no_redirect_and_is_given_up_after_a_gateway_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(monkeypatch)
    web = HttpWeb()
    answer = web("POST", "https://api/x", headers={"A": "b"}, body=b"{}")
    assert (answer.status, answer.headers, answer.body) == (404, {"content-type": "application/json"}, b'{"n": 1}')
    assert answer.json() == json.loads(answer.body)
    web("GET", "https://api/y")
    (options,) = network.pools
    assert options["retries"] is False
    assert (options["timeout"].connect_timeout, options["timeout"].read_timeout) == (10, 35)
    assert network.requests == [
        ("POST", "https://api/x", {"headers": {"A": "b"}, "body": b"{}", "redirect": False}),
        ("GET", "https://api/y", {"headers": {}, "body": None, "redirect": False}),
    ]
