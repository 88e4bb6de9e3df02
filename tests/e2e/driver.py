"""Drives a running local stack over HTTP, many requests at once, and waits for what becomes of what was sent.

Shared by the commands `make school-day`, `make soak` and `make load`; each brings up a stack of its own beside a
developer's, and ends it.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.config import Config
from infra.local.lifecycle import down, up
from infra.local.report import Progress
from infra.local.settings import config_from
from infra.local.workspace import Endpoint, Workspace, clean_environment, client
from infra.packaging.package import ROOT

AT_ONCE = 4
ATTEMPTS = 6
RETRY_SECONDS = 0.5
LOOK_SECONDS = 0.5


class Stuck(Exception):
    """What was waited for did not come."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a POST, the moment it came (monotonic seconds), how long it took, and whether it was retried."""

    status: int
    body: Any
    answered_s: float
    seconds: float
    attempts: int = 1


@contextmanager
def stack(name: str, **settings: Any) -> Iterator[tuple[Endpoint, Workspace, Config]]:
    """A fresh stack in `.local/<name>` of these settings, those of the environment before them; ended on the way out.

    Nothing in this program reaches real AWS from here on.
    """
    workspace = Workspace(ROOT / ".local" / name)
    chosen = dict(os.environ)
    config = config_from(chosen, **settings)
    os.environ.clear()
    os.environ.update(clean_environment(chosen))
    down(workspace)
    try:
        yield up(workspace, config, Progress()), workspace, config
    finally:
        down(workspace)


@dataclass(slots=True)
class Driver:
    """Requests to one endpoint, each with the credential of its app; so many of them at a time."""

    endpoint: Endpoint
    http: httpx.AsyncClient
    connections: int
    at_once: asyncio.Semaphore
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def token(self, client_id: str, secret: str) -> dict[str, str]:
        answer = await self.http.post(
            self.endpoint.token_url, auth=(client_id, secret), data={"grant_type": "client_credentials"}
        )
        answer.raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def post(self, app: str, body: bytes, path: str = "/caliper/event") -> Answer:
        """Send `body` as `app`; again where the answer was 429 or 5xx, or none came: nothing is stored twice."""
        headers = self.headers[app] | {"Content-Type": "application/json"}
        url = self.endpoint.url + path
        refusal = ""
        for attempt in range(1, ATTEMPTS + 1):
            async with self.at_once:
                began = time.monotonic()
                try:
                    got = await self.http.post(url, content=body, headers=headers)
                except httpx.TransportError as failure:
                    got, refusal = None, repr(failure)
                ended = time.monotonic()
            if got is not None and got.status_code != 429 and got.status_code < 500:
                return Answer(got.status_code, got.json(), ended, ended - began, attempt)
            refusal = refusal if got is None else f"{got.status_code} {got.text[:300]}"
            await asyncio.sleep(RETRY_SECONDS * attempt)
        raise Stuck(f"POST {path} was refused {ATTEMPTS} times: {refusal}")

    async def warm(self) -> None:
        """Have as many workers started as requests come at once: a cold one takes seconds on a busy machine."""
        for app in self.headers:
            await asyncio.gather(*(self._warm(app, "POST", "/caliper/event/validate") for _ in range(self.connections)))
        await asyncio.gather(*(self._warm("timeback", "GET", "/health") for _ in range(self.connections)))

    async def _warm(self, app: str, method: str, path: str) -> None:
        headers = self.headers[app] | {"Content-Type": "application/json"}
        body = b"{}" if method == "POST" else None
        await self.http.request(method, self.endpoint.url + path, content=body, headers=headers)

    async def get(self, app: str, path: str, **parameters: str) -> Any:
        """The JSON of a read, None if there is no such thing (404)."""
        refusal = ""
        for attempt in range(1, ATTEMPTS + 1):
            async with self.at_once:
                got = await self.http.get(self.endpoint.url + path, params=parameters, headers=self.headers[app])
            if got.status_code == 404:
                return None
            if got.status_code == 200:
                return got.json()
            refusal = f"{got.status_code} {got.text[:300]}"
            if got.status_code != 429 and got.status_code < 500:
                break
            await asyncio.sleep(RETRY_SECONDS * attempt)
        raise Stuck(f"GET {path} {parameters} was answered {refusal}")

    async def rows(self, app: str, kind: str, **parameters: str) -> list[dict[str, Any]]:
        """All rows of `GET /<kind>`, page by page."""
        collected: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.get(app, f"/{kind}", limit="1000", **parameters, **({"cursor": cursor} if cursor else {}))
            if page is None:
                break
            collected += page[kind]
            cursor = page.get("cursor")
        return collected


@asynccontextmanager
async def driver(endpoint: Endpoint, *, at_once: int = AT_ONCE) -> AsyncIterator[Driver]:
    """A driver with the demonstration apps' credentials: `timeback` a token, `lms` a key, `lms reads` a token."""
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as http:
        new_driver = Driver(endpoint, http, at_once, asyncio.Semaphore(at_once))
        new_driver.headers["timeback"] = await new_driver.token(endpoint.client_id, endpoint.client_secret)
        new_driver.headers["lms"] = {"Authorization": endpoint.sensor_key}
        new_driver.headers["lms reads"] = await new_driver.token(endpoint.lms_client_id, endpoint.lms_client_secret)
        yield new_driver


class Backstage:
    """The stack from behind, as its operator sees it: queues, the sweep, logs, rows, archive."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = client(service, self.endpoint.aws_endpoint_url, self.endpoint.aws_key)
        return self._clients[service]

    def function(self, part: str) -> str:
        """The full name of the function of `Process`, `Timeout`, …"""
        names = [function["FunctionName"] for function in self.client("lambda").list_functions()["Functions"]]
        (name,) = [name for name in names if f"-{part}Function" in name]
        return str(name)

    def waiting(self, url: str = "") -> int:
        """Messages in the queue (or in the one at `url`), those in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.client("sqs").get_queue_attributes(
            QueueUrl=url or self.endpoint.queue_url, AttributeNames=names
        )
        return sum(map(int, attributes["Attributes"].values()))

    def sweep(self) -> dict[str, Any]:
        """Run `timeout` now, as the schedule does each minute; what it says it did."""
        answer = self.client("lambda").invoke(FunctionName=self.function("Timeout"), Payload=b"{}")
        text = answer["Payload"].read()
        if "FunctionError" in answer:
            raise Stuck(f"the sweep failed: {text[:500]!r}")
        logged: dict[str, Any] = json.loads(text)
        return logged

    def drained(self, seconds: float) -> None:
        """Wait until the queue is empty: all that was sent is processed."""
        wait_for("an empty queue", lambda: self.waiting() == 0, seconds=seconds)

    def items(self) -> Iterator[dict[str, Any]]:
        """Every row of the table, as DynamoDB has it."""
        for page in self.client("dynamodb").get_paginator("scan").paginate(TableName=self.endpoint.table):
            yield from page["Items"]


def wait_for[T](what: str, look: Callable[[], T], *, seconds: float, every: float = LOOK_SECONDS) -> T:
    """The first truthy result of `look`; raises Stuck, naming `what`, if none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        outcome = look()
        if outcome:
            return outcome
        if time.monotonic() > deadline:
            raise Stuck(f"{what} did not come within {seconds:.0f} s; last seen: {outcome!r}")
        time.sleep(every)


def table_of(lines: Iterable[tuple[str, ...]]) -> str:
    """Lines of columns: the first to the left, the others to the right."""
    rows = list(lines)
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(max(map(len, rows)))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=False))]
        )
        for row in rows
    )
