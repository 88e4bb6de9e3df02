"""Sensors as rows of the table: a long one is stored once a message, and its events name it by its digest.

A short one stands in the row of each event, where it costs less than another row. `storing` writes these rows; `query`
reads them for the lists that show the sensor of an event.
"""

import itertools
from collections.abc import Iterable, Iterator

from functions.core.ids import digest
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import READ_BATCH, Table

SHORT_BYTES = 100
_PERIOD_S = 30 * 86_400  # a replay of old events must not let the row of newer ones expire: each period has its own


def is_long(sensor: str) -> bool:
    """Whether a sensor is stored once a message."""
    return len(sensor) > SHORT_BYTES or len(sensor.encode()) > SHORT_BYTES


def to_row(tenant: str, sensor: str, *, expires_s: int) -> Row:
    """The row of a long sensor whose events expire at `expires_s`."""
    pk, sk = _key(tenant, digest(sensor), expires_s)
    return {keys.PK: pk, keys.SK: sk, keys.TTL: (expires_s // _PERIOD_S + 2) * _PERIOD_S, "sensor": sensor}


def attributes(sensor: str) -> Row:
    """How the row of an event names its sensor."""
    if not sensor:
        return {}
    return {"sensor_digest": digest(sensor)} if is_long(sensor) else {"sensor": sensor}


def is_from(row: Row, sensor: str) -> bool:
    """Whether an event's row names this sensor."""
    return attributes(sensor).items() <= row.items() if sensor else "sensor" not in row and "sensor_digest" not in row


def with_sensors(table: Table, rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of events with the texts of their long sensors, read as the iterator advances.

    One BatchGet for each hundred rows with a long sensor among them.
    """
    for batch in itertools.batched(rows, READ_BATCH, strict=False):
        places = [_place(row) for row in batch]
        wanted = list(dict.fromkeys(place for place in places if place is not None))
        sensor_rows = table.get_all(wanted)
        for row, place in zip(batch, places, strict=True):
            yield {**row, "sensor": sensor_rows[place]["sensor"]} if place in sensor_rows else row


def _place(row: Row) -> Key | None:
    if "sensor_digest" not in row:
        return None
    return _key(keys.tenant_in(str(row[keys.PK])), text(row, "sensor_digest"), number(row, keys.TTL))


def _key(tenant: str, sensor_digest: str, expires_s: int) -> Key:
    return f"{tenant}#Q#{sensor_digest}", f"SENSOR#{expires_s // _PERIOD_S:05d}"
