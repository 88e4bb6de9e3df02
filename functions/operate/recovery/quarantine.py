"""Quarantine: rejected items, exported to be corrected and submitted again, or dismissed.

`export` writes lines that hold each item and its reasons. Once `item` is corrected in them, `resubmit` judges every
item as the app's own request would be, and queues those that are accepted now. Items are marked with what was done
about them, so that none comes twice; an item that is sent and rejected again comes again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from functions.core.apps import App
from functions.core.caliper.validator import validate_item
from functions.core.jobs import job_key
from functions.core.messages import Item, Kind, Message, pack_request
from functions.core.privacy.erased import Erased
from functions.core.privacy.message import brought_in_without_erased
from functions.core.times import DAY_US
from functions.operate.errors import RecoveryError
from functions.operate.recovery.quarantine_lines import Line, read_line
from functions.store.dynamodb.newest import newest_rows
from functions.store.dynamodb.table import Table
from functions.store.quarantine import marks
from functions.store.quarantine.listing import shards_of
from functions.store.quarantine.marks import Mark, marks_on, state_of
from functions.store.quarantine.rejections import Rejection, from_row
from functions.store.quarantine.states import State
from functions.store.queue import Queue

MARK_DAYS = 3_650  # longer than any stack keeps what is marked


OF_THE_ERASED = "It is of a person who was erased since: delete the line."
NO_ONE = Erased({})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rejected items to export. Times are those of their arrival: from ≤ t < to."""

    state: State = "waiting"
    code: str = ""
    from_us: int | None = None
    to_us: int | None = None


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """One line: the errors of its item, empty if it was queued; `passed_over` if the line holds no item."""

    line: int
    id: str | None
    errors: tuple[str, ...]
    passed_over: bool = False


def export(table: Table, app: App, choice: Choice) -> Iterator[Rejection]:
    """The rejected items of an app, newest request first. An item that was sent several times comes once: the last."""
    seen: set[str] = set()
    for row in newest_rows(table, shards_of(app.tenant), from_us=choice.from_us, to_us=choice.to_us):
        items = [item for item in from_row(row) if item.content not in seen]
        known = marks_on(table, items)
        for item in items:
            if item.content in seen or (
                choice.code and choice.code not in {finding["code"] for finding in item.findings}
            ):
                continue
            seen.add(item.content)
            if state_of(item, known) == choice.state:
                yield item


def mark(table: Table, app: App, items: Iterable[tuple[str, int]], state: State, *, now_us: int) -> int:
    """Mark items, each by its content and the time up to which its copies count; how many were marked."""
    expires_s = (now_us + MARK_DAYS * DAY_US) // 1_000_000
    rows = [
        marks.to_row(Mark(tenant=app.tenant, content=content, state=state, until_us=until_us), expires_s=expires_s)
        for content, until_us in items
    ]
    table.put_all(rows)
    return len(rows)


def resubmit(
    queue: Queue,
    table: Table,
    app: App,
    lines: Iterable[bytes],
    *,
    now_us: int,
    nonce: bytes,
    erased: Erased = NO_ONE,
) -> list[Resubmitted]:
    """Judge the items of exported lines again and queue the good ones, whatever the other lines hold.

    Those that were queued are marked. An item keeps sensor and sendTime of its envelope. What a line from before an
    erasure holds of a person of `erased` is left out.
    """
    outcome: list[Resubmitted] = []
    items: dict[tuple[str, str, str], list[Item]] = {}
    ids: list[str] = []
    queued: list[tuple[str, int]] = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        line = read_line(text)
        if isinstance(line, str):
            outcome.append(Resubmitted(number, None, (line,), passed_over=True))
            continue
        raw = bytes(line.item)
        verdict = validate_item(raw, data_version=line.version, app=app)
        errors = tuple(f"{finding.pointer or '/'}: {finding.message}" for finding in verdict.errors)
        kind: Kind = "entity" if verdict.kind == "entity" else "event"
        item = Item(kind, raw, [finding.as_dict() for finding in verdict.findings])
        received_us = now_us if line.received_us is None else line.received_us
        item = brought_in_without_erased(item, erased, received_us=received_us)
        if item.kind == "erased":
            outcome.append(Resubmitted(number, None, (OF_THE_ERASED,), passed_over=True))
            continue
        outcome.append(Resubmitted(number, verdict.id, errors if not verdict.accepted else ()))
        if verdict.accepted:
            items.setdefault((line.version, line.sensor, line.send_time), []).append(item)
            ids += [verdict.id] if verdict.id else []
            queued += _marked_by(line)
    _queue(queue, app, items, ids, now_us=now_us, key=job_key(now_us, nonce))
    mark(table, app, queued, "resubmitted", now_us=now_us)
    return outcome


def dismiss(table: Table, app: App, lines: Iterable[bytes], *, now_us: int) -> tuple[int, list[int]]:
    """Mark the items of exported lines as dismissed: how many, and the numbers of the lines that name none."""
    dismissed: list[tuple[str, int]] = []
    passed_over: list[int] = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        line = read_line(text, item_needed=False)
        named = [] if isinstance(line, str) else _marked_by(line)
        dismissed += named
        if not named:
            passed_over.append(number)
    return mark(table, app, dismissed, "dismissed", now_us=now_us), passed_over


def _marked_by(line: Line) -> list[tuple[str, int]]:
    """What a line says of the rejection that it was exported from; nothing if it was written by hand."""
    until_us = line.received_us
    return [(line.content, until_us)] if line.content and until_us is not None else []


def _queue(
    queue: Queue, app: App, items: dict[tuple[str, str, str], list[Item]], ids: list[str], *, now_us: int, key: str
) -> None:
    whole = [
        Message(
            tenant=app.tenant,
            app_id=app.app_id,
            job=key,
            received_us=now_us,
            sensor=sensor,
            data_version=version,
            send_time=send_time,
            auto_attach=app.auto_attach,
            items=group,
        )
        for (version, sensor, send_time), group in items.items()
    ]
    _, bodies = pack_request(whole, key=key, event_ids=ids)
    refused = queue.send(bodies, group=app.tenant) if bodies else []
    if refused:
        raise RecoveryError(f"{len(refused)} of {len(bodies)} messages were not queued: submit the file again.")
