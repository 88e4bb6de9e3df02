"""How an attempt at a command ends: with a status and a line, never with a traceback of what can be expected."""

import signal
from collections.abc import Callable

import pytest

from functions.operate.connection import StackConnection
from functions.operate.run import RecoveryError, Stopped, attempt
from functions.store.dynamodb.table import Unprocessed

CONNECTION = StackConnection(
    url="https://api",
    token_url="https://api/token",
    table="table",
    bucket="bucket",
    queue_url="https://queue",
    dlq_url="https://dead-letters",
    user_pool_id="pool",
    retention_days=400,
    idle_minutes=30,
    heartbeat_minutes=5,
)


def raising(error: BaseException) -> Callable[[StackConnection], None]:
    def run(_connection: StackConnection) -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Unprocessed("25 items were handed back 8 times"), 2, "The stack did not do it: 25 items were handed back"),
        (RecoveryError("so and so"), 2, "so and so"),
        (FileNotFoundError(2, "No such file", "x"), 2, "x"),
        (KeyboardInterrupt(), 130, "Stopped."),
        (Stopped(signal.SIGTERM), 143, "Stopped."),
    ],
)
def test_what_ends_a_command_is_said_in_a_line(
    error: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attempt(raising(error), stack=None, connection=CONNECTION, refusals=(OSError,)) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_what_nobody_expected_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        attempt(raising(ZeroDivisionError()), stack=None, connection=CONNECTION, refusals=(OSError,))


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        done = attempt(lambda _: signal.raise_signal(signal.SIGHUP), stack=None, connection=CONNECTION, refusals=())
        assert done == 0
    finally:
        signal.signal(signal.SIGHUP, before)
