"""Storing again what is archived: many batches in one go, into a table that holds them or into one that lacks them.

Each batch makes the rows that `process` made of it, so in a table that holds them nothing changes. Then they are read,
which costs a tenth of writing them, and what is missing is put.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from functions.core.messages import Message
from functions.core.sessions.timeouts import Timeouts
from functions.settings import ProcessSettings
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import Table
from functions.store.registrations import Registrations
from functions.storing.event_index_cache import EventIndexCache
from functions.storing.pipeline import as_registered, schedule_and_announce, store
from functions.storing.scheduling import expiry_of_timer_s
from functions.storing.suppression import without_the_erased
from functions.storing.unique_ids import with_unique_ids
from functions.storing.write_set import WriteSet, build_write_set


def store_again(
    batches: Sequence[Sequence[Message]],
    *,
    table: Table,
    settings: ProcessSettings,
    now_us: int,
    event_index_cache: EventIndexCache,
    registrations: Registrations,
    held: bool,
) -> WriteSet:
    """Store every batch. `held`: the table had them once, so that most of their rows are there.

    No notice is published and nothing is archived. Raises what an AWS call raises; all of it may be repeated.
    """
    registered = registrations.read({message.tenant for batch in batches for message in batch}, now_us=now_us)
    unique = {tenant for tenant, registration in registered.items() if registration.unique_ids}

    messages = [message for batch in batches for message in batch]
    messages = without_the_erased(messages, registered, registrations, now_us=now_us)
    checked = iter(with_unique_ids(messages, table, unique) if unique else messages)
    prepared = [
        [as_registered(message, registered[message.tenant]) for message in islice(checked, len(batch))]
        for batch in batches
    ]

    def timeouts(tenant: str) -> Timeouts:
        return registered[tenant].timeouts

    def kept_days(tenant: str) -> int:
        return registered[tenant].kept_days(settings.retention_days)

    write_set = merged(build_write_set(batch, retention_days=kept_days, timeouts=timeouts) for batch in prepared)
    sent = write_set.sent
    if held:
        markers = table.get_all(key_of(marker) for marker, _ in sent)
        sent = [(marker, amounts) for marker, amounts in sent if key_of(marker) not in markers]
        write_set.rows = _lacking(table, write_set.rows)
    for marker, amounts in sent:
        table.count_once(marker, amounts)
    store(write_set, table)
    schedule_and_announce(
        write_set,
        table=table,
        bus=None,
        event_index_cache=event_index_cache,
        timeouts=timeouts,
        expires_s=lambda tenant: expiry_of_timer_s(kept_days(tenant), now_us=now_us),
        time_left=lambda: True,
    )
    return write_set


def merged(write_sets: Iterable[WriteSet]) -> WriteSet:
    """Write sets of several batches as one."""
    whole = WriteSet()
    for part in write_sets:
        whole.rows += part.rows
        whole.sent += part.sent
        whole.index_rows |= part.index_rows
        for pk, addition in part.additions.items():
            if pk in whole.additions:
                whole.additions[pk].merge(addition)
            else:
                whole.additions[pk] = addition
        whole.events += part.events
        whole.rejections += part.rejections
        whole.duplicates += part.duplicates
        whole.conflicts += part.conflicts
        whole.ahead += part.ahead
        whole.rejection_errors += part.rejection_errors
    return whole


def _lacking(table: Table, rows: Sequence[Row]) -> list[Row]:
    """Those that the table does not hold as they are."""
    held = table.get_all(map(key_of, rows), consistent=False)
    return [row for row in rows if held.get(key_of(row)) != row]
