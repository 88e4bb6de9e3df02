"""The emulator as a child: alone on its port, told apart from strangers, ended with everything it started."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.emulation import emulator
from infra.local.report import Stopped
from infra.local.workspace import Workspace
from tests.e2e.waiting import wait_for


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path)
    yield workspace
    emulator.stop(workspace)


def group_is_gone(group: int) -> bool:
    """Whether no process of it runs. One that has ended but was not yet reaped by the machine's init does not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return all(state.startswith("Z") for pgid, state in rows if int(pgid) == group)


def test_it_answers_once_started_and_leaves_nothing_when_stopped(workspace: Workspace) -> None:
    started = emulator.start(workspace)
    assert started.answers()
    assert emulator.running(workspace) == started
    assert emulator.stop(workspace)
    assert wait_for("the end of its processes", lambda: group_is_gone(started.pid))
    assert emulator.running(workspace) is None
    assert not workspace.scratch.exists()
    assert not emulator.stop(workspace)


def test_two_at_once_do_not_meet(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Workspace(tmp_path / "other")
    first = emulator.start(workspace)
    try:
        two = emulator.start(other)
        assert first.port != two.port
        emulator.stop(workspace)
        assert two.answers()
    finally:
        emulator.stop(other)


def test_a_port_that_is_taken_is_said_to_be_and_nothing_is_started(workspace: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Stopped, match="taken") as stopped:
            emulator.start(workspace, port=taken.getsockname()[1])
    assert "LOCAL_PORT" in stopped.value.remedy
    assert emulator.running(workspace) is None


def test_a_process_that_only_has_its_number_is_left_alone(workspace: Workspace) -> None:
    mine = {"pid": os.getpid(), "port": 1, "started": "some other time"}
    workspace.emulator_file.write_text(json.dumps(mine))
    assert emulator.running(workspace) is None
    assert not emulator.stop(workspace)
    assert not workspace.emulator_file.exists()


def test_a_failure_after_the_emulator_died_says_that_it_died(workspace: Workspace) -> None:
    started = emulator.start(workspace)

    def call_the_dead() -> None:
        os.killpg(started.pid, signal.SIGKILL)
        os.waitpid(started.pid, 0)
        raise Stopped("cdk deploy failed", "read its log")

    with pytest.raises(Stopped, match="the emulator died"), emulator.needed(workspace):
        call_the_dead()


def test_a_failure_while_the_emulator_lives_is_told_as_it_is(workspace: Workspace) -> None:
    emulator.start(workspace)
    with pytest.raises(Stopped, match="cdk deploy failed"), emulator.needed(workspace):
        raise Stopped("cdk deploy failed", "read its log")
