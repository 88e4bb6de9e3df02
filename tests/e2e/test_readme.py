"""The README's *Point your client here*, done by a stranger: every block of commands, in order, in one shell."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.workspace import Workspace
from infra.package import ROOT
from tests.e2e.conftest import Stack

README = ROOT / "README.md"
SECTION = re.compile(r"^## Point your client here$(.*?)^## ", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    section = SECTION.search(README.read_text())
    return BLOCK.findall(section.group(1)) if section else []


def test_every_block_of_the_readme_does_what_it_says(stack: Stack, workspace: Workspace, tmp_path: Path) -> None:
    blocks = commands()
    if not blocks:
        pytest.skip("README.md has no section of that name")
    if shutil.which("bash") is None or shutil.which("curl") is None:
        pytest.skip("bash or curl is not on this machine")
    script = "set -euo pipefail\n" + "\nprintf '\\n--- next\\n'\n".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script.replace(".local/endpoint.json", str(workspace.endpoint_file))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = done.stdout.split("\n--- next\n")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(said) == len(blocks)
    assert '"status":"error"' not in done.stdout
    assert "completed TimeSpentEvent" in done.stdout
    assert "accepted as " in done.stdout
    assert done.stdout.count('"jobId"') >= 3
    assert '"externalId"' in done.stdout
    assert "caliperSupportedVersions" in done.stdout
