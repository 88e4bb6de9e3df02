"""Runs of pytest in forked children: the parent imports what takes long to import, and nothing of ours."""

import contextlib
import importlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

LIBRARIES = (
    "aws_lambda_powertools", "boto3", "botocore.session", "cryptography.fernet", "hypothesis", "hypothesis.strategies",
    "isal", "jwt", "moto", "moto.dynamodb.models", "moto.s3.models", "moto.sqs.models", "msgspec", "orjson", "pydantic",
    "pydantic.json_schema", "re2", "requests", "urllib3", "werkzeug", "xml.etree.ElementTree", "zstandard",
)  # fmt: skip
PATIENCE_S = 0.05


def import_libraries() -> None:
    """Import what tests need of others. Refuses to go on if that brought in what is to be changed."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    ours = [name for name in sys.modules if name.partition(".")[0] in ("functions", "infra", "app")]
    if ours:
        raise RuntimeError(f"imported too early: {ours}")


def run_pytest(
    arguments: Sequence[str], *, plugins: Sequence[object] = (), before: Callable[[], None], after: Callable[[], None],
    limit_s: float, output: Path,
) -> int | None:  # fmt: skip
    """The exit code of pytest in a child, None if it was stopped after `limit_s`.

    `before` and `after` are called in the child; what it prints goes to `output`.
    """
    child = os.fork()
    if child == 0:
        _be_the_child(arguments, plugins, before, after, output)
    handle = os.pidfd_open(child)
    try:
        ended, _, _ = select.select([handle], [], [], limit_s)
    finally:
        os.close(handle)
    # Its own children, too, such as the process in which the CDK runs.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    time.sleep(PATIENCE_S if not ended else 0)
    return os.waitstatus_to_exitcode(status) if ended else None


def _be_the_child(
    arguments: Sequence[str], plugins: Sequence[object], before: Callable[[], None], after: Callable[[], None],
    output: Path,
) -> None:  # fmt: skip
    code = 3
    try:
        os.setsid()
        log = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        before()
        code = int(pytest.main(list(arguments), plugins=list(plugins)))
        after()
    except BaseException as error:  # noqa: BLE001  the edge of the child: nothing may go on from here
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        code = 3
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
