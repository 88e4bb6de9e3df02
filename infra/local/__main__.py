"""`python -m infra.local up|down|status|demo`: what `make up`, `make down`, `make status` and `make local` run."""

import argparse
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from infra.local.demonstration import DEMO_IDLE_MINUTES, demonstrate
from infra.local.emulator import needed
from infra.local.interruption import Interrupted, ending_on_signals
from infra.local.invitation import stay_up
from infra.local.lifecycle import down, up
from infra.local.report import Progress, Stopped, complain
from infra.local.settings import config_from, port_from
from infra.local.site import Site, clean_environment
from infra.local.status import status


def main() -> int:
    """Run one command; 0 done, 1 stopped with what to do, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "demo"])
    parser.add_argument("--site", type=Path, help="directory of the stack (default: .local of this checkout)")
    options = parser.parse_args()
    site = Site(options.site.resolve()) if options.site else Site()
    chosen = dict(os.environ)
    os.environ.clear()
    os.environ.update(clean_environment(chosen))  # this program talks to no real AWS account either
    commands = {"up": _up, "down": _down, "status": _status, "demo": _demo}
    try:
        return commands[options.command](site, chosen)
    except Stopped as stopped:
        complain(stopped)
        return 1
    except ValidationError as error:
        wrong = "; ".join(f"{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        complain(Stopped(f"a setting is wrong: {wrong}", "mend that variable, or leave it out"))
        return 1
    except (KeyboardInterrupt, Interrupted):
        print("\nstopped before it was up; nothing is left running", file=sys.stderr)
        return 130


def _up(site: Site, environment: dict[str, str]) -> int:
    up(site, config_from(environment), Progress(), port=port_from(environment))
    print(f"{site.endpoint_file} tells tools where it is; `make down` ends it")
    return 0


def _down(site: Site, _environment: dict[str, str]) -> int:
    print("the local stack is down" if down(site) else "no local stack was running")
    return 0


def _status(site: Site, _environment: dict[str, str]) -> int:
    found = status(site)
    if found is None:
        print("no local stack is running; `make up` starts one")
        return 1
    for name, value in found.items():
        print(f"{name:>14}  {value}")
    return 0


def _demo(site: Site, environment: dict[str, str]) -> int:
    config = config_from(environment, idle_minutes=DEMO_IDLE_MINUTES)
    try:
        with ending_on_signals():
            endpoint = up(site, config, Progress(), port=port_from(environment))
            with needed(site):
                demonstrate(endpoint, config)
            stay_up(endpoint, site)
    except (KeyboardInterrupt, Interrupted):
        print()
    finally:
        if down(site):
            print("the local stack is down", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
