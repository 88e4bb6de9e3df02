"""What keeps a local stack away from real accounts, and what tools read of it."""

import json
import os
import subprocess
from dataclasses import asdict, fields
from pathlib import Path

from infra.local.workspace import Endpoint, Workspace, clean_environment

PROMISED = (
    "url token_url client_id client_secret app_id lms_client_id lms_client_secret sensor_key table bucket queue_url "
    "dlq_url aws_endpoint_url aws_key region retention_days idle_minutes heartbeat_minutes"
).split()


def endpoint() -> Endpoint:
    return Endpoint(**{field.name: field.name for field in fields(Endpoint)})


def test_no_child_sees_a_profile_or_key_of_the_developer() -> None:
    theirs = {
        "AWS_PROFILE": "school",
        "AWS_ACCESS_KEY_ID": "of-a-real-account",
        "AWS_SESSION_TOKEN": "of-a-real-account",
        "AWS_ENDPOINT_URL_S3": "https://elsewhere.example.org",
        "CDK_DEFAULT_ACCOUNT": "123456789012",
        "PATH": "/bin",
    }
    clean = clean_environment(theirs)
    assert clean["PATH"] == "/bin"
    assert "school" not in clean.values()
    assert "of-a-real-account" not in clean.values()
    assert "AWS_ENDPOINT_URL_S3" not in clean
    assert clean["CDK_DEFAULT_ACCOUNT"] == "000000000000"
    assert clean["AWS_CONFIG_FILE"] == clean["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_a_call_that_misses_its_endpoint_reaches_nothing() -> None:
    assert clean_environment({})["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"


def test_the_endpoint_file_has_every_promised_key_and_is_the_owners_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.write_endpoint(endpoint())
    assert set(PROMISED) <= json.loads(workspace.endpoint_file.read_text()).keys()
    assert workspace.endpoint_file.stat().st_mode & 0o077 == 0


def test_an_endpoint_file_reads_back_and_a_broken_one_is_none(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.endpoint() is None
    workspace.write_endpoint(endpoint())
    assert workspace.endpoint() == endpoint()
    for broken in ("", "{", json.dumps({"url": "x"}), json.dumps(list(asdict(endpoint())))):
        workspace.endpoint_file.write_text(broken)
        assert workspace.endpoint() is None


def test_a_shell_reads_the_same_values_from_the_shell_file(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    odd = {field.name: f"it's ${field.name} `x`" for field in fields(Endpoint)}
    workspace.write_endpoint(Endpoint(**odd))
    script = f'. "{workspace.shell_file}"; ' + "; ".join(f'printf "%s\\n" "${name}"' for name in odd)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(odd.values())
    assert workspace.shell_file.stat().st_mode & 0o077 == 0
