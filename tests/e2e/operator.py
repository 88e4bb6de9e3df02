"""The operator's commands as they are typed, on the stack of these tests."""

import os
import subprocess
import sys
from pathlib import Path

from infra.packaging.package import ROOT

MAKE = f"make --silent --file={ROOT}/Makefile --old-file=.venv/.ready PYTHON={sys.executable}"


def run(place: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script of `make …` commands; stdout and stderr are told together where it is awaited to succeed."""
    environment = {name: value for name, value in os.environ.items() if name != "STACK"} | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["sh", "-c", "set -eu\n" + script.replace("make ", f"{MAKE} ")],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def succeeds(place: Path, script: str) -> str:
    """What a script prints that succeeds."""
    done = run(place, script)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
