"""The rows of messages that are purged; what they led to is worked out anew by the sweep."""

from collections.abc import Iterator, Sequence

from functions.core.messages import Message
from functions.core.privacy.masking import ERASED
from functions.privacy.erasure_context import Erasing, conflict_key
from functions.privacy.places.learner_rows import is_event, leads_to_later, look_again
from functions.privacy.places.manifests import erase_arrivals
from functions.privacy.places.rejections import replace_rejections
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import pages
from functions.store.quarantine.rejections import ENTRIES, from_row
from functions.store.rows import jobs
from functions.store.rows.credentials import id_at_rest
from functions.store.rows.manifests import Arrival
from functions.storing.write_set import build_write_set


def purge_rows(erasing: Erasing, messages: Sequence[Message], touched: set[str]) -> Iterator[tuple[str, int]]:
    """The events, rejections and jobs of messages. The partitions whose sessions change are added to `touched`.

    An event whose row another credential wrote last stays.
    """
    table, settings = erasing.doors.table, erasing.doors.settings
    write_set = build_write_set(
        messages, retention_days=lambda _: settings.retention_days, timeouts=lambda _: settings.timeouts
    )
    held = table.get_all({key_of(row): None for row in write_set.rows})
    events = [row for row in held.values() if is_event(row) and _is_theirs(erasing, row)]
    conflicts = table.get_all(conflict_key(erasing.tenant, str(row[keys.SK])) for row in events)
    work = [row for row in held.values() if jobs.is_job_row(row)]
    rejected = [row for row in held.values() if _is_rejections(row)]
    yield "events", len(events)
    yield "conflicts", len(conflicts)
    yield "jobs", len(work)
    touched |= {str(row[keys.PK]) for row in events} & write_set.additions.keys()
    for row in rejected:
        pairs = [(entry, ERASED) for entry in from_row(row)]
        yield "rejections", len(pairs)
        if erasing.applies:
            replace_rejections(erasing, row, pairs)
    if erasing.applies:
        table.delete_all([*conflicts, *map(key_of, (*events, *work))])


def settle_anew(erasing: Erasing, pk: str) -> None:
    """Forget the sessions and totals of a timeline, so that the sweep makes those of what is left."""
    table = erasing.doors.table
    rows = [row for page in pages(table, pk, consistent=True) for row in page.rows if not is_event(row)]
    left = any(is_event(row) for page in pages(table, pk, consistent=True) for row in page.rows)
    table.delete_all(key_of(row) for row in rows if not left or not leads_to_later(row))
    if left:
        look_again(erasing, pk)


def purge_from_manifests(erasing: Erasing, from_us: int, to_us: int) -> Iterator[tuple[str, int]]:
    """Arrivals of the time whose events are not stored any more."""
    table = erasing.doors.table

    def gone(arrivals: Sequence[Arrival]) -> set[Arrival]:
        within = [arrival for arrival in arrivals if from_us <= arrival.received_us <= to_us]
        stored = table.get_all({arrival.key: None for arrival in within})
        return {arrival for arrival in within if arrival.key not in stored}

    if erasing.applies:  # a dry run has deleted no event
        yield from erase_arrivals(erasing, gone)


def _is_theirs(erasing: Erasing, row: Row) -> bool:
    credentials = {id_at_rest(erasure.alias) for erasure in erasing.erasures.values()}
    received_us = number(row, "received")
    return row.get("credential") in credentials and any(
        erasure.from_us <= received_us <= erasure.before_us for erasure in erasing.erasures.values()
    )


def _is_rejections(row: Row) -> bool:
    place = keys.place_of(str(row[keys.PK]))
    return place.startswith("X#") and not place.endswith(ENTRIES) and "received" in row
