"""How many items of an app were rejected on a day, and by which codes, as rows of the table.

They are counted once a batch, however often SQS delivers it: a marker lies beside each count, as beside the counts of
events (`functions.store.rows.manifests`). `storing` writes them; `query` shows them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import batched

from functions.core.ids import digest
from functions.core.messages import Item, Message
from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.quarantine.rejections import bytes_digest
from functions.store.rows.manifests import COUNTED_AT_ONCE

EVERY_CODE = "*"  # the count of items, whatever their findings: here of rejected ones

type Count = tuple[Row, Mapping[Key, int]]  # the marker that says it was counted, and how many at which row
type Numbered = tuple[Message, int, Item]  # an item and its place in its message


def counts_of(rejected: Iterable[Numbered], *, expires_s: int) -> list[Count]:
    """How to count the rejected items of one batch, for each app and day, in all and by code: one transaction each."""
    amounts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for message, index, item in rejected:
        place = message.tenant, day_of(message.received_us)
        codes = {str(finding["code"]) for finding in item.findings if finding.get("severity") == "error"}
        amounts[place].update({EVERY_CODE, *codes})
        names[place].append(f"{message.job}#{index}#{bytes_digest(item.raw)}")
    counts: list[Count] = []
    for (tenant, day), by_code in sorted(amounts.items()):
        name = digest("\n".join(sorted(names[tenant, day])))
        for part, some in enumerate(batched(sorted(by_code.items()), COUNTED_AT_ONCE, strict=False)):
            marker: Row = {
                keys.PK: keys.counted_pk(tenant, day),
                keys.SK: f"{name}#R{part}",
                keys.TTL: expires_s,
            }
            counts.append((marker, {(keys.rejected_pk(tenant), f"{day}#{code}"): amount for code, amount in some}))
    return counts


def code_and_day(row: Row) -> tuple[str, str]:
    """The code that a row counts ('*': every one), and the day, YYYYMMDD."""
    day, _, code = str(row[keys.SK]).partition("#")
    return code, day
