"""Quarantine: rejected items, exported to be corrected and submitted again.

`export` writes lines that hold each item and its reasons. Once `item` is corrected in them, `resubmit` judges every
item as the app's own request would be, and queues those that are accepted now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from functions.core.apps import App
from functions.core.caliper.validator import validate_item
from functions.core.jobs import job_key
from functions.core.messages import Item, Kind, Message, pack_request
from functions.core.times import format_time
from functions.operate.errors import RecoveryError
from functions.store import keys
from functions.store.dynamodb.table import Table, rows
from functions.store.queue import Queue
from functions.store.rows.rejections import from_row


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """One line: the errors of its item, empty if it was queued; `passed_over` if the line holds no item."""

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


def export(table: Table, app: App) -> Iterator[bytes]:
    """Every rejected item of an app as a JSON line: `item` (or `text`: no JSON, or cut), `reasons`, `version`.

    An item that was sent several times, and so is kept once for each job that it failed in, comes once: its last copy.
    """
    for shard in range(keys.REJECTION_SHARDS):  # the same content is always in the same one
        seen: set[str] = set()
        for row in rows(table, keys.rejection_pk(app.tenant, shard), descending=True):
            rejected = from_row(row)
            if rejected.content in seen:
                continue
            seen.add(rejected.content)
            raw = rejected.raw
            line: dict[str, Any] = {
                "receivedAt": format_time(rejected.received_us),
                "jobId": rejected.job,
                "index": rejected.index,
                "version": rejected.data_version,
                "reasons": rejected.findings,
            }
            try:
                orjson.loads(raw)
                line["item"] = orjson.Fragment(raw.translate(_IN_ONE_LINE))
            except orjson.JSONDecodeError:
                line["text"] = raw.decode("utf-8", "replace")
            yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def resubmit(queue: Queue, app: App, lines: Iterable[bytes], *, now_us: int, nonce: bytes) -> list[Resubmitted]:
    """Judge the items of `export`'s lines again and queue the good ones, whatever the other lines hold."""
    outcome: list[Resubmitted] = []
    items: dict[str, list[Item]] = {}
    ids: list[str] = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        line = _read(text)
        if isinstance(line, str):
            outcome.append(Resubmitted(number, None, (line,), passed_over=True))
            continue
        raw, version = bytes(line.item), line.version
        verdict = validate_item(raw, data_version=version, app=app)
        errors = tuple(f"{error.pointer or '/'}: {error.message}" for error in verdict.errors)
        outcome.append(Resubmitted(number, verdict.id, errors if not verdict.accepted else ()))
        if verdict.accepted:
            kind: Kind = "entity" if verdict.kind == "entity" else "event"
            findings = [finding.as_dict() for finding in verdict.findings]
            items.setdefault(version, []).append(Item(kind, raw, findings))
            ids += [verdict.id] if verdict.id else []
    _queue(queue, app, items, ids, now_us=now_us, key=job_key(now_us, nonce))
    return outcome


def _read(text: bytes) -> _Line | str:
    """A line with an item, or why it has none."""
    try:
        line = _read_line(text)
    except (ValueError, RecursionError):
        return "This is not a line of quarantine: it must be a JSON object with `item` and `version`."
    if line.item is not _ABSENT:
        return line
    if line.text is _ABSENT:
        return "There is no `item`."
    return (
        "`text` holds the bytes that were sent: they are not JSON, or cut. Write the corrected event as `item` instead."
    )


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
            items=of_version,
        )
        for version, of_version in items.items()
    ]
    _, bodies = pack_request(whole, key=key, event_ids=ids)
    refused = queue.send(bodies, group=app.tenant) if bodies else []
    if refused:
        raise RecoveryError(f"{len(refused)} of {len(bodies)} messages were not queued: submit the file again.")
