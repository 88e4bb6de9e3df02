"""`make load`: how much a local stack takes in over HTTP, and how fast it answers, at 1, 10 and 100 events an envelope.

Sensors send one envelope after another for a while; then the queue is waited for. Accepted is counted from the answers,
stored from what `process` logged. What limits it is the emulator and this machine: read it as behaviour under load,
not as what AWS does.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")  # before pyplot, which would look for a screen

from matplotlib import pyplot as plt
from matplotlib.ticker import NullLocator

from infra.local.workspace import Endpoint, Workspace
from tests.e2e.driver import AT_ONCE, Backstage, Driver, Stuck, driver, stack, table_of, wait_for
from tests.payloads import Payloads, envelope

SIZES = (1, 10, 100)
LEARNERS = 100
DRAIN_SECONDS = 900.0
LOG_SECONDS = 30.0
PLOT = "load.png"
TICKS_MS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


@dataclass(slots=True)
class Phase:
    """One size of envelope. Times are seconds since its first request."""

    size: int
    answers: list[tuple[float, float]] = field(default_factory=list)  # when it came, how long it took
    stored: list[tuple[float, int]] = field(default_factory=list)  # when a batch was stored, its events
    sent_s: float = 0.0

    @property
    def accepted(self) -> int:
        return len(self.answers) * self.size

    @property
    def accepted_per_s(self) -> float:
        return self.accepted / self.sent_s

    @property
    def stored_per_s(self) -> float:
        return sum(events for _, events in self.stored) / max(moment for moment, _ in self.stored)

    def answer_ms(self, percentile: int) -> float:
        """The time within which so many of a hundred answers came."""
        took = sorted(seconds for _, seconds in self.answers)
        return took[min(len(took) * percentile // 100, len(took) - 1)] * 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where everything accepted was stored, 1 where not, 2 where the stack did not come so far."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of sending at each size")
    parser.add_argument("--sensors", type=int, default=AT_ONCE)
    options = parser.parse_args(arguments)
    with stack("load") as (endpoint, workspace, _):
        try:
            phases = asyncio.run(_load(endpoint, options.sensors, options.seconds))
        except Stuck as stuck:
            print(f"\nstopped: {stuck}\n  what to do: see .local/load/emulator.log", file=sys.stderr)
            return 2
        path = _plot(phases, workspace, options.sensors)
    print(_told(phases))
    print(f"the plot is in {path}")
    lost = [phase.size for phase in phases if sum(events for _, events in phase.stored) != phase.accepted]
    if lost:
        print(f"accepted and stored differ at {lost} events an envelope")
    return 1 if lost else 0


async def _load(endpoint: Endpoint, sensors: int, seconds: float) -> list[Phase]:
    behind = Backstage(endpoint)
    log = _process_log(behind)
    phases = []
    async with driver(endpoint, at_once=sensors) as sender:
        await sender.warm()
        for size in SIZES:
            print(f"{sensors} sensors send envelopes of {size} for {seconds:g} s …", flush=True)
            phase = Phase(size)
            before = len(log())
            began, began_at = time.monotonic(), time.time()
            makers = [Payloads(size * 100 + number, app=endpoint.app_id) for number in range(sensors)]
            await asyncio.gather(*(_sensor(sender, phase, maker, began, seconds) for maker in makers))
            phase.sent_s = time.monotonic() - began
            await asyncio.to_thread(behind.drained, DRAIN_SECONDS)
            await asyncio.to_thread(_read_log, log, before, phase, began_at)
            phases.append(phase)
    return phases


async def _sensor(sender: Driver, phase: Phase, payloads: Payloads, began: float, seconds: float) -> None:
    makers = [make for name, make in payloads.mix().items() if not name.startswith(("Canvas", "Blackboard"))]
    students = [payloads.urn() for _ in range(LEARNERS)]
    while time.monotonic() < began + seconds:
        payloads.clock = datetime.now(UTC)
        items = [payloads.random.choice(makers)(payloads.random.choice(students)) for _ in range(phase.size)]
        answer = await sender.post("timeback", json.dumps(envelope(*items)).encode())
        if answer.status != 200 or "errors" in answer.body:
            raise Stuck(f"an envelope was answered {answer.status}: {str(answer.body)[:300]}")
        phase.answers.append((answer.answered_s - began, answer.seconds))


def _process_log(behind: Backstage) -> Callable[[], list[dict[str, Any]]]:
    """Reads what `process` logged of each batch that it stored."""
    logs = behind.client("logs")
    (group,) = [
        log_group["logGroupName"]
        for log_group in logs.describe_log_groups()["logGroups"]
        if "Process" in log_group["logGroupName"]
    ]

    def read() -> list[dict[str, Any]]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = [event["message"] for page in pages for event in page["events"]]
        logged = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in logged if line.get("message") == "stored"]

    return read


def _read_log(log: Callable[[], list[dict[str, Any]]], before: int, phase: Phase, began_at: float) -> None:
    def complete() -> list[dict[str, Any]]:
        lines = log()[before:]
        return lines if sum(line["events"] for line in lines) >= phase.accepted else []

    lines = wait_for("the log of every batch", complete, seconds=LOG_SECONDS)
    moments = [datetime.strptime(line["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z").timestamp() for line in lines]
    phase.stored = sorted((moment - began_at, line["events"]) for moment, line in zip(moments, lines, strict=True))


def _told(phases: Sequence[Phase]) -> str:
    head = ("events an envelope", "envelopes/s", "accepted events/s", "stored events/s", "answer p50", "answer p99")
    lines = [
        (
            f"{phase.size}",
            f"{len(phase.answers) / phase.sent_s:.1f}",
            f"{phase.accepted_per_s:,.0f}",
            f"{phase.stored_per_s:,.0f}",
            f"{phase.answer_ms(50):.0f} ms",
            f"{phase.answer_ms(99):.0f} ms",
        )
        for phase in phases
    ]
    return table_of([head, *lines])


def _plot(phases: Sequence[Phase], workspace: Workspace, sensors: int) -> Path:
    """Above: events accepted and stored so far; below: how long each answer took. One column for each size."""
    figure, axes = plt.subplots(2, len(phases), figsize=(4.6 * len(phases), 7), squeeze=False, layout="constrained")
    figure.suptitle(f"A local stack under load: {sensors} sensors, each sending one envelope after the other")
    for column, phase in enumerate(phases):
        above, below = axes[0][column], axes[1][column]
        above.set_title(f"{phase.size} event{'' if phase.size == 1 else 's'} an envelope")
        moments = sorted(moment for moment, _ in phase.answers)
        counts = [phase.size * number for number in range(1, len(moments) + 1)]
        above.plot(moments, counts, label=f"accepted: {phase.accepted_per_s:,.0f}/s")
        stored = list(accumulate(events for _, events in phase.stored))
        above.step(
            [0, *(moment for moment, _ in phase.stored)],
            [0, *stored],
            where="post",
            label=f"stored: {phase.stored_per_s:,.0f}/s",
        )
        above.set(xlabel="seconds", xlim=(0, None), ylim=(0, None))
        above.legend(loc="upper left", framealpha=1)
        above.set_ylim(0, phase.accepted * 1.3)
        below.scatter(moments, [seconds * 1000 for _, seconds in sorted(phase.answers)], s=5, alpha=0.4)
        for percentile, style in ((50, "-"), (99, "--")):
            ms = phase.answer_ms(percentile)
            below.axhline(ms, color="black", linestyle=style, linewidth=1, label=f"p{percentile}: {ms:,.0f} ms")
        below.set(xlabel="seconds", yscale="log", xlim=(0, None))
        below.legend(loc="upper right", framealpha=1)
        if column:
            below.sharey(axes[1][0])
    slowest_ms = max(phase.answer_ms(100) for phase in phases)
    axes[1][0].set_ylim(10, slowest_ms * 4)  # with room for the legends
    axes[1][0].set_yticks([tick for tick in TICKS_MS if tick <= slowest_ms * 4], minor=False)
    axes[1][0].yaxis.set_minor_locator(NullLocator())
    axes[1][0].yaxis.set_major_formatter(lambda ms, _: f"{ms:,.0f}")
    axes[0][0].set_ylabel("events so far")
    axes[1][0].set_ylabel("answer, ms")
    path = workspace.directory.parent / PLOT
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


if __name__ == "__main__":
    sys.exit(main())
