"""README and docs, followed by a stranger: every block of commands of a page, in order, in one shell."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.workspace import Workspace
from infra.packaging.package import ROOT
from tests.e2e.conftest import Stack

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
SECONDS_A_PAGE = 180
# What a page's commands must print, in any order. A page with commands that is missing here fails the last test.
EXPECTED = {
    "README.md": ["1 item accepted", "7f3c1f2e-5d0a-4d44-9a2b-1c6e8f0b3a11", '"warnings":[]'],
    "docs/clients.md": ["completed TimeSpentEvent", "accepted as ", '"externalId"', "caliperSupportedVersions"],
    "docs/querying.md": ['"events":['],
    "docs/webhooks.md": ["whsec_MDEy", '"filterValue":"Math"', '"attempts":[', "is on its way again", "is deleted"],
}


def pages() -> list[Path]:
    """Every page with commands to run."""
    return [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if blocks(page)]


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text())


def run(page: Path, workspace: Workspace) -> subprocess.CompletedProcess[str]:
    """Run the page's blocks on the stack of the tests. `make up` would start another one, so it is left out."""
    script = "set -euo pipefail\n" + "\nprintf '\\n'\n".join(blocks(page))
    script = re.sub(r"^make up$", ":", script, flags=re.MULTILINE)
    script = script.replace(".local/endpoint.env", str(workspace.shell_file))
    return subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS_A_PAGE
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_every_command_of_a_page_does_what_the_page_says(name: str, stack: Stack, workspace: Workspace) -> None:
    if shutil.which("bash") is None or shutil.which("curl") is None:
        pytest.skip("bash or curl is not on this machine")
    done = run(ROOT / name, workspace)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert '"status":"error"' not in done.stdout
    assert [text for text in EXPECTED[name] if text not in done.stdout] == [], done.stdout[-3000:]


def test_every_page_with_commands_is_followed() -> None:
    assert {str(page.relative_to(ROOT)) for page in pages()} == set(EXPECTED)


def test_every_link_between_pages_leads_somewhere() -> None:
    every_page = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in every_page
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert len(every_page) > 10
    assert broken == []


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
