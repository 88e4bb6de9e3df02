"""The table `aliases` made anew from the registry: each night, and by the first run that finds none.

Every other table keeps the pseudonym of the id that an event named, so an alias that is taken back changes nothing but
this table.
"""

from collections.abc import Iterable, Iterator

from functions.core.privacy.pseudonym import Pseudonyms
from functions.lake.iceberg.relations import declared_columns, select_files
from functions.lake.iceberg.snapshots import live_files
from functions.lake.merging import apply, replace_in_scope
from functions.lake.opened_lake import Lake
from functions.lake.tables.aliases import ALIASES, Aliased
from functions.lake.tables.of_lines import PEOPLE
from functions.store.dynamodb.table import Table
from functions.store.keys import tenant_of
from functions.store.people.aliases import PersonIds
from functions.store.people.keys import EVERY_APP
from functions.store.people.several_ids import every_person


def renew_aliases(lake: Lake, registry: Table, pseudonyms: Pseudonyms) -> int:
    """Make the table what the registry says now of the apps that the lake has learners of; how many rows are new.

    Raises CommitFailedException if another commit came between.
    """
    of_every_app = every_person(registry, EVERY_APP)
    rows = [
        ALIASES.row(Aliased(app, pseudonyms.of(tenant, alias), pseudonyms.of(tenant, person)))
        for app in _apps(lake)
        for tenant in [tenant_of(app)]
        for person, alias in own_ids([*every_person(registry, tenant), *of_every_app])
    ]
    return apply(lake, replace_in_scope(lake, ALIASES, rows, scopes=[()], days=[]))


def own_ids(people: Iterable[PersonIds]) -> Iterator[tuple[str, str]]:
    """The person's own id and an alias, of each alias. What an app says and what holds for every app may meet in one
    person, who then has the own id that was named first.
    """
    own: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for ids in people:
        known = {own[name]: None for name in ids.all if name in own}
        person = next(iter(known), ids.person)
        joined = [name for other in known if other != person for name in members.pop(other)]
        group = members.setdefault(person, [])
        group += [*joined, *(name for name in ids.all if name not in own)]
        own |= dict.fromkeys(group, person)
    return ((person, name) for person, group in members.items() for name in group if name != person)


def _apps(lake: Lake) -> list[str]:
    table = lake.catalog.existing(PEOPLE)
    files = [file.file_path for file in live_files(table, PEOPLE)] if table else []
    people = select_files(declared_columns(PEOPLE), files)
    result = lake.connection.execute(f"SELECT DISTINCT app FROM {people} ORDER BY app")  # noqa: S608
    return [app for (app,) in result.fetchall()]
