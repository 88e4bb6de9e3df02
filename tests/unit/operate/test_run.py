"""How a command ends: with an exit code and a line, and without a traceback if the error can be expected."""

import json
import signal
from collections.abc import Callable

import pytest

from functions.operate.connection import StackConnection
from functions.operate.errors import RecoveryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.run import StoppedBySignal, run_command
from functions.store.dynamodb.table import Unprocessed
from tests.connections import connection_to

CONNECTION = connection_to(StackConnection)


def raising(error: BaseException) -> Callable[[Operator], Outcome]:
    def run(_operator: Operator) -> Outcome:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Unprocessed("25 items were handed back 8 times"), 2, "The stack did not do it: 25 items were handed back"),
        (RecoveryError("so and so"), 2, "so and so"),
        (FileNotFoundError(2, "No such file", "x"), 2, "x"),
        (KeyboardInterrupt(), 130, "Stopped."),
        (StoppedBySignal(signal.SIGTERM), 143, "Stopped."),
    ],
)
def test_what_ends_a_command_is_said_in_a_line(
    error: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(raising(error)) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def run(command: Callable[[Operator], Outcome], *, as_json: bool = False) -> int:
    return run_command(command, stack=None, connection=CONNECTION, clock=lambda: 0, as_json=as_json)


def test_an_error_that_is_not_expected_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(raising(ZeroDivisionError()))


def test_a_check_that_fails_is_told_from_a_command_that_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda _: Outcome(data={"n": 1}, text="one")) == 0
    assert run(lambda _: Outcome(data={"n": 1}, text="one", holds=False)) == 1
    assert run(raising(RecoveryError("so and so"))) == 2
    assert capsys.readouterr().out == "one\none\n"


def test_json_is_one_object_whether_it_is_done_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda _: Outcome(data={"n": 1}, text="one"), as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"n": 1}
    assert run(raising(RecoveryError("so and so")), as_json=True) == 2
    assert json.loads(capsys.readouterr().out) == {"error": "so and so"}


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def hang_up(_operator: Operator) -> Outcome:
        signal.raise_signal(signal.SIGHUP)
        return Outcome(data={})

    try:
        assert run(hang_up) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
