"""The oldest of TimeBack's Python clients still about (0.1.10), unchanged: it needs a `jobId` in every answer."""

import json
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from infra.packaging.package import ROOT
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import envelope, viewed

CLIENTS = Path(__file__).parent / "clients"
REQUIREMENTS = CLIENTS / "requirements-0.1.txt"
HOME = ROOT / ".local" / "clients" / "timeback-0.1"


@pytest.fixture(scope="session")
def old_python() -> Path:
    """A Python of which the client is 0.1.10; made once, and again where what it is made of has changed."""
    python, made_of = HOME / "bin" / "python", HOME / "requirements.txt"
    if python.exists() and made_of.exists() and made_of.read_text() == REQUIREMENTS.read_text():
        return python
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, HOME], check=True)
    installed = subprocess.run(
        [*uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--requirement", REQUIREMENTS],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        shutil.rmtree(HOME)
        pytest.skip(f"timeback-caliper 0.1.10 could not be fetched from the package index: {installed.stderr[-300:]}")
    shutil.copy(REQUIREMENTS, made_of)
    return python


def test_the_oldest_client_works_in_both_dialects_through_every_method(stack: Stack, old_python: Path) -> None:
    it = stack.endpoint
    ids, platform_ids = ([f"urn:uuid:{uuid.uuid4()}" for _ in range(count)] for count in (3, 2))
    event = viewed(stack)
    instructions = {
        "url": it.url,
        "credentials": {"client_id": it.client_id, "client_secret": it.client_secret},
        "ids": ids,
        "platform_ids": platform_ids,
        "envelope": envelope(event),
    }
    done = subprocess.run(
        [old_python, CLIENTS / "timeback_0_1.py"],
        input=json.dumps(instructions),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers = json.loads(done.stdout)
    assert answers["version"] == "0.1.10"
    assert answers["validation"] == "success"
    assert answers["results"] == [*ids, event["id"]]
    assert answers["read"] == ids
    assert len(answers["listed"]) == 2
    assert set(ids) <= set(answers["streamed"])
    assert answers["total"] >= 3
    assert all(isinstance(job, str) and job for job in answers["jobs"])
    stack.wait_for(
        "the platform's events", lambda: all(stack.rows("/events", id=platform_id) for platform_id in platform_ids)
    )
