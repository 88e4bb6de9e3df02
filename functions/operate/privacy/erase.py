"""An erasure from begin to end: noted first, so that nothing comes back, then every place twice, then the receipt.

The second walk comes when each worker of `process` knows of the erasure and has ended what it was about before
(SETTLED_US). Each step may be repeated, so an erasure that was stopped is run again as a whole.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass

import msgspec

from functions.core.apps import App
from functions.core.ids import digest
from functions.core.privacy.erased import ALIAS, Erasure
from functions.core.privacy.pseudonym import pseudonym
from functions.core.times import MINUTE_US, format_time
from functions.operate.privacy.erasure_context import Doors, Erasing, address_erasure, learner_erasure
from functions.operate.privacy.person import Person
from functions.operate.privacy.places import PLACES
from functions.store.bus import Bus, learner_erased
from functions.store.dynamodb.table import Table
from functions.store.erasure.records import ErasureRecord, Records
from functions.store.erasure.rows import add_erasures, erasures
from functions.store.people.aliases import forget_ids
from functions.store.people.roster import forget_learners

# A worker reads the registry each minute, works for a minute and a half, and archives for a minute after an event came.
SETTLED_US = 5 * MINUTE_US

type Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
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


def counted(person: Person, doors: Doors, *, before_us: int, days: tuple[str, str]) -> Counts:
    """How much each place holds of a person. Nothing is changed."""
    return _walk(_erasing(person, doors, _erasures_of(person, {}, alias=ALIAS, before_us=before_us, request=""), days))


def code_of(people: Iterable[Person]) -> str:
    """The code that confirms the erasure of these people, and of no others."""
    named = sorted(f"{person.app.tenant} {learner}" for person in people for learner in person.learners)
    return digest("\n".join(named))[:8]


def erase(person: Person, office: Office, *, request: str, days: tuple[str, str]) -> ErasureRecord:
    """Erase what one app sent of a person up to now; the receipt. Raises what a call to AWS raised: run it again."""
    app, before_us = person.app, office.clock()
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
    )
    office.records.write(record)
    add_erasures(office.registry, app.tenant, noted.values())
    erasing = replace(
        _erasing(person, office.doors, noted, days),
        applies=True,
        tell=office.tell,
        note=_noting(office, app.tenant),
    )
    counts = Counter(_walk(erasing))
    record = msgspec.structs.replace(record, erasures=list(noted.values()))
    _publish(record, office)
    counts.update(_forget(office, app.tenant, noted))
    if not office.settle():
        return _counted(record, counts, office)
    counts.update(_walk(erasing))
    return _counted(record, counts, office, finished_at=format_time(office.clock()))


def erase_again(office: Office, apps: Mapping[str, App], *, days: tuple[str, str]) -> Iterator[ErasureRecord]:
    """Carry out every erasure that is on record once more, app by app: after a restore, or if one was stopped.

    Only digests are known, so each line of the archive is read.
    """
    by_tenant: dict[str, list[ErasureRecord]] = {}
    for record in office.records.all():
        by_tenant.setdefault(record.tenant, []).append(record)
    for tenant, records in sorted(by_tenant.items()):
        known = erasures(office.registry, tenant)
        for erasure in (erasure for record in records for erasure in record.erasures):
            held = known.get(erasure.digest)
            if held is None or held.before_us < erasure.before_us:
                known[erasure.digest] = erasure
        add_erasures(office.registry, tenant, known.values())
        app = apps.get(tenant, App(app_id=records[0].app, tenant=tenant))
        erasing = Erasing(
            app=app,
            erasures=known,
            doors=office.doors,
            applies=True,
            tell=office.tell,
            note=_noting(office, tenant),
            from_day=days[0],
            to_day=days[1],
        )
        counts = {**_walk(erasing), **_forget(office, tenant, known)}
        finished_at = format_time(office.clock())
        for record in records:
            if not record.finished_at:
                _publish(record, office)
                _counted(record, Counter(record.counts), office, finished_at=finished_at)
        yield msgspec.structs.replace(records[-1], counts=counts, finished_at=finished_at)


def _counted(record: ErasureRecord, counts: Counter[str], office: Office, *, finished_at: str = "") -> ErasureRecord:
    receipt = msgspec.structs.replace(record, finished_at=finished_at, counts=dict(sorted(counts.items())))
    office.records.write(receipt)
    return receipt


def _publish(record: ErasureRecord, office: Office) -> None:
    if office.bus is not None:
        of_app = {"app": record.app, "before": record.started_at}
        office.bus.publish([learner_erased(learner=learner, **of_app) for learner in record.learners])


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
    tasks = [
        *(learner_erasure(name, alias=alias, before_us=before_us, request=request) for name in person.learners),
        *(address_erasure(name, alias=alias, before_us=before_us, request=request) for name in person.addresses),
    ]
    aliases = [known[erasure.digest].alias for erasure in tasks if erasure.digest in known]
    alias = min(aliases, default=alias)
    noted = {key: erasure for key, erasure in known.items() if erasure.alias == alias}  # by a run that was stopped
    return noted | {erasure.digest: msgspec.structs.replace(erasure, alias=alias) for erasure in tasks}


def _forget(office: Office, tenant: str, noted: Mapping[str, Erasure]) -> Counts:
    """Erase what the registry tells of a person: which ids are theirs, and what a roster says."""
    digests = [erasure.digest for erasure in noted.values() if erasure.role == "learner"]
    counts = {
        "aliases": forget_ids(office.registry, tenant, digests),
        "roster rows": forget_learners(office.registry, tenant, digests),
    }
    return {name: count for name, count in counts.items() if count}


def _noting(office: Office, tenant: str) -> Callable[[Erasure], None]:
    return lambda erasure: add_erasures(office.registry, tenant, [erasure])


def _walk(erasing: Erasing) -> Counts:
    """Every place, and once more if an address was learned on the way."""
    counts: Counter[str] = Counter()
    while True:
        learned = len(erasing.learned)
        for place in PLACES:
            for name, count in place(erasing):
                counts[name] += count
        if len(erasing.learned) == learned:
            return {name: count for name, count in sorted(counts.items()) if count}
        if not erasing.applies:
            counts.clear()  # all of it is counted anew
