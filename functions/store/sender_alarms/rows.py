"""The alarms of apps as rows: what is wanted, and what rings."""

from collections.abc import Iterable

import msgspec

from functions.core.apps import App
from functions.core.sender_alarms.alarms import Rings, SenderAlarms
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import VERSION, Table, rows
from functions.store.sender_alarms.keys import ALARMS, alarms_key, rings_key


def alarms_row(alarms: SenderAlarms) -> Row:
    """`alarms` as they are written."""
    pk, sk = alarms_key(alarms.tenant)
    return {keys.PK: pk, keys.SK: sk, "alarms": msgspec.json.encode(alarms).decode()}


def every_alarm(table: Table) -> list[SenderAlarms]:
    """The alarms of all apps that have some. One query."""
    return [msgspec.json.decode(str(row["alarms"]), type=SenderAlarms) for row in rows(table, ALARMS)]


def alarms_of(table: Table, apps: Iterable[App]) -> dict[str, SenderAlarms]:
    """The alarms of these apps by tenant; of one that never set any, none is wanted. One BatchGet a hundred."""
    wanted = {alarms_key(app.tenant): app for app in apps}
    held = table.get_all(wanted)
    return {
        app.tenant: msgspec.json.decode(str(held[key]["alarms"]), type=SenderAlarms)
        if key in held
        else SenderAlarms(tenant=app.tenant, app_id=app.app_id)
        for key, app in wanted.items()
    }


def set_alarms(table: Table, alarms: SenderAlarms) -> None:
    """Set the alarms of an app, the last of several at one moment. If none is wanted, the sweep clears what rings."""
    table.put_all([alarms_row(alarms)])


def every_ring(table: Table, tenants: Iterable[str]) -> dict[str, Rings]:
    """What rings of these apps. One BatchGet a hundred."""
    keys_of_rings = {rings_key(tenant): tenant for tenant in tenants}
    held = table.get_all(keys_of_rings)
    return {tenant: rings_of(held.get(key)) for key, tenant in keys_of_rings.items()}


def rings_row(tenant: str, rings: Rings, *, expires_s: int) -> Row:
    """`rings` as they are written, with the version that they have."""
    pk, sk = rings_key(tenant)
    return {
        keys.PK: pk,
        keys.SK: sk,
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
