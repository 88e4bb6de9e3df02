"""The numbers of learners whose facts arrived: read from `raw`, folded by the product's own code, put in place.

Of each learner the touched days are folded with CONTEXT_DAYS on both sides, because a session may begin the day before
and time that is reported twice must be seen twice; and with every day since the start of a session that is named.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import batched

from functions.core.messages import Item, Message
from functions.core.timeline.entry import Entry
from functions.lake.iceberg.relations import declared_columns, save_rows, select_files, select_rows
from functions.lake.iceberg.snapshots import live_files
from functions.lake.merging import apply, replace_in_scope
from functions.lake.numbers.numbers_source import Learner, rows_of
from functions.lake.numbers.owners import owners
from functions.lake.numbers.pending import Pending, Touched, Whose
from functions.lake.opened_lake import Lake
from functions.lake.pseudonym import Pseudonyms
from functions.lake.tables.column import Column, Row, TableDefinition
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import RAW
from functions.lake.tables.of_numbers import NUMBER_TABLES, SESSIONS
from functions.settings import IdleSettings
from functions.store.keys import tenant_of
from functions.store.rows.events import stored

CONTEXT_DAYS = 2
LONGEST_SESSION_DAYS = 62  # so far back the start of a session that is named again is looked for
LEARNERS_AT_ONCE = 2_000

_WANTED = TableDefinition(
    name="wanted",
    about="Which learners are read.",
    columns=(
        Column("app", "string", "", lambda row: row["app"]),
        Column("learner_key", "string", "", lambda row: row["learner_key"]),
        Column("id", "string", "", lambda row: row["id"]),
    ),
    key=("app", "learner_key"),
)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is renewed with: the timeouts of the stack and its pseudonyms."""

    idle: IdleSettings
    pseudonyms: Pseudonyms


def renew(lake: Lake, pending: Pending, renewal: Renewal, *, time_left: Callable[[], bool]) -> int:
    """Do what is pending, as far as the time goes; how many learners. What is left is done by the next run."""
    renewed = 0
    for location, body in pending.listed():
        if not time_left():
            break
        touched = Touched()
        touched.merge(body)
        _find_owners(lake, touched)
        for chunk in batched(sorted(touched.days), LEARNERS_AT_ONCE, strict=False):
            _renew(lake, {whose: touched.days[whose] for whose in chunk}, touched, renewal)
            renewed += len(chunk)
        pending.done([location])
    return renewed


def _renew(lake: Lake, days: Mapping[Whose, set[str]], touched: Touched, renewal: Renewal) -> None:
    whose = {name: _learner(name, renewal.pseudonyms) for name in days}
    starts = _starts_of_sessions(lake, whose, touched)
    replaced = {name: _around(days[name] | starts.get(name, set()), 1) for name in days}
    windows = {name: _without_gaps(_around(replaced[name], CONTEXT_DAYS)) for name in days}
    facts = _facts(lake, whose, windows)
    rows: dict[str, list[Row]] = defaultdict(list)
    for name, learner in whose.items():
        for table, made in rows_of(facts.get(name, []), learner, renewal.idle).items():
            rows[table] += (row for row in made if row["day"] in replaced[name])
    scopes = {(name[0], whose[name].key, day) for name in days for day in replaced[name]}
    every_day = set().union(*replaced.values())
    for definition in NUMBER_TABLES:
        apply(lake, replace_in_scope(lake, definition, rows[definition.name], scopes=scopes, days=every_day))


def _learner(name: Whose, pseudonyms: Pseudonyms) -> Learner:
    app, learner = name
    return Learner(app=app, tenant=tenant_of(app), learner=learner, pseudonyms=pseudonyms)


def _around(days: Iterable[str], reach: int) -> set[str]:
    steps = [timedelta(days=step) for step in range(-reach, reach + 1)]
    return {(date.fromisoformat(day) + step).isoformat() for day in days for step in steps}


def _without_gaps(days: set[str]) -> set[str]:
    """Every day from the first to the last, if they are as near as one session may be; else the days as they are."""
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    length = (last - first).days
    if length > 2 * LONGEST_SESSION_DAYS:
        return days
    return {(first + timedelta(days=step)).isoformat() for step in range(length + 1)}


def _starts_of_sessions(lake: Lake, whose: Mapping[Whose, Learner], touched: Touched) -> dict[Whose, set[str]]:
    """On which days the sessions that touched facts name began, as far as the table of sessions knows them."""
    table = lake.catalog.existing(SESSIONS)
    wanted = [
        {"app": name[0], "learner_key": learner.key, "id": learner.shielded(session)}
        for name, learner in whose.items()
        for session in touched.sessions.get(name, ())
    ]
    if table is None or not wanted:
        return {}
    days = {date.fromisoformat(day) for name in whose for day in touched.days[name]}
    reach = timedelta(days=LONGEST_SESSION_DAYS)
    span = {min(days) - reach + timedelta(days=step) for step in range((max(days) - min(days) + 2 * reach).days + 1)}
    files = [file.file_path for file in live_files(table, SESSIONS, span)]
    if not files:
        return {}
    found = lake.connection.execute(
        f"SELECT DISTINCT held.app, held.learner_key, strftime(held.day, '%Y-%m-%d') "  # noqa: S608
        f"FROM {select_files(declared_columns(SESSIONS), files)} AS held "
        f"SEMI JOIN {select_rows(_WANTED, save_rows(wanted, lake.scratch / 'named.ndjson'))} AS wanted "
        "ON held.app = wanted.app AND held.learner_key = wanted.learner_key AND held.id = wanted.id"
    ).fetchall()
    by_key = {(name[0], learner.key): name for name, learner in whose.items()}
    starts: dict[Whose, set[str]] = defaultdict(set)
    for app, learner_key, day in found:
        starts[by_key[app, learner_key]].add(day)
    return starts


def _facts(lake: Lake, whose: Mapping[Whose, Learner], windows: Mapping[Whose, set[str]]) -> dict[Whose, list[Entry]]:
    """The facts of each learner in the days of its window, with those that name one of its sessions and no learner."""
    by_key = {(name[0], learner.key): name for name, learner in whose.items()}
    facts: dict[Whose, list[Entry]] = defaultdict(list)
    ownerless: dict[str, list[Entry]] = defaultdict(list)
    every_day = set().union(*windows.values())
    for app, learner_key, day, entry in _stored_facts(lake, by_key, every_day):
        if learner_key is None:
            ownerless[app].append(entry)
        elif day in windows[by_key[app, learner_key]]:
            facts[by_key[app, learner_key]].append(entry)
    for name, own in facts.items():
        named = {entry.attribution.session for entry in own}
        own += [entry for entry in ownerless[name[0]] if entry.attribution.session in named]
    return facts


def _stored_facts(
    lake: Lake, keys: Iterable[tuple[str, str]], days: Iterable[str]
) -> Iterator[tuple[str, str | None, str, Entry]]:
    dates = set(map(date.fromisoformat, days))
    files, kept_files = (_files(lake, definition, dates) for definition in (RAW, EVENTS))
    if not files:
        return
    wanted = [{"app": app, "learner_key": learner_key, "id": None} for app, learner_key in keys]
    found = lake.connection.execute(
        "SELECT held.app, held.learner_key, strftime(held.day, '%Y-%m-%d'), held.kind, held.raw, "  # noqa: S608
        "epoch_us(held.received), held.auto_attach, held.system "
        f"FROM {select_files(declared_columns(RAW), files)} AS held "
        f"LEFT JOIN {select_rows(_WANTED, save_rows(wanted, lake.scratch / 'learners.ndjson'))} AS wanted "
        "ON held.app = wanted.app AND held.learner_key = wanted.learner_key "
        f"LEFT JOIN {select_files({'app': 'VARCHAR', 'content': 'VARCHAR'}, kept_files)} AS kept "
        "ON held.app = kept.app AND held.content = kept.content "
        # Of two contents under one id only that which is in `events` counts, wherever the other one lies.
        "WHERE (held.kind = 'heartbeat' OR (held.kind = 'event' AND kept.content IS NOT NULL)) "
        "AND (wanted.app IS NOT NULL OR held.learner_key IS NULL)"
    )
    while page := found.fetchmany(10_000):
        for app, learner_key, day, kind, raw, received_us, auto_attach, system in page:
            message = Message(
                tenant=tenant_of(app),
                app_id=app,
                job="",
                received_us=received_us,
                auto_attach=auto_attach,
                system=system,
            )
            yield app, learner_key, day, stored(Item(kind, raw.encode()), message).entry


def _files(lake: Lake, definition: TableDefinition, days: set[date]) -> list[str]:
    table = lake.catalog.existing(definition)
    return [file.file_path for file in live_files(table, definition, days)] if table else []


def _find_owners(lake: Lake, touched: Touched) -> None:
    """Turn facts that name only a session into facts of the learners whose session it is."""
    for app, found in touched.ownerless.items():
        for learner, day in owners(lake, app, found):
            touched.days[app, learner].add(day)
