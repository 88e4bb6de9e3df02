"""How far the queue is behind, so that the sweep does not end sittings while events of their learners still wait.

Each worker of `process` reports now and then how old its messages are, and always if they are much older than in its
last report. `timeout` reads the reports of all. A report of age N counts for another N, because messages beside them in
the queue may be as old; so a quiet tenant's messages do not hide those of a noisy one. A batch that failed is reported,
too, for as long as SQS hides it. If nothing is processed, no sitting ends.
"""

import secrets

from msgspec import Struct

from functions.core.times import DAY_US, FIRST_US, MINUTE_US
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.table import Row, Table, rows
from functions.store.queue import Queue

LAG = "LAG"  # the partition; a note lies at its time and worker, which sorts before the others
EMPTY, HOLD, TOLD = "EMPTY", "HOLD", "TOLD"
NOTE_EVERY_US = 20_000_000
OLDER_US = 10_000_000  # what is older than its worker's last note by more than this is noted at once
HIDDEN_US = 10 * MINUTE_US  # after that, SQS has given a failed batch to another worker (its visibility timeout is 9)
LONGEST_US = 7 * DAY_US  # the queue keeps no message longer
KEPT_US = LONGEST_US + DAY_US
UNKNOWN_US = 60 * MINUTE_US  # for a table in which nothing was noted yet
PAGE = 200


class BacklogReporter:
    """What one worker reports of the age of its messages, and what it reported last."""

    def __init__(self) -> None:
        self._worker = secrets.token_hex(4)
        self._at_us = 0
        self._oldest_us = 0

    def stored(self, table: Table, *, now_us: int, oldest_us: int) -> None:
        """Messages that were sent at `oldest_us` and later have been stored: noted now and then."""
        if now_us - self._at_us > NOTE_EVERY_US or oldest_us < self._oldest_us - OLDER_US:
            lag_us = min(max(now_us - oldest_us, NOTE_EVERY_US), HIDDEN_US)
            self._put(table, now_us, oldest_us, until_us=now_us + lag_us)
            self._at_us, self._oldest_us = now_us, oldest_us

    def failed(self, table: Table, *, now_us: int, oldest_us: int) -> None:
        """They were not stored, and no worker gets them before SQS shows them again."""
        self._put(table, now_us, oldest_us, until_us=now_us + HIDDEN_US)

    def returned(self, table: Table, *, now_us: int, oldest_us: int) -> None:
        """Not all of them were stored, and SQS shows the others again at once."""
        self._put(table, now_us, oldest_us, until_us=now_us + NOTE_EVERY_US)

    def _put(self, table: Table, now_us: int, oldest_us: int, *, until_us: int) -> None:
        note: Row = {
            keys.PK: LAG,
            keys.SK: f"{key_parts.time_key(now_us)}#{self._worker}",
            keys.TTL: (now_us + KEPT_US) // 1_000_000,
            "at": now_us,
            "oldest": oldest_us,
            "until": until_us,
        }
        table.put_all([note])


def lag_us(table: Table, queue: Queue, *, now_us: int, margin_us: int = 0) -> int:
    """An upper estimate of the age of the oldest message that waits, never under `margin_us`.

    None that waits is older than when the queue was last seen empty, which is noted here, too: after a quiet spell the
    last note of `process` is old, and the first message is not. SQS counts messages approximately, and settles within
    a minute after the last was sent (SQS, GetQueueAttributes): one that it did not count is younger than `margin_us`.
    """
    if queue.waiting() == 0:
        table.put_all([{keys.PK: LAG, keys.SK: EMPTY, "at": now_us - margin_us}])
        return margin_us
    since_us = now_us - LONGEST_US
    newest: int | None = None  # until then messages were processed; a note's time does not pass while none are
    oldest: list[int] = []
    for row in rows(table, LAG, descending=True, limit=PAGE, consistent=True):
        if row[keys.SK] == EMPTY:
            since_us = max(since_us, number(row, "at"))
        elif row[keys.SK] not in (HOLD, TOLD):
            newest = number(row, "at") if newest is None else newest
            if number(row, "at") < newest - HIDDEN_US:
                break
            if number(row, "until") >= newest:
                oldest.append(number(row, "oldest"))
    return max(margin_us, now_us - max(min(oldest, default=now_us - UNKNOWN_US), since_us))


class SweepOrders(Struct, frozen=True):
    """What an operator's work asks of the sweep: to end nothing now, and to publish no notice a second time."""

    is_paused: bool
    published_until_us: int


def sweep_orders(table: Table, *, now_us: int) -> SweepOrders:
    """As they stand; one BatchGet."""
    row_by_key = table.get_all([(LAG, HOLD), (LAG, TOLD)])
    pause_row, published_row = row_by_key.get((LAG, HOLD)), row_by_key.get((LAG, TOLD))
    return SweepOrders(
        is_paused=pause_row is not None and now_us < number(pause_row, "until"),
        published_until_us=FIRST_US if published_row is None else number(published_row, "until"),
    )


def pause_sweep(table: Table, *, until_us: int) -> None:
    """Let the sweep end nothing before `until_us`: for a replay, whose events come in the order of their arrival."""
    table.put_all([{keys.PK: LAG, keys.SK: HOLD, "until": until_us}])


def mark_published(table: Table, *, until_us: int) -> None:
    """Notices of all ends that were received before were published: for a rebuild, whose table knows of none."""
    table.put_all([{keys.PK: LAG, keys.SK: TOLD, "until": until_us}])
