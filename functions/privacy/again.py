"""Every erasure on record once more: after a restore from a backup, or where one was stopped."""

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from functions.core.apps import App
from functions.core.times import format_time
from functions.privacy.erase import walk
from functions.privacy.erasure_context import Erasing
from functions.privacy.office import Office, add_all, forget_everywhere, in_order, noting, publish, write_receipt
from functions.privacy.purge.purge import purge_once, purges_of
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.rows import add_erasures, erasures


def erase_again(office: Office, apps: Mapping[str, App], *, days: tuple[str, str]) -> Iterator[ErasureRecord]:
    """Carry out every erasure that is on record once more, app by app: after a restore, or if one was stopped.

    Only digests are known, so each line of the archive is read.
    """
    by_tenant: dict[str, list[ErasureRecord]] = {}
    every_record = list(office.records.all())
    apps_of = Counter(record.request for record in every_record)
    # Earlier records do not say `every_app`: a request of one app has one record.
    forget_everywhere([record for record in every_record if record.every_app or apps_of[record.request] > 1], office)
    for record in every_record:
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
            pseudonyms=[learner for record in records for learner in record.learners],
            tell=office.tell,
            note=noting(office, tenant),
            from_day=days[0],
            to_day=days[1],
        )
        counts = Counter[str]()
        for purge in purges_of(app, list(known.values())):  # first: it finds rows by what the archive says
            add_all(counts, purge_once(purge, office.doors, applies=True, tell=office.tell))
        walk(erasing, counts)
        finished_at = format_time(office.clock())
        for record in records:
            if not record.finished_at:
                publish(record, office)
                write_receipt(record, Counter(record.counts), office, finished_at=finished_at)
        yield msgspec.structs.replace(records[-1], counts=in_order(counts), finished_at=finished_at)
