"""Quarantine: what the learner's app sent of the learner and was rejected, and rejected items that name the learner."""

from collections import Counter
from collections.abc import Iterator

from functions.core.ids import digest
from functions.core.messages import Item
from functions.core.privacy.masking import without_erased
from functions.core.times import day_of
from functions.operate.privacy.erasing import Erasing
from functions.store import keys
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import rows
from functions.store.rows.rejections import EVERY_CODE, Rejection, from_row, masked_row


def erase_rejections(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Every rejection of the app that is of the learner, or names the learner."""
    erased, table = erasing.erased, erasing.doors.table
    for shard in range(keys.REJECTION_SHARDS):
        for row in rows(table, keys.rejection_pk(erasing.tenant, shard), consistent=True):
            rejected = from_row(row)
            item = Item("rejection", rejected.raw, [dict(finding) for finding in rejected.findings])
            kept = without_erased(item, erased, received_us=rejected.received_us)
            if kept is item:
                continue
            yield "rejections" if kept.kind == "erased" else "rejections that name the learner", 1
            if not erasing.applies:
                continue
            if kept.kind == "erased":
                _delete(erasing, row, rejected)
            else:
                table.put_all([masked_row(row, kept)])


def _delete(erasing: Erasing, row: Row, rejected: Rejection) -> None:
    """Once counted down, whatever happens: the marker says that it was. The row goes last."""
    table, day = erasing.doors.table, day_of(rejected.received_us)
    codes = {str(finding["code"]) for finding in rejected.findings if finding.get("severity") == "error"}
    marker: Row = {
        keys.PK: keys.counted_pk(erasing.tenant, day),
        keys.SK: f"{digest('|'.join(key_of(row)))}#ERASED",
        keys.TTL: row[keys.TTL],
    }
    amounts: Counter[Key] = Counter()
    for code in {EVERY_CODE, *codes}:
        amounts[keys.rejected_pk(erasing.tenant), f"{day}#{code}"] -= 1
    table.count_once(marker, amounts)
    table.delete_all([key_of(row)])
