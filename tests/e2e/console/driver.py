"""The browser as tests drive it: a scenario by name, its configuration, and what was found."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from infra.packaging.package import ROOT
from tests.e2e.evidence import SCREENS

NAMES = ("chromium", "chromium-browser", "google-chrome")
SCENARIOS = Path(__file__).with_name("scenarios.mjs")


def chromium() -> str | None:
    """The browser of this machine, installed if that is allowed; None if there is none."""
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    if installed is None and shutil.which("apt-get") and Path("/etc/debian_version").exists() and _is_root():
        subprocess.run(["apt-get", "install", "-y", "-q", "chromium"], capture_output=True, check=False)
        installed = next(filter(None, map(shutil.which, NAMES)), None)
    return installed


def _is_root() -> bool:
    return os.geteuid() == 0


def run(script: Path, *arguments: str, **config: Any) -> Any:
    """What the script prints, as JSON. Fails with what the page showed. The last screen stays in `SCREENS`."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    config = {"screen": str(SCREENS / f"{'-'.join((script.stem, *arguments))}.png"), **config}
    done = subprocess.run(
        ["node", str(script), *arguments],
        cwd=ROOT,
        input=json.dumps(config),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
