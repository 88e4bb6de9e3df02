"""`make soak MISUSE=1`: what becomes of an honest app's events while another app misbehaves (`tests.e2e.misuse`).

At the end every honest event must be answered, and every honest session be timed out by the second sweep after its due
time. A sweep begins each minute and works for up to 55 s. And nothing is due while an older message may still wait in
the queue, as messages that cannot be read do until their third delivery.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.core.apps import App
from functions.core.times import MINUTE_US, parse_time
from functions.operate.registry.registration import register
from functions.settings import UNREADABLE_RECEIVES
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from infra.local.workspace import Endpoint
from tests.bench.measure import median
from tests.e2e.driver import Backstage, Driver, driver, table_of
from tests.e2e.misuse import BUDGET, PUPILS, Meeting, Sitting, meet
from tests.payloads import Json

IDLE_MINUTES = 1.0
VISIBILITY_SECONDS = 10  # in place of nine minutes, as in the other soak
SWEEPS = 2  # after its due time, by which a session is timed out
SWEEP_SECONDS, SWEEP_WORKS_SECONDS = 60, 55
MOST_LATE_US = 1_000_000 * (SWEEPS * SWEEP_SECONDS + SWEEP_WORKS_SECONDS + UNREADABLE_RECEIVES * VISIBILITY_SECONDS)
ENDS_SECONDS = 500.0
LOOK_SECONDS = 10.0
AT_ONCE = PUPILS


@dataclass
class Outcome:
    """What is answered of the honest sittings: by id, and how long after its due time each session was timed out."""

    missing: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    late_us: list[int] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.missing and not self.open and max(self.late_us, default=0) <= MOST_LATE_US


def soak_beside_misuse(endpoint: Endpoint, *, minutes: float, seed: int) -> int:
    """0 if the honest app had all that it may expect, else 1."""
    behind = Backstage(endpoint)
    behind.client("sqs").set_queue_attributes(
        QueueUrl=endpoint.queue_url, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)}
    )
    print(f"{PUPILS} pupils work for {minutes:g} minutes while another app misbehaves …", flush=True)
    meeting, outcome = asyncio.run(_run(endpoint, behind, seconds=minutes * 60, seed=seed))
    waiting, dead = behind.waiting(), behind.waiting(endpoint.dlq_url)
    print(report(meeting, outcome, waiting=waiting, dead=dead))
    for name in (*outcome.missing, *outcome.open)[:20]:
        print(f"not as it should be: {name}")
    if outcome.holds:
        print("every honest event is stored and answered, every honest session was timed out in time")
    return 0 if outcome.holds else 1


async def _run(endpoint: Endpoint, behind: Backstage, *, seconds: float, seed: int) -> tuple[Meeting, Outcome]:
    async with driver(endpoint, at_once=AT_ONCE) as sender:
        await _register_the_misuser(behind, sender)
        await sender.warm()
        meeting = await meet(sender, behind, seconds=seconds, seed=seed)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ENDS_SECONDS
        while True:
            outcome = await _outcome(sender, meeting.sittings)
            if not (outcome.open or outcome.missing) or loop.time() > deadline:
                return meeting, outcome
            await asyncio.sleep(LOOK_SECONDS)


async def _register_the_misuser(behind: Backstage, sender: Driver) -> None:
    endpoint = behind.endpoint
    app = register(
        Registry(DynamoTable(behind.client("dynamodb"), endpoint.registry_table)),
        behind.client("cognito-idp"),
        App(app_id="", tenant="", name="An app that misbehaves", edapps=("*",), budget=BUDGET),
        user_pool_id=endpoint.user_pool_id,
    )
    sender.headers["misuser"] = await sender.token(app.client_id, app.client_secret)


async def _outcome(sender: Driver, sittings: Sequence[Sitting]) -> Outcome:
    outcome = Outcome()
    for sitting in sittings:
        rows = await sender.rows("timeback", "events", session=sitting.session)
        answered = {row["event"]["id"] for row in rows}
        outcome.missing += [name for name in sitting.ids if name not in answered]
        ends = [row for row in rows if row["system"] and row["event"]["action"] == "TimedOut"]
        if ends:
            outcome.late_us.append(min(_us(row["receivedAt"]) for row in ends) - due_us(rows))
        elif sitting.ids:
            outcome.open.append(sitting.session)
    return outcome


def due_us(rows: Sequence[Json]) -> int:
    """When a session of these events may be timed out: idle since its last activity and arrival."""
    own = [row for row in rows if not row["system"]]
    last_us = max(max(_us(row["event"]["eventTime"]), _us(row["receivedAt"])) for row in own)
    return last_us + round(IDLE_MINUTES * MINUTE_US)


def _us(time: str) -> int:
    parsed = parse_time(time)
    assert parsed is not None
    return parsed


def report(meeting: Meeting, outcome: Outcome, *, waiting: int, dead: int) -> str:
    """What was sent and what came of it, as a table."""
    events = sum(len(sitting.ids) for sitting in meeting.sittings)
    seconds = sorted(meeting.seconds)
    late = sorted(late_us / 1_000_000 for late_us in outcome.late_us) or [0.0]
    return table_of(
        [
            ("honest events accepted", f"{events:,}"),
            ("  answered", f"{events - len(outcome.missing):,}"),
            ("  of sessions", f"{len(meeting.sittings):,}"),
            ("  requests sent again after 429, 5xx or no answer", f"{meeting.retried:,}"),
            ("  seconds to an answer, median and most", f"{median(seconds):.2f}", f"{seconds[-1]:.2f}"),
            ("  seconds from due to timed out, median and most", f"{median(late):.0f}", f"{late[-1]:.0f}"),
            ("honest sessions still open", f"{len(outcome.open):,}"),
            *(
                (f"answers to: {way}", " ".join(f"{count}×{status}" for status, count in sorted(answers.items())))
                for way, answers in meeting.answers.items()
            ),
            ("messages that still wait", f"{waiting:,}"),
            ("dead letters", f"{dead:,}"),
        ]
    )
