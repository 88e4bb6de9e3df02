"""A table filled by the real processor, and the query Lambda asked about it, as the gateway would ask."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import replace
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from functions.core.apps import App
from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message, split_message, unpack
from functions.core.times import MINUTE_US, format_time, parse_time
from functions.http.gate import ADMIN, CLIENT_SCOPES, Principal, principal_context
from functions.query.dependencies import Dependencies, Links, no_exports
from functions.query.handler import handler
from functions.query.settings import QuerySettings
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store import keys
from functions.store.queue import QueueReader
from functions.store.registrations import Registrations, known_registrations
from functions.store.registry import Registry
from functions.storing.pipeline import process
from functions.timeout.context import Context
from functions.timeout.ids.walk import walk_on
from functions.timeout.sweep import sweep
from tests.fakes import Calls, MemoryArchive, MemoryAuditLog, MemoryQueue, MemoryTable, QuietQueues
from tests.payloads import APP, Json, Payloads
from tests.shapes import assert_described

PROCESS = ProcessSettings(table_name="t", bucket_name="b", idle_minutes=30, heartbeat_minutes=5)
TIMEOUT = TimeoutSettings(table_name="t", queue_url="q", idle_minutes=30, heartbeat_minutes=5)
QUERY = QuerySettings(table_name="t", idle_minutes=30, heartbeat_minutes=5)
NINE_US = parse_time("2026-03-02T09:00:00Z") or 0
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"
OTHER_APP = "https://other.example.org/app"


def app_of(app_id: str) -> App:
    return App(app_id=app_id, tenant=keys.tenant_of(app_id), edapps=("*",))


def principal_of(app_id: str, scopes: frozenset[str] = CLIENT_SCOPES) -> Principal:
    return Principal(app=app_of(app_id), scopes=scopes, kind="client")


def in_turn[T](arrivals: Iterable[tuple[int, T]], sweeps: Sequence[int]) -> Iterator[tuple[int, int, T | None]]:
    """A number, the minute and what arrives then, in order of the minutes; None stands for a sweep."""
    steps: list[tuple[int, T | None]] = [*arrivals, *((minute, None) for minute in sweeps)]
    for number, (minute, arrival) in enumerate(sorted(steps, key=itemgetter(0))):
        yield number, minute, arrival


class World:
    """One table, a clock that only the test moves, and who is asking."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.table, self.queue, self.archive = MemoryTable(self.calls), MemoryQueue(), MemoryArchive()
        self.payloads = Payloads(11)
        self.now_us = NINE_US
        self.queues: QueueReader = QuietQueues()
        self.audit = MemoryAuditLog()
        self.open_exports: Callable[[], Links] = no_exports
        self.principal: Principal | None = principal_of(APP)

    def set_clock(self, minute: float) -> None:
        self.now_us = NINE_US + round(minute * MINUTE_US)

    def register(self, *app_ids: str) -> None:
        for app_id in app_ids:
            Registry(self.table).add_app(app_of(app_id), now_us=self.now_us)

    def warm(self) -> None:
        """Let the worker know what it reads once a minute: the app's registration."""
        known_registrations(self.table, QUERY.timeouts).of(keys.tenant_of(APP), now_us=self.now_us)

    def as_admin(self) -> None:
        self.principal = principal_of(APP, CLIENT_SCOPES | ADMIN)

    def send(self, *events: Json, **how: Any) -> str:
        """Process events as they come from one request; its job id."""
        return self.send_raw(*(json.dumps(event).encode() for event in events), **how)

    def send_raw(self, *bodies: bytes, **how: Any) -> str:
        return self.send_items(*(Item("event", body) for body in bodies), **how)

    def send_items(
        self, *items: Item, app: str = APP, received_us: int | None = None, stored: bool = True, **how: Any
    ) -> str:
        received_us = self.now_us if received_us is None else received_us
        key = job_key(received_us, len(self.archive.objects).to_bytes(8, "big"))
        message = Message(
            tenant=keys.tenant_of(app), app_id=app, job="", received_us=received_us, items=list(items), **how
        )
        parts = split_message(message)
        ids = [json.loads(item.raw)["id"] for item in items if item.kind != "rejection"]
        job = job_id(key, ids, len(parts))
        self.parts = [replace(part, job=job) for part in parts]
        if stored:
            self.store(*self.parts)
        return job

    def store(self, *messages: Message) -> None:
        process(messages, table=self.table, archive=self.archive, settings=PROCESS, now_us=self.now_us)

    def sweep(self) -> None:
        """Close what is due."""
        sweep(self.sweep_context(), time_left=lambda: True)

    def walk(self) -> int:
        """One step through the ids; the contents that were noticed not to count."""
        return walk_on(self.sweep_context(), time_left=lambda: True)

    def sweep_context(self) -> Context:
        """What a sweep works with now."""
        return Context(
            table=self.table,
            queue=self.queue,
            settings=TIMEOUT,
            registrations=Registrations(self.table, TIMEOUT.timeouts),
            now_us=self.now_us,
            lag_us=0,
            system_id="urn:uuid:s",
        )

    def drain(self) -> None:
        if self.queue.bodies:
            self.store(*(unpack(body) for body in self.queue.take()))

    def event(self, minute: float, **changed: Any) -> Json:
        return self.payloads.question_started(STUDENT) | {"eventTime": self.time(minute), **changed}

    def time(self, minute: float) -> str:
        return format_time(NINE_US + round(minute * MINUTE_US))

    def ask(self, path: str, method: str = "GET", **parameters: Any) -> dict[str, Any]:
        """The Lambda's answer, its JSON body parsed into `json`."""
        words = {name.rstrip("_"): value for name, value in parameters.items()}
        raw = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in words.items())
        return self.ask_raw(path, raw, method)

    def ask_raw(self, path: str, query: str = "", method: str = "GET", *, accept: str = "") -> dict[str, Any]:
        context: dict[str, Any] = {"http": {"method": method}}
        if self.principal is not None:
            context["authorizer"] = {"lambda": self.context()}
        event: Json = {"rawPath": path, "rawQueryString": query, "requestContext": context}
        if accept:
            event["headers"] = {"accept": accept}
        dependencies = Dependencies(
            table=self.table,
            registry_table=self.table,
            settings=QUERY,
            open_queues=lambda: self.queues,
            audit=self.audit,
            open_exports=self.open_exports,
        )
        answer = handler(event, None, dependencies=dependencies, now_us=self.now_us)
        if method == "GET":  # the gateway sends a POST to another Lambda
            assert_described(method, path, answer)
        if answer["headers"].get("Content-Type") == "application/json" and answer["body"]:
            answer["json"] = json.loads(answer["body"])
        return answer

    def context(self) -> dict[str, str]:
        """What the authorizer would pass on."""
        assert self.principal is not None
        return principal_context(self.principal)

    def get(self, path: str, **parameters: Any) -> Any:
        """The body of a 200."""
        answer = self.ask(path, **parameters)
        assert answer["statusCode"] == 200, answer["body"]
        return answer["json"]

    def refused(self, path: str, **parameters: Any) -> tuple[int, str]:
        """Status and code of a refusal, which is always JSON with a message."""
        answer = self.ask(path, **parameters)
        assert answer["json"]["status"] == "error"
        assert answer["json"]["message"]
        return answer["statusCode"], answer["json"]["code"]

    def all(self, path: str, name: str, **parameters: Any) -> list[Any]:
        """Every row of a list, read page by page."""
        collected: list[Any] = []
        cursor = None
        for _ in range(500):
            body = self.get(path, **parameters, **({"cursor": cursor} if cursor else {}))
            collected += body[name]
            cursor = body["cursor"]
            if cursor is None:
                return collected
        raise AssertionError("the list does not end")


def ids(rows: list[Any]) -> list[str]:
    return [row["event"]["id"] for row in rows]
