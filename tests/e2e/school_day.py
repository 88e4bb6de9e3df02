"""`make school-day`: a day at school, sent through a running stack, whose totals are known beforehand.

Learners of three apps work, log in and out, walk away, open a second tab; what they do is sent out of order, some of
it twice, some of it only after all their sessions were closed. Everything is made from a seed, with what must come of
it; what the service tells is then compared over HTTP, exactly. `--small` is what `make test` runs.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from functions.core.apps import App
from functions.core.times import LAST_US
from functions.operate.registry.lookup import find_app
from functions.operate.registry.registration import register
from functions.store import keys
from functions.store.backlog import pause_sweep
from functions.store.dynamodb.table import DynamoTable, rows
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from infra.local.workspace import Endpoint
from tests.e2e.comparison import READ_AS, Tally, compare
from tests.e2e.day import LESSONS, Day, Request, school_day
from tests.e2e.driver import AT_ONCE, Backstage, Driver, Stuck, driver, stack, table_of, wait_for
from tests.e2e.outcome import Pupil
from tests.e2e.pupils import READERS_PATTERN

IDLE_MINUTES = 1.0
SHOWN = 40
PATIENCE_SECONDS = 600.0
SWEEP_SECONDS = 2.0


@dataclass(slots=True)
class Report:
    """What was sent, how long each part took, and what was found. `day` is what was lived, added up to its end."""

    day: Day
    tally: Tally = field(default_factory=Tally)
    seconds: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    items: int = 0
    refused: int = 0
    jobs: list[tuple[str, str]] = field(default_factory=list)  # app and job of each request that was accepted
    repeats: dict[str, int] = field(default_factory=dict)  # what was sent twice on purpose
    widest_s: float = 0.0  # the longest that one learner's requests were spread over

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[part] = self.seconds.get(part, 0.0) + time.monotonic() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every total is met, 1 if one is not, 2 if the stack did not come so far."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.school_day", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--small", action="store_true", help="12 learners")
    options = parser.parse_args(arguments)
    learners = 12 if options.small else options.learners
    with stack("school-day", idle_minutes=IDLE_MINUTES) as (endpoint, _, config):
        try:
            report = live(endpoint, seed=options.seed, learners=learners, idle_minutes=config.idle_minutes)
        except Stuck as stuck:
            print(f"\nstopped: {stuck}\n  what to do: see .local/school-day/emulator.log", file=sys.stderr)
            return 2
    print(report_text(report, seed=options.seed, learners=learners))
    return 1 if report.tally.mismatches else 0


def live(
    endpoint: Endpoint, *, seed: int, learners: int, idle_minutes: float, held: bool = False, at_once: int = AT_ONCE
) -> Report:
    """Live the day on a running stack whose idle timeout is `idle_minutes`; a seed can be lived once on a stack.

    `held`: the sweep closes nothing until all that comes in time was sent. Without that a session may end before it
    was told of, if the machine needs longer than the timeout to send one learner's events; that raises Stuck.
    """
    behind = Backstage(endpoint)
    day = school_day(
        seed=seed,
        learners=learners,
        idle_ms=int(idle_minutes * 60_000),
        ends_ms=int(time.time() * 1000),
        edapp=endpoint.app_id,
    )
    report = Report(day=day, repeats=day.repeats)
    table = DynamoTable(behind.client("dynamodb"), endpoint.table)
    asyncio.run(_live(behind, table, day, report, held=held, at_once=at_once))
    return report


async def _live(behind: Backstage, table: DynamoTable, day: Day, report: Report, *, held: bool, at_once: int) -> None:
    async with driver(behind.endpoint, at_once=at_once) as sender:
        tenants = await _enrol(behind, table, sender, day)
        partitions = {keys.learner_pk(tenants[pupil.app], pupil.id) for pupil in day.pupils}
        await sender.warm()
        if held:
            pause_sweep(table, until_us=LAST_US)
        for late in (False, True):
            for pupil in day.pupils:
                pupil.add_up(late=late)
                for sitting in pupil.sittings:
                    if late and sitting.late_insights is not None:
                        sitting.insights = sitting.late_insights
            what = "late" if late else "in time"
            with report.timed(f"sent {what}"):
                await _send(sender, day, report, late=late)
            if not (late or held) and report.widest_s * 1000 > day.idle_ms * 0.8:
                raise Stuck(
                    f"one learner's requests took {report.widest_s:.0f} s: on so slow a machine sessions end while "
                    "they are still being told of, and no total can be known"
                )
            with report.timed(f"processed {what}"):
                await asyncio.to_thread(behind.drained, PATIENCE_SECONDS)
            pause_sweep(table, until_us=0)
            with report.timed(f"closed {what}"):
                await asyncio.to_thread(_close, behind, table, partitions)
            tally = Tally()
            with report.timed(f"compared {what}"):
                await compare(sender, day.pupils, tally, late=late)
                await _jobs(sender, report.jobs, tally)
                await _refused(sender, day, tally)
            report.tally.mismatches += [f"after what came {what}: {mismatch}" for mismatch in tally.mismatches]
            report.tally.expected, report.tally.actual = tally.expected, tally.actual


async def _enrol(behind: Backstage, table: DynamoTable, sender: Driver, day: Day) -> dict[str, str]:
    """Register the reading app and the courses; the tenants of the three apps."""
    endpoint = behind.endpoint
    registry = Registry(DynamoTable(behind.client("dynamodb"), endpoint.registry_table))
    reader = register(
        registry,
        behind.client("cognito-idp"),
        App(
            app_id="",
            tenant="",
            name=f"Reading tools {day.seed} {day.ends_ms}",
            edapps=(READERS_PATTERN,),
            auto_attach=True,
        ),
        user_pool_id=endpoint.user_pool_id,
    )
    sender.headers["reader"] = await sender.token(reader.client_id, reader.client_secret)
    timeback = find_app(registry, endpoint.app_id)
    for course, lessons in LESSONS.items():
        registry.put_course(timeback, Course(id=course, lessons=lessons))
    (lms,) = [app for app in registry.apps() if app.name == "Demonstration LMS"]
    return {"timeback": timeback.tenant, "lms": lms.tenant, "reader": reader.app.tenant}


async def _send(sender: Driver, day: Day, report: Report, *, late: bool) -> None:
    """All requests; those of one learner one after the other, so that they arrive within the idle timeout."""

    async def of(pupil: Pupil) -> None:
        began = time.monotonic()
        for request in day.requests(pupil, late=late):
            await _one(sender, request, report)
        if not late:
            report.widest_s = max(report.widest_s, time.monotonic() - began)

    waiting = iter(day.pupils)

    async def sensor() -> None:
        for pupil in waiting:
            await of(pupil)

    await asyncio.gather(*(sensor() for _ in range(sender.connections)))


async def _one(sender: Driver, request: Request, report: Report) -> None:
    answer = await sender.post(request.app, request.body)
    rejected = len(answer.body.get("errors", []))
    report.requests += 1
    report.items += request.items
    report.refused += rejected
    if answer.status == 200:
        report.jobs.append((request.app, answer.body["jobId"]))
    expected = 400 if request.refused == request.items else 200
    report.tally.hold(f"answer to {request.app}", (expected, request.refused), (answer.status, rejected))


def _close(behind: Backstage, table: DynamoTable, partitions: set[str]) -> None:
    """Sweep until nothing of these learners is due any more, and what that told is processed."""

    def watched() -> bool:
        due = (row for shard in keys.due_shards() for row in rows(table, shard, index=keys.BY_DUE))
        return any(row[keys.PK] in partitions for row in due)

    def quiet() -> bool:
        if behind.waiting():
            return False  # a sweep takes what waits for a backlog, and puts everything off
        behind.sweep()
        return not watched() and behind.waiting() == 0

    wait_for("the end of every session", quiet, seconds=PATIENCE_SECONDS, every=SWEEP_SECONDS)


async def _jobs(sender: Driver, jobs: Sequence[tuple[str, str]], tally: Tally) -> None:
    async def state(app: str, job: str) -> str:
        status = await sender.get(READ_AS.get(app, app), f"/jobs/{job}/status")
        return str(status["job"]["state"]) if status else "unknown"

    states = await asyncio.gather(*(state(app, job) for app, job in jobs))
    tally.expected["jobs completed"] += len(jobs)
    tally.actual["jobs completed"] += states.count("completed")
    left = [f"{job} {state}" for (_, job), state in zip(jobs, states, strict=True) if state != "completed"]
    tally.hold("jobs not completed", [], left)


async def _refused(sender: Driver, day: Day, tally: Tally) -> None:
    wanted = {item["id"] for pupil in day.pupils for item in pupil.refused}
    ids = set()
    for reader in ("timeback", "lms reads", "reader"):
        items = [row["item"] for row in await sender.rows(reader, "rejections")]
        ids |= {item.get("id") for item in items if isinstance(item, dict)}
    tally.expected["items in quarantine"] += len(wanted)
    tally.actual["items in quarantine"] += len(wanted & ids)
    tally.hold("items missing from quarantine", [], sorted(wanted - ids))


def report_text(report: Report, *, seed: int, learners: int) -> str:
    """The report as a person reads it."""
    tally = report.tally
    head = (
        f"\na school day: seed {seed}, {learners} learners; {report.items} items sent in {report.requests} requests, "
        f"{report.refused} of them refused; sent twice: {report.repeats['envelopes']} envelopes, "
        f"{report.repeats['events']} events; the widest spread of one learner's requests was {report.widest_s:.1f} s"
    )
    lines = [
        head,
        "seconds: " + ", ".join(f"{part} {seconds:.1f}" for part, seconds in report.seconds.items()),
        "",
        table_of(
            [
                ("", "expected", "found", ""),
                *(
                    (name, _number(tally.expected[name]), _number(tally.actual[name]), _mark(tally, name))
                    for name in dict.fromkeys([*tally.expected, *tally.actual])
                ),
            ]
        ),
        "",
    ]
    lines += [f"  {mismatch}" for mismatch in tally.mismatches[:SHOWN]]
    if len(tally.mismatches) > SHOWN:
        lines.append(f"  and {len(tally.mismatches) - SHOWN} more")
    lines.append(f"{len(tally.mismatches)} totals are not met" if tally.mismatches else "every total is met, exactly")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _mark(tally: Tally, name: str) -> str:
    return "=" if abs(tally.expected[name] - tally.actual[name]) < 1e-6 else "DIFFERENT"


if __name__ == "__main__":
    sys.exit(main())
