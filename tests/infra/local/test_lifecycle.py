"""Commands on one workspace wait for each other, and a running stack is not replaced unasked."""

import threading
from pathlib import Path

import pytest

from infra.config import Config
from infra.local import lifecycle
from infra.local.emulation import emulator
from infra.local.emulation.emulator import Emulator
from infra.local.lifecycle import down, up
from infra.local.lock import locked
from infra.local.report import Progress, Stopped
from infra.local.workspace import Endpoint, Workspace

RUNNING = Emulator(pid=1, port=2, key="k", started="now")


def test_a_second_command_waits_until_the_first_has_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, order = Workspace(tmp_path), list[str]()

    def second() -> None:
        with locked(workspace, Progress()):
            order.append("second")

    with locked(workspace, Progress()):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.3)
        assert thread.is_alive()
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]
    assert f"waiting for another command on {tmp_path}" in capsys.readouterr().out


def test_a_command_that_fails_lets_the_next_one_begin(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(Stopped), locked(workspace, Progress(quiet=True)):
        raise Stopped("it cannot be", "do another thing")
    assert not down(workspace)


@pytest.fixture
def replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose running stack is of other code."""

    def nothing(*_: object) -> None:
        return None

    def current(_workspace: Workspace) -> Endpoint | None:
        return None

    monkeypatch.setattr(lifecycle, "synthesise", nothing)
    monkeypatch.setattr(lifecycle, "_current", current)
    monkeypatch.setattr(emulator, "running", lambda _workspace: RUNNING)
    return Workspace(tmp_path)


def test_a_running_stack_is_left_as_it_is_if_its_data_is_wanted(
    replaced: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []
    monkeypatch.setattr(emulator, "stop", lambda _workspace: pytest.fail("it was stopped"))

    def no(question: str) -> bool:
        questions.append(question)
        return False

    with pytest.raises(Stopped, match="left as it is") as stopped:
        up(replaced, Config(stage="local"), Progress(quiet=True), may_replace=no)
    assert "REPLACE=1" in stopped.value.remedy
    assert "its data is lost" in questions[0]
