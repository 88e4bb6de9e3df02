"""The command `import`."""

import argparse
import hashlib
import time
from glob import glob
from pathlib import Path

from functions.core.times import format_time
from functions.importing.files import ImportRefused, digest_of
from functions.importing.importer import Destination, import_file
from functions.importing.mark import Mark, Progress
from functions.importing.pressure import MOST_WAITING, Pressure
from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.registry.lookup import find_app
from functions.store.archive import S3Archive
from functions.store.erasure.rows import erased_of
from functions.store.queue import SqsQueue

MARKS = Path(".local")
NOTED_PORTIONS = 100  # a quarter of a million items


def add_import_command(commands: Subcommands) -> None:
    """Add `import`."""
    parser = add_command(
        commands,
        "import",
        run_import,
        "bring in recorded events, one JSON object a line: envelopes, events, archive lines, OpenLRW rows",
        example="make import FILE='2025-*.ndjson.gz' APP='My app'",
    )
    parser.add_argument("app", metavar="APP", type=text_given, help="the app that they are of: its name or id")
    parser.add_argument("files", metavar="FILE", type=text_given, nargs="+", help="files or patterns, packed or not")
    parser.add_argument(
        "--archive-only", action="store_true", help="events go into the archive alone, where only the lake reads them"
    )
    parser.add_argument(
        "--ahead", type=int, default=MOST_WAITING, help=f"messages that may wait in the queue (default: {MOST_WAITING})"
    )


def run_import(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    paths = [Path(name) for pattern in options.files for name in (sorted(glob(pattern)) or [pattern])]  # noqa: PTH207  a pattern may be absolute
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise ImportRefused(f"There is no file {missing[0]}: make import FILE=events.ndjson APP='{app.name}'.")
    queue = SqsQueue(operator.connection.client("sqs"), operator.connection.queue_url)
    to = Destination(
        app=app,
        queue=queue,
        archive=S3Archive(operator.connection.client("s3"), operator.connection.bucket),
        pressure=Pressure(queue, operator.events, operator.clock, time.sleep, operator.progress.note, options.ahead),
        retention_days=operator.connection.retention_days,
        archive_only=options.archive_only,
        erased=erased_of(operator.registry_table, app.tenant),
    )
    texts, counts = [], []
    for path in paths:
        progress, text = _import(operator, path, to)
        texts.append(text)
        counts.append({"file": str(path), "accepted": progress.accepted, "rejected": progress.rejected})
    return Outcome(data={"files": counts}, text="\n".join(texts), holds=not any(row["rejected"] for row in counts))


def _import(operator: Operator, path: Path, to: Destination) -> tuple[Progress, str]:
    file_digest = digest_of(path)
    name = f"{operator.connection.url}\n{to.app.tenant}\n{file_digest}\n{to.archive_only}"
    mark = Mark(MARKS / f"import-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}")
    before = mark.read()
    if before is not None and before.done:
        when = format_time(before.received_us)
        return before, f"{path}: imported already, {when}; {_counted(path, before)}"
    if before is not None and before.line:
        operator.progress.note(f"{path}: going on after line {before.line}, where it was stopped")

    def tell(progress: Progress) -> None:
        if progress.portions % NOTED_PORTIONS == 0:
            operator.progress.note(f"{path}: {progress.accepted} accepted, {progress.rejected} rejected")

    progress = import_file(path, mark, to, file_digest=file_digest, now_us=operator.clock(), tell=tell)
    return progress, f"{path}: {_counted(path, progress)}"


def _counted(path: Path, progress: Progress) -> str:
    text = f"{progress.accepted} accepted"
    if progress.archived:
        text += f", {progress.archived} of them into the archive alone"
    if progress.rejected:
        text += f"; {progress.rejected} rejected: correct {path}.rejects and submit it with `make quarantine SUBMIT=1`"
    return text
