"""From which day to which the sessions of learners reach, as far as the table of sessions knows them.

What arrives for a day can change every session that reaches over it, and a session is folded whole or not at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from functions.lake.iceberg.relations import declared_columns, save_rows, select_files, select_rows
from functions.lake.iceberg.snapshots import live_files
from functions.lake.numbers.learner_facts import WANTED
from functions.lake.numbers.numbers_source import Learner
from functions.lake.numbers.pending import Whose
from functions.lake.opened_lake import Lake
from functions.lake.tables.of_numbers import SESSIONS

LONGEST_SESSION_DAYS = 62  # so far back the start of a session is looked for


@dataclass(frozen=True, slots=True)
class Span:
    """One session: its id as the tables show it, and its first and last day as `2026-01-27`."""

    session: str
    first: str
    last: str


def spans_of(lake: Lake, whose: Mapping[Whose, Learner], days: Iterable[str]) -> dict[Whose, list[Span]]:
    """The sessions of each learner that start at most LONGEST_SESSION_DAYS from one of `days`."""
    table = lake.catalog.existing(SESSIONS)
    dates = set(map(date.fromisoformat, days))
    if table is None or not dates:
        return {}
    reach = timedelta(days=LONGEST_SESSION_DAYS)
    first, length = min(dates) - reach, (max(dates) - min(dates) + 2 * reach).days
    files = live_files(table, SESSIONS, {first + timedelta(days=step) for step in range(length + 1)})
    if not files:
        return {}
    wanted = [{"app": name[0], "learner_key": learner.key} for name, learner in whose.items()]
    held = select_files(declared_columns(SESSIONS), [file.file_path for file in files])
    result = lake.connection.execute(
        "SELECT held.app, held.learner_key, held.id, strftime(held.day, '%Y-%m-%d'), "  # noqa: S608
        f"strftime(held.last_activity, '%Y-%m-%d') FROM {held} AS held "
        f"SEMI JOIN {select_rows(WANTED, save_rows(wanted, lake.scratch / 'whose.ndjson'))} AS wanted "
        "ON held.app = wanted.app AND held.learner_key = wanted.learner_key"
    ).fetchall()
    by_key = {(name[0], learner.key): name for name, learner in whose.items()}
    spans: dict[Whose, list[Span]] = defaultdict(list)
    for app, learner_key, session, first_day, last_day in result:
        spans[by_key[app, learner_key]].append(Span(session, first_day, max(first_day, last_day)))
    return spans


def touched_days(days: set[str], spans: Iterable[Span], named: set[str]) -> tuple[set[str], set[str]]:
    """Which days are made anew if facts of `days` came, some of the sessions `named`; and the days that those reach to.

    The start of a session that reaches over one of the days is one of them, and so on for its other sessions.
    """
    made_anew, reached = set(days), set[str]()
    rest = list(spans)
    while True:
        hit = [
            span for span in rest if span.session in named or any(span.first <= day <= span.last for day in made_anew)
        ]
        if not hit:
            return made_anew, reached
        rest = [span for span in rest if span not in hit]
        made_anew |= {span.first for span in hit}
        reached |= {span.last for span in hit}
