"""An erasure from begin to end: noted first, so that nothing comes back, then every place twice, then the receipt.

The second walk comes when each worker of `process` knows of the erasure and has ended what it was about before
(SETTLED_US). Each step may be repeated, so an erasure that was stopped is run again as a whole.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import replace

import msgspec

from functions.core.ids import digest
from functions.core.privacy.erased import ALIAS, Erasure
from functions.core.privacy.pseudonym import pseudonym
from functions.core.times import MINUTE_US, format_time
from functions.privacy.erasure_context import Doors, Erasing, address_erasure, learner_erasure
from functions.privacy.office import (
    Counts,
    Office,
    add_all,
    forget_everywhere,
    in_order,
    noting,
    publish,
    write_receipt,
)
from functions.privacy.person import Person
from functions.privacy.places import PLACES
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.rows import add_erasures, erasures

# A worker reads the registry each minute, works for a minute and a half, and archives for a minute after an event came.
SETTLED_US = 5 * MINUTE_US


def counted(person: Person, doors: Doors, *, before_us: int, days: tuple[str, str]) -> Counts:
    """How much each place holds of a person. Nothing is changed."""
    erasing, counts = counting(person, doors, before_us=before_us, days=days), Counter[str]()
    while walk_once(erasing, counts):
        counts.clear()  # all of it is counted anew
    return in_order(counts)


def counting(person: Person, doors: Doors, *, before_us: int, days: tuple[str, str]) -> Erasing:
    """An erasure that changes nothing."""
    noted = _erasures_of(person, {}, alias=ALIAS, before_us=before_us, request="")
    return _erasing(person, doors, noted, days)


def code_of(people: Iterable[Person]) -> str:
    """The code that confirms the erasure of these people, and of no others."""
    named = sorted(f"{person.app.tenant} {learner}" for person in people for learner in person.learners)
    return digest("\n".join(named))[:8]


def erase_from_all(
    people: Iterable[Person], office: Office, *, request: str, days: tuple[str, str]
) -> list[ErasureRecord]:
    """Erase a person as every app knows them; the receipts. Only then is it forgotten which ids are the person's in
    every app: an erasure that was stopped finds them again by that.
    """
    receipts = [erase(person, office, request=request, days=days, every_app=True) for person in people]
    forget_everywhere(receipts, office)
    return receipts


def erase(
    person: Person, office: Office, *, request: str, days: tuple[str, str], every_app: bool = False
) -> ErasureRecord:
    """Erase what one app sent of a person up to now; the receipt. Raises what a call to AWS raised: run it again.

    `every_app`: the same is done for all others, too.
    """
    record, erasing = begin(person, office, request=request, before_us=office.clock(), days=days, every_app=every_app)
    counts = Counter[str]()
    walk(erasing, counts)
    record = with_learned(record, erasing)
    publish(record, office)
    if not office.settle():
        return write_receipt(record, counts, office)
    walk(erasing, counts)
    return write_receipt(record, counts, office, finished_at=format_time(office.clock()))


def begin(
    person: Person,
    office: Office,
    *,
    request: str,
    before_us: int,
    days: tuple[str, str],
    every_app: bool = False,
) -> tuple[ErasureRecord, Erasing]:
    """Note who is erased, in the bucket and in the registry: from then on nothing comes back. The same again is noted
    once.
    """
    app = person.app
    known = erasures(office.registry, app.tenant)
    alias = ALIAS + office.random_text()
    noted = _erasures_of(person, known, alias=alias, before_us=before_us, request=request)
    record = ErasureRecord(
        request=request,
        app=app.app_id,
        tenant=app.tenant,
        started_at=format_time(before_us),
        learners=[pseudonym(office.secret, tenant=app.tenant, identifier=learner) for learner in person.learners],
        erasures=list(noted.values()),
        every_app=every_app,
    )
    office.records.write(record)
    add_erasures(office.registry, app.tenant, noted.values())
    erasing = _erasing(person, office.doors, noted, days)
    return record, replace(erasing, applies=True, tell=office.tell, note=noting(office, app.tenant))


def with_learned(record: ErasureRecord, erasing: Erasing) -> ErasureRecord:
    """The record with the addresses that were learned on the way."""
    return msgspec.structs.replace(record, erasures=list(erasing.erasures.values()))


def _erasing(person: Person, doors: Doors, noted: dict[str, Erasure], days: tuple[str, str]) -> Erasing:
    texts = [*person.learners, *person.addresses]
    by_digest_alone = sum(erasure.role != "describe" for erasure in noted.values()) > len(texts)
    return Erasing(
        app=person.app,
        erasures=noted,
        doors=doors,
        applies=False,
        identifiers=None if by_digest_alone else texts,
        from_day=days[0],
        to_day=days[1],
    )


def _erasures_of(
    person: Person, known: Mapping[str, Erasure], *, alias: str, before_us: int, request: str
) -> dict[str, Erasure]:
    """One for each identifier of a person. Who was erased before keeps the alias, and what was learned then."""
    named = [
        *(learner_erasure(name, alias=alias, before_us=before_us, request=request) for name in person.learners),
        *(address_erasure(name, alias=alias, before_us=before_us, request=request) for name in person.addresses),
    ]
    aliases = [known[erasure.digest].alias for erasure in named if erasure.digest in known]
    alias = min(aliases, default=alias)
    noted = {key: erasure for key, erasure in known.items() if erasure.alias == alias}  # by a run that was stopped
    return noted | {erasure.digest: msgspec.structs.replace(erasure, alias=alias) for erasure in named}


def walk(erasing: Erasing, counts: Counter[str]) -> None:
    """Every place, and once more if an address was learned on the way."""
    while walk_once(erasing, counts):
        pass


def walk_once(erasing: Erasing, counts: Counter[str]) -> bool:
    """Every place once, adding to `counts`; whether an address was learned, so that all must be walked again."""
    learned = len(erasing.learned)
    for place in PLACES:
        add_all(counts, place(erasing))
    return len(erasing.learned) > learned
