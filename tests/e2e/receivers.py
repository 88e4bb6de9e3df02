"""A receiver of deliveries on this machine: it verifies each POST with the library that consumers use."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

from standardwebhooks.webhooks import Webhook


@dataclass
class Receiver:
    """What came, in order. `status` is what it answers, after `first_statuses`. `taken` and `refused` are ids of
    deliveries.
    """

    secret: str
    url: str = ""
    status: int = 200
    first_statuses: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        status = self.first_statuses.pop(0) if self.first_statuses else self.status
        if status >= 300:
            self.refused.append(headers["webhook-id"])
            return status
        try:
            key = self.secret if self.secret.startswith("whsec_") else self.secret.encode()
            Webhook(key).verify(body, headers)
        except Exception as error:  # noqa: BLE001  a test looks at it
            self.faults.append(repr(error))
        self.taken.append(headers["webhook-id"])
        self.raw.append(body)
        self.bodies.append(json.loads(body))
        return status

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in body["data"]]


class _Handler(BaseHTTPRequestHandler):
    receiver: ClassVar[Receiver]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status = self.receiver.take(body, {name.lower(): value for name, value in self.headers.items()})
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        return


@contextmanager
def receiver(secret: str) -> Iterator[Receiver]:
    """One that listens until the end of the block."""
    receiver = Receiver(secret)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver}))
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
