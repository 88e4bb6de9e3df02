"""How many items of an app were rejected a day and for which code: rows that are counted up once a batch.

`storing` counts, `query` reads. A batch counts once however often SQS delivers it: each count has a marker beside it,
as the counts of events have (`manifests`).
"""

from collections import defaultdict
from collections.abc import Iterable

from functions.core.ids import digest
from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.rows.rejections import Rejection

EVERY_CODE = "*"  # the count of rejected items, whatever their findings

type Count = tuple[Row, Key, int]  # the marker that says it was counted, the row of the count, and how many


def counts_of(rejected: Iterable[Rejection], *, expires_s: int) -> list[Count]:
    """How to count the rejections of one batch: once in all and once by each code, for each app and day."""
    members: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in rejected:
        codes = {str(finding["code"]) for finding in one.findings if finding.get("severity") == "error"}
        for code in {EVERY_CODE, *codes}:
            name = f"{one.job}#{one.index}#{one.content}"
            members[one.tenant, day_of(one.received_us), code].append(name)
    counts: list[Count] = []
    for (tenant, day, code), names in sorted(members.items()):
        marker: Row = {
            keys.PK: keys.counted_pk(tenant, day),
            keys.SK: digest("\n".join([code, *sorted(names)])),
            keys.TTL: expires_s,
        }
        counts.append((marker, (keys.rejected_pk(tenant), f"{day}#{code}"), len(names)))
    return counts


def code_and_day(row: Row) -> tuple[str, str]:
    """What a row of counts is of."""
    day, _, code = str(row[keys.SK]).partition("#")
    return code, day
