"""The local stack is deployed by the CDK's own command line, with nobody there to ask."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.config import Config
from infra.local import deployment
from infra.local.emulation.emulator import Emulator
from infra.local.report import Progress
from infra.local.workspace import Workspace


def test_a_local_deployment_asks_for_no_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, config = Workspace(tmp_path), Config(stage="local")
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        commands.append(command[1:])
        workspace.outputs_file.write_text(json.dumps({config.stack_name: {}}))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(deployment, "_bootstrap", lambda _url: None)
    monkeypatch.setattr(deployment, "_fit", lambda _workspace, _outputs, _url: None)
    deployment.deploy(workspace, config, Emulator(pid=1, port=1, key="k", started=""), Progress())
    (command,) = commands
    assert command[0] == "deploy"
    assert command[command.index("--require-approval") + 1] == "never"
