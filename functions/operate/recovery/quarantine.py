"""Quarantine: rejected items, taken out to be corrected and submitted again.

`take_out` writes lines that hold each item and its reasons; who corrects `item` in them hands the file to `submit`,
which judges every item as the app's own request would be and queues what is accepted now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from functions.core.apps import App
from functions.core.caliper.validator import validate_item
from functions.core.jobs import job_key
from functions.core.messages import Item, Kind, Message, sealed
from functions.core.times import format_time
from functions.store.dynamodb.table import Table
from functions.store.quarantine.listing import newest_rows
from functions.store.quarantine.rejections import Rejection, from_row
from functions.store.queue import Queue


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of one line: the errors of its item, empty where that was queued; `passed_over` for want of one."""

    line: int
    id: str | None
    errors: tuple[str, ...]
    passed_over: bool = False


_ABSENT = msgspec.Raw(b"")


class _Line(msgspec.Struct):
    version: str
    item: msgspec.Raw = _ABSENT  # the very bytes, to be kept as they are
    text: msgspec.Raw = _ABSENT


_read_line = msgspec.json.Decoder(_Line).decode
_IN_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")  # in JSON a line can only break between its parts


def take_out(table: Table, app: App) -> Iterator[bytes]:
    """Every rejected item of an app as a JSON line: `item` (or `text`: no JSON, or cut), `reasons`, `version`.

    What was sent several times, and so is kept once for each job that it failed in, comes once: as it came last.
    """
    seen: set[str] = set()
    for row in newest_rows(table, app.tenant):
        for rejected in from_row(row):
            if rejected.content not in seen:
                seen.add(rejected.content)
                yield _line_of(rejected)


def _line_of(rejected: Rejection) -> bytes:
    line: dict[str, Any] = {
        "receivedAt": format_time(rejected.received_us),
        "jobId": rejected.job,
        "index": rejected.index,
        "version": rejected.data_version,
        "reasons": rejected.findings,
    }
    try:
        orjson.loads(rejected.raw)
        line["item"] = orjson.Fragment(rejected.raw.translate(_IN_ONE_LINE))
    except orjson.JSONDecodeError:
        line["text"] = rejected.raw.decode("utf-8", "replace")
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def submit(queue: Queue, app: App, lines: Iterable[bytes], *, now_us: int, nonce: bytes) -> list[Submitted]:
    """Judge the items of `take_out`'s lines again and queue the good ones; no other line keeps them from it."""
    outcome: list[Submitted] = []
    items: dict[str, list[Item]] = {}
    ids: list[str] = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        line = _read(text)
        if isinstance(line, str):
            outcome.append(Submitted(number, None, (line,), passed_over=True))
            continue
        raw, version = bytes(line.item), line.version
        verdict = validate_item(raw, data_version=version, app=app)
        errors = tuple(f"{found.pointer or '/'}: {found.message}" for found in verdict.errors)
        outcome.append(Submitted(number, verdict.id, errors if not verdict.accepted else ()))
        if verdict.accepted:
            kind: Kind = "entity" if verdict.kind == "entity" else "event"
            found = [finding.as_dict() for finding in verdict.findings]
            items.setdefault(version, []).append(Item(kind, raw, found))
            ids += [verdict.id] if verdict.id else []
    _queue(queue, app, items, ids, now_us=now_us, key=job_key(now_us, nonce))
    return outcome


def _read(text: bytes) -> _Line | str:
    """A line with an item, or why it is none."""
    try:
        line = _read_line(text)
    except (ValueError, RecursionError) as error:
        return f"This is no line of quarantine with an item and a version: {error}"
    if line.item is not _ABSENT:
        return line
    if line.text is _ABSENT:
        return "There is no `item`."
    return "`text` is what was sent: it is no JSON, or it is cut. Write the corrected event as `item` in its place."


def _queue(queue: Queue, app: App, items: dict[str, list[Item]], ids: list[str], *, now_us: int, key: str) -> None:
    whole = [
        Message(
            tenant=app.tenant,
            app_id=app.app_id,
            job=key,
            received_us=now_us,
            sensor="quarantine",
            data_version=version,
            auto_attach=app.auto_attach,
            items=found,
        )
        for version, found in items.items()
    ]
    _, bodies = sealed(whole, key=key, event_ids=ids)
    refused = queue.send(bodies, group=app.tenant) if bodies else []
    if refused:
        raise ConnectionError(f"{len(refused)} of {len(bodies)} messages were not queued: submit the file again")
