"""One command at a time on a local stack: two `make up` in one checkout wait for each other."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.report import Progress
from infra.local.workspace import Workspace


@contextmanager
def locked(workspace: Workspace, progress: Progress) -> Iterator[None]:
    """Hold the workspace's lock, which the system releases if this program ends, however it ends."""
    workspace.directory.mkdir(parents=True, exist_ok=True)
    with workspace.lock_file.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.step(f"waiting for another command on {workspace.directory}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
