"""On which other days an event id lies: asked of the product's table, which has every event by its id.

A content digest decides which of two events with one id counts, and they may say different days. To look for an id
through all days of the lake would read all of it; one query of the index `by_id` tells.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from functions.lake.archive_line import possible_day
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Table, rows

AT_ONCE = 16  # queries; as many as the client has connections


def days_of_conflicts(table: Table, ids: Iterable[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """Of ids (tenant, id) that are stored more than once: the UTC days on which."""
    wanted_ids = list(ids)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        days_of_each = pool.map(lambda it: _days(table, *it), wanted_ids)
        return {name: days for name, days in zip(wanted_ids, days_of_each, strict=True) if days}


def _days(table: Table, tenant: str, identifier: str) -> set[str]:
    places = rows(table, keys.event_ref(tenant, identifier), index=keys.BY_ID)
    sort_keys = [str(row[keys.SK]) for row in places]
    if len(sort_keys) < 2:  # alone under its id: the usual case
        return set()
    days = (possible_day(key_parts.time_from_key(sk.split("#")[1])) for sk in sort_keys if sk.startswith(keys.EVENT))
    return {day for day in days if day is not None}  # the others lie together, and are looked through always
