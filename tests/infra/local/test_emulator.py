"""The emulator as a child: alone on its port, told apart from strangers, ended with everything it started."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import emulator
from infra.local.report import Stopped
from infra.local.site import Site
from tests.e2e.waiting import wait_for


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    emulator.stop(site)


def group_is_gone(group: int) -> bool:
    """Whether no process of it runs. One that has ended but was not yet reaped by the machine's init does not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return all(state.startswith("Z") for pgid, state in rows if int(pgid) == group)


def test_it_answers_once_started_and_leaves_nothing_when_stopped(site: Site) -> None:
    started = emulator.start(site)
    assert started.answers()
    assert emulator.running(site) == started
    assert emulator.stop(site)
    assert wait_for("the end of its processes", lambda: group_is_gone(started.pid))
    assert emulator.running(site) is None
    assert not site.scratch.exists()
    assert not emulator.stop(site)


def test_two_at_once_do_not_meet(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Site(tmp_path / "other")
    one = emulator.start(site)
    try:
        two = emulator.start(other)
        assert one.port != two.port
        emulator.stop(site)
        assert two.answers()
    finally:
        emulator.stop(other)


def test_a_port_that_is_taken_is_said_to_be_and_nothing_is_started(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Stopped, match="taken") as stopped:
            emulator.start(site, port=taken.getsockname()[1])
    assert "LOCAL_PORT" in stopped.value.remedy
    assert emulator.running(site) is None


def test_a_process_that_only_has_its_number_is_left_alone(site: Site) -> None:
    mine = {"pid": os.getpid(), "port": 1, "started": "some other time"}
    site.emulator_file.write_text(json.dumps(mine))
    assert emulator.running(site) is None
    assert not emulator.stop(site)
    assert not site.emulator_file.exists()


def test_a_failure_after_the_emulator_died_says_that_it_died(site: Site) -> None:
    started = emulator.start(site)

    def call_the_dead() -> None:
        os.killpg(started.pid, signal.SIGKILL)
        os.waitpid(started.pid, 0)
        raise Stopped("cdk deploy failed", "read its log")

    with pytest.raises(Stopped, match="the emulator died"), emulator.needed(site):
        call_the_dead()


def test_a_failure_while_the_emulator_lives_is_told_as_it_is(site: Site) -> None:
    emulator.start(site)
    with pytest.raises(Stopped, match="cdk deploy failed"), emulator.needed(site):
        raise Stopped("cdk deploy failed", "read its log")
