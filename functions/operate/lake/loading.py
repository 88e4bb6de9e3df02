"""The command `lake`: what the archive got is loaded now, or days of it once more."""

import argparse

import orjson

from functions.core.times import day_of
from functions.lake.inbox import Inbox
from functions.operate.errors import LakeError
from functions.operate.lake.place import place_of
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.store.archive import S3Archive


def load_lake(operator: Operator, options: argparse.Namespace) -> Outcome:
    """Run the lake's function once and tell what it did. Raises LakeError if it failed, or if days make no sense."""
    connection, place = operator.connection, place_of(operator)
    objects = 0
    if options.from_us is not None:
        first, last = day_of(options.from_us), day_of(options.from_us if options.to_us is None else options.to_us)
        if first > last:
            raise LakeError("TO is before FROM: name the earlier day first.")
        keys = list(S3Archive(connection.client("s3"), connection.bucket).keys(from_day=first, to_day=last))
        objects = len(keys)
        messages = Inbox(connection.client("sqs"), place.queue_url).ask(keys)
        operator.progress.note(f"{objects} objects of the archive are to be loaded again ({messages} messages)")
    elif options.to_us is not None:
        raise LakeError("FROM is missing: make lake FROM=2026-01-27 TO=2026-01-31.")
    task = "maintain" if options.maintain else "feed"
    run = connection.client("lambda").invoke(FunctionName=place.function, Payload=orjson.dumps({"task": task}))
    said = run["Payload"].read()
    if "FunctionError" in run:
        raise LakeError(f"The lake failed: {said.decode()[:2000]}")
    done = orjson.loads(said)
    text = ", ".join(f"{name}: {count}" for name, count in done.items())
    return Outcome(data={"task": task, "asked_again": objects, **done}, text=text)
