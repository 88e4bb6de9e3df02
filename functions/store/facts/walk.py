"""Where the walk of the ids stands, as a row of the table: one for the whole table, written by the sweep's Lambda."""

import orjson
from msgspec import Struct

from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Key, Row

WALK_KEY: Key = (keys.WALK, keys.WALK)


class WalkRow(Struct, frozen=True, kw_only=True):
    """`after`: the row of the index behind which it goes on; None: at the beginning. `pages` were read since then.

    `whole`: how many the last walk from the beginning to the end had; 0 before the first has ended.
    """

    after: Row | None = None
    pages: int = 0
    whole: int = 0


def walk_row(walk: WalkRow) -> Row:
    """`walk` as it is written."""
    pk, sk = WALK_KEY
    row: Row = {keys.PK: pk, keys.SK: sk, "pages": walk.pages, "whole": walk.whole}
    return row if walk.after is None else row | {"after": orjson.dumps(walk.after)}


def walk_of(row: Row) -> WalkRow:
    """The walk that `walk_row` wrote."""
    after = row.get("after")
    return WalkRow(
        after=orjson.loads(after) if isinstance(after, bytes) else None,
        pages=number(row, "pages"),
        whole=number(row, "whole"),
    )
