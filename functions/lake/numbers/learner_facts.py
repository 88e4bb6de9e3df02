"""The facts of learners in days of theirs, read from `raw`, as the folds take them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from functions.core.messages import Item, Message
from functions.core.timeline.entry import Entry
from functions.lake.iceberg.relations import declared_columns, save_rows, select_files, select_rows
from functions.lake.iceberg.snapshots import live_files
from functions.lake.numbers.numbers_source import Learner
from functions.lake.numbers.pending import Whose
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Column, TableDefinition
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import RAW
from functions.store.keys import tenant_of
from functions.store.rows.events import fact_of_item

PAGE_ROWS = 10_000
WANTED = TableDefinition(
    name="wanted",
    about="Which learners are read.",
    columns=(
        Column("app", "string", "", lambda row: row["app"]),
        Column("learner_key", "string", "", lambda row: row["learner_key"]),
    ),
    key=("app", "learner_key"),
)


def facts_of(lake: Lake, whose: Mapping[Whose, Learner], windows: Mapping[Whose, set[str]]) -> dict[Whose, list[Entry]]:
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
    wanted = [{"app": app, "learner_key": learner_key} for app, learner_key in keys]
    result = lake.connection.execute(
        "SELECT held.app, held.learner_key, strftime(held.day, '%Y-%m-%d'), held.kind, held.raw, "  # noqa: S608
        "epoch_us(held.received), held.send_time, held.auto_attach, held.system, held.edapps "
        f"FROM {select_files(declared_columns(RAW), files)} AS held "
        f"LEFT JOIN {select_rows(WANTED, save_rows(wanted, lake.scratch / 'learners.ndjson'))} AS wanted "
        "ON held.app = wanted.app AND held.learner_key = wanted.learner_key "
        f"LEFT JOIN {select_files({'app': 'VARCHAR', 'content': 'VARCHAR'}, kept_files)} AS kept "
        "ON held.app = kept.app AND held.content = kept.content "
        # Of two contents under one id only that which is in `events` counts, wherever the other one lies.
        "WHERE (held.kind = 'heartbeat' OR (held.kind = 'event' AND kept.content IS NOT NULL)) "
        "AND (wanted.app IS NOT NULL OR held.learner_key IS NULL)"
    )
    while page := result.fetchmany(PAGE_ROWS):
        for app, learner_key, day, kind, raw, received_us, send_time, auto_attach, system, edapps in page:
            message = Message(
                tenant=tenant_of(app),
                app_id=app,
                job="",
                received_us=received_us,
                send_time=send_time or "",
                auto_attach=auto_attach,
                system=system,
                edapps=None if edapps is None else tuple(edapps),
            )
            yield app, learner_key, day, fact_of_item(Item(kind, raw.encode()), message).entry


def _files(lake: Lake, definition: TableDefinition, days: set[date]) -> list[str]:
    table = lake.catalog.existing(definition)
    return [file.file_path for file in live_files(table, definition, days)] if table else []
