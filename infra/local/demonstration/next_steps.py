"""What a person may try on the stack of `make local`, which stays up for it."""

import time

from infra.local.console_link import console_link
from infra.local.demonstration.example import example
from infra.local.emulation import emulator
from infra.local.report import Stopped
from infra.local.workspace import Endpoint, Workspace


def stay_up(endpoint: Endpoint, workspace: Workspace) -> None:
    """Say what to try, and wait until Ctrl-C or `make down`; raises Stopped if the emulator dies."""
    print(_what_to_try(endpoint, workspace))
    while True:
        time.sleep(1)
        if not workspace.endpoint_file.exists():
            return
        if emulator.running(workspace) is None:
            raise Stopped(f"the emulator died:\n{emulator.tail(workspace)}", "run `make local` again")


def _what_to_try(endpoint: Endpoint, workspace: Workspace) -> str:
    student = example("lesson.json")["data"][0]["actor"]
    return f"""
The stack stays up until Ctrl-C. The console, signed in (the link works once; `make console` prints another):

  {console_link(endpoint)}

Every route, with examples to copy:

  {endpoint.url}/docs

To try, in another terminal, in this directory:

  . {workspace.shell_file}
  show() {{ curl -s "$@" | .venv/bin/python -m json.tool; }}
  show "$url/health"
  show "$url/caliper/event" -H "Authorization: $sensor_key" -H 'Content-Type: application/json' \\
    -d @infra/local/demonstration/examples/canvas.json
  token=$(curl -s -u "$client_id:$client_secret" -d grant_type=client_credentials "$token_url" |
    sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
  show "$url/events?actor={student}" -H "Authorization: Bearer $token"
  show "$url/sessions?actor={student}" -H "Authorization: Bearer $token"
  make app NAME='My app'      registers an app of your own
  make status                 how full the queues are
"""
