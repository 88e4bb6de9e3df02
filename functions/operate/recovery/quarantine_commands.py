"""The commands on quarantine: `quarantine export|resubmit|dismiss`."""

import argparse
import os
from pathlib import Path

from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.private_file import create_private_file, open_file
from functions.operate.recovery import quarantine
from functions.operate.recovery.quarantine import Choice
from functions.operate.recovery.quarantine_lines import line_of
from functions.operate.registry.lookup import find_app
from functions.store.erasure.rows import erased_of
from functions.store.queue import SqsQueue


def export(operator: Operator, options: argparse.Namespace) -> Outcome:
    """Write the lines first and mark them then: what was marked is in a file that is whole."""
    app = find_app(operator.registry, options.app)
    choice = Choice(state=options.state, code=options.code, from_us=options.from_us, to_us=options.to_us)
    exported: list[tuple[str, int]] = []
    with create_private_file(options.file) as file:
        try:
            for rejected in quarantine.export(operator.events, app, choice):
                file.write(line_of(rejected))
                exported.append((rejected.content, rejected.received_us))
        except BaseException:
            Path(options.file).unlink()  # half of them look like all
            raise
    if options.state == "waiting":
        quarantine.mark(operator.events, app, exported, "exported", now_us=operator.clock())
    return Outcome(
        data={"file": options.file, "count": len(exported)},
        text=f"{options.file}: {len(exported)} rejected items of {app.name}. Correct `item` in it, then add SUBMIT=1.\n"
        "A line with `text` in place of `item` was not JSON, or is cut: write the corrected event as its `item`.",
    )


def resubmit(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    queue = SqsQueue(operator.connection.client("sqs"), operator.connection.queue_url)
    with open_file(options.file) as file:
        lines = quarantine.resubmit(
            queue,
            operator.events,
            app,
            file,
            now_us=operator.clock(),
            nonce=os.urandom(8),
            erased=erased_of(operator.registry_table, app.tenant),
        )
    passed_over = sum(line.passed_over for line in lines)
    rejected = sum(bool(line.errors) for line in lines) - passed_over
    queued = len(lines) - passed_over - rejected
    text = [f"line {line.line}  {line.id or ''}  {error}" for line in lines for error in line.errors]
    text.append(f"{queued} items queued, {rejected} still rejected, {passed_over} lines passed over")
    if passed_over:
        text.append(f"Correct the lines without an item and submit {options.file} again: nothing is stored twice.")
    return Outcome(
        data={
            "queued": queued,
            "rejected": rejected,
            "passedOver": passed_over,
            "lines": [{"line": line.line, "id": line.id, "errors": list(line.errors)} for line in lines if line.errors],
        },
        text="\n".join(text),
        holds=not passed_over and not rejected,
    )


def dismiss(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    with open_file(options.file) as file:
        count, passed_over = quarantine.dismiss(operator.events, app, file, now_us=operator.clock())
    text = [f"{count} rejected items of {app.name} are dismissed: no export has them, until they are sent again."]
    if passed_over:
        text.append(f"Lines that name no item of an export: {', '.join(map(str, passed_over))}.")
    return Outcome(data={"dismissed": count, "passedOver": passed_over}, text="\n".join(text), holds=not passed_over)
