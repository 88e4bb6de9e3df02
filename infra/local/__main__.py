"""`python -m infra.local up|down|status|demo|console`: what `make up`, `down`, `status`, `local` and `console` run."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from infra.local.console_link import console_link
from infra.local.demonstration.next_steps import stay_up
from infra.local.demonstration.steps import DEMO_IDLE_MINUTES, demonstrate
from infra.local.emulation.emulator import needed
from infra.local.lifecycle import down, up
from infra.local.report import Progress, Stopped, print_error
from infra.local.settings import config_from, port_from
from infra.local.signals import Interrupted, ending_on_signals
from infra.local.status import status
from infra.local.workspace import Workspace, clean_environment


def main() -> int:
    """Run one command; 0 done, 1 stopped with what to do, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "demo", "console"])
    parser.add_argument("--workspace", type=Path, help="directory of the stack (default: .local of this checkout)")
    options = parser.parse_args()
    workspace = Workspace(options.workspace.resolve()) if options.workspace else Workspace()
    chosen = dict(os.environ)
    os.environ.clear()
    os.environ.update(clean_environment(chosen))  # this program talks to no real AWS account either
    commands = {"up": _up, "down": _down, "status": _status, "demo": _demo, "console": _console}
    try:
        return commands[options.command](workspace, chosen)
    except Stopped as stopped:
        print_error(stopped)
        return 1
    except (KeyboardInterrupt, Interrupted):
        print("\nstopped before it was up; nothing is left running", file=sys.stderr)
        return 130


def _up(workspace: Workspace, environment: dict[str, str]) -> int:
    config, port = config_from(environment), port_from(environment)
    up(workspace, config, Progress(), port=port, may_replace=_asking(environment))
    print(f"{workspace.endpoint_file} tells tools where it is; `make down` ends it")
    return 0


def _asking(environment: dict[str, str]) -> Callable[[str], bool]:
    """Asks at a terminal; elsewhere, or with REPLACE=1, the answer is yes."""

    def ask(question: str) -> bool:
        if environment.get("REPLACE") or not sys.stdin.isatty():
            return True
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")

    return ask


def _down(workspace: Workspace, _environment: dict[str, str]) -> int:
    print("the local stack is down" if down(workspace, Progress()) else "no local stack was running")
    return 0


def _status(workspace: Workspace, _environment: dict[str, str]) -> int:
    stack_status = status(workspace)
    if stack_status is None:
        print("no local stack is running; `make up` starts one")
        return 1
    for name, value in stack_status.items():
        print(f"{name:>14}  {value}")
    return 0


def _console(workspace: Workspace, _environment: dict[str, str]) -> int:
    endpoint = workspace.endpoint()
    if endpoint is None or status(workspace) is None:
        print("no local stack is running; `make up` starts one")
        return 1
    print(f"{console_link(endpoint)}\nIt works once, within 15 minutes.")
    return 0


def _demo(workspace: Workspace, environment: dict[str, str]) -> int:
    config = config_from(environment, idle_minutes=DEMO_IDLE_MINUTES)
    began = False  # a stack that was left as it is, because its data would be lost, goes on
    try:
        with ending_on_signals():
            endpoint = up(workspace, config, Progress(), port=port_from(environment), may_replace=_asking(environment))
            began = True
            with needed(workspace):
                demonstrate(endpoint, config)
            stay_up(endpoint, workspace)
    except (KeyboardInterrupt, Interrupted):
        print("\nstopping the local stack …", flush=True)
    finally:
        if began and down(workspace):
            print("the local stack is down", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
