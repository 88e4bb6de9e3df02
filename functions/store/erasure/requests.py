"""What was asked about a person by a route, and how far it is: a row in the events table that expires.

It names no one: the person is only in the message that waits for the function `privacy`.
"""

from collections.abc import Mapping
from typing import Literal, cast

import orjson
from msgspec import Struct

from functions.core.times import DAY_US
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION, Table, rows
from functions.store.erasure.keys import requests_pk

KEPT_DAYS = 30

type RequestKind = Literal["count", "erase", "export"]
type State = Literal["queued", "running", "done", "refused"]


class PersonRequest(Struct, frozen=True, kw_only=True):
    """`counts` are by place, or by file of a copy, whose key in the bucket is `file`. `reason`: why it was refused."""

    id: str
    tenant: str
    kind: RequestKind
    asked_us: int
    state: State = "queued"
    changed_us: int
    counts: Mapping[str, int] = {}
    code: str = ""
    file: str = ""
    reason: str = ""


def request_key(tenant: str, request: str) -> Key:
    """Where a request lies."""
    return requests_pk(tenant), request


def request_row(request: PersonRequest) -> Row:
    """`request` as it is written."""
    pk, sk = request_key(request.tenant, request.id)
    return {
        keys.PK: pk,
        keys.SK: sk,
        "kind": request.kind,
        "asked": request.asked_us,
        "state": request.state,
        "changed": request.changed_us,
        "counts": orjson.dumps(dict(request.counts)).decode(),
        "code": request.code,
        "file": request.file,
        "reason": request.reason,
        VERSION: 1,
        keys.TTL: (request.asked_us + KEPT_DAYS * DAY_US) // 1_000_000,
    }


def request_of(tenant: str, row: Row) -> PersonRequest:
    """The request that `request_row` wrote."""
    return PersonRequest(
        id=text(row, keys.SK),
        tenant=tenant,
        kind=cast("RequestKind", text(row, "kind")),
        asked_us=number(row, "asked"),
        state=cast("State", text(row, "state")),
        changed_us=number(row, "changed"),
        counts=orjson.loads(text(row, "counts")),
        code=text(row, "code"),
        file=text(row, "file"),
        reason=text(row, "reason"),
    )


def read_request(table: Table, tenant: str, request: str) -> PersonRequest | None:
    """One request, or None if there is none, or none any more."""
    key = request_key(tenant, request)
    row = table.get_all([key]).get(key)
    return None if row is None else request_of(tenant, row)


def requests_of(table: Table, tenant: str) -> list[PersonRequest]:
    """Every request of an app that is kept."""
    return [request_of(tenant, row) for row in rows(table, requests_pk(tenant), consistent=True)]
