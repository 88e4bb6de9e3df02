"""A line in the audit log for each command that reached a stack: who ran it, on which app, and how it ended."""

import json
from collections.abc import Iterator
from copy import replace
from typing import Any

import pytest

from functions.operate.errors import RecoveryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.run import run_command
from tests.aws import log_group
from tests.unit.operate.test_run import CONNECTION

GROUP = "audit"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with log_group(monkeypatch, GROUP) as logs:
        yield logs


def lines(client: Any) -> list[dict[str, Any]]:
    return [json.loads(event["message"]) for event in client.filter_log_events(logGroupName=GROUP)["events"]]


def run(command: Any, *, group: str = GROUP) -> int:
    connection = replace(CONNECTION, audit_group=group)
    return run_command(
        command, stack=None, connection=connection, clock=lambda: 0, action="key rotate", target="Fractions"
    )


def test_a_command_leaves_a_line_however_it_ended(client: Any) -> None:
    def refused(_operator: Operator) -> Outcome:
        raise RecoveryError("so and so")

    assert [run(lambda _: Outcome(data={})), run(refused)] == [0, 2]
    first, second = lines(client)
    assert first["credential"].startswith("arn:aws:sts::")
    assert (first["kind"], first["route"], first["app"], first["status"]) == ("operator", "key rotate", "Fractions", 0)
    assert second["status"] == 2


def test_a_stack_without_an_audit_log_needs_none(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda _: Outcome(data={}), group="") == 0
    assert not lines(client)
    assert not capsys.readouterr().err


def test_a_line_that_is_not_taken_is_said(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda _: Outcome(data={}), group="gone") == 0
    assert "ResourceNotFoundException" in capsys.readouterr().err
