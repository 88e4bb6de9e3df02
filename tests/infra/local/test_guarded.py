"""The emulator takes requests of this machine only, and AWS calls only with the key of its start."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from infra.local.emulation import emulator
from infra.local.emulation.emulator import Emulator
from infra.local.workspace import Workspace, client

FOREIGN = "https://evil.example.org"
LIST_TABLES = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("guarded"))


@pytest.fixture(scope="module")
def running(workspace: Workspace) -> Iterator[Emulator]:
    yield emulator.start(workspace)
    emulator.stop(workspace)


def post(running: Emulator, path: str = "/", **headers: str) -> int:
    sent = LIST_TABLES | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{running.url}{path}", content=b"{}", headers=sent, trust_env=False).status_code


def test_a_call_with_the_key_of_this_start_is_taken_and_no_other(running: Emulator) -> None:
    assert client("dynamodb", running.url, running.key).list_tables()["TableNames"] == []
    for key in ("of an earlier start", ""):
        with pytest.raises(ClientError, match="key of its start"):
            client("dynamodb", running.url, key or None).list_tables()  # type: ignore[arg-type]
    assert post(running, X_Amz_Security_Token=running.key) == 200
    assert post(running) == 403


def test_a_key_that_sts_gave_to_a_holder_of_the_key_is_taken(running: Emulator) -> None:
    sts = client("sts", running.url, running.key)
    arn = "arn:aws:iam::000000000000:role/of-a-deployment"
    session_token = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]["SessionToken"]
    assert client("dynamodb", running.url, session_token).list_tables()["TableNames"] == []
    with pytest.raises(ClientError, match="key of its start"):
        client("sts", running.url, "made up").assume_role(RoleArn=arn, RoleSessionName="test")


@pytest.mark.parametrize("path", ["/", "/oauth2/token", "/_ministack/health", "/some-bucket/key"])
def test_a_web_page_cannot_call_it(running: Emulator, path: str) -> None:
    assert post(running, path, X_Amz_Security_Token=running.key, Origin=FOREIGN) == 403
    assert post(running, path, X_Amz_Security_Token=running.key, Origin="null") == 403


@pytest.mark.parametrize("host", ["evil.example.org", "evil.example.org:80", "127.0.0.1.evil.example.org", ""])
@pytest.mark.parametrize("path", ["/", "/_ministack/health", "/_aws/execute-api/x/health"])
def test_a_name_that_was_pointed_at_this_machine_is_refused(running: Emulator, host: str, path: str) -> None:
    assert post(running, path, X_Amz_Security_Token=running.key, Host=host) == 403


def test_the_api_decides_itself_about_origins(running: Emulator) -> None:
    assert post(running, "/_aws/execute-api/x/health", Origin=FOREIGN) != 403


def test_only_this_machine_reaches_it(running: Emulator) -> None:
    with socket.socket() as probe:
        probe.settimeout(1)
        address = socket.gethostbyname(socket.gethostname())
        if address.startswith("127."):
            pytest.skip("this machine has no other address")
        assert probe.connect_ex((address, running.port)) != 0


def test_its_files_are_the_owners_alone(running: Emulator, workspace: Workspace) -> None:
    client("s3", running.url, running.key).create_bucket(Bucket="of-this-test")
    client("s3", running.url, running.key).put_object(Bucket="of-this-test", Key="k", Body=b"what a learner did")
    files = [path for path in workspace.scratch.rglob("*") if path.is_file()]
    for path in [*files, workspace.log, workspace.emulator_file, workspace.scratch]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_each_start_makes_another_key(running: Emulator, tmp_path: Path) -> None:
    other = Workspace(tmp_path)
    try:
        assert emulator.start(other).key != running.key
    finally:
        emulator.stop(other)
    assert running.key not in repr(running)
