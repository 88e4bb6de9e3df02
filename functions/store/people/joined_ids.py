"""Which ids are one person in an app, by what the app says and by what holds for every app together."""

from collections.abc import Iterable, Mapping, Sequence

from functions.store.dynamodb.attributes import texts
from functions.store.dynamodb.table import Table
from functions.store.people.keys import EVERY_APP, ids_key

# What an app says and what holds for every app may meet in one person. So many ids are read that the same ones are
# answered by whichever of them it is asked.
MOST_JOINED = 64


def related_ids(
    table: Table, tenant: str, learners: Iterable[str], *, consistent: bool = True
) -> Mapping[str, list[str]]:
    """With which ids each of the learners is one person, by what the app says and by what holds for every app; the same
    of those ids, and so on. A BatchGet a fifty ids, twice or three times.
    """
    related: dict[str, list[str]] = {}
    unread = list(dict.fromkeys(learners))
    for _ in range(MOST_JOINED):
        if not unread:
            break
        places = {name: [ids_key(scope, name) for scope in (tenant, EVERY_APP)] for name in unread}
        held = table.get_all([key for pair in places.values() for key in pair], consistent=consistent)
        for name, pair in places.items():
            of_scopes = [held[key] for key in pair if key in held]
            related[name] = [other for row in of_scopes for other in texts(row, "ids")]
        unread = list(dict.fromkeys(other for name in places for other in related[name] if other not in related))
    return related


def joined_ids(learner: str, related: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The ids of one person, nearest first."""
    known = [learner]
    for name in known:  # it grows meanwhile
        known += [other for other in dict.fromkeys(related.get(name, ())) if other not in known]
    return tuple(known[:MOST_JOINED])
