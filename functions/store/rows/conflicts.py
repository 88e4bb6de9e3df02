"""Conflicts as rows of the table: an event id that was sent with other content too.

`process` puts them for what it sees in one batch, the sweep for what it reads of a timeline; `query` lists them. A row
is a function of the contents alone, so it may be put again, in any order and by both.
"""

from collections.abc import Iterable

from msgspec import Struct

from functions.core.identity import is_anonymous
from functions.core.ids import canonical_id, id_digest
from functions.core.timeline.entry import Entry, one_content_per_id
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Row


class Conflict(Struct, frozen=True, kw_only=True):
    """A content that does not count, because another one under the same id does. Times are its own."""

    id: str
    app_id: str
    time_us: int
    received_us: int


def rows_of_conflicts(entries: Iterable[Entry], *, tenant: str, app_id: str, expires_s: int) -> list[Row]:
    """A row for each content among `entries` that another one under its id displaces; mostly there is none."""
    by_id: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        if entry.attribution.kind == "event" and entry.id and not is_anonymous(entry.id):
            by_id.setdefault(canonical_id(entry.id), {}).setdefault(entry.content, entry)
    rows: list[Row] = []
    for contents in by_id.values():
        if len(contents) > 1:
            counting = {entry.content for entry in one_content_per_id(contents.values())}
            rows += [
                to_row(entry, tenant=tenant, app_id=app_id, expires_s=expires_s)
                for content, entry in contents.items()
                if content not in counting
            ]
    return rows


def to_row(entry: Entry, *, tenant: str, app_id: str, expires_s: int) -> Row:
    """A row of the newest-first list of its shard, in which the time of the event orders."""
    digest = id_digest(entry.id)
    return {
        keys.PK: keys.conflict_pk(tenant, key_parts.shard_of(digest, keys.CONFLICT_SHARDS)),
        keys.SK: f"{key_parts.time_key(entry.time_us)}#{digest}#{entry.content}",
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
