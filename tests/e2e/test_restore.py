"""Both tables are deleted, and the runbook's commands bring them back with every event and credential."""

import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from functions.store.copies.registry import scan
from infra.local.workspace import Workspace
from infra.packaging.package import ROOT
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import described, envelope

EVENTS = 12


def blocks() -> list[str]:
    """The commands of the runbook's section on a table that is gone, in order."""
    (section,) = re.findall(
        r"^## A table is gone\n(.*?)^## ", (ROOT / "docs" / "runbook.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return re.findall(r"^```bash\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


@pytest.fixture
def place(workspace: Workspace, tmp_path: Path) -> Path:
    """A directory in which the stack of these tests is the local one."""
    (tmp_path / ".local").symlink_to(workspace.directory)
    return tmp_path


def follow(place: Path) -> str:
    """Run the blocks as they are printed; what they print."""
    make = f"make --file={ROOT}/Makefile --old-file=.venv/.ready PYTHON={sys.executable}"
    script = "set -eu\n" + "\n".join(blocks()).replace("make ", f"{make} ")
    environment = {name: value for name, value in os.environ.items() if name != "STACK"} | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", script], cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def by_sensor_key(stack: Stack, event: dict[str, Any]) -> int:
    answer = stack.http.post(
        f"{stack.endpoint.url}/caliper/event",
        json=envelope(event),
        headers={"Authorization": stack.endpoint.sensor_key},
    )
    return answer.status_code


def stored(stack: Stack, ids: list[str]) -> list[str]:
    return [one for one in ids if stack.rows("/events", lms=True, id=one)]


def test_lost_tables_come_back_with_every_event_and_a_sensor_key_that_works(stack: Stack, place: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not on this machine")
    dynamodb, it = stack.client("dynamodb"), stack.endpoint
    events = [described(id=uuid.uuid4().urn) for _ in range(EVENTS)]
    ids = [event["id"] for event in events]
    assert {by_sensor_key(stack, event) for event in events} <= {200, 202}
    stack.wait_for("the events in the table", lambda: stored(stack, ids) == ids)
    (name,) = [
        function["FunctionName"]
        for function in stack.client("lambda").list_functions()["Functions"]
        if "-BackupFunction" in function["FunctionName"]
    ]
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    registry = sorted(map(str, scan(dynamodb, it.registry_table)))
    for table in (it.table, it.registry_table):
        dynamodb.delete_table(TableName=table)
    printed = follow(place)
    assert f"{it.registry_table} is back" in printed
    assert f"{it.table} is back" in printed
    assert sorted(map(str, scan(dynamodb, it.registry_table))) == registry
    assert stored(stack, ids) == ids
    new = described(id=uuid.uuid4().urn)
    assert by_sensor_key(stack, new) in (200, 202)
    stack.wait_for("an event that was sent afterwards", lambda: stored(stack, [new["id"]]))
    expiry = dynamodb.describe_time_to_live(TableName=it.table)["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "ENABLED"
