"""Session timers as rows of the table: one for each learner, one for each session without a learner.

`process` and the sweep write them, each write conditional on the version; the sweep finds them through the index of
what is due.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.sessions.timer import SessionTimer
from functions.core.times import DAY_US
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, text, texts
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION, Table

SLACK_US = 31 * DAY_US  # rows that lead to events outlive them, though they are rewritten seldom


class DueEntry(Struct, frozen=True, order=True):
    """The entry of a timer in the index of what is due: `due` sorts by when it is due, `pk` is its partition."""

    due: str
    pk: str


class TimerRow(Struct, frozen=True, kw_only=True):
    """A session timer and what else its row says.

    `inferred` is the provisional id of the inferred session that is open, by which it is found. Of the sweep alone:
    `resting_until_us`, before which it is not evaluated; `unpublished` notices that the bus has not taken in
    `bus_failures` tries, and when to try again; the sort keys of facts that it could not read and has reported
    (`skipped`); and whether totals are stored of all that lies before `from_us` (None: no sweep has looked yet).
    """

    timer: SessionTimer
    inferred: str | None = None
    resting_until_us: int = 0
    unpublished: tuple[Mapping[str, Any], ...] = ()
    bus_failures: int = 0
    publish_at_us: int = 0
    skipped: tuple[str, ...] = ()
    totalled: bool | None = None

    @property
    def due_us(self) -> int | None:
        """When the sweep is to evaluate it; None if there is nothing to do."""
        timer = self.timer
        waiting = [max(timer.due_us, self.resting_until_us)] if timer.state != "idle" or timer.outbox else []
        return min([*waiting, *([self.publish_at_us] if self.unpublished else [])], default=None)


def timer_key(pk: str) -> Key:
    """Where the timer of a partition lies."""
    return pk, keys.TIMER


def timer_row(pk: str, stored: TimerRow, *, expires_s: int) -> Row:
    """`stored` as it is written."""
    timer = stored.timer
    row: Row = {
        keys.PK: pk,
        keys.SK: keys.TIMER,
        keys.TTL: expires_s,
        "app": timer.app_id,
        "state": timer.state,
        VERSION: timer.version,
        "from": timer.from_us,
        "deadline": timer.due_us,
    }
    optional = {"learner": timer.learner, "session": timer.session, "marked": timer.marked, "since": timer.since_us}
    row |= {name: value for name, value in optional.items() if value is not None}
    counts = {
        "tried": timer.tried,
        "resting": stored.resting_until_us,
        "failures": stored.bus_failures,
        "telling": stored.publish_at_us if stored.unpublished else 0,
    }
    row |= {name: value for name, value in counts.items() if value}
    if timer.outbox:
        row["outbox"] = packing.compress(orjson.dumps(list(timer.outbox)))
    if stored.unpublished:
        row["untold"] = packing.compress(orjson.dumps(list(stored.unpublished)))
    if stored.skipped:
        row["skipped"] = list(stored.skipped)
    if stored.totalled is not None:
        row["totals"] = stored.totalled
    if stored.inferred is not None:
        row[keys.BY_ID_PK] = keys.event_index_ref(keys.tenant_in(pk), stored.inferred)
        row["inferred"] = stored.inferred
    due_us = stored.due_us
    if due_us is not None:
        row[keys.DUE_PK] = keys.due_shard(pk)
        row[keys.DUE_SK] = f"{key_parts.time_key(due_us)}#{keys.TIMER}"
    return row


def timer_of(row: Row) -> TimerRow:
    """The timer that `timer_row` wrote."""
    return TimerRow(
        timer=SessionTimer(
            tenant=keys.tenant_in(str(row[keys.PK])),
            app_id=text(row, "app"),
            learner=_text(row, "learner"),
            session=_text(row, "session"),
            state=row["state"],  # type: ignore[arg-type]  # one of the three: only timer_row writes it
            version=number(row, VERSION),
            from_us=number(row, "from"),
            due_us=number(row, "deadline"),
            marked=_number(row, "marked"),
            since_us=_number(row, "since"),
            tried=_number(row, "tried") or 0,
            outbox=_unpacked(row, "outbox"),
        ),
        inferred=_text(row, "inferred"),
        resting_until_us=_number(row, "resting") or 0,
        unpublished=_unpacked(row, "untold"),
        bus_failures=_number(row, "failures") or 0,
        publish_at_us=_number(row, "telling") or 0,
        skipped=texts(row, "skipped") if "skipped" in row else (),
        totalled=bool(row["totals"]) if "totals" in row else None,
    )


def due_entries(table: Table, shard: str, until_us: int, *, limit: int) -> list[DueEntry]:
    """The timers of one shard that are due until then: the longest due, and if more are than `limit`, as many of the
    latest, so that what is due now does not wait for a backlog. One query, two if there is one.
    """
    end = key_parts.time_key(until_us) + key_parts.KEY_MAX
    parameters: dict[str, Any] = {"index": keys.BY_DUE, "end": end, "limit": limit}
    page = table.query(shard, **parameters)
    rows = page.rows
    if page.next_key is not None:
        rows = [*rows, *table.query(shard, descending=True, **parameters).rows]
    return list(dict.fromkeys(DueEntry(str(row[keys.DUE_SK]), str(row[keys.PK])) for row in rows))


def _text(row: Row, name: str) -> str | None:
    return text(row, name) if name in row else None


def _number(row: Row, name: str) -> int | None:
    return number(row, name) if name in row else None


def _unpacked(row: Row, name: str) -> tuple[Mapping[str, Any], ...]:
    packed = row.get(name)
    return tuple(orjson.loads(packing.decompress(packed))) if isinstance(packed, bytes) else ()
