"""The pipeline in memory: process, sweep and queue over one table, with a clock that only the test moves."""

import json
from collections.abc import Callable
from typing import Any

from functions.core.messages import Item, Message, unpack
from functions.core.times import FIRST_US, LAST_US, MINUTE_US, format_time, parse_time
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store import keys
from functions.store.dynamodb.table import Row
from functions.store.timeline import between
from functions.storing.pipeline import process
from functions.timeout.sweep import sweep
from functions.timeout.work import Sweep, Swept
from tests.fakes import Calls, MemoryArchive, MemoryBus, MemoryQueue, MemoryTable
from tests.payloads import APP, Json, Payloads

TENANT = keys.tenant_of(APP)
PROCESS = ProcessSettings(table_name="t", bucket_name="b", idle_minutes=30, heartbeat_minutes=5)
TIMEOUT = TimeoutSettings(table_name="t", queue_url="q", idle_minutes=30, heartbeat_minutes=5)
NINE_US = parse_time("2026-03-02T09:00:00Z") or 0
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"


class World:
    """One table, queue and archive, and a clock that only the test moves."""

    def __init__(self, calls: Calls | None = None) -> None:
        calls = calls or Calls()
        self.calls = calls
        self.table, self.queue, self.archive = MemoryTable(calls), MemoryQueue(calls), MemoryArchive(calls)
        self.bus = MemoryBus(calls)
        self.payloads = Payloads(5)
        self.now_us = NINE_US

    def at(self, minute: float) -> None:
        self.now_us = NINE_US + round(minute * MINUTE_US)

    def send(self, *events: Json, received_us: int | None = None) -> None:
        items = [Item("event", json.dumps(event).encode()) for event in events]
        received_us = self.now_us if received_us is None else received_us
        message = Message(tenant=TENANT, app_id=APP, job="j" * 22, received_us=received_us, items=items)
        self._process([message])

    def _process(self, messages: list[Message]) -> None:
        process(
            messages,
            table=self.table,
            archive=self.archive,
            settings=PROCESS,
            now_us=self.now_us,
            bus=self.bus,
        )

    def drain(self) -> list[Json]:
        """Process what the sweep queued; the TimedOut events that came through."""
        messages = [unpack(body) for body in self.queue.take()]
        if messages:
            self._process(messages)
        return [json.loads(item.raw) for message in messages for item in message.items]

    def sweep(self, lag_us: int = 0, *, time_left: Callable[[], bool] = lambda: True, **limits: Any) -> Swept:
        work = Sweep(
            table=self.table,
            queue=self.queue,
            settings=TIMEOUT,
            now_us=self.now_us,
            lag_us=lag_us,
            system_id="urn:uuid:s",
            bus=self.bus,
            **limits,
        )
        return sweep(work, time_left=time_left)

    def event(self, minute: float, **changed: Any) -> Json:
        when = format_time(NINE_US + round(minute * MINUTE_US))
        return self.payloads.question_started(STUDENT) | {"eventTime": when, **changed}

    def sessions(self) -> list[Row]:
        return [row for (_, sk), row in sorted(self.table.items.items()) if sk.startswith(keys.SESSION)]

    def timed_out(self) -> list[Json]:
        """TimedOut events as stored with the learner."""
        facts = between(self.table, keys.learner_pk(TENANT, STUDENT), FIRST_US, LAST_US)
        return [dict(fact.entry.event) for fact in facts if fact.entry.attribution.action == "TimedOut"]
