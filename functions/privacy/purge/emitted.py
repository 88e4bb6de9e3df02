"""What this service emitted about what is purged: the TimedOut events of sittings of which nothing is left.

Each is noted in the registry before its row goes, so that a purge that was stopped finds its line of the archive, and
nothing brings it back.
"""

from collections.abc import Iterator, Sequence

from functions.core.ids import id_digest
from functions.core.privacy.erased import Erasure
from functions.core.timeline.entry import Entry, time_in
from functions.core.times import day_of
from functions.privacy.erasure_context import Erasing
from functions.privacy.places.learner_rows import is_event
from functions.privacy.purge.rows import is_of_credential
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import Table, pages
from functions.store.erasure.rows import add_erasures, erasures
from functions.store.erasure.versions import latest_of, unpacked_lines
from functions.store.rows.events import UNREADABLE, StoredFact, fact_of_row


def emitted_of(purge: Erasure, registry: Table, tenant: str) -> list[Erasure]:
    """What was noted for a purge of an app."""
    noted = erasures(registry, tenant).values()
    return [erasure for erasure in noted if erasure.role == "event" and erasure.alias == purge.digest]


def purge_emitted(erasing: Erasing, purge: Erasure, pk: str) -> Iterator[tuple[str, int]]:
    """The rows of a timeline's TimedOut events of which nothing is left."""
    table = erasing.doors.table
    ended = list(_ended_for_nothing(erasing, pk))
    yield "TimedOut events", len(ended)
    if ended and erasing.applies:
        add_erasures(erasing.doors.registry, erasing.tenant, [_noted(fact, purge) for fact in ended])
        table.delete_all((fact.pk, fact.sk) for fact in ended)


def lines_of(erasing: Erasing, noted: Sequence[Erasure]) -> list[tuple[str, bytes]]:
    """The lines of the archive that hold these events: the key of an object, and a line of it."""
    lines: list[tuple[str, bytes]] = []
    for day in days_of(noted):
        for versions in erasing.doors.versions.objects(from_day=day, to_day=day):
            latest = latest_of(versions)
            if latest is not None:
                sent = unpacked_lines(erasing.doors.versions.read(latest)[0])
                lines += ((latest.key, line) for line in sent if b'"system":true' in line)
    return lines


def days_of(noted: Sequence[Erasure]) -> list[str]:
    """The days on which these events were emitted."""
    return sorted({day_of(erasure.before_us) for erasure in noted})


def _ended_for_nothing(erasing: Erasing, pk: str) -> Iterator[StoredFact]:
    facts = list(_facts(erasing, pk))
    left = [fact.entry for fact in facts if not fact.entry.system]
    for fact in facts:
        is_end = fact.entry.system and fact.entry.attribution.action == "TimedOut"
        if is_end and not any(_is_within(entry, fact.entry) for entry in left):
            yield fact


def _facts(erasing: Erasing, pk: str) -> Iterator[StoredFact]:
    """What a timeline holds of others and of this service; a dry run has deleted nothing yet."""
    for page in pages(erasing.doors.table, pk, consistent=True):
        for row in page.rows:
            if is_event(row) and not is_of_credential(erasing, row):
                try:
                    yield fact_of_row(row)
                except UNREADABLE:
                    erasing.tell(f"{key_of(row)[1]} cannot be read")


def _is_within(entry: Entry, timed_out: Entry) -> bool:
    """Whether an event may be of the sitting that ended so: it happened while it lasted, and names no other session."""
    began_us = time_in(timed_out.event.get("object"), "startedAtTime")
    began_us = timed_out.time_us if began_us is None else began_us
    return began_us <= entry.time_us <= timed_out.time_us and entry.attribution.session in (
        None,
        timed_out.attribution.session,
    )


def _noted(fact: StoredFact, purge: Erasure) -> Erasure:
    received_us = fact.entry.received_us
    return Erasure(
        digest=id_digest(fact.entry.id),
        role="event",
        alias=purge.digest,
        before_us=received_us,
        from_us=received_us,
        request=purge.request,
    )
