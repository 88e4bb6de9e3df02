"""Conflicts as rows of the table: an event id that was sent with other content too.

`process` puts them for what it sees in one batch, the sweep for what it reads of a timeline, the walk of the ids for
the rest; `query` lists them. A row is a function of the contents alone, so it may be put again, in any order.
"""

from collections.abc import Iterable

from msgspec import Struct

from functions.core.timeline.entry import Entry
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row
from functions.store.facts.rivals import contents_by_id, losing, rival_rows
from functions.store.rows.events import StoredFact


class Conflict(Struct, frozen=True, kw_only=True):
    """A content that does not count, because another one under the same id does. Times are its own."""

    id: str
    app_id: str
    time_us: int
    received_us: int


def rows_of_conflicts(facts: Iterable[StoredFact], *, tenant: str, app_id: str, expires_s: int) -> list[Row]:
    """For each id with several contents among `facts`: what tells each content of its rival, then a row of the list for
    each that does not count. Mostly there is none.
    """
    rows: list[Row] = []
    for contents in contents_by_id(facts).values():
        rows += rival_rows(contents, expires_s=expires_s)
        rows += [to_row(fact.entry, tenant=tenant, app_id=app_id, expires_s=expires_s) for fact in losing(contents)]
    return rows


def conflict_key(tenant: str, event: str) -> Key:
    """Where the content that lies at the sort key `event` is listed, if it does not count."""
    _, _, digest = event.split("#")[:3]
    return keys.conflict_pk(tenant, key_parts.shard_of(digest, keys.CONFLICT_SHARDS)), event.removeprefix(keys.EVENT)


def to_row(entry: Entry, *, tenant: str, app_id: str, expires_s: int) -> Row:
    """A row of the newest-first list of its shard, in which the time of the event orders."""
    pk, sk = conflict_key(tenant, keys.event_sk(entry.time_us, entry.id, entry.content))
    return {
        keys.PK: pk,
        keys.SK: sk,
        keys.TTL: expires_s,
        "id": entry.id,
        "app": app_id,
        "received": entry.received_us,
    }


def from_row(row: Row) -> Conflict:
    """The conflict that `to_row` wrote."""
    return Conflict(
        id=text(row, "id"),
        app_id=text(row, "app"),
        time_us=key_parts.time_from_key(text(row, keys.SK).partition("#")[0]),
        received_us=number(row, "received"),
    )
