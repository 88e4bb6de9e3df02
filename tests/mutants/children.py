"""Forked children: each sees what its parent has imported, and nothing that it does reaches another one."""

import contextlib
import ctypes
import importlib
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis

LIBRARIES = (
    "aws_lambda_powertools", "boto3", "botocore.session", "cryptography.fernet", "hypothesis.strategies", "isal", "jwt",
    "moto", "moto.dynamodb.models", "moto.s3.models", "moto.sqs.models", "msgspec", "orjson", "pydantic",
    "pydantic.json_schema", "re2", "requests", "urllib3", "werkzeug", "xml.etree.ElementTree", "zstandard",
)  # fmt: skip
EXAMPLES = 25  # at most, of a property: a fault that few examples show is not worth minutes each time
_PR_SET_PDEATHSIG = 1  # of prctl(2)
FAULTY = 3  # exit code of a child whose action raised


def import_libraries() -> None:
    """Import what tests need of others. Refuses to go on if that brought in what is to be changed."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _use_few_examples()
    ours = [name for name in sys.modules if name.partition(".")[0] in ("functions", "infra", "app")]
    if ours:
        raise RuntimeError(f"imported too early: {ours}")


def _use_few_examples() -> None:
    """Also where a test asks for many, which a profile of hypothesis does not change. They are the same each time. No
    failure is made simpler.
    """
    make = hypothesis.settings.__init__

    def make_with_few(self: hypothesis.settings, *arguments: Any, **options: Any) -> None:
        if isinstance(options.get("max_examples"), int):
            options["max_examples"] = min(options["max_examples"], EXAMPLES)
        options["phases"] = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        options |= {"derandomize": True, "database": None}
        make(self, *arguments, **options)

    hypothesis.settings.__init__ = make_with_few  # type: ignore[method-assign]


def in_child(action: Callable[[], int], *, limit_s: float | None, output: Path | None) -> int | None:
    """What `action` returns in a child, as its exit code; None if it was stopped after `limit_s`.

    What it prints goes to `output`, if that is given.
    """
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _be_the_child(action, output, parent)
    handle = os.pidfd_open(child)
    try:
        ended, _, _ = select.select([handle], [], [], limit_s)
    finally:  # also if this process is interrupted
        os.close(handle)
        # Its own children, too, such as the process in which the CDK runs.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if ended else None


def _be_the_child(action: Callable[[], int], output: Path | None, parent: int) -> None:
    code = FAULTY
    try:
        os.setsid()
        _end_with(parent)
        if output is not None:
            log = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        code = action()
    except BaseException as error:  # noqa: BLE001  the edge of the child: nothing may go on from here
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        with contextlib.suppress(ValueError, OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _end_with(parent: int) -> None:
    """Let this process be killed when its parent ends, however that ends (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(FAULTY)
