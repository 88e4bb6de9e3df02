"""What an erasure works with, and what it leaves: notes in the registry, a receipt in the bucket, notices."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct

from functions.core.privacy.erased import Erasure
from functions.privacy.erasure_context import Doors
from functions.store.bus import Bus, learner_erased
from functions.store.dynamodb.table import Table
from functions.store.erasure.records import ErasureRecord, Records
from functions.store.erasure.rows import add_erasures

type Counts = Mapping[str, int]


class Office(Struct, frozen=True, kw_only=True):
    """What an erasure works with. `secret` makes pseudonyms; `random_text` gives names that no one can guess.

    `settle` waits for SETTLED_US; False: it does not, and the second walk is left to `erase_again`.
    """

    registry: Table
    doors: Doors
    records: Records
    bus: Bus | None
    secret: bytes
    random_text: Callable[[], str]
    clock: Callable[[], int]
    settle: Callable[[], bool]
    tell: Callable[[str], None]


def noting(office: Office, tenant: str) -> Callable[[Erasure], None]:
    """Notes an erasure of an app in the registry."""
    return lambda erasure: add_erasures(office.registry, tenant, [erasure])


def write_receipt(
    record: ErasureRecord, counts: Counter[str], office: Office, *, finished_at: str = ""
) -> ErasureRecord:
    """Keep what was done in the bucket. Without `finished_at` a second walk is still to be made."""
    receipt = msgspec.structs.replace(record, finished_at=finished_at, counts=in_order(counts))
    office.records.write(receipt)
    return receipt


def publish(record: ErasureRecord, office: Office) -> None:
    """Tell subscribers: the app, pseudonyms, and until when."""
    if office.bus is not None:
        of_app = {"app": record.app, "before": record.started_at}
        office.bus.publish([learner_erased(learner=learner, **of_app) for learner in record.learners])


def add_all(counts: Counter[str], yielded: Iterable[tuple[str, int]]) -> Counter[str]:
    """`counts` with what places yielded, as they yield it: each name may come several times."""
    for name, count in yielded:
        counts[name] += count
    return counts


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by place, without those that hold nothing."""
    return {name: count for name, count in sorted(counts.items()) if count}
