"""Erasures as rows of the registry, which is copied to the bucket and not rebuilt from the archive: digests only.

One row for each identifier of a person, and one row for each app that says until when something received may be of a
person who was erased. `process` reads the latter with the registration, and the others only for what is that old.
"""

from collections.abc import Iterable
from typing import cast

from functions.core.privacy.erased import Erased, Erasure, Role
from functions.core.times import FIRST_US
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION, Table, rows
from functions.store.erasure.keys import UNTIL, erased_pk


def until_key(tenant: str) -> Key:
    """Where it is written until when something received may be of a person who was erased."""
    return erased_pk(tenant), UNTIL


def erased_until_us(row: Row | None) -> int:
    """What that row says; before all time if there is none."""
    return FIRST_US if row is None else number(row, "until")


def erasure_row(tenant: str, erasure: Erasure) -> Row:
    """`erasure` as it is written. It never expires."""
    row: Row = {
        keys.PK: erased_pk(tenant),
        keys.SK: erasure.digest,
        "role": erasure.role,
        "alias": erasure.alias,
        "before": erasure.before_us,
        "request": erasure.request,
    }
    return row | {"from": erasure.from_us} if erasure.role in ("credential", "event") else row


def erasure_of(row: Row) -> Erasure:
    """The erasure that `erasure_row` wrote."""
    return Erasure(
        digest=text(row, keys.SK),
        role=cast("Role", text(row, "role")),
        alias=text(row, "alias"),
        before_us=number(row, "before"),
        request=text(row, "request"),
        from_us=number(row, "from") if "from" in row else FIRST_US,
    )


def erasures(table: Table, tenant: str) -> dict[str, Erasure]:
    """The erasures of one app, by digest."""
    stored = rows(table, erased_pk(tenant), consistent=True)
    return {text(row, keys.SK): erasure_of(row) for row in stored if row[keys.SK] != UNTIL}


def erased_of(table: Table, tenant: str) -> Erased:
    """The same, to ask of whom something is."""
    return Erased(erasures(table, tenant))


def add_erasures(table: Table, tenant: str, added: Iterable[Erasure]) -> None:
    """Write erasures, each in place of an earlier one of the same identifier, then that there are some.

    A worker of `process` counts them within KEPT_US of its registrations.
    """
    added = list(added)
    table.put_all(erasure_row(tenant, erasure) for erasure in added)
    until_us = max(erasure.before_us for erasure in added)
    while True:
        row = table.get_all([until_key(tenant)]).get(until_key(tenant))
        if erased_until_us(row) >= until_us:
            return
        version = None if row is None else number(row, VERSION)
        pk, sk = until_key(tenant)
        changed: Row = {keys.PK: pk, keys.SK: sk, "until": until_us, VERSION: (version or 0) + 1}
        if table.put_if(changed, version):
            return
