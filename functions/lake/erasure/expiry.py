"""What an app sent before a day out of the tables, because its registration says how long it is kept."""

from collections.abc import Callable, Iterator, Sequence

from functions.core.times import parse_time
from functions.lake.erasure.dropping import OF_LEARNERS, Dropping, learners_left
from functions.lake.erasure.traces import end_history
from functions.lake.opened_lake import Lake
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from functions.lake.tables.of_numbers import NUMBER_TABLES

RECEIVED_BEFORE = "app = ? AND epoch_us(received) < ?"
STARTED_BEFORE = "app = ? AND day < ?::DATE"


def expire_tables(
    lake: Lake, app: str, *, before_day: str, load_again: Callable[[Sequence[str]], object]
) -> Iterator[tuple[str, int]]:
    """Drop what was received before a UTC day (`2026-01-27`), and numbers of earlier days; how much of each table.

    What came again since then is handed to `load_again`. People of whom nothing is left are forgotten.
    """
    before_us = parse_time(f"{before_day}T00:00:00Z")
    dropping = Dropping(lake, app, applies=True)
    old = {(row["kind"], row["content"]) for row in dropping.rows(RAW, RECEIVED_BEFORE, [before_us])}
    again = dropping.rows(COPIES, "app = ? AND epoch_us(received) >= ?", [before_us])
    objects = sorted({row["archive_key"] for row in again if (row["kind"], row["content"]) in old})
    if objects:
        load_again(objects)  # and once more below: whatever dies between, it is loaded
    for definition in (EVENTS, REJECTIONS, COPIES, RAW):
        yield dropping.drop(definition, RECEIVED_BEFORE, [before_us])
    for definition in NUMBER_TABLES:
        yield dropping.drop(definition, STARTED_BEFORE, [before_day])
    left = learners_left(dropping)
    known = {row["learner_key"] for row in dropping.rows(PEOPLE, "app = ?", [])}
    gone = sorted(known - left)
    yield dropping.drop(PEOPLE, OF_LEARNERS, [gone])
    if objects:
        load_again(objects)
    for definition in TABLES:
        end_history(lake, definition)
