"""`make import-load`: a generated file imported on a running stack while live requests arrive; every id accounted for.

The import is killed at a third of the file and typed again. An app sends one live event after another meanwhile, and
waits for each to be stored. At the end the ids of the file and of the live events are held against the table, and the
rejected lines against the file of rejects. What limits it is the emulator and this machine.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from functions.core.ids import id_digest
from functions.importing.pressure import MOST_WAITING
from functions.store import keys
from functions.store.queue import BATCH_MESSAGES
from infra.local.workspace import Endpoint, Workspace
from infra.packaging.package import ROOT
from tests.bench.bulk_import import generate
from tests.e2e.driver import Backstage, Driver, Stuck, driver, stack, table_of
from tests.payloads import Payloads, envelope

LINES = 100_000
PAUSE_S = 0.5  # between two live events
BEFORE = 20  # live events that are sent before the import begins, to compare with
LIVE_SECONDS = 120.0  # within which a live event must be stored
DRAIN_SECONDS = 1_800.0
KILL_AT = 1 / 3


@dataclass(slots=True)
class Live:
    """What became of live events: ids, seconds until each could be read, and import messages that waited before it."""

    ids: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def percentile(self, share: int) -> float:
        return sorted(self.seconds)[min(len(self.seconds) * share // 100, len(self.seconds) - 1)]


@dataclass(slots=True)
class Imported:
    """The runs of `make import`."""

    seconds: float = 0.0
    peak_kb: int = 0
    killed_at_line: int = 0
    text: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every id is stored once and no live event waited behind more than a batch, 1 where not, 2 if stuck."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.import_load", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with stack("import") as (endpoint, workspace, _):
        try:
            return asyncio.run(_import_load(endpoint, workspace, lines=options.lines, seed=options.seed))
        except Stuck as stuck:
            print(f"\nstopped: {stuck}\n  what to do: see .local/import/emulator.log", file=sys.stderr)
            return 2


async def _import_load(endpoint: Endpoint, workspace: Workspace, *, lines: int, seed: int) -> int:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / ".local").symlink_to(workspace.directory)
        for mark in _marks(place):
            mark.unlink()
        return await _imported(endpoint, place, lines=lines, seed=seed)


async def _imported(endpoint: Endpoint, place: Path, *, lines: int, seed: int) -> int:
    behind, path = Backstage(endpoint), place / "history.ndjson"
    print(f"writing {lines:,} lines …", flush=True)
    good, bad = generate(path, app=endpoint.app_id, count=lines, seed=seed, until=datetime.now(UTC))
    async with driver(endpoint) as sender:
        await sender.warm()
        payloads = Payloads(seed + 1, app=endpoint.app_id)
        before, meanwhile = Live(), Live()
        for _ in range(BEFORE):
            await _send(sender, behind, payloads, before)
        print("importing, killed at a third and typed again, while live events arrive …", flush=True)
        done = asyncio.Event()
        live = asyncio.create_task(_keep_sending(sender, behind, payloads, meanwhile, done))
        try:
            imported = await asyncio.to_thread(_import, place, path, endpoint.app_id, lines)
            began = time.monotonic()
            await asyncio.to_thread(behind.drained, DRAIN_SECONDS)
        finally:
            done.set()
            await live
        imported.seconds += time.monotonic() - began
    rejects = _lines_in(path.with_name(f"{path.name}.rejects"))
    stored = _stored(behind)
    sent = {id_digest(name) for name in (*before.ids, *meanwhile.ids)}
    missing = [name for name in good | sent if not stored[name]]
    twice = [name for name, times in stored.items() if times > 1]
    print(_report(imported, before, meanwhile, good=len(good), rejects=rejects, missing=len(missing), twice=len(twice)))
    most = MOST_WAITING + BATCH_MESSAGES
    if missing or twice or rejects != bad or max(meanwhile.waiting) > most or not imported.killed_at_line:
        print(
            f"not as it must be: {bad} rejects, none missing, none twice, at most {most} messages before a live event"
        )
        return 1
    return 0


def _import(place: Path, path: Path, app: str, lines: int) -> Imported:
    """Run the command twice: killed at a third, then to its end."""
    imported = Imported()
    command = [sys.executable, "-m", "functions.operate", "import", "--", app, str(path)]
    began = time.monotonic()
    for is_first in (True, False):
        with (place / "import.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
            )
        while process.poll() is None:
            imported.peak_kb = max(imported.peak_kb, _peak_kb(process.pid))
            line = _line_imported(place)
            if is_first and line >= lines * KILL_AT:
                process.send_signal(signal.SIGKILL)
                imported.killed_at_line = line
            time.sleep(0.2)
    imported.seconds = time.monotonic() - began
    imported.text = (place / "import.log").read_text()
    if _line_imported(place) != lines:
        raise Stuck(f"the import ended before its file: {imported.text[-500:]}")
    return imported


def _marks(place: Path) -> list[Path]:
    return list((place / ".local").glob("import-????????????"))


def _line_imported(place: Path) -> int:
    marks = _marks(place)
    return orjson.loads(marks[0].read_bytes())["line"] if marks else 0


def _peak_kb(pid: int) -> int:
    """The most memory that a process has held, as Linux counts it (proc(5): VmHWM)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


async def _keep_sending(sender: Driver, behind: Backstage, payloads: Payloads, live: Live, done: asyncio.Event) -> None:
    while not done.is_set():
        await _send(sender, behind, payloads, live)


async def _send(sender: Driver, behind: Backstage, payloads: Payloads, live: Live) -> None:
    """Send one event of now, and wait until it can be read."""
    payloads.clock = datetime.now(UTC)
    event = payloads.resource_viewed(payloads.urn())
    live.waiting.append(await asyncio.to_thread(behind.waiting))
    began = time.monotonic()
    answer = await sender.post("timeback", json.dumps(envelope(event)).encode())
    if answer.status != 200 or "errors" in answer.body:
        raise Stuck(f"a live event was answered {answer.status}: {str(answer.body)[:300]}")
    while not await sender.rows("timeback", "events", id=event["id"]):
        if time.monotonic() > began + LIVE_SECONDS:
            raise Stuck(f"a live event could not be read within {LIVE_SECONDS:.0f} s")
        await asyncio.sleep(0.05)
    live.ids.append(event["id"])
    live.seconds.append(time.monotonic() - began)
    await asyncio.sleep(PAUSE_S)


def _stored(behind: Backstage) -> Counter[str]:
    """How often each event is stored, by the digest of its id. A scan is for this command only."""
    return Counter(
        item[keys.SK]["S"].split("#")[2] for item in behind.items() if item[keys.SK]["S"].startswith(keys.EVENT)
    )


def _lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _report(
    imported: Imported, before: Live, meanwhile: Live, *, good: int, rejects: int, missing: int, twice: int
) -> str:
    def seconds(live: Live) -> Iterable[str]:
        return (f"{live.percentile(50):.2f} s", f"{live.percentile(99):.2f} s")

    return table_of(
        [
            ("events imported and stored", f"{good:,}", f"{good / imported.seconds:.0f}/s"),
            ("memory of the importer, at most", f"{imported.peak_kb / 1024:.0f} MB"),
            ("killed and typed again at line", f"{imported.killed_at_line:,}"),
            ("lines in the file of rejects", f"{rejects:,}"),
            ("live events sent meanwhile", f"{len(meanwhile.ids):,}"),
            ("  messages of the import before one, at most", f"{max(meanwhile.waiting)}"),
            ("  until one could be read, p50 and p99", *seconds(meanwhile)),
            ("  the same before the import", *seconds(before)),
            ("ids MISSING", f"{missing:,}"),
            ("ids stored more than once", f"{twice:,}"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
