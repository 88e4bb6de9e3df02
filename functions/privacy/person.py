"""Whom an operator means: the learner of an IRI, or of an e-mail address that the learner's events give."""

from collections.abc import Iterator

from msgspec import Struct

from functions.core.apps import App
from functions.core.identity import own_identity
from functions.core.ids import canonical_id
from functions.privacy.errors import PrivacyError
from functions.store import keys
from functions.store.dynamodb.attributes import text
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import Table, rows
from functions.store.people.aliases import ids_of
from functions.store.rows.event_index import address


class Person(Struct, frozen=True, kw_only=True):
    """A person as one app knows them: the IRIs of the learner, and the e-mail addresses, as `mailto:…`."""

    app: App
    learners: tuple[str, ...]
    addresses: tuple[str, ...]


def find_person(table: Table, app: App, identifier: str) -> Person:
    """The person of this IRI or e-mail address. Raises PrivacyError if it may be several people's, or no one's."""
    identifier = identifier.strip()
    if is_address(identifier):
        wanted = address(identifier.removeprefix("mailto:"))
        learners = tuple(sorted(set(_learners_of(table, app, wanted))))
        return Person(app=app, learners=learners, addresses=(wanted,) if learners else ())
    if own_identity(identifier) is None:
        raise PrivacyError(f"{identifier!r} is no one person's: many share it. Name the learner's own IRI or address.")
    learner = canonical_id(identifier)
    return Person(app=app, learners=(learner,), addresses=tuple(sorted(set(_addresses_of(table, app, learner)))))


def with_every_id(person: Person, table: Table, registry: Table) -> Person:
    """The person with the ids that are aliases of theirs, and the addresses of those."""
    known = {name for learner in person.learners for name in ids_of(registry, person.app.tenant, learner)}
    others = sorted(known.difference(person.learners))
    addresses = {mail for name in others for mail in _addresses_of(table, person.app, name)}
    return Person(
        app=person.app,
        learners=(*person.learners, *others),
        addresses=tuple(sorted(addresses.union(person.addresses))),
    )


def is_address(identifier: str) -> bool:
    """Whether a text is an e-mail address and not an IRI."""
    bare = identifier.removeprefix("mailto:")
    return "@" in bare and ":" not in bare and "/" not in bare


def _learners_of(table: Table, app: App, wanted: str) -> Iterator[str]:
    refs = rows(table, keys.address_ref(app.tenant, wanted), index=keys.BY_ID)
    return (text(row, "learner") for row in table.get_all(map(key_of, refs)).values() if "learner" in row)


def _addresses_of(table: Table, app: App, learner: str) -> Iterator[str]:
    pk = keys.learner_pk(app.tenant, learner)
    for row in rows(table, pk, start=keys.EVENT_INDEX, end=f"{keys.EVENT_INDEX}~"):
        if str(row[keys.SK]).endswith("#") and text(row, "correlation").startswith("mailto:"):
            yield text(row, "correlation")
