"""The operator's commands over moto, and the authorizer on what they registered."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from functions.authorize.handler import Dependencies, handler
from functions.authorize.tokens import issuer_of
from functions.http.gate import WRITE, Denial, Principal, gate
from functions.operate.__main__ import main
from functions.operate.connection import OUTPUTS, StackConnection
from functions.operate.errors import StackError
from functions.operate.registry.key_commands import HOUR_US
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from functions.store.signers.fetcher import JwkSetFetcher
from functions.store.signers.signing_keys import KeySet
from tests.aws import REGION, REGISTRY, TABLE, mocked, registry_table
from tests.connections import connection_to

NOW_US = 1_769_508_180_000_000
APP_ID = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962"


class Terminal:
    """Runs commands against one stack and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.registry = Registry(DynamoTable(registry_table(), REGISTRY))
        pool = boto3.client("cognito-idp", region_name=REGION).create_user_pool(PoolName="pool-under-test")
        self.connection = connection_to(
            StackConnection,
            table=TABLE,
            registry_table=REGISTRY,
            bucket="",
            queue_url="",
            dlq_url="",
            user_pool_id=pool["UserPool"]["Id"],
        )

    def run(self, *words: str, now_us: int = NOW_US) -> str:
        """What the command prints; it must succeed."""
        assert main(words, connection=self.connection, clock=lambda: now_us) == 0
        printed = self.capsys.readouterr()
        assert printed.err == ""
        return printed.out

    def refused(self, *words: str) -> str:
        """Why the command is refused."""
        assert main(words, connection=self.connection, clock=lambda: NOW_US) == 2
        printed = self.capsys.readouterr()
        assert printed.out == ""
        return printed.err

    def ask(self, key: str, now_us: int = NOW_US, registry: Registry | None = None) -> Principal | Denial:
        """What the gate says to a request with that key."""
        issuer = issuer_of(self.connection.user_pool_id)
        key_set = KeySet(issuer.keys_url, JwkSetFetcher(allow_loopback=True))
        dependencies = Dependencies(registry=registry or self.registry, issuer=issuer, key_set=key_set)
        answer = handler({"headers": {"authorization": key}}, None, dependencies=dependencies, now_us=now_us)
        return gate(answer["context"], scope=WRITE, now_s=now_us / 1e6)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    with mocked(monkeypatch):
        yield Terminal(capsys)


def test_a_registered_app_can_send_with_the_key_that_was_shown(terminal: Terminal) -> None:
    added = json.loads(
        terminal.run(
            "app", "add", "Fractions", "--app-id", APP_ID, "--edapps", f"{APP_ID},https://lms.example/*",
            "--strict", "--house", "timeback", "--json",
        )
    )  # fmt: skip
    who = terminal.ask(added["sensor_key"])
    assert isinstance(who, Principal)
    assert (who.app.app_id, who.app.strict, who.app.house) == (APP_ID, True, "timeback")
    assert who.app.edapps == (APP_ID, "https://lms.example/*")


def test_the_summary_shows_what_is_needed_and_how_to_go_on(terminal: Terminal) -> None:
    output = terminal.run("app", "add", "Fractions", "--app-id", APP_ID)
    (app,) = terminal.registry.apps()
    client_id = next(credential.client_id for credential in terminal.registry.credentials(app) if credential.client_id)
    for needed in (APP_ID, client_id, "ck_", "https://api.example/caliper/event", terminal.connection.token_url):
        assert needed in output


def test_the_client_exists_in_the_pool_and_goes_with_its_revocation(terminal: Terminal) -> None:
    added = json.loads(terminal.run("app", "add", "Fractions", "--json"))
    pool = boto3.client("cognito-idp", region_name=REGION)
    named = {"UserPoolId": terminal.connection.user_pool_id, "ClientId": added["client_id"]}
    assert pool.describe_user_pool_client(**named)["UserPoolClient"]["ClientSecret"] == added["client_secret"]
    terminal.run("key", "revoke", "Fractions", added["client_id"])
    with pytest.raises(pool.exceptions.ResourceNotFoundException):
        pool.describe_user_pool_client(**named)


def test_a_key_is_rotated_with_overlap_and_the_old_one_can_be_revoked_sooner(terminal: Terminal) -> None:
    old = json.loads(terminal.run("app", "add", "Fractions", "--json"))["sensor_key"]
    key_id = next(
        credential.id
        for credential in terminal.registry.credentials(terminal.registry.apps()[0])
        if not credential.client_id
    )
    output = terminal.run("key", "rotate", "Fractions", key_id, "--overlap-hours", "2")
    new = output.split()[2]
    assert isinstance(terminal.ask(old, NOW_US + 2 * HOUR_US - 1), Principal)
    assert isinstance(terminal.ask(new, NOW_US + 2 * HOUR_US), Principal)
    late = terminal.ask(old, NOW_US + 2 * HOUR_US)
    assert isinstance(late, Denial)
    assert late.code == "expired"
    terminal.run("key", "revoke", "Fractions", key_id)
    gone = terminal.ask(old)
    assert isinstance(gone, Denial)
    assert gone.code == "revoked"
    listed = terminal.run("key", "list", "Fractions")
    assert "revoked" in listed
    assert "live" in listed
    assert old not in listed
    assert new not in listed


def test_an_app_gets_more_credentials_with_labels(terminal: Terminal) -> None:
    terminal.run("app", "add", "Fractions")
    terminal.run("key", "add", "Fractions", "--label", "classroom 4b", now_us=NOW_US + 1)
    terminal.run("key", "add", "Fractions", "--client", "--label", "nightly", now_us=NOW_US + 2)
    lines = terminal.run("key", "list", "Fractions").splitlines()
    assert len(lines) == 4
    assert lines[2].endswith("classroom 4b")
    assert lines[3].endswith("nightly")


def test_the_apps_are_listed_with_what_they_speak_for(terminal: Terminal) -> None:
    assert "app NAME" in terminal.run("apps")
    terminal.run("app", "add", "LMS", "--edapps", "*")
    terminal.run("app", "add", "Fractions", "--app-id", APP_ID)
    listed = terminal.run("apps")
    assert listed.index("Fractions") < listed.index("LMS")
    assert "speaks for     *" in listed


def test_a_change_by_name_changes_only_what_is_named_and_keeps_the_credentials(terminal: Terminal) -> None:
    key = json.loads(
        terminal.run("app", "add", "Fractions", "--app-id", APP_ID, "--edapps", "*", "--house", "timeback", "--json")
    )["sensor_key"]
    assert APP_ID in terminal.refused("app", "add", "Fractions 2", "--app-id", APP_ID)
    terminal.run("app", "change", "Fractions", "--strict", "--name", "Fractions 2")
    who = terminal.ask(key)
    assert isinstance(who, Principal)
    assert (who.app.name, who.app.strict, who.app.edapps, who.app.house) == ("Fractions 2", True, ("*",), "timeback")
    terminal.run("app", "change", "Fractions 2", "--no-strict", "--house", "")
    who = terminal.ask(key)
    assert isinstance(who, Principal)
    assert (who.app.strict, who.app.edapps, who.app.house) == (False, ("*",), "")
    assert "nothing to change" in terminal.refused("app", "change", "Fractions 2")
    assert "No apps are called" in terminal.refused("app", "change", "New", "--strict")


def test_a_removed_app_is_refused_and_listed_no_more(terminal: Terminal) -> None:
    key = json.loads(terminal.run("app", "add", "Fractions", "--json"))["sensor_key"]
    assert "2 credentials are revoked" in terminal.run("app", "remove", "Fractions")
    assert isinstance(terminal.ask(key), Denial)
    assert "No app is registered" in terminal.run("apps")


def test_the_day_of_a_keys_last_use_is_listed_and_costs_no_write_a_request(terminal: Terminal) -> None:
    added = json.loads(terminal.run("app", "add", "Fractions", "--json"))
    assert terminal.run("key", "list", "Fractions").count("never used") == 2
    calls: list[str] = []
    client = boto3.client("dynamodb", region_name=REGION)
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    registry = Registry(DynamoTable(client, REGISTRY))
    for hour in range(24):
        assert isinstance(terminal.ask(added["sensor_key"], NOW_US + hour * HOUR_US, registry), Principal)
    assert calls.count("BatchWriteItem") == 2, "one for each UTC day"
    assert calls.count("BatchGetItem") == 48
    listed = json.loads(terminal.run("key", "list", "Fractions", "--json"))["credentials"]
    assert {credential["kind"]: credential["lastUsed"] for credential in listed} == {"key": "2026-01-28", "client": ""}


def test_a_use_that_cannot_be_noted_keeps_nobody_out(terminal: Terminal) -> None:
    added = json.loads(terminal.run("app", "add", "Fractions", "--json"))
    client = boto3.client("dynamodb", region_name=REGION)

    def refuse(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    client.meta.events.register("before-call.dynamodb.BatchWriteItem", refuse)
    registry = Registry(DynamoTable(client, REGISTRY))
    assert isinstance(terminal.ask(added["sensor_key"], NOW_US, registry), Principal)


@pytest.mark.parametrize("hours", ["-1", "nan", "inf", "1e9", "soon"])
def test_an_overlap_that_is_no_number_of_hours_is_refused(hours: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["key", "rotate", "Fractions", "key_x", f"--overlap-hours={hours}"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"{hours!r} is not a number of hours from 0" in said
    assert "make key-rotate" in said


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (["app", "add"], "make app NAME="),
        (["app", "add", ""], "make app NAME="),
        (["key", "rotate", "Fractions"], "make key-rotate APP="),
        (["key", "revoke", "", ""], "make key-revoke APP="),
        (["course", "c", "none"], "make course ID="),
        (["replay", "2026-01-01"], "make replay FROM="),
        (["quarantine", "export", "App", ""], "make quarantine APP="),
        (["nonsense"], "--help"),
        ([], "--help"),
    ],
)
def test_a_missing_or_empty_argument_is_a_line_that_names_the_command(
    words: list[str], typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert typed in line


def test_a_course_is_registered_for_one_app_or_for_all(terminal: Terminal) -> None:
    terminal.run("app", "add", "Fractions")
    terminal.run("app", "add", "Decimals")
    decimals, fractions = sorted(terminal.registry.apps(), key=lambda app: app.name)
    terminal.run("course", "https://school.example/math-3", "40")
    terminal.run("course", "https://school.example/math-3", "41", "--app", "Decimals")
    courses = [terminal.registry.course(app.tenant, "https://school.example/math-3") for app in (fractions, decimals)]
    assert courses == [Course(id="https://school.example/math-3", lessons=n) for n in (40, 41)]


def test_a_command_that_cannot_be_done_says_why(terminal: Terminal) -> None:
    assert "No apps are called" in terminal.refused("key", "list", "Decimals")
    terminal.run("app", "add", "Fractions")
    assert "has no credential" in terminal.refused("key", "revoke", "Fractions", "nothing")
    with pytest.raises(SystemExit):
        main(["course", "c", "0"], connection=terminal.connection)


def test_a_stack_that_does_not_answer_is_named_without_a_traceback(terminal: Terminal) -> None:
    boto3.client("dynamodb", region_name=REGION).delete_table(TableName=REGISTRY)
    assert "ResourceNotFoundException" in terminal.refused("apps")


def test_a_deployed_stack_is_read_from_its_outputs(terminal: Terminal) -> None:
    cloudformation = boto3.client("cloudformation", region_name=REGION)
    values = {name: f"the {name}" for name in OUTPUTS.values()}
    values |= {"RetentionDays": "730", "IdleMinutes": "0.25", "HeartbeatMinutes": "5.0"}
    outputs = {name: {"Value": value} for name, value in values.items()}
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
    body = json.dumps({"Resources": resources, "Outputs": outputs})
    cloudformation.create_stack(StackName="whole", TemplateBody=body)
    cloudformation.create_stack(StackName="other", TemplateBody=json.dumps({"Resources": resources}))
    connection = StackConnection.deployed("whole", cloudformation)
    assert (connection.table, connection.url) == ("the TableName", "the ApiUrl")
    assert (connection.retention_days, connection.idle_minutes, connection.heartbeat_minutes) == (730, 0.25, 5)
    with pytest.raises(StackError, match="No stack absent"):
        StackConnection.deployed("absent", cloudformation)
    with pytest.raises(StackError, match="no output"):
        StackConnection.deployed("other", cloudformation)
