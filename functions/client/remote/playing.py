"""Plays a recorded file: its events in the order and with the pauses of their times, faster or shifted to now.

A shifted event has other content, so it gets another id: the same id with two contents would be a conflict. Sessions
and runs get other ids, too, so that a second playing is not one session with the first. All new ids derive from the old
ones and the shift, so that the same playing again is the same events.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from functions.client.remote.batches import Batch, SentItem, portions
from functions.core.ids import AUTO_ATTACH
from functions.core.times import format_time, parse_time

_NAMESPACE = uuid.UUID("0b0f2a52-1a5b-5a55-9d3c-5e6b8a1d9c40")
TOGETHER_US = 200_000  # due so close to each other, events go in one request


@dataclass(frozen=True, slots=True)
class Timed:
    """One event to be sent `due_us` after the first."""

    due_us: int
    batch: Batch


def timed(batches: Iterable[Batch], *, speed: float, shift_us: Callable[[int], int]) -> list[Timed]:
    """Every item with the time at which it is due, in that order. An item without a time goes first.

    `shift_us` says by how much all are shifted, from the time of the first event.
    """
    timed_items: list[tuple[int | None, Batch, SentItem]] = []
    for batch in batches:
        timed_items += [(_time_of(item.raw), batch, item) for item in batch.items]
    times = [time_us for time_us, _, _ in timed_items if time_us is not None]
    first_us = min(times, default=0)
    shift = shift_us(first_us) if times else 0
    ordered = sorted(timed_items, key=lambda row: -1 if row[0] is None else row[0])
    return [
        Timed(
            round(((first_us if time_us is None else time_us) - first_us) / speed),
            Batch(batch.sensor, batch.send_time, batch.data_version, [SentItem(shifted(item.raw, shift), item.line)]),
        )
        for time_us, batch, item in ordered
    ]


def due(rows: Iterable[Timed]) -> Iterator[Timed]:
    """The rows that are due together and of one kind of envelope, as one."""
    gathered: Timed | None = None
    for row in rows:
        if gathered is not None and _go_together(gathered, row):
            gathered.batch.items.extend(row.batch.items)
            continue
        if gathered is not None:
            yield from (Timed(gathered.due_us, batch) for batch in portions(gathered.batch))
        gathered = row
    if gathered is not None:
        yield from (Timed(gathered.due_us, batch) for batch in portions(gathered.batch))


def _go_together(first: Timed, row: Timed) -> bool:
    alike = (first.batch.sensor, first.batch.data_version) == (row.batch.sensor, row.batch.data_version)
    return alike and row.due_us - first.due_us <= TOGETHER_US


def shifted(raw: bytes, shift_us: int) -> bytes:
    """The item with each of its times moved and new ids of event, session and run; as it is if nothing moves."""
    if not shift_us:
        return raw
    item = json.loads(raw)
    if not isinstance(item, dict):
        return raw
    renamed = {old: _new_id(old, shift_us) for old in _ids(item)}
    return json.dumps(_moved(item, shift_us, renamed), ensure_ascii=False, separators=(",", ":")).encode()


def _ids(event: dict[str, Any]) -> set[str]:
    session, extensions = event.get("session"), event.get("extensions")
    named = [
        event.get("id") if "eventTime" in event else None,
        session.get("id") if isinstance(session, dict) else session,
        extensions.get("runId") if isinstance(extensions, dict) else None,
    ]
    return {text for text in named if isinstance(text, str) and text != AUTO_ATTACH}


def _new_id(old: str, shift_us: int) -> str:
    new = uuid.uuid5(_NAMESPACE, f"{old} {shift_us}")
    return f"urn:uuid:{new}" if old.startswith("urn:") or "://" in old else str(new)


def _moved(value: Any, shift_us: int, renamed: dict[str, str], name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _moved(child, shift_us, renamed, key) for key, child in value.items()}
    if isinstance(value, list):
        return [_moved(child, shift_us, renamed, name) for child in value]
    if isinstance(value, str):
        if name.endswith("Time"):
            time_us = parse_time(value)
            return value if time_us is None else format_time(time_us + shift_us)
        return renamed.get(value, value)
    return value


def _time_of(raw: bytes) -> int | None:
    try:
        item = json.loads(raw)
    except ValueError:
        return None
    return parse_time(item.get("eventTime")) if isinstance(item, dict) else None
