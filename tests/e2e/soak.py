"""`make soak`: sustained load on a running stack while `process` is killed at random, then every id accounted for.

Good and bad items, envelopes sent again, events repeated in other envelopes. At the end the ids that were accepted, as
the answers told, are held against the table, the archive and the quarantine; one that is missing fails the run.

A batch whose worker dies comes back when its visibility timeout is over, 9 minutes in the real stack. The soak's stack
is given a few seconds instead, after its deployment; nothing else of it differs.
"""

import argparse
import asyncio
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from functions.core.ids import id_digest
from functions.operate.recovery.redrive import redrive
from functions.operate.registry.lookup import find_app
from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from infra.local.workspace import Endpoint, Workspace
from tests.e2e.driver import Backstage, Driver, Stuck, driver, stack, table_of, wait_for
from tests.e2e.fairness import IDLE_MINUTES, soak_beside_misuse
from tests.e2e.killer import Killer
from tests.payloads import Json, Payloads, envelope

SENSORS = 4
LEARNERS = 50
VISIBILITY_SECONDS = 10
PACE_SECONDS = 0.1  # between two requests of a sensor: the local stack shall be loaded, not buried
KILL_SECONDS = (2.0, 10.0)
DRAIN_SECONDS = 900.0
REPEATED, AGAIN, BAD = 0.1, 0.1, 0.03  # shares: events in a second envelope, envelopes sent twice, items without action
BATCH_FAILED = "failed processing SQS batch"  # what the emulator logs
SHOWN = 20


@dataclass(slots=True)
class Ledger:
    """What was sent and what the answers said of it, by event id."""

    accepted: Counter[str] = field(default_factory=Counter)  # how often each id was accepted
    rejected: set[str] = field(default_factory=set)
    requests: int = 0
    retried: int = 0
    seconds: float = 0.0

    def note(self, items: Sequence[Json], answer: Any, attempts: int) -> None:
        refused = {entry["index"] for entry in answer.get("errors", [])}
        for index, item in enumerate(items):
            if index in refused:
                self.rejected.add(item["id"])
            else:
                self.accepted[item["id"]] += 1
        self.requests += 1
        self.retried += attempts - 1


@dataclass(slots=True)
class Found:
    """What the stack holds, by reference to an event id."""

    stored: Counter[str] = field(default_factory=Counter)
    quarantined: set[str] = field(default_factory=set)
    archived: Counter[str] = field(default_factory=Counter)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every accepted id is there, 1 where one is missing, 2 where the stack did not come so far."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misuse", action="store_true", help="one app misbehaves beside an honest one, none is killed")
    options = parser.parse_args(arguments)
    settings = {"idle_minutes": IDLE_MINUTES} if options.misuse else {}
    with stack("soak", **settings) as (endpoint, workspace, _):
        try:
            if options.misuse:
                return soak_beside_misuse(endpoint, minutes=options.minutes, seed=options.seed)
            return soak(endpoint, workspace, minutes=options.minutes, seed=options.seed)
        except Stuck as stuck:
            print(f"\nstopped: {stuck}\n  what to do: see .local/soak/emulator.log", file=sys.stderr)
            return 2


def soak(endpoint: Endpoint, workspace: Workspace, *, minutes: float, seed: int) -> int:
    behind = Backstage(endpoint)
    behind.client("sqs").set_queue_attributes(
        QueueUrl=endpoint.queue_url, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)}
    )
    ledger = Ledger()
    killer = Killer(workspace, behind.function("Process"), random.Random(seed), between=KILL_SECONDS)
    print(
        f"sending for {minutes:g} minutes; workers of process die every {KILL_SECONDS[0]:g} to {KILL_SECONDS[1]:g} s …"
    )
    killer.start()
    try:
        asyncio.run(_send(endpoint, ledger, seconds=minutes * 60, seed=seed))
    finally:
        killer.stop()
    began = time.monotonic()
    redriven = _drain(behind)
    print(f"all that was sent is processed, {time.monotonic() - began:.0f} s after the last request")
    failed = workspace.log.read_text(errors="replace").count(BATCH_FAILED)
    return _reconcile(behind, ledger, killer, redriven, failed)


async def _send(endpoint: Endpoint, ledger: Ledger, *, seconds: float, seed: int) -> None:
    async with driver(endpoint, at_once=SENSORS) as sender:
        await sender.warm()
        began = time.monotonic()
        await asyncio.gather(
            *(_sensor(sender, ledger, random.Random(f"{seed} {n}"), began + seconds) for n in range(SENSORS))
        )
        ledger.seconds = time.monotonic() - began


async def _sensor(sender: Driver, ledger: Ledger, rng: random.Random, until: float) -> None:
    payloads = Payloads(rng.getrandbits(32), app=sender.endpoint.app_id)
    makers = [make for name, make in payloads.mix().items() if not name.startswith(("Canvas", "Blackboard"))]
    students = [payloads.urn() for _ in range(LEARNERS)]
    recent: list[Json] = []
    while time.monotonic() < until:
        payloads.clock = datetime.now(UTC)
        items = [rng.choice(makers)(rng.choice(students)) for _ in range(rng.choice([1, 5, 25]))]
        for item in items:
            if rng.random() < BAD:
                del item["action"]
        items += rng.sample(recent, min(len(recent), sum(rng.random() < REPEATED for _ in items)))
        recent = (recent + items)[-200:]
        body = json.dumps(envelope(*items)).encode()
        for _ in range(1 + (rng.random() < AGAIN)):
            answer = await sender.post("timeback", body)
            if answer.status not in (200, 400):
                raise Stuck(f"an envelope was answered {answer.status}: {answer.body}")
            ledger.note(items, answer.body, answer.attempts)
        await asyncio.sleep(rng.uniform(0, 2 * PACE_SECONDS))


def _drain(behind: Backstage) -> int:
    """Wait until queue and dead letters are empty, sending the latter again; how many were."""
    sqs, redriven = behind.client("sqs"), 0

    def empty() -> bool:
        nonlocal redriven
        if behind.waiting():
            return False
        redriven += len(redrive(sqs, behind.endpoint.dlq_url, behind.endpoint.queue_url).moved)
        return behind.waiting() == 0 and behind.waiting(behind.endpoint.dlq_url) == 0

    wait_for("empty queues", empty, seconds=DRAIN_SECONDS)
    return redriven


def _reconcile(behind: Backstage, ledger: Ledger, killer: Killer, redriven: int, failed: int) -> int:
    """Hold every accepted id against what is there; 1 where one is missing, 0 where none is."""
    comparison = _found(behind)
    tenant = find_app(
        Registry(DynamoTable(behind.client("dynamodb"), behind.endpoint.registry_table)), behind.endpoint.app_id
    ).tenant
    ref = {name: keys.event_ref(tenant, name) for name in [*ledger.accepted, *ledger.rejected]}
    kept = {name: keys.rejection_ref(tenant, id_digest(name)) for name in ref}
    accepted = {name for name in ledger.accepted if name not in ledger.rejected}
    stored = {name for name in accepted if comparison.stored[ref[name]]}
    rejected = {name for name in accepted if name not in stored and kept[name] in comparison.quarantined}
    missing = sorted(accepted - stored - rejected)
    unarchived = sorted(name for name in accepted if not comparison.archived[name])
    twice = sorted(name for name in accepted if comparison.stored[ref[name]] > 1)
    unkept = sorted(name for name in ledger.rejected if kept[name] not in comparison.quarantined)
    print(
        table_of(
            [
                ("requests answered", f"{ledger.requests:,}", f"{ledger.requests / ledger.seconds:.1f}/s"),
                ("  sent again after 429, 5xx or no answer", f"{ledger.retried:,}"),
                ("workers of process killed at work", f"{killer.killed:,}"),
                ("batches that came back", f"{failed:,}"),
                ("dead letters sent again", f"{redriven:,}"),
                (
                    "events accepted",
                    f"{ledger.accepted.total():,}",
                    f"{ledger.accepted.total() / ledger.seconds:.0f}/s",
                ),
                ("  of different ids", f"{len(accepted):,}"),
                ("accepted and stored", f"{len(stored):,}"),
                ("accepted and quarantined", f"{len(rejected):,}"),
                ("accepted and MISSING", f"{len(missing):,}"),
                ("accepted and not archived", f"{len(unarchived):,}"),
                ("stored more than once", f"{len(twice):,}"),
                ("archive lines of accepted events", f"{sum(comparison.archived[name] for name in accepted):,}"),
                ("rejected", f"{len(ledger.rejected):,}"),
                ("rejected and not in quarantine", f"{len(unkept):,}"),
            ]
        )
    )
    wrong = {
        "missing": missing,
        "not archived": unarchived,
        "stored more than once": twice,
        "rejected and not kept": unkept,
    }
    for what, names in wrong.items():
        for name in names[:SHOWN]:
            print(f"{what}: {name}")
        if len(names) > SHOWN:
            print(f"{what}: and {len(names) - SHOWN} more")
    if any(wrong.values()):
        return 1
    print("every accepted event is stored once and archived: nothing is lost")
    return 0


def _found(behind: Backstage) -> Found:
    """All rows and all archived lines. A scan is for this command only: the service has none."""
    result = Found()
    for item in behind.items():
        ref = item.get(keys.BY_ID_PK, {}).get("S")
        if ref is not None and item[keys.SK]["S"].startswith(keys.EVENT):
            result.stored[ref] += 1
        elif ref is not None and "reasons" in item:
            result.quarantined.add(ref)
    for line in _lines(behind):
        if line["kind"] == "event":
            result.archived[json.loads(line["raw"])["id"]] += 1
    return result


def _lines(behind: Backstage) -> Iterator[Json]:
    s3, bucket = behind.client("s3"), behind.endpoint.bucket
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="archive/"):
        for content in page.get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=content["Key"])["Body"].read()
            yield from map(json.loads, gzip.decompress(body).splitlines())


if __name__ == "__main__":
    sys.exit(main())
