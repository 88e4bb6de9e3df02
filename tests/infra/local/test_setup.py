"""`setup.sh`: two first set-ups wait for each other; behind a proxy that inspects TLS it names the variable to set."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from infra.packaging.package import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of nothing but the script, with a `uv` and an `npm` that the test writes."""
    (tmp_path / "infra" / "local").mkdir(parents=True)
    shutil.copy(ROOT / "infra" / "local" / "setup.sh", tmp_path / "infra" / "local")
    (tmp_path / ".python-version").write_text("3.13")
    (tmp_path / "requirements-dev.txt").touch()
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(checkout: Path, name: str, script: str) -> None:
    file = checkout / "bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def start(checkout: Path, **variables: str) -> subprocess.Popen[str]:
    environment = {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}", "HOME": str(checkout)} | variables
    return subprocess.Popen(
        ["sh", "infra/local/setup.sh", "venv"],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


MAKES_VENV = (
    'case "$1" in venv) mkdir -p .venv/bin; printf "#!/bin/sh\\n" >.venv/bin/python; chmod +x .venv/bin/python;; '
)


def test_a_second_set_up_waits_for_the_first_and_does_nothing_again(checkout: Path) -> None:
    program(checkout, "uv", MAKES_VENV + "*) echo once >>calls; sleep 1;; esac")
    first = start(checkout)
    deadline = time.monotonic() + 20
    while not (checkout / ".local" / "setup.lock").is_symlink():
        assert time.monotonic() < deadline
    second = start(checkout)
    assert "installing" in first.communicate(timeout=60)[0]
    assert "waiting for another set-up" in second.communicate(timeout=60)[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert (checkout / "calls").read_text() == "once\n"
    assert not (checkout / ".local" / "setup.lock").is_symlink()


def test_the_lock_of_a_set_up_that_was_killed_holds_nobody_up(checkout: Path) -> None:
    program(checkout, "uv", MAKES_VENV + "esac")
    (checkout / ".local").mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    (checkout / ".local" / "setup.lock").symlink_to(str(ended.pid))
    done = start(checkout)
    assert "waiting" not in done.communicate(timeout=60)[0]
    assert done.returncode == 0


def test_a_certificate_that_is_not_trusted_names_the_variable_to_set(checkout: Path) -> None:
    program(checkout, "uv", MAKES_VENV + "*) echo 'invalid peer certificate: UnknownIssuer' >&2; exit 2;; esac")
    done = start(checkout)
    said = done.communicate(timeout=60)[0]
    assert done.returncode == 1
    assert "set SSL_CERT_FILE to the file with that proxy's certificate authority" in said


def test_one_variable_with_the_certificate_is_enough_for_all_three_installers(checkout: Path) -> None:
    program(checkout, "uv", MAKES_VENV + '*) echo "$SSL_CERT_FILE $PIP_CERT $NODE_EXTRA_CA_CERTS" >seen;; esac')
    done = start(checkout, REQUESTS_CA_BUNDLE="/proxy.pem")
    assert "stopped" not in done.communicate(timeout=60)[0]
    assert done.returncode == 0
    assert (checkout / "seen").read_text().split() == ["/proxy.pem"] * 3
