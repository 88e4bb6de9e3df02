"""Which stack a command acts on, and what it says where there is none."""

import copy
import json
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.operate.__main__ import build_parser, main
from functions.operate.connection import OUTPUTS, StackConnection
from functions.operate.errors import StackError

DEAD = "http://127.0.0.1:9/000000000000/queue"  # the discard port: nothing answers


def endpoint_file(folder: Path, **changes: str | None) -> Path:
    values: dict[str, str | None] = {name: f"the {name}" for name in OUTPUTS}
    values |= {"aws_endpoint_url": "http://127.0.0.1:4599", "aws_key": "of this start", "region": "eu-west-2"}
    values |= {"retention_days": "30", "idle_minutes": "0.25", "heartbeat_minutes": "5.0"} | changes
    connection = folder / "endpoint.json"
    connection.write_text(json.dumps({name: value for name, value in values.items() if value is not None}))
    return connection


def test_the_local_stack_is_read_from_its_endpoint_file(tmp_path: Path) -> None:
    connection = StackConnection.local(endpoint_file(tmp_path))
    assert (connection.table, connection.user_pool_id) == ("the table", "the user_pool_id")
    assert (connection.retention_days, connection.idle_minutes, connection.heartbeat_minutes) == (30, 0.25, 5)


def test_the_clients_of_the_local_stack_cannot_reach_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-real-account")
    client = StackConnection.local(endpoint_file(tmp_path)).client("dynamodb")
    assert client.meta.endpoint_url == "http://127.0.0.1:4599"
    assert client.meta.region_name == "eu-west-2"
    assert client._request_signer._credentials.access_key == "local"


def test_a_missing_local_stack_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="make up"):
        StackConnection.local(tmp_path / "endpoint.json")
    with pytest.raises(StackError, match=r"lacks user_pool_id.*make up"):
        StackConnection.local(endpoint_file(tmp_path, user_pool_id=None))


COMMANDS = [
    ["apps"],
    ["app", "add", "Fractions"],
    ["app", "change", "Fractions", "--strict"],
    ["app", "remove", "Fractions"],
    ["course", "c", "30"],
    ["key", "add", "Fractions"],
    ["key", "list", "Fractions"],
    ["key", "rotate", "Fractions", "key_x"],
    ["key", "revoke", "Fractions", "key_x"],
    ["dlq", "list"],
    ["dlq", "delete", "--all"],
    ["redrive"],
    ["quarantine", "export", "Fractions", "out.ndjson"],
    ["quarantine", "resubmit", "Fractions", "out.ndjson"],
    ["replay", "2026-01-27", "2026-01-31"],
    ["rebuild"],
    ["restore", "events"],
    ["restore", "registry"],
    ["registry", "copy"],
    ["registry", "move"],
]


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=[" ".join(words[:2]) for words in COMMANDS])
def test_a_local_stack_that_has_died_is_said_with_what_to_do(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STACK", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".local").mkdir()
    endpoint_file(tmp_path / ".local", aws_endpoint_url="http://127.0.0.1:9", queue_url=DEAD, dlq_url=DEAD)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("The local stack does not answer at http://127.0.0.1:9.")
    assert "`make up`" in said


def test_a_deployed_stack_that_cannot_be_reached_is_not_a_matter_of_make_up(tmp_path: Path) -> None:
    deployed = copy.replace(StackConnection.local(endpoint_file(tmp_path)), clients={})
    said = deployed.describe_error(EndpointConnectionError(endpoint_url="https://dynamodb.eu-west-2.amazonaws.com"))
    assert "make up" not in said
    assert "dynamodb.eu-west-2" in said


def test_a_command_acts_on_the_stack_that_is_named_by_option_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK", raising=False)
    assert build_parser().parse_args(["apps"]).stack is None
    assert build_parser().parse_args(["key", "list", "Fractions", "--stack", "Named"]).stack == "Named"
    monkeypatch.setenv("STACK", "Around")
    assert build_parser().parse_args(["apps"]).stack == "Around"
    assert build_parser().parse_args(["apps", "--stack", "Named"]).stack == "Named"
    assert build_parser().parse_args(["apps", "--local"]).stack is None
