"""Marks on rejections as rows of the table: an operator exported, resubmitted or dismissed what quarantine keeps.

A mark names the bytes of an item and counts for every copy that was received up to `until_us`; the same bytes that are
sent and rejected later are a new rejection. `operate` writes marks; `query` and `operate` read them.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from msgspec import Struct

from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import Table
from functions.store.quarantine.rejections import Rejection
from functions.store.quarantine.states import State


class Mark(Struct, frozen=True, kw_only=True):
    """What was done about the copies of `content` that a tenant's app sent up to `until_us`."""

    tenant: str
    content: str
    state: State
    until_us: int

    def covers(self, rejected: Rejection) -> bool:
        """Whether a copy of the content was there when this mark was made."""
        return rejected.received_us <= self.until_us


def mark_key(tenant: str, content: str) -> Key:
    """Where the mark on the bytes of an item lies."""
    return f"{tenant}#X#MARKS#{key_parts.shard_of(content, keys.REJECTION_SHARDS)}", content


def to_row(mark: Mark, *, expires_s: int) -> Row:
    """`mark` as it is written, in place of an earlier mark on the same content."""
    pk, sk = mark_key(mark.tenant, mark.content)
    return {keys.PK: pk, keys.SK: sk, keys.TTL: expires_s, "state": mark.state, "until": mark.until_us}


def from_row(row: Row) -> Mark:
    """The mark that `to_row` wrote."""
    return Mark(
        tenant=keys.tenant_in(str(row[keys.PK])),
        content=text(row, keys.SK),
        state=cast("State", text(row, "state")),
        until_us=number(row, "until"),
    )


def marks_on(table: Table, rejections: Iterable[Rejection]) -> Mapping[str, Mark]:
    """The marks on any of these rejections, by content. One BatchGet a hundred."""
    wanted = {mark_key(item.tenant, item.content) for item in rejections}
    rows = table.get_all(sorted(wanted))
    return {key_of(row)[1]: from_row(row) for row in rows.values()}


def state_of(rejected: Rejection, marks: Mapping[str, Mark]) -> State:
    """What was done about a rejection; `waiting` if nothing was."""
    mark = marks.get(rejected.content)
    return mark.state if mark is not None and mark.covers(rejected) else "waiting"
