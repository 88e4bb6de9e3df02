"""The command `purge`: what one credential sent in a time, out of everything."""

import argparse
import secrets
from collections import Counter
from functools import partial

from msgspec import structs

from functions.core.times import format_time
from functions.operate.arguments import Subcommands, add_command, instant, text_given
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.privacy.erase_command import doors_of, lines_of, office_of
from functions.operate.registry.lookup import find_app, find_credential
from functions.privacy.errors import PrivacyError
from functions.privacy.office import add_all, in_order, write_receipt
from functions.privacy.purge.emitted import emitted_of
from functions.privacy.purge.purge import Purge, purge_once
from functions.privacy.purge.rows import Touched
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.rows import add_erasures


def add_purge_command(commands: Subcommands) -> None:
    """Add `purge`."""
    parser = add_command(
        commands,
        "purge",
        run_purge,
        "take out what one credential sent; without a code, say what that would take out",
        example="make purge APP='My app' CREDENTIAL=key_… FROM=2026-01-27 TO=2026-01-28",
    )
    parser.add_argument("app", metavar="APP", type=text_given, help="the app's name or id")
    parser.add_argument("credential", metavar="CREDENTIAL", type=text_given, help="its id, as `make keys` shows it")
    parser.add_argument("--from", dest="from_us", type=instant, required=True, help="received from then on")
    parser.add_argument("--to", dest="to_us", type=instant, help="received before then (default: now)")
    parser.add_argument("--code", default="", help="the code that the dry run showed: purge")
    parser.add_argument(
        "--no-wait", action="store_true", help="leave out the second walk: `erase --again` makes it, in five minutes"
    )


def run_purge(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    credential = find_credential(operator.registry, app, options.credential)
    to_us = operator.clock() if options.to_us is None else options.to_us - 1
    if to_us < options.from_us:
        raise PrivacyError("TO is not after FROM: name the earlier time first.")
    purge = Purge(app=app, credential=credential.id, from_us=options.from_us, to_us=to_us)
    if options.to_us is None and options.code:
        raise PrivacyError("Name TO, so that the same is taken out that the code was shown for.")
    if not options.code:
        return _dry_run(operator, purge, has_end=options.to_us is not None)
    if options.code != purge.code:
        raise PrivacyError(f"{options.code!r} is not the code of this purge. Run it without CODE to see what goes.")
    office, request = office_of(operator, options), secrets.token_hex(8)
    erasure = purge.erasure(request=request)
    record = ErasureRecord(
        request=request,
        app=app.app_id,
        tenant=app.tenant,
        started_at=format_time(operator.clock()),
        learners=[],
        erasures=[erasure],
    )
    office.records.write(record)
    add_erasures(office.registry, app.tenant, [erasure])
    touched: Touched = {}
    walk = partial(purge_once, purge, office.doors, applies=True, touched=touched, request=request, tell=office.tell)
    counts = add_all(Counter(), walk())
    finished_at = ""
    if office.settle():
        add_all(counts, walk())
        finished_at = format_time(operator.clock())
    record = structs.replace(record, erasures=[erasure, *emitted_of(erasure, office.registry, app.tenant)])
    receipt = write_receipt(record, counts, office, finished_at=finished_at)
    lines = [*lines_of(receipt.counts), f"Purged. The receipt is erasures/{request}/ in the bucket."]
    if credential.revoked_us is None:
        revoke = operator.command_line(f"key-revoke APP='{app.name}' KEY={credential.id}")
        lines.append(f"The credential still works: {revoke} refuses it.")
    lines.append("If other credentials sent some of it too, `make replay` of these days stores that again.")
    return Outcome(data={"request": request, "counts": dict(receipt.counts)}, text="\n".join(lines))


def _dry_run(operator: Operator, purge: Purge, *, has_end: bool) -> Outcome:
    walk = purge_once(purge, doors_of(operator), applies=False, tell=operator.progress.note)
    held = in_order(add_all(Counter(), walk))
    how = f"the same command with CODE={purge.code}" if has_end else "name TO, and run it again for the code"
    return Outcome(
        data={"dryRun": True, "code": purge.code if has_end else "", "counts": held},
        text="\n".join([*(lines_of(held) or ["  nothing"]), f"Nothing was taken out. To take all this out: {how}"]),
    )
