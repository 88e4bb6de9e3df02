"""Quarantine: what was sent of the learner and was rejected, and rejected items that name the learner.

A row holds the rejected items of a message. It is replaced by what `process` would write of those that are left.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from functions.core.ids import digest
from functions.core.messages import Item, Message
from functions.core.privacy.masking import without_erased
from functions.core.times import day_of
from functions.privacy.erasure_context import Erasing
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import rows
from functions.store.quarantine.counts import EVERY_CODE
from functions.store.quarantine.listing import shards_of
from functions.store.quarantine.rejections import ENTRIES, Rejection, failed_rows, from_row, rejected_rows
from functions.storing.rejected import PROCESSING_FAILED
from functions.storing.unique_ids import CONFLICTING_ID

type Pair = tuple[Rejection, Item]  # an item as it is kept, and without the learner

FOUND_BY_PROCESSING = {PROCESSING_FAILED, CONFLICTING_ID}


def erase_rejections(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Every rejection of the app that is of the learner, or names the learner."""
    erased = erasing.erased
    for pk in shards_of(erasing.tenant):
        for row in rows(erasing.doors.table, pk, consistent=True):
            items = [(rejected, _item(rejected)) for rejected in from_row(row)]
            pairs = [
                (rejected, without_erased(item, erased, received_us=rejected.received_us)) for rejected, item in items
            ]
            if all(kept is item for (_, item), (_, kept) in zip(items, pairs, strict=True)):
                continue
            gone = sum(kept.kind == "erased" for _, kept in pairs)
            yield "rejections", gone
            yield "rejections that name the learner", sum(bool(kept.content) for _, kept in pairs)
            if erasing.applies:
                replace_rejections(erasing, row, pairs)


def _item(rejected: Rejection) -> Item:
    return Item("rejection", rejected.raw, [dict(finding) for finding in rejected.findings])


def replace_rejections(erasing: Erasing, row: Row, pairs: Sequence[Pair]) -> None:
    """Once counted down, whatever happens: the marker says that it was. The old rows go last."""
    table = erasing.doors.table
    if any(kept.kind == "erased" for _, kept in pairs):
        _count_down(erasing, row, [rejected for rejected, kept in pairs if kept.kind == "erased"])
    left = _rows(row, [(rejected, kept) for rejected, kept in pairs if kept.kind != "erased"])
    table.put_all(left)
    pk, sk = key_of(row)
    entries = [(pk + ENTRIES, f"{sk}#{rejected.index:05d}") for rejected, _ in pairs]
    table.delete_all({key_of(row), *entries} - set(map(key_of, left)))


def _rows(row: Row, left: Sequence[Pair]) -> list[Row]:
    if not left:
        return []
    first = left[0][0]
    message = Message(
        tenant=first.tenant,
        app_id=first.app_id,
        job=first.job,
        received_us=first.received_us,
        sensor=first.sensor,
        data_version=first.data_version,
        send_time=first.send_time,
    )
    numbered = [(rejected.index, kept) for rejected, kept in left]
    codes = {str(finding["code"]) for rejected, _ in left for finding in rejected.findings}
    rows_of = failed_rows if codes & FOUND_BY_PROCESSING else rejected_rows
    return rows_of(message, numbered, expires_s=number(row, keys.TTL))


def _count_down(erasing: Erasing, row: Row, gone: Sequence[Rejection]) -> None:
    day = day_of(number(row, "received"))
    marker: Row = {
        keys.PK: keys.counted_pk(erasing.tenant, day),
        keys.SK: f"{digest('|'.join(key_of(row)))}#ERASED",
        keys.TTL: row[keys.TTL],
    }
    amounts: Counter[Key] = Counter()
    for rejected in gone:
        codes = {str(finding["code"]) for finding in rejected.findings if finding.get("severity") == "error"}
        for code in {EVERY_CODE, *codes}:
            amounts[keys.rejected_pk(erasing.tenant), f"{day}#{code}"] -= 1
    erasing.doors.table.count_once(marker, amounts)
