"""The rows that a batch of messages is stored as, worked out before anything is written.

Step two of `process`: the messages are archived already. Pure, so that the same batch always gives the same rows.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from functions.core.ids import id_as_sent, id_in
from functions.core.jobs import parse_job_id
from functions.core.messages import Item, Message
from functions.core.sessions.facts import Fact, fact_of
from functions.core.sessions.timeouts import Timeouts
from functions.core.sessions.timer import timer_request_of
from functions.core.times import DAY_US, day_of
from functions.store.dynamodb.row import Key, Row
from functions.store.quarantine import rejections
from functions.store.quarantine.counts import EVERY_CODE, Numbered
from functions.store.quarantine.counts import counts_of as counts_of_rejected
from functions.store.rows import jobs, sensors
from functions.store.rows.conflicts import rows_of_conflicts
from functions.store.rows.event_index import event_index_rows
from functions.store.rows.events import StoredFact, fact_of_item, row_of
from functions.store.rows.jobs import JobPart
from functions.store.rows.logins import login_row
from functions.store.rows.manifests import Arrival, counts_of, pointer_of
from functions.store.rows.timers import SLACK_US
from functions.store.sender_alarms.keys import LONGEST_CODE, warning_key
from functions.storing.additions import Addition
from functions.storing.manifests import manifest_rows, sent
from functions.storing.rejected import rejected_by_processing
from functions.storing.unique_ids import is_refused


class WriteSet(Struct):
    """Rows to put, index rows to put if they are missing, and what is added to timelines, by partition."""

    rows: list[Row] = field(default_factory=list)
    sent: list[tuple[Row, Mapping[Key, int]]] = field(default_factory=list)  # marker of a batch, how much to add where
    index_rows: dict[Key, Row] = field(default_factory=dict)
    additions: dict[str, Addition] = field(default_factory=dict)
    began: Counter[str] = field(default_factory=Counter)  # sessions, by tenant
    unscheduled: set[int] = field(default_factory=set)  # positions of messages that are to be delivered again
    events: int = 0
    rejections: int = 0  # by validation
    duplicates: int = 0  # events that the batch has more than once
    conflicts: int = 0  # further contents of an event id that the batch has with several
    unpublished: int = 0  # notices of new sessions that EventBridge did not take
    ahead: Counter[str] = field(default_factory=Counter)  # by app: events dated over five minutes after they arrived
    rejection_errors: list[str] = field(default_factory=list)  # by processing: names of the errors, never their texts


class _Batch(Struct):
    """What is listed and counted over all messages of a batch."""

    arrivals: dict[str, list[Arrival]] = field(default_factory=dict)  # by tenant
    contents: dict[tuple[str, str, str], dict[str, StoredFact]] = field(default_factory=dict)  # by tenant, app and id
    rejected: list[Numbered] = field(default_factory=list)
    warned: dict[str, Counter[Key]] = field(default_factory=dict)  # by tenant: where it is counted, and how many

    def add(self, fact: StoredFact, message: Message) -> None:
        """One more event."""
        if fact.warnings:
            day = day_of(message.received_us)
            codes = {EVERY_CODE, *(str(warning.get("code")) for warning in fact.warnings)}
            keys_of_codes = (warning_key(message.tenant, day, code) for code in codes if len(code) <= LONGEST_CODE)
            self.warned.setdefault(message.tenant, Counter()).update(keys_of_codes)
        self.arrivals.setdefault(message.tenant, []).append(sent(fact))
        contents = self.contents.setdefault((message.tenant, message.app_id, fact.entry.id), {})
        contents.setdefault(fact.entry.content, fact)


def build_write_set(
    messages: Sequence[Message], *, retention_days: Callable[[str], int], timeouts: Callable[[str], Timeouts]
) -> WriteSet:
    """An item that cannot be placed becomes a rejection of its own; its neighbours go through.

    `retention_days` and `timeouts` are those of a tenant.
    """
    write_set, batch = WriteSet(), _Batch()
    for position, message in enumerate(messages):
        expires_s = _expiry_s(message.received_us, retention_days(message.tenant))
        add_message(write_set, batch, message, timeouts(message.tenant), position=position, expires_s=expires_s)
    for tenant, arrivals in batch.arrivals.items():
        manifests = manifest_rows(tenant, arrivals, retention_days=retention_days(tenant))
        write_set.rows.extend(manifests)
        write_set.rows.extend(map(pointer_of, manifests))
        write_set.sent.extend(counts_of(tenant, manifests, beside=batch.warned.get(tenant, {})))
        count_repeats(write_set, arrivals)
    if batch.rejected:
        last_us = max(message.received_us for message, _, _ in batch.rejected)
        days = max(retention_days(message.tenant) for message, _, _ in batch.rejected)
        write_set.sent.extend(counts_of_rejected(batch.rejected, expires_s=_expiry_s(last_us, days)))
    for (tenant, app_id, _), contents in batch.contents.items():
        if len(contents) > 1:
            last_us = max(fact.entry.received_us for fact in contents.values())
            expires_s = _expiry_s(last_us, retention_days(tenant))
            write_set.rows += rows_of_conflicts(contents.values(), tenant=tenant, app_id=app_id, expires_s=expires_s)
    return write_set


def add_message(
    write_set: WriteSet, batch: _Batch, message: Message, timeouts: Timeouts, *, position: int, expires_s: int
) -> None:
    """Add the items of one message, and the rows that say what became of them."""
    ids: list[str] = []
    rejected: list[tuple[int, Item]] = []
    failed: list[tuple[int, Item]] = []  # they were accepted, so all of them are kept
    leads_s = expires_s + SLACK_US // 1_000_000
    for index, item in kept_items(message):
        if item.kind == "rejection":
            write_set.rejections += 1
            (failed if any(map(is_refused, item.findings)) else rejected).append((index, item))
            continue
        try:
            fact = fact_of_item(item, message)
            row = row_of(fact, tenant=message.tenant, auto_attach=message.auto_attach, expires_s=expires_s)
            for_sessions = session_fact(fact, message)
            index_rows = event_index_rows(fact, for_sessions, tenant=message.tenant, expires_s=leads_s)
            login = None if for_sessions is None else login_row(fact.pk, for_sessions, expires_s=leads_s)
        except Exception as error:  # noqa: BLE001  one bad event must not stop its batch: it becomes a rejection
            write_set.rejection_errors.append(type(error).__name__)
            failed.append((index, rejected_by_processing(item)))
            continue
        ids.append(id_as_sent(fact.entry.event) or fact.entry.id)
        if fact.entry.attribution.kind == "event":
            batch.add(fact, message)
            if fact.entry.future:
                write_set.ahead[fact.app_id] += 1
        write_set.rows += [row] if login is None else [row, login]
        write_set.index_rows.update(index_rows)
        if for_sessions is not None:
            add(write_set, fact.pk, for_sessions, message, timeouts, position=position)
    write_set.events += len(ids)
    if ids and sensors.is_long(message.sensor):
        write_set.rows.append(sensors.to_row(message.tenant, message.sensor, expires_s=expires_s))
    write_set.rows += rejections.rejected_rows(message, rejected, expires_s=expires_s)
    write_set.rows += rejections.failed_rows(message, failed, expires_s=expires_s)
    batch.rejected += [(message, index, item) for index, item in (*rejected, *failed)]
    job = parse_job_id(message.job)
    if job is not None and job.parts:
        part = JobPart(stored=ids, failed=[id_in(item.raw) for _, item in failed], received_us=message.received_us)
        write_set.rows += jobs.to_rows(part, message, expires_s=expires_s)


def kept_items(message: Message) -> Iterator[tuple[int, Item]]:
    """The items of a message, numbered by their places in the request, without those that were erased."""
    return ((index, item) for index, item in enumerate(message.items) if item.kind != "erased")


def count_repeats(write_set: WriteSet, events: Sequence[Arrival]) -> None:
    """Count the duplicates and conflicts among one tenant's events of this batch. Earlier batches are not read."""
    contents = {event.key for event in events}
    write_set.duplicates += len(events) - len(contents)
    write_set.conflicts += len(contents) - len({event.id_digest for event in events})


def session_fact(fact: StoredFact, message: Message) -> Fact | None:
    """The fact that an event is for a timeline; None if it is in none: it names no session and no learner."""
    attribution = fact.entry.attribution
    if attribution.kind == "entity" or (attribution.session is None and attribution.learner is None):
        return None
    return fact_of(fact.entry, tenant=message.tenant, learner=attribution.learner)


def add(
    write_set: WriteSet, pk: str, for_sessions: Fact, message: Message, timeouts: Timeouts, *, position: int
) -> None:
    """Add an event to the additions of its timeline, unless nothing rests on it or this service emitted it."""
    request = timer_request_of(for_sessions, timeouts)
    if request is None:
        return
    addition = write_set.additions.get(pk)
    if addition is None:
        learner = for_sessions.entry.attribution.learner
        addition = write_set.additions[pk] = Addition(
            tenant=message.tenant,
            app_id=message.app_id,
            learner=learner,
            session=for_sessions.session if learner is None else None,
            request=request,
        )
    addition.add(for_sessions, request, message=position)


def _expiry_s(received_us: int, retention_days: int) -> int:
    return (received_us + retention_days * DAY_US) // 1_000_000
