"""The pipeline in memory: process, sweep and queue over one table, with a clock that only the test moves."""

import json
from collections.abc import Callable, Sequence
from copy import replace
from typing import Any

from functions.core.messages import Item, Message, unpack
from functions.core.times import FIRST_US, LAST_US, MINUTE_US, format_time, parse_time
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store import keys
from functions.store.facts.reading import Reading
from functions.store.registrations import Registrations
from functions.store.rows.events import StoredFact
from functions.store.rows.sessions import SessionRow, session_of
from functions.store.slices import between
from functions.storing.pipeline import process
from functions.timeout.context import Context, SweepResult
from functions.timeout.sweep import sweep
from tests.fakes import Calls, MemoryArchive, MemoryBus, MemoryQueue, MemoryTable
from tests.payloads import APP, Json, Payloads

TENANT = keys.tenant_of(APP)
PROCESS = ProcessSettings(table_name="t", bucket_name="b", idle_minutes=30, heartbeat_minutes=5)
TIMEOUT = TimeoutSettings(table_name="t", queue_url="q", idle_minutes=30, heartbeat_minutes=5, margin_seconds=0)
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
        self._sent = 0

    def set_clock(self, minute: float) -> None:
        self.now_us = NINE_US + round(minute * MINUTE_US)

    def send(self, *events: Json, received_us: int | None = None) -> None:
        items = [Item("event", json.dumps(event).encode()) for event in events]
        received_us = self.now_us if received_us is None else received_us
        self._sent += 1
        job = f"j{self._sent:021d}"
        message = Message(tenant=TENANT, app_id=APP, job=job, received_us=received_us, items=items)
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

    def sweep(
        self,
        lag_us: int = 0,
        *,
        time_left: Callable[[], bool] = lambda: True,
        shards: Sequence[str] | None = None,
        **limits: Any,
    ) -> SweepResult:
        return sweep(self.context(lag_us=lag_us, **limits), time_left=time_left, shards=shards)

    def context(self, *, lag_us: int = 0, **limits: Any) -> Context:
        """What a sweep works with now."""
        context = Context(
            table=self.table,
            queue=self.queue,
            settings=TIMEOUT,
            registrations=Registrations(self.table, TIMEOUT.timeouts),
            now_us=self.now_us,
            lag_us=lag_us,
            system_id="urn:uuid:s",
            bus=self.bus,
        )
        return replace(context, **limits)

    def event(self, minute: float, **changed: Any) -> Json:
        when = format_time(NINE_US + round(minute * MINUTE_US))
        return self.payloads.question_started(STUDENT) | {"eventTime": when, **changed}

    def sessions(self) -> list[SessionRow]:
        """Session rows as the sweep stored them, those that are left empty not."""
        rows = [
            row for (_, sk), row in sorted(self.table.items.items()) if sk.startswith((keys.SESSION, keys.INFERRED))
        ]
        return [session for session in map(session_of, rows) if session.all]

    def facts(self, pk: str = keys.learner_pk(TENANT, STUDENT)) -> list[StoredFact]:
        """Everything that is stored of a timeline, by time."""
        return list(between(self.table, pk, FIRST_US, LAST_US, Reading(slice_gap_us=PROCESS.timeouts.slice_gap_us)))

    def pending(self) -> list[str]:
        """The partitions that a sweep has still to look at."""
        with self.calls.lock:  # a sweep's workers may be at it
            return sorted(pk for (pk, _), row in self.table.items.items() if keys.DUE_PK in row)

    def timed_out(self) -> list[Json]:
        """TimedOut events as stored with the learner."""
        return [dict(fact.entry.event) for fact in self.facts() if fact.entry.attribution.action == "TimedOut"]
