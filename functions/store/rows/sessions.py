"""Session rows: snapshots of the ended sittings of sessions. Only the sweep writes them; `query` reads them.

Those of a learner's inferred sessions lie by their start, so that the sweep finds those of a slice, and no id of
theirs that was provisional once is left behind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.sessions.records import Json, Record, answer_of, started_us
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION


class SessionRow(Struct, frozen=True, kw_only=True):
    """`records` of ended sittings by start; `older` is the sum of those that are too many to list. No record at all:
    there is no such session any more. `version` is 0 before it is stored.
    """

    id: str
    learner: str | None
    explicit: bool
    version: int = 0
    older: Record | None = None
    records: Sequence[Record] = ()

    @property
    def all(self) -> list[Record]:
        return [*([self.older] if self.older is not None else []), *self.records]

    @property
    def started_us(self) -> int:
        return started_us(self.all)

    def answer(self) -> Json:
        """The row of `GET /sessions`, without its app."""
        return answer_of(self.id, learner=self.learner, explicit=self.explicit, records=self.all)


def explicit_key(pk: str, session: str) -> Key:
    """Where the row of an explicit session lies."""
    return pk, keys.session_sk(session)


def inferred_key(pk: str, session: str, start_us: int) -> Key:
    """Where the row of an inferred session lies that started then."""
    return pk, keys.inferred_sk(session, start_us)


def session_row(key: Key, stored: SessionRow, *, expires_s: int) -> Row:
    """`stored` as it is written."""
    body: Mapping[str, Any] = {"older": stored.older, "sittings": stored.records}
    row: Row = {
        keys.PK: key[0],
        keys.SK: key[1],
        keys.TTL: expires_s,
        VERSION: stored.version,
        "session": stored.id,
        "body": packing.compress(orjson.dumps(body)),  # keeps the row at one write unit
    }
    if stored.learner is not None:
        row["learner"] = stored.learner
    if not stored.explicit:
        row[keys.BY_ID_PK] = keys.event_index_ref(keys.tenant_in(key[0]), stored.id)
    return row


def session_of(row: Row) -> SessionRow:
    """The session row that `session_row` wrote."""
    packed = row["body"]
    assert isinstance(packed, bytes)
    body = orjson.loads(packing.decompress(packed))
    return SessionRow(
        id=text(row, "session"),
        learner=text(row, "learner") if "learner" in row else None,
        explicit=str(row[keys.SK]).startswith(keys.SESSION),
        version=number(row, VERSION),
        older=body["older"],
        records=tuple(body["sittings"]),
    )
