"""The operator's commands over moto, and the authorizer on what they registered."""

import json
from collections.abc import Iterator

import boto3
import pytest

from functions.authorize.handler import Dependencies, handler
from functions.authorize.tokens import issuer_of
from functions.http.gate import WRITE, Denial, Principal, gate
from functions.operate.__main__ import main
from functions.operate.connection import OUTPUTS, Target, TargetError
from functions.operate.registry.commands import HOUR_US
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from functions.store.signers.fetcher import JwkSetFetcher
from functions.store.signers.signing_keys import KeySet
from tests.aws import REGION, TABLE, dynamodb_table, mocked

NOW_US = 1_769_508_180_000_000
APP_ID = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962"


class Terminal:
    """Runs commands against one stack and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.registry = Registry(DynamoTable(dynamodb_table(), TABLE))
        pool = boto3.client("cognito-idp", region_name=REGION).create_user_pool(PoolName="pool-under-test")
        self.target = Target(
            url="https://api.example",
            token_url="https://api.example/oauth2/token",
            table=TABLE,
            bucket="",
            queue_url="",
            dlq_url="",
            user_pool_id=pool["UserPool"]["Id"],
            retention_days=400,
            idle_minutes=30,
            heartbeat_minutes=5,
        )

    def run(self, *words: str, now_us: int = NOW_US) -> str:
        """What the command prints; it must succeed."""
        assert main(words, target=self.target, now_us=now_us) == 0
        printed = self.capsys.readouterr()
        assert printed.err == ""
        return printed.out

    def refused(self, *words: str) -> str:
        """Why the command is refused."""
        assert main(words, target=self.target, now_us=NOW_US) == 2
        printed = self.capsys.readouterr()
        assert printed.out == ""
        return printed.err

    def ask(self, key: str, now_us: int = NOW_US) -> Principal | Denial:
        """What the gate says to a request with that key."""
        issuer = issuer_of(self.target.user_pool_id)
        dependencies = Dependencies(
            registry=self.registry, issuer=issuer, key_set=KeySet(issuer.keys_url, JwkSetFetcher(allow_loopback=True))
        )
        answer = handler({"headers": {"authorization": key}}, None, dependencies=dependencies, now_us=now_us)
        return gate(answer["context"], scope=WRITE, now_s=now_us / 1e6)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    with mocked(monkeypatch):
        yield Terminal(capsys)


def test_a_registered_app_can_send_with_the_key_that_was_shown(terminal: Terminal) -> None:
    made = json.loads(
        terminal.run(
            "app", "Fractions", "--app-id", APP_ID, "--edapps", f"{APP_ID},https://lms.example/*",
            "--strict", "--house", "timeback", "--json",
        )
    )  # fmt: skip
    who = terminal.ask(made["sensor_key"])
    assert isinstance(who, Principal)
    assert (who.app.app_id, who.app.strict, who.app.house) == (APP_ID, True, "timeback")
    assert who.app.edapps == (APP_ID, "https://lms.example/*")


def test_the_summary_shows_what_is_needed_and_how_to_go_on(terminal: Terminal) -> None:
    shown = terminal.run("app", "Fractions", "--app-id", APP_ID)
    (app,) = terminal.registry.apps()
    client_id = next(one.client_id for one in terminal.registry.credentials(app) if one.client_id)
    for needed in (APP_ID, client_id, "ck_", "https://api.example/caliper/event", terminal.target.token_url):
        assert needed in shown


def test_the_client_exists_in_the_pool_and_goes_with_its_revocation(terminal: Terminal) -> None:
    made = json.loads(terminal.run("app", "Fractions", "--json"))
    pool = boto3.client("cognito-idp", region_name=REGION)
    named = {"UserPoolId": terminal.target.user_pool_id, "ClientId": made["client_id"]}
    assert pool.describe_user_pool_client(**named)["UserPoolClient"]["ClientSecret"] == made["client_secret"]
    terminal.run("key", "revoke", "Fractions", made["client_id"])
    with pytest.raises(pool.exceptions.ResourceNotFoundException):
        pool.describe_user_pool_client(**named)


def test_a_key_is_rotated_with_overlap_and_the_old_one_can_be_revoked_sooner(terminal: Terminal) -> None:
    old = json.loads(terminal.run("app", "Fractions", "--json"))["sensor_key"]
    key_id = next(one.id for one in terminal.registry.credentials(terminal.registry.apps()[0]) if not one.client_id)
    shown = terminal.run("key", "rotate", "Fractions", key_id, "--overlap-hours", "2")
    new = shown.split()[2]
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
    terminal.run("app", "Fractions")
    terminal.run("key", "add", "Fractions", "--label", "classroom 4b", now_us=NOW_US + 1)
    terminal.run("key", "add", "Fractions", "--client", "--label", "nightly", now_us=NOW_US + 2)
    lines = terminal.run("key", "list", "Fractions").splitlines()
    assert len(lines) == 4
    assert lines[2].endswith("classroom 4b")
    assert lines[3].endswith("nightly")


def test_the_apps_are_listed_with_what_they_speak_for(terminal: Terminal) -> None:
    assert "app NAME" in terminal.run("apps")
    terminal.run("app", "LMS", "--edapps", "*")
    terminal.run("app", "Fractions", "--app-id", APP_ID)
    listed = terminal.run("apps")
    assert listed.index("Fractions") < listed.index("LMS")
    assert "speaks for     *" in listed


def test_a_registered_app_is_described_anew_and_keeps_its_credentials(terminal: Terminal) -> None:
    key = json.loads(terminal.run("app", "Fractions", "--app-id", APP_ID, "--json"))["sensor_key"]
    assert APP_ID in terminal.refused("app", "Fractions 2", "--app-id", APP_ID)
    terminal.run("app", "Fractions 2", "--app-id", APP_ID, "--strict", "--change")
    who = terminal.ask(key)
    assert isinstance(who, Principal)
    assert (who.app.name, who.app.strict) == ("Fractions 2", True)
    assert "not registered" in terminal.refused("app", "New", "--app-id", "https://new.example", "--change")


def test_a_course_is_registered_for_one_app_or_for_all(terminal: Terminal) -> None:
    terminal.run("app", "Fractions")
    terminal.run("app", "Decimals")
    decimals, fractions = sorted(terminal.registry.apps(), key=lambda app: app.name)
    terminal.run("course", "https://school.example/math-3", "40")
    terminal.run("course", "https://school.example/math-3", "41", "--app", "Decimals")
    found = [terminal.registry.course(app.tenant, "https://school.example/math-3") for app in (fractions, decimals)]
    assert found == [Course(id="https://school.example/math-3", lessons=n) for n in (40, 41)]


def test_a_command_that_cannot_be_done_says_why(terminal: Terminal) -> None:
    assert "No apps are called" in terminal.refused("key", "list", "Decimals")
    terminal.run("app", "Fractions")
    assert "has no credential" in terminal.refused("key", "revoke", "Fractions", "nothing")
    with pytest.raises(SystemExit):
        main(["course", "c", "0"], target=terminal.target)


def test_a_stack_that_does_not_answer_is_named_without_a_traceback(terminal: Terminal) -> None:
    boto3.client("dynamodb", region_name=REGION).delete_table(TableName=TABLE)
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
    target = Target.deployed("whole", cloudformation)
    assert (target.table, target.url) == ("the TableName", "the ApiUrl")
    assert (target.retention_days, target.idle_minutes, target.heartbeat_minutes) == (730, 0.25, 5)
    with pytest.raises(TargetError, match="No stack absent"):
        Target.deployed("absent", cloudformation)
    with pytest.raises(TargetError, match="no output"):
        Target.deployed("other", cloudformation)
