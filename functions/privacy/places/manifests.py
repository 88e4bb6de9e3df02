"""Manifests, by which what an app sent is listed and counted: without the learner's events, as if they had not come."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set

from functions.core.ids import digest
from functions.core.times import day_of
from functions.privacy.erasure_context import Erasing
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import rows
from functions.store.rows import manifests
from functions.store.rows.manifests import Arrival, Manifest, pointer_of
from functions.store.sent.days import sent_by_day


def erase_from_manifests(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Every manifest of the app that lists an event of the learner, and the counts of its days."""
    partitions = erasing.partitions()

    def unwanted(arrivals: Sequence[Arrival]) -> set[Arrival]:
        return {
            arrival
            for arrival in arrivals
            if arrival.received_us <= partitions.get(arrival.key[0], arrival.received_us - 1)
        }

    return erase_arrivals(erasing, unwanted)


def erase_arrivals(
    erasing: Erasing, unwanted: Callable[[Sequence[Arrival]], Set[Arrival]]
) -> Iterator[tuple[str, int]]:
    """Every manifest of the app without the arrivals that are unwanted among those it lists."""
    for row in manifest_rows(erasing):
        gone = unwanted(Manifest(row).arrivals())
        if not gone:
            continue
        yield "manifests", 1
        if erasing.applies:
            _replace(erasing, row, manifests.without(row, gone.__contains__))


def manifest_rows(erasing: Erasing) -> Iterator[Row]:
    """Every manifest of the app."""
    table = erasing.doors.table
    for month in sorted({day[:6] for day in sent_by_day(table, erasing.tenant)}):
        for shard in range(keys.MANIFEST_SHARDS):
            yield from rows(table, keys.manifest_pk(erasing.tenant, month, shard), consistent=True)


def _replace(erasing: Erasing, row: Row, kept: Row | None) -> None:
    """Once counted down, whatever happens: the marker says that it was. The old row goes last."""
    table = erasing.doors.table
    name = digest("|".join(key_of(row_of_event)[1] for row_of_event in (row, kept) if row_of_event is not None))
    received = day_of(number(row, "received"))
    marker: Row = {
        keys.PK: keys.counted_pk(erasing.tenant, received),
        keys.SK: f"{name}#ERASED",
        keys.TTL: row[keys.TTL],
    }
    gone = number(row, "count") - (0 if kept is None else number(kept, "count"))
    amounts: Counter[Key] = Counter()
    amounts[keys.sent_pk(erasing.tenant), f"{day_of(Manifest(row).last_us)}#0"] -= gone
    amounts[keys.received_pk(erasing.tenant), f"{received}#0"] -= gone
    table.count_once(marker, amounts)
    if kept is not None:
        table.put_all([kept, pointer_of(kept)])
    table.delete_all([key_of(pointer_of(row)), key_of(row)])
