"""The invitation at the end of `make local`: what to try on the stack, which stays up for it."""

import time

from infra.local.demonstration.example import example
from infra.local.emulation import emulator
from infra.local.report import Stopped
from infra.local.workspace import Endpoint, Workspace


def stay_up(endpoint: Endpoint, workspace: Workspace) -> None:
    """Say what to try, and wait until Ctrl-C or `make down`; raises Stopped where the emulator dies."""
    print(_what_to_try(endpoint))
    while True:
        time.sleep(1)
        if not workspace.endpoint_file.exists():
            return
        if emulator.running(workspace) is None:
            raise Stopped(f"the emulator died:\n{emulator.tail(workspace)}", "run `make local` again")


def _what_to_try(it: Endpoint) -> str:
    student = example("lesson.json")["data"][0]["actor"]
    return f"""
The stack stays up until Ctrl-C. To try, in another terminal, in this directory:

  curl -sw '\\n' '{it.url}/health'
  curl -sw '\\n' -H 'Authorization: {it.sensor_key}' -H 'Content-Type: application/json' \\
    -d @infra/local/demonstration/examples/canvas.json '{it.url}/caliper/event'
  TOKEN=$(curl -s -u '{it.client_id}:{it.client_secret}' -d grant_type=client_credentials \\
    '{it.token_url}' | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
  curl -sw '\\n' -H "Authorization: Bearer $TOKEN" '{it.url}/events?actor={student}'
  curl -sw '\\n' -H "Authorization: Bearer $TOKEN" '{it.url}/sessions?actor={student}'
  make app NAME='My app'      registers an app of your own
  make status                 how full the queues are
"""
