"""A process known by its number only: told from a later one of that number, signalled with its group, reaped."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path


def started_at(pid: int) -> str:
    """When the process was started, as the system tells it; empty if there is none, or only its remains."""
    if Path("/proc/self/stat").exists():
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return "" if after_name[0] == "Z" else after_name[19]  # proc(5): starttime is field 22, state field 3
    done = subprocess.run(  # macOS
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else began.strip()


def signal_group(group: int, number: signal.Signals) -> None:
    """Send it to every process of the group; nothing if there is none, or none of ours."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def reap(pid: int) -> None:
    """Let go of what remains of a child that has ended; nothing if it runs, or is not a child of this program."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
