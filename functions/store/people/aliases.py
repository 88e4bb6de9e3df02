"""Which ids are one person: rows of the registry, read with every question about a learner.

A person has one id of their own and a few aliases; each of these ids has a row, and each row lists all of them, so that
one read tells them. Of an app (`scope` is its tenant), or of every app (EVERY_APP). An alias changes nothing else,
neither events nor their keys, so to take one back restores both ids as they were.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from functions.core.errors import CaliperError, TransientError
from functions.core.identity import own_identity
from functions.core.ids import canonical_id, id_digest
from functions.store import keys
from functions.store.dynamodb.attributes import number, texts
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import VERSION, Table
from functions.store.people.joined_ids import joined_ids, related_ids
from functions.store.people.keys import digest_key, ids_key, ids_ref

MOST_IDS = 8  # of a person: each is a timeline that every read of the person reads
LONGEST_ID = 2_048  # characters, as of every id that is asked for
TRIES = 8


class AliasRefused(CaliperError):
    """Two ids cannot be made one person so; the message says why and what to do. `code` is that of the answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ChangedMeanwhile(TransientError):
    """Others changed the ids of this person each time that a change was tried."""


class PersonIds(Struct, frozen=True):
    """The ids of a person: `person` is the one that the others are aliases of."""

    person: str
    aliases: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (self.person, *self.aliases)


class _Stored(Struct, frozen=True):
    ids: PersonIds | None
    version: int | None


def ids_of(table: Table, tenant: str, learner: str) -> tuple[str, ...]:
    """All ids of the person that `learner` is, in one app; that id alone if it is no alias. The one asked for is first.

    One BatchGet of two rows, and one more if there are others.
    """
    return joined_ids(learner, related_ids(table, tenant, [learner]))


def person_of(table: Table, scope: str, learner: str) -> PersonIds | None:
    """The person that `learner` is an id of in this scope; None if it has no other id there."""
    return people_of(table, scope, [learner])[learner]


def people_of(table: Table, scope: str, learners: Sequence[str]) -> dict[str, PersonIds | None]:
    """The same of many. A BatchGet a hundred."""
    return {name: stored.ids for name, stored in _read(table, scope, learners).items()}


def add_alias(table: Table, scope: str, *, person: str, alias: str) -> PersonIds:
    """Say that `alias` is another id of `person`. The same again changes nothing.

    Raises AliasRefused if one is no id of one person, or in another relation already, or if the ids would be too many.
    """
    person, alias = _id_of_one(person), _id_of_one(alias)
    if person == alias:
        raise AliasRefused("same-id", "`person` and `alias` are the same id: name two.")
    for _ in range(TRIES):
        stored = _read(table, scope, [person, alias])
        own, other = stored[person].ids, stored[alias].ids
        if own is not None and own.person != person:
            raise AliasRefused("person-is-alias", f"{person} is an alias itself: name its person, {own.person}.")
        if other is not None and other.person == person:
            return other
        if other is not None:
            relation = f"of {other.person}" if other.person != alias else "and has aliases of its own"
            raise AliasRefused("is-related", f"{alias} is a known id {relation}: take those aliases back first.")
        ids = PersonIds(person, (*(own.aliases if own is not None else ()), alias))
        if len(ids.all) > MOST_IDS:
            raise AliasRefused("too-many-ids", f"A person has at most {MOST_IDS} ids: take one back first.")
        if _write(table, scope, dict.fromkeys(ids.all, ids), stored):
            return ids
    raise ChangedMeanwhile(f"the ids of a person were being changed {TRIES} times")


def _id_of_one(text: str) -> str:
    """The id as it is kept. An erasure follows aliases: an id that many people share would take them all with it."""
    identifier = canonical_id(text.strip())
    if len(identifier) > LONGEST_ID:
        raise AliasRefused("wrong-id", f"An id has at most {LONGEST_ID} characters: check the longer one.")
    if own_identity(identifier) is None:
        raise AliasRefused("shared-id", f"{identifier!r} is no one person's id: many share it.")
    return identifier


def remove_alias(table: Table, scope: str, alias: str) -> PersonIds | None:
    """Take an alias back: both ids are people of their own again. Who the person was; None if it is no alias there."""
    alias = canonical_id(alias)
    for _ in range(TRIES):
        stored = _read(table, scope, [alias])
        before = stored[alias].ids
        if before is None or before.person == alias:
            return None
        left = PersonIds(before.person, tuple(name for name in before.aliases if name != alias))
        changed = dict.fromkeys(left.all, left if left.aliases else None)
        if _write(table, scope, {**changed, alias: None}, stored):
            return before
    raise ChangedMeanwhile(f"the ids of a person were being changed {TRIES} times")


def forget_ids(table: Table, scope: str, digests: Iterable[str], *, applies: bool = True) -> int:
    """Delete the rows of these ids, which are known by their digests, and leave none of them in another id's row.

    For an erasure; how many rows went, or would go if it `applies`.
    """
    forgotten = 0
    for digest in sorted(set(digests)):
        key = digest_key(scope, digest)
        row = table.get_all([key]).get(key)
        if row is None:
            continue
        forgotten += 1
        if not applies:
            continue
        own = next((name for name in texts(row, "ids") if id_digest(name) == digest), None)
        known = None if own is None else person_of(table, scope, own)
        if known is not None:
            for alias in known.aliases if known.person == own else (own,):
                remove_alias(table, scope, str(alias))
        table.delete_all([key])
    return forgotten


def _read(table: Table, scope: str, learners: Sequence[str]) -> dict[str, _Stored]:
    held = table.get_all([ids_key(scope, name) for name in learners])
    row_by_name = {name: held.get(ids_key(scope, name)) for name in learners}
    return {name: _stored(row) for name, row in row_by_name.items()}


def _stored(row: Row | None) -> _Stored:
    if row is None:
        return _Stored(None, None)
    names = texts(row, "ids")
    return _Stored(PersonIds(names[0], names[1:]) if names else None, number(row, VERSION))


def _write(
    table: Table, scope: str, changed: Mapping[str, PersonIds | None], decided_by: Mapping[str, _Stored]
) -> bool:
    """Put the rows of these ids, all or none; what is taken back has a row without ids.

    False if a row by which it was decided has changed since: each change of a person puts every row of that person.
    """
    unread = [name for name in changed if name not in decided_by]
    stored = {**_read(table, scope, unread), **decided_by}
    put: list[tuple[Row, int | None]] = []
    for name, ids in changed.items():
        pk, sk = ids_key(scope, name)
        version = stored[name].version
        row: Row = {keys.PK: pk, keys.SK: sk, "ids": list(ids.all) if ids else [], VERSION: (version or 0) + 1}
        if ids:
            row[keys.BY_ID_PK] = ids_ref(pk.partition("#")[0])
        put.append((row, version))
    return table.put_all_if(put)
