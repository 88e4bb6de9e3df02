"""The same tests as against the stack, with `caliper serve` in its place: no emulator is started."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from threading import Thread
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from functions.client.double.apps import ServedApp
from functions.client.double.server import DoubleServer
from functions.client.double.service import Double, app_of
from infra.local.workspace import Endpoint
from tests.e2e.conftest import IDLE_MINUTES, Stack

LMS = "https://lms.example.edu"
NOT_HERE = "not in the double"


class DoubleStack(Stack):
    """The double as the tests see a stack."""

    def __init__(self, double: Double, endpoint: Endpoint, http: httpx.Client) -> None:
        super().__init__(endpoint, http)
        self.double = double

    def sweep(self) -> None:
        self.double.sweep()

    def client(self, service: str) -> Any:
        """Of AWS there is the queue alone."""
        assert service == "sqs", f"{service} is {NOT_HERE}"

        def send_message(*, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803  boto3's names
            del QueueUrl
            self.double.lambdas.queue.send([MessageBody], group="")

        return SimpleNamespace(send_message=send_message)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    app = app_of("urn:uuid:0f5a7c1e-0000-4000-8000-000000000001", ["*"], house="timeback")
    lms = app_of(LMS, ["*"])
    served = [
        ServedApp(app, clients={"timeback-client": "timeback-secret"}),
        ServedApp(lms, keys=["ck_lms"], clients={"lms-client": "lms-secret"}),
    ]
    double = Double(served, idle_minutes=IDLE_MINUTES, heartbeat_minutes=IDLE_MINUTES)
    server = DoubleServer(double)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    unused = {declared.name: NOT_HERE for declared in fields(Endpoint) if declared.default is MISSING}  # of AWS
    here = {
        "url": server.url,
        "token_url": f"{server.url}/oauth2/token",
        "client_id": "timeback-client",
        "client_secret": "timeback-secret",
        "app_id": app.app_id,
        "lms_client_id": "lms-client",
        "lms_client_secret": "lms-secret",
        "sensor_key": "ck_lms",
        "idle_minutes": str(IDLE_MINUTES),
        "heartbeat_minutes": str(IDLE_MINUTES),
    }
    endpoint = Endpoint(**unused | here)
    try:
        with httpx.Client(timeout=30) as http:
            yield DoubleStack(double, endpoint, http)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
