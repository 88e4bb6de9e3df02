"""The rows that a batch of messages is stored as, worked out before anything is written.

Step two of `process`: the messages are archived already. Pure, so that the same batch always gives the same rows.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.ids import id_as_sent, id_in
from functions.core.jobs import parse_job_id
from functions.core.messages import Item, Message
from functions.core.sessions.facts import Fact, fact_of
from functions.core.sessions.timeouts import Timeouts
from functions.core.sessions.timer import timer_request_of
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.rows import jobs, rejections
from functions.store.rows.conflicts import rows_of_conflicts
from functions.store.rows.event_index import event_index_rows
from functions.store.rows.events import StoredFact, fact_of_item, row_of
from functions.store.rows.jobs import JobPart
from functions.store.rows.logins import login_row
from functions.store.rows.manifests import Arrival, counts_of, pointer_of
from functions.store.rows.rejections import Rejection
from functions.store.rows.timers import SLACK_US
from functions.storing.additions import Addition
from functions.storing.manifests import manifest_rows, sent
from functions.storing.rejected import rejected_by_processing
from functions.storing.unique_ids import is_refused


@dataclass(slots=True)
class WriteSet:
    """Rows to put, index rows to put where they are missing, and what is added to timelines, by partition."""

    rows: list[Row] = field(default_factory=list)
    sent: list[tuple[Row, Mapping[Key, int]]] = field(default_factory=list)  # marker of a batch, how much to add where
    index_rows: dict[Key, Row] = field(default_factory=dict)
    additions: dict[str, Addition] = field(default_factory=dict)
    unscheduled: set[int] = field(default_factory=set)  # positions of messages that are to be delivered again
    events: int = 0
    rejections: int = 0  # by validation
    duplicates: int = 0  # events that the batch has more than once
    conflicts: int = 0  # further contents of an event id that the batch has with several
    unpublished: int = 0  # notices of new sessions that EventBridge did not take
    ahead: Counter[str] = field(default_factory=Counter)  # by app: events dated over five minutes after they arrived
    rejection_errors: list[str] = field(default_factory=list)  # by processing: names of the errors, never their texts


def build_write_set(
    messages: Sequence[Message], *, retention_days: int, timeouts: Callable[[str], Timeouts]
) -> WriteSet:
    """An item that cannot be placed becomes a rejection of its own; its neighbours go through.

    `timeouts` are those of a tenant.
    """
    write_set = WriteSet()
    events: dict[str, list[Arrival]] = {}
    by_ref: dict[str, list[Entry]] = {}
    rejected: list[Rejection] = []
    for position, message in enumerate(messages):
        of_tenant = events.setdefault(message.tenant, [])
        ids: list[str] = []
        failed: list[bytes] = []
        expires_s = (message.received_us + retention_days * DAY_US) // 1_000_000
        for index, item in kept_items(message):
            if item.kind == "rejection":
                rejected.append(rejections.rejection(item, message, index))
                write_set.rows.append(rejections.to_row(rejected[-1], expires_s=expires_s))
                write_set.rejections += 1
                if any(map(is_refused, item.findings)):
                    failed.append(item.raw)
                continue
            try:
                fact = fact_of_item(item, message)
                row = row_of(fact, tenant=message.tenant, auto_attach=message.auto_attach, expires_s=expires_s)
                for_sessions = session_fact(fact, message)
                leads_s = expires_s + SLACK_US // 1_000_000
                index_rows = event_index_rows(fact, for_sessions, tenant=message.tenant, expires_s=leads_s)
                login = None if for_sessions is None else login_row(fact.pk, for_sessions, expires_s=leads_s)
            except Exception as error:  # noqa: BLE001  one bad event must not stop its batch: it becomes a rejection
                write_set.rejection_errors.append(type(error).__name__)
                failed.append(item.raw)
                failure = rejections.rejection(rejected_by_processing(item), message, index)
                rejected.append(failure)
                write_set.rows.append(rejections.to_row(failure, expires_s=expires_s))
                continue
            ids.append(id_as_sent(fact.entry.event) or fact.entry.id)
            if fact.entry.attribution.kind == "event":
                of_tenant.append(sent(fact))
                note_id(write_set, by_ref, fact, expires_s=expires_s)
            write_set.rows.append(row)
            if login is not None:
                write_set.rows.append(login)
            write_set.index_rows.update(index_rows)
            if for_sessions is not None:
                add(write_set, fact.pk, for_sessions, message, timeouts(message.tenant), position=position)
        write_set.events += len(ids)
        job = parse_job_id(message.job)
        if job is not None and job.parts:
            part = JobPart(stored=ids, failed=[id_in(raw) for raw in failed], received_us=message.received_us)
            write_set.rows.append(jobs.to_row(part, message, expires_s=expires_s))
    for tenant, of_tenant in events.items():
        manifests = manifest_rows(tenant, of_tenant, retention_days=retention_days)
        write_set.rows.extend(manifests)
        write_set.rows.extend(map(pointer_of, manifests))
        write_set.sent.extend(counts_of(tenant, manifests))
        count_repeats(write_set, of_tenant)
    if rejected:
        last_us = max(message.received_us for message in messages)
        expires_s = (last_us + retention_days * DAY_US) // 1_000_000
        write_set.sent.extend(rejections.counts_of(rejected, expires_s=expires_s))
    return write_set


def note_id(write_set: WriteSet, by_ref: dict[str, list[Entry]], fact: StoredFact, *, expires_s: int) -> None:
    """Note whether an event is ahead, and the rows of a conflict where this batch has other content under its id."""
    entry = fact.entry
    if entry.future:
        write_set.ahead[fact.app_id] += 1
    seen = by_ref.setdefault(f"{fact.app_id} {entry.id}", [])
    if seen and all(other.content != entry.content for other in seen):
        tenant = keys.tenant_in(fact.pk)
        write_set.rows += rows_of_conflicts((*seen, entry), tenant=tenant, app_id=fact.app_id, expires_s=expires_s)
    seen.append(entry)


def kept_items(message: Message) -> Iterator[tuple[int, Item]]:
    """The items of a message, numbered by their places in the request, without those that were erased."""
    return ((index, item) for index, item in enumerate(message.items) if item.kind != "erased")


def count_repeats(write_set: WriteSet, events: Sequence[Arrival]) -> None:
    """Count the duplicates and conflicts among one tenant's events of this batch. Earlier batches are not read."""
    contents = {event.key for event in events}
    write_set.duplicates += len(events) - len(contents)
    write_set.conflicts += len(contents) - len({event.id_digest for event in events})


def session_fact(fact: StoredFact, message: Message) -> Fact | None:
    """The fact that an event is for sessions; None if it names no session and asks for none."""
    attribution = fact.entry.attribution
    names_none = attribution.session is None
    if attribution.kind == "entity" or (names_none and (not attribution.auto or attribution.learner is None)):
        return None
    return fact_of(fact.entry, tenant=message.tenant, learner=attribution.learner)


def add(
    write_set: WriteSet, pk: str, for_sessions: Fact, message: Message, timeouts: Timeouts, *, position: int
) -> None:
    """Add an event to the additions of its timeline, unless it is in no session or this service emitted it."""
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
