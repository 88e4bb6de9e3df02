"""The rows of messages that are purged; what they led to is worked out anew by the sweep."""

from collections.abc import Iterable, Iterator, Sequence

from functions.core.messages import Message
from functions.core.privacy.masking import ERASED
from functions.privacy.erasure_context import Erasing, conflict_key
from functions.privacy.places.course_rows import course_keys
from functions.privacy.places.learner_rows import is_event, leads_to_later, look_again
from functions.privacy.places.manifests import erase_arrivals, manifest_rows
from functions.privacy.places.rejections import replace_rejections
from functions.store import keys
from functions.store.dynamodb.attributes import number, packed
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import pages
from functions.store.quarantine.rejections import ENTRIES, from_row
from functions.store.rows.credentials import id_at_rest
from functions.store.rows.manifests import Arrival, Manifest
from functions.storing.write_set import build_write_set

# The partitions whose sessions change, each with where courses told of its learner before anything was deleted.
type Touched = dict[str, set[Key]]


def purge_rows(erasing: Erasing, messages: Sequence[Message], touched: Touched) -> Iterator[tuple[str, int]]:
    """The events and rejections of messages. The partitions whose sessions change are added to `touched`.

    An event whose row another credential wrote last stays. Jobs go with the lines of the archive.
    """
    table, settings = erasing.doors.table, erasing.doors.settings
    write_set = build_write_set(
        messages, retention_days=lambda _: settings.retention_days, timeouts=lambda _: settings.timeouts
    )
    held = table.get_all({key_of(row): None for row in write_set.rows})
    events = [row for row in held.values() if is_event(row) and is_of_credential(erasing, row)]
    conflicts = table.get_all(conflict_key(erasing.tenant, str(row[keys.SK])) for row in events)
    rejected = [row for row in held.values() if _is_rejections(row)]
    yield "events", len(events)
    yield "conflicts", len(conflicts)
    _touch(erasing, write_set.additions, touched)  # also those of which a run that was stopped deleted the rows
    for row in rejected:
        pairs = [(entry, ERASED) for entry in from_row(row)]
        yield "rejections", len(pairs)
        if erasing.applies:
            replace_rejections(erasing, row, pairs)
    if erasing.applies:
        table.delete_all([*conflicts, *map(key_of, events)])


def purge_listed(erasing: Erasing, touched: Touched) -> Iterator[tuple[str, int]]:
    """The events of the times that manifests list and the archive has no more: a table that was restored holds them."""
    table = erasing.doors.table
    for manifest in manifest_rows(erasing):
        within = [arrival for arrival in Manifest(manifest).arrivals() if _is_within(erasing, arrival)]
        held = table.get_all(dict.fromkeys(arrival.key for arrival in within))
        events = [row for row in held.values() if is_of_credential(erasing, row) or _was_emitted(erasing, row)]
        yield "events", len(events)
        _touch(erasing, (str(row[keys.PK]) for row in events), touched)
        conflicts = [conflict_key(erasing.tenant, str(row[keys.SK])) for row in events]
        table.delete_all([*conflicts, *map(key_of, events)])


def _touch(erasing: Erasing, partitions: Iterable[str], touched: Touched) -> None:
    for pk in partitions:
        if pk not in touched:
            touched[pk] = course_keys(erasing.doors.table, pk) if erasing.applies else set()


def settle_anew(erasing: Erasing, pk: str, in_courses: Iterable[Key]) -> None:
    """Forget the sessions and totals of a timeline and what courses told of it, so that the sweep makes those of what
    is left.
    """
    table = erasing.doors.table
    table.delete_all({*in_courses, *course_keys(table, pk)})  # also what a sweep has added since
    rows = [row for page in pages(table, pk, consistent=True) for row in page.rows if not is_event(row)]
    left = any(is_event(row) for page in pages(table, pk, consistent=True) for row in page.rows)
    table.delete_all(key_of(row) for row in rows if not left or not leads_to_later(row))
    if left:
        look_again(erasing, pk)


def purge_from_manifests(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Arrivals of the times whose events are not stored any more."""
    table = erasing.doors.table

    def gone(arrivals: Sequence[Arrival]) -> set[Arrival]:
        within = [arrival for arrival in arrivals if _is_within(erasing, arrival)]
        stored = table.get_all({arrival.key: None for arrival in within})
        return {arrival for arrival in within if arrival.key not in stored}

    if erasing.applies:  # a dry run has deleted no event
        yield from erase_arrivals(erasing, gone)


def _is_within(erasing: Erasing, arrival: Arrival) -> bool:
    return any(erasure.from_us <= arrival.received_us <= erasure.before_us for erasure in erasing.erasures.values())


def _was_emitted(erasing: Erasing, row: Row) -> bool:
    """Whether a row is of an event that this service emitted about what is purged."""
    return bool(row.get("system")) and erasing.erased.is_event(packed(row, "body"), received_us=number(row, "received"))


def is_of_credential(erasing: Erasing, row: Row) -> bool:
    """Whether a row of an event is of what is purged."""
    received_us = number(row, "received")
    return any(
        row.get("credential") == id_at_rest(erasure.alias) and erasure.from_us <= received_us <= erasure.before_us
        for erasure in erasing.erasures.values()
        if erasure.role == "credential"
    )


def _is_rejections(row: Row) -> bool:
    place = keys.place_of(str(row[keys.PK]))
    return place.startswith("X#") and not place.endswith(ENTRIES) and "received" in row
