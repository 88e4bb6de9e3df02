"""Who has several ids: of many learners, for a page of a course, in reads that do not grow with the app; and of all."""

from collections.abc import Mapping, Sequence

from functions.core.ids import id_digest
from functions.store import keys
from functions.store.dynamodb.attributes import texts
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import Table, rows
from functions.store.people.aliases import PersonIds
from functions.store.people.joined_ids import joined_ids, related_ids
from functions.store.people.keys import EVERY_APP, ids_ref


def several_ids(table: Table, tenant: str, learners: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """All ids of those of the learners who have several, the person's own first.

    A page (1 MB) of the index of each scope, which lists who has several ids. If that is all, only those among the
    learners are looked up, else every one of them: two or three BatchGets a fifty.
    """
    pages = [table.query(ids_ref(scope), index=keys.BY_ID) for scope in (tenant, EVERY_APP)]
    wanted = list(learners)
    if all(page.next_key is None for page in pages):
        digests = {key_of(row)[0].rpartition("#")[2] for page in pages for row in page.rows}
        wanted = [name for name in learners if id_digest(name) in digests]
    related = related_ids(table, tenant, wanted, consistent=False)
    several = {name: joined_ids(name, related) for name in wanted if related[name]}
    own_ids = {name: _own(ids, related) for name, ids in several.items()}
    return {name: (own_ids[name], *(each for each in ids if each != own_ids[name])) for name, ids in several.items()}


def every_person(table: Table, scope: str) -> list[PersonIds]:
    """Everyone who has several ids in a scope. A query of the index, and a BatchGet of each hundred ids."""
    wanted = [key_of(row) for row in rows(table, ids_ref(scope), index=keys.BY_ID)]
    held = table.get_all(wanted, consistent=False)
    everyone = {texts(row, "ids") for row in held.values()}
    return [PersonIds(ids[0], tuple(ids[1:])) for ids in sorted(everyone) if ids]


def _own(ids: Sequence[str], related: Mapping[str, Sequence[str]]) -> str:
    """The id that is no alias: the same one, whichever of a person's ids was asked for."""
    return min((name for name in ids if related.get(name, ())[:1] == [name]), default=min(ids))
