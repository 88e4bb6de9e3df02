"""The app of a smoke run over moto: registered, and gone without a trace however the run ends."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from functions.operate.connection import StackConnection
from functions.operate.registry.credentials import issue_key
from functions.operate.smoke import run as smoke
from functions.operate.smoke.app import SmokeApp
from functions.operate.smoke.deployment import Deployment
from functions.operate.smoke.report import Finding, Report, compared
from functions.operate.smoke.trial import Trial
from functions.operate.smoke.undo import Undo
from functions.operate.smoke.web import Answer
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from tests.aws import REGION, REGISTRY, TABLE, dynamodb_table, mocked, registry_table
from tests.connections import connection_to


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[StackConnection]:
    with mocked(monkeypatch):
        dynamodb_table()
        registry_table()
        pool = boto3.client("cognito-idp", region_name=REGION).create_user_pool(PoolName="pool-under-test")
        described = Deployment(name="Caliper", status="CREATE_COMPLETE", outputs={}, resources=[])
        monkeypatch.setattr(smoke, "deployment_of", lambda *_, **__: described)
        monkeypatch.setattr(
            smoke, "time", SimpleNamespace(time_ns=lambda: 1_769_508_180_000_000_000, sleep=lambda _: 0)
        )
        yield connection_to(
            StackConnection,
            table=TABLE,
            registry_table=REGISTRY,
            bucket="",
            queue_url="",
            dlq_url="",
            user_pool_id=pool["UserPool"]["Id"],
            clients={"region_name": REGION},
        )


def left(connection: StackConnection) -> tuple[int, int]:
    """Rows of the registry, and clients of the pool."""
    rows = connection.client("dynamodb").scan(TableName=REGISTRY)["Count"]
    clients = connection.client("cognito-idp").list_user_pool_clients(UserPoolId=connection.user_pool_id)[
        "UserPoolClients"
    ]
    return rows, len(clients)


def answering(method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    return Answer(status=200)


def test_a_run_removes_its_app_and_every_credential(connection: StackConnection) -> None:
    lines: list[str] = []

    def check(trial: Trial) -> Iterator[Finding]:
        assert left(connection) == (3, 1)
        registry = Registry(DynamoTable(connection.client("dynamodb"), REGISTRY))
        issue_key(registry, trial.app.app, now_us=2)
        yield compared("one", 1, 1)

    assert smoke.run(connection, stack=None, write=lines.append, checks=[("one", check)], web=answering).passed
    assert left(connection) == (0, 0)
    assert lines[-1].startswith("smoke: 2 ok, 0 failed, 0 skipped. 0 events")
    assert not any("ck_" in line for line in lines)


def test_one_failed_check_fails_the_run_and_the_others_are_done_all_the_same(connection: StackConnection) -> None:
    lines: list[str] = []

    def wrong(_trial: Trial) -> Iterator[Finding]:
        yield compared("one", 1, 2)

    def right(_trial: Trial) -> Iterator[Finding]:
        yield compared("two", 2, 2)

    checks = [("one", wrong), ("two", right)]
    assert not smoke.run(connection, stack=None, write=lines.append, checks=checks, web=answering).passed
    assert [line.split()[:2] for line in lines[:2]] == [["FAIL", "one"], ["ok", "two"]]
    assert left(connection) == (0, 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_run_that_is_stopped_in_a_check_removes_all_the_same(
    connection: StackConnection, error: type[BaseException]
) -> None:
    def stopped(_trial: Trial) -> Iterator[Finding]:
        yield compared("one", 1, 1)
        raise error

    with pytest.raises(error):
        smoke.run(connection, stack=None, write=lambda _: None, checks=[("stopped", stopped)], web=answering)
    assert left(connection) == (0, 0)


def test_a_registration_that_breaks_off_halfway_leaves_nothing(
    connection: StackConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        assert left(connection) == (1, 1), "the app and its client are there, and no row of the client"
        raise KeyboardInterrupt

    monkeypatch.setattr(Registry, "add_client", broken)
    with pytest.raises(KeyboardInterrupt):
        smoke.run(connection, stack=None, write=lambda _: None, checks=[], web=answering)
    assert left(connection) == (0, 0)


def test_an_app_that_is_left_behind_is_a_failure(connection: StackConnection) -> None:
    report = Report(lambda _: None)
    app = SmokeApp(connection, report, Undo(report))
    app.make(1)
    waited: list[float] = []
    finding = app.left(waited.append)
    assert (finding.status, finding.got.split()[0]) == ("FAIL", "4")
    assert len(waited) == 5
