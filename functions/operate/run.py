"""Running one command of an operator: on which stack, how it ends, and what is printed.

Exit codes: 0 done; 1 done, and a check failed; 2 refused, or the stack did not do it; 128 and the signal's number if a
signal stopped it (130: Ctrl-C).
"""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from functions.importing.files import ImportRefused
from functions.operate.audit import write_audit_line
from functions.operate.connection import StackConnection
from functions.operate.errors import OperateError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.progress import Progress
from functions.privacy.errors import PrivacyError
from functions.store.dynamodb.table import Unstorable
from functions.store.errors import TRANSIENT
from functions.storing.scheduling import Contended

DONE, CHECK_FAILED, REFUSED, SIGNALLED = 0, 1, 2, 128

type Command = Callable[[Operator], Outcome]


class StoppedBySignal(KeyboardInterrupt):
    """A signal stopped the command, as Ctrl-C would."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_command(
    command: Command,
    *,
    stack: str | None,
    connection: StackConnection | None = None,
    clock: Callable[[], int],
    as_json: bool = False,
    action: str = "",
    target: str = "",
) -> int:
    """Run a command on `connection`, else on the deployed `stack` of that name, else on the local one; its exit code.

    Prints the outcome, as one JSON object with `as_json`. Reasons go to standard error (with `as_json` also to standard
    output, as `{"error": …}`), never a traceback of anything that can be expected. With an `action`, which names the
    command, the audit log has a line of it and of the `target` app, however it ended.
    """

    def refuse(reason: str) -> int:
        print(reason, file=sys.stderr)
        if as_json:
            print(json.dumps({"error": reason}))
        return REFUSED

    operator = Operator(stack=stack, connection=connection, clock=clock, progress=Progress(quiet=as_json))
    code = _run(command, operator, refuse, as_json=as_json)
    reason = write_audit_line(operator, action, target, code) if action else None
    if reason is not None:
        print(f"The audit log did not take a line of this: {reason}", file=sys.stderr)
    return code


def _run(command: Command, operator: Operator, refuse: Callable[[str], int], *, as_json: bool) -> int:
    try:
        with _stopped_by_signals():
            outcome = command(operator)
    except KeyboardInterrupt as stop:
        print("Stopped.", file=sys.stderr)
        return SIGNALLED + (stop.number if isinstance(stop, StoppedBySignal) else signal.SIGINT)
    except (OperateError, PrivacyError, ImportRefused, Contended) as refusal:
        return refuse(str(refusal))
    except (*TRANSIENT, Unstorable) as error:
        return refuse(operator.describe_error(error))
    except OSError as error:
        return refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    if as_json:
        print(json.dumps(outcome.data))
    elif outcome.text:
        print(outcome.text)
    return DONE if outcome.holds else CHECK_FAILED


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Meanwhile SIGTERM and SIGHUP let a command clean up as Ctrl-C does. Ignored ones (nohup) stay ignored."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise StoppedBySignal(number)

    numbers = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():  # other threads get no signals
        numbers = []
    before = [(number, signal.signal(number, stop)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
