"""The command `caliper serve`. What it needs beyond the other commands is imported when it runs."""

import importlib.util
import os
import sys
from argparse import Namespace

from functions.client.command import DONE, REFUSED, Commands
from functions.client.double import APP_ID
from functions.client.validating.command import add_app_options, app_of
from functions.core.defaults import IDLE_MINUTES

NEEDED = ("boto3", "aws_lambda_powertools", "isal", "pydantic", "jwt", "re2", "zstandard")
INSTALL = "caliper serve runs the real service and needs more packages: install caliper-event-store[serve]."


def add_serve_command(commands: Commands) -> None:
    parser = commands.add_parser(
        "serve",
        help="run the service in this process, for tests and for trying it out",
        description="The real routes on in-memory doors: no AWS, no emulator, nothing kept. Every credential is "
        "accepted unless --key or --client names some. Below /micro are what was sent, a reset and the clock. "
        "The first line of its output is its URL. SIGTERM or Ctrl-C ends it.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=4010, help="0 takes any free port (default: 4010)")
    parser.add_argument("--app-id", default=APP_ID, help=f"the id of the registered app (default: {APP_ID})")
    parser.add_argument(
        "--idle-minutes",
        type=_minutes,
        default=IDLE_MINUTES,
        help=f"when an idle session ends (default: {IDLE_MINUTES:g})",
    )
    parser.add_argument("--key", action="append", default=[], help="let in by this sensor key only (may be repeated)")
    parser.add_argument(
        "--client", action="append", default=[], metavar="ID:SECRET", help="let in by this OAuth client only"
    )
    add_app_options(parser)
    parser.set_defaults(run=serve)


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= 60 * 24:
        raise ValueError(text)
    return minutes


def serve(options: Namespace) -> int:
    """Serve until stopped."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        print(INSTALL, file=sys.stderr)
        return REFUSED
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")  # a line a request is for the log of AWS

    from functions.client.double.apps import ServedApp
    from functions.client.double.server import DoubleServer, first_lines, serve_until_stopped
    from functions.client.double.service import Double
    from functions.store import keys

    app = app_of(options, app_id=options.app_id, tenant=keys.tenant_of(options.app_id))
    clients = dict(client.split(":", 1) for client in options.client if ":" in client)
    if len(clients) < len(options.client):
        print("--client is written ID:SECRET.", file=sys.stderr)
        return REFUSED
    double = Double([ServedApp(app, options.key, clients)], idle_minutes=options.idle_minutes)
    try:
        server = DoubleServer(double, host=options.host, port=options.port)
    except OSError as error:
        where = f"{options.host}:{options.port}"
        print(f"Cannot listen at {where}: {error.strerror}. Name another --port, or 0.", file=sys.stderr)
        return REFUSED
    credentials = "the credentials that you named" if options.key or clients else "any key or client"
    print(first_lines(server, credentials=credentials), flush=True)
    serve_until_stopped(server)
    return DONE
