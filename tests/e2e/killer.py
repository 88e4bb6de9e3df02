"""Kills the worker processes of one Lambda of one local stack, at random moments of their work. Linux only.

A worker is a child of this stack's emulator whose environment names the function and whose TMPDIR is this stack's own;
nothing else is ever touched. It is at work where it has connections open (so it was started up) and uses the processor.
"""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

from infra.local.emulation import emulator
from infra.local.workspace import Workspace
from tests.e2e.driver import Stuck

LOOK_SECONDS = 0.01
WORK_SECONDS = 0.06  # about what a batch takes


class Killer(threading.Thread):
    """Kills a worker of `function` every `between` seconds or so, at a random moment after it was seen to work."""

    def __init__(
        self, workspace: Workspace, function: str, rng: random.Random, *, between: tuple[float, float]
    ) -> None:
        super().__init__(daemon=True)
        running = emulator.running(workspace)
        if running is None or not Path("/proc/self/environ").exists():
            raise Stuck("workers can be killed on Linux only, and while the stack runs")
        self._emulator_pid = running.pid
        self._marks = {
            b"AWS_LAMBDA_FUNCTION_NAME=" + function.encode(),
            b"TMPDIR=" + os.fsencode(workspace.scratch / "tmp"),
        }
        self._rng = rng
        self._between = between
        self._over = threading.Event()
        self.killed = 0

    def run(self) -> None:
        while not self._over.wait(self._rng.uniform(*self._between)):
            self._strike()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def workers(self) -> list[int]:
        """Process ids of the function's workers."""
        pids = []
        for task in Path(f"/proc/{self._emulator_pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                pids += [pid for pid in map(int, task.read_text().split()) if self._is_worker(pid)]
        return pids

    def _is_worker(self, pid: int) -> bool:
        try:
            environment = set(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
        except OSError:
            return False
        return environment >= self._marks

    def _strike(self) -> None:
        """Wait until a worker is at work, then a moment of it, then kill it."""
        busy: list[int] = []
        before = {pid: _ticks(pid) for pid in self.workers()}
        while not self._over.wait(LOOK_SECONDS):
            now = {pid: _ticks(pid) for pid in self.workers()}
            busy = [pid for pid, ticks in now.items() if ticks > before.get(pid, ticks) and _is_connected(pid)]
            before = now
            if busy:
                break
        else:
            return
        time.sleep(self._rng.uniform(0, WORK_SECONDS))
        pid = self._rng.choice(busy)
        if self._is_worker(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.killed += 1


def _is_connected(pid: int) -> bool:
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith("socket:"):
                return True
    return False


def _ticks(pid: int) -> int:
    """Processor time that a process has used, in clock ticks (proc(5): utime and stime are fields 14 and 15)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
