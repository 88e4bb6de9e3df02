"""The alarms of apps as rows: what is wanted in the registry, what rings in the events table.

    item                     table      pk                   sk
    alarms of an app         registry   ALARMS               <tenant>
    what rings               events     <tenant>#F           RINGS
    warnings of a day        events     <tenant>#F           <day>#<code | *>

Warnings are counted with the manifests of a batch (`functions.store.rows.manifests`), so no event costs a write.
"""

import msgspec
from msgspec import Struct, field

from functions.core.sender_alarms.alarms import SenderAlarms
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION, Table, rows
from functions.store.sender_alarms.keys import findings_pk

ALARMS, RINGS = "ALARMS", "RINGS"


class Rings(Struct, frozen=True, kw_only=True):
    """What rings, each since when and with its sentence; the codes that were ever counted; None: not looked yet."""

    ringing: dict[str, tuple[int, str]] = field(default_factory=dict)
    known: frozenset[str] | None = None
    version: int = 0


def alarms_key(tenant: str) -> Key:
    return ALARMS, tenant


def alarms_row(alarms: SenderAlarms) -> Row:
    """`alarms` as they are written."""
    pk, sk = alarms_key(alarms.tenant)
    return {keys.PK: pk, keys.SK: sk, "alarms": msgspec.json.encode(alarms).decode()}


def every_alarm(table: Table) -> list[SenderAlarms]:
    """The alarms of all apps that have some. One query."""
    return [msgspec.json.decode(str(row["alarms"]), type=SenderAlarms) for row in rows(table, ALARMS)]


def alarms_of(table: Table, tenant: str) -> SenderAlarms | None:
    """The alarms of an app."""
    row = table.get_all([alarms_key(tenant)]).get(alarms_key(tenant))
    return None if row is None else msgspec.json.decode(str(row["alarms"]), type=SenderAlarms)


def rings_row(tenant: str, rings: Rings, *, expires_s: int) -> Row:
    """`rings` as they are written, with the version that they have."""
    return {
        keys.PK: findings_pk(tenant),
        keys.SK: RINGS,
        keys.TTL: expires_s,
        "rings": msgspec.json.encode(rings).decode(),
        VERSION: rings.version,
    }


def rings_of(row: Row | None) -> Rings:
    """What `rings_row` wrote."""
    if row is None:
        return Rings()
    rings = msgspec.json.decode(str(row["rings"]), type=Rings)
    return msgspec.structs.replace(rings, version=number(row, VERSION))
