"""MiniStack as a child: started on a free port of this machine only, watched, and ended with all its workers."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.emulation.pid import reap, signal_group, started_at
from infra.local.emulation.port import free_port, is_free
from infra.local.report import Stopped
from infra.local.workspace import Workspace, clean_environment, write_private

GUARDED = Path(__file__).with_name("guarded.py")
START_SECONDS = 30.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running MiniStack: the leader of its own process group."""

    pid: int
    port: int
    key: str = field(repr=False)  # with which it takes AWS calls; another at each start
    started: str  # the kernel's start time of the process, so that a reused pid is not taken for it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def alive(self) -> bool:
        return bool(self.started) and started_at(self.pid) == self.started

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/_ministack/health", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


def start(workspace: Workspace, *, port: int | None = None) -> Emulator:
    """Start MiniStack on `port` (a free one if None) and wait until it answers; raises Stopped if it does not."""
    if port is not None and not is_free(port):
        raise Stopped(
            f"port {port} is taken by another program",
            "leave LOCAL_PORT out, and a free one is found; or end that program",
        )
    for _ in range(3):  # a port that was free may be taken before MiniStack binds it
        emulator = _launch(workspace, port or free_port())
        try:
            _wait(emulator, workspace)
        except Stopped:
            stop(workspace)
            if port is None and "address already in use" in tail(workspace).lower():
                continue
            raise
        except BaseException:
            stop(workspace)
            raise
        return emulator
    raise Stopped("no free port could be kept", "set LOCAL_PORT to one that nothing else uses")


def running(workspace: Workspace) -> Emulator | None:
    """The emulator of this workspace, where it still runs."""
    emulator = _recorded(workspace)
    return emulator if emulator is not None and emulator.alive() else None


def _recorded(workspace: Workspace) -> Emulator | None:
    try:
        return Emulator(**json.loads(workspace.emulator_file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def stop(workspace: Workspace) -> bool:
    """End the emulator and its workers: SIGTERM, a moment, then SIGKILL to the group. Whether one was running."""
    emulator = _recorded(workspace)
    was_running = emulator is not None and emulator.alive()
    if emulator is not None and was_running:
        signal_group(emulator.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while emulator.alive() and time.monotonic() < deadline:
            reap(emulator.pid)
            time.sleep(POLL_SECONDS)
    # What is left of the group, were it only workers. No other group gets its number while it exists.
    if emulator is not None and started_at(emulator.pid) in (emulator.started, ""):
        signal_group(emulator.pid, signal.SIGKILL)
        reap(emulator.pid)
    workspace.emulator_file.unlink(missing_ok=True)
    shutil.rmtree(workspace.scratch, ignore_errors=True)
    return was_running


@contextlib.contextmanager
def needed(workspace: Workspace) -> Iterator[None]:
    """What fails in here because the emulator died, or refused a call, is raised as Stopped."""
    try:
        yield
    except (BotoCoreError, ClientError, httpx.HTTPError, Stopped) as error:
        if running(workspace) is None:
            raise Stopped(
                f"the emulator died:\n{tail(workspace)}", f"run it again; all it said is in {workspace.log}"
            ) from error
        if isinstance(error, Stopped):
            raise
        raise Stopped(f"the emulator did not do it: {error}", f"see {workspace.log}") from error


def tail(workspace: Workspace, lines: int = 15) -> str:
    """The end of the emulator's log."""
    try:
        return "\n".join(workspace.log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def _launch(workspace: Workspace, port: int) -> Emulator:
    shutil.rmtree(workspace.scratch, ignore_errors=True)
    directories = {name: workspace.scratch / name for name in ("tmp", "state", "s3")}
    workspace.scratch.mkdir(mode=0o700, parents=True)
    for directory in directories.values():
        directory.mkdir(mode=0o700)
    key = secrets.token_urlsafe(24)
    environment = clean_environment(os.environ, aws_endpoint_url=f"http://127.0.0.1:{port}", aws_key=key) | {
        # MiniStack leaves the code of every function in TMPDIR.
        "TMPDIR": str(directories["tmp"]),
        "STATE_DIR": str(directories["state"]),
        "S3_DATA_DIR": str(directories["s3"]),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
    }
    for name in (
        "LOCALSTACK_PERSISTENCE",
        "PERSIST_STATE",
        "SERVICES",
        "AUTH",
        "LAMBDA_EXECUTOR",
        "PYTHONPATH",
    ):
        environment.pop(name, None)
    workspace.log.unlink(missing_ok=True)
    workspace.log.touch(mode=0o600)
    with workspace.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", str(GUARDED)],
            cwd=workspace.scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            umask=0o077,  # it keeps learners' data
            start_new_session=True,  # its own process group, so that its workers end with it and Ctrl-C is ours
        )
    emulator = Emulator(process.pid, port, key, started_at(process.pid))
    process.returncode = 0  # it outlives this program: nothing to warn about
    write_private(workspace.emulator_file, json.dumps(asdict(emulator)))
    return emulator


def _wait(emulator: Emulator, workspace: Workspace) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not emulator.answers():
        reap(emulator.pid)
        if not emulator.alive():
            raise Stopped(
                f"the emulator died while starting:\n{tail(workspace)}",
                f"see {workspace.log}; try again",
            )
        if time.monotonic() > deadline:
            raise Stopped(
                f"the emulator did not answer within {START_SECONDS:.0f} s",
                f"see {workspace.log}",
            )
        time.sleep(POLL_SECONDS)
