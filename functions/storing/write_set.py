"""What a batch of messages means for the table, worked out before anything is written.

Step two of `process`: the messages are archived already. Pure, so that the same batch always gives the same rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from functions.core.ids import id_as_sent, id_in
from functions.core.jobs import parse_job_id
from functions.core.messages import Message
from functions.core.sessions.facts import Fact, fact_of
from functions.core.sessions.timeouts import Timeouts
from functions.core.sessions.timer import touch_of
from functions.core.times import DAY_US
from functions.store.dynamodb.row import Key, Row
from functions.store.rows import jobs, rejections
from functions.store.rows.events import Stored, row_of, stored
from functions.store.rows.jobs import JobPart
from functions.store.rows.logins import login_row
from functions.store.rows.manifests import count_of
from functions.store.rows.memberships import memberships
from functions.store.rows.rejections import Rejection, counts_of
from functions.store.rows.timers import SLACK_US
from functions.storing.additions import Addition
from functions.storing.manifests import Sent, manifest_rows, sent
from functions.storing.rejected import rejected_by_processing


@dataclass(slots=True)
class Plan:
    """Rows to put, memberships to put where they are missing, and what is added to timelines, by partition."""

    rows: list[Row] = field(default_factory=list)
    sent: list[tuple[Row, Key, int]] = field(default_factory=list)  # marker of a batch, where to count, how many
    memberships: dict[Key, Row] = field(default_factory=dict)
    additions: dict[str, Addition] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)  # positions of messages that are to be delivered again
    events: int = 0
    rejections: int = 0
    duplicates: int = 0  # events that the batch has more than once
    conflicts: int = 0  # further contents of an event id that the batch has with several
    unpublished: int = 0  # notices of new sessions that EventBridge did not take
    poisoned: list[str] = field(default_factory=list)  # names of the errors, never their texts


def plan(messages: Sequence[Message], *, retention_days: int, timeouts: Callable[[str], Timeouts]) -> Plan:
    """An item that cannot be placed becomes a rejection of its own; its neighbours go through.

    `timeouts` are those of a tenant.
    """
    made = Plan()
    events: dict[str, list[Sent]] = {}
    rejected: list[Rejection] = []
    for position, message in enumerate(messages):
        of_tenant = events.setdefault(message.tenant, [])
        ids: list[str] = []
        failed: list[bytes] = []
        expires_s = (message.received_us + retention_days * DAY_US) // 1_000_000
        for index, item in enumerate(message.items):
            if item.kind == "rejection":
                rejected.append(rejections.rejection(item, message, index))
                made.rows.append(rejections.to_row(rejected[-1], expires_s=expires_s))
                made.rejections += 1
                continue
            try:
                fact = stored(item, message)
                row = row_of(fact, tenant=message.tenant, auto_attach=message.auto_attach, expires_s=expires_s)
                said = said_of(fact, message)
                leads_s = expires_s + SLACK_US // 1_000_000
                members = memberships(fact, said, tenant=message.tenant, expires_s=leads_s)
                login = None if said is None else login_row(fact.pk, said, expires_s=leads_s)
            except Exception as error:  # noqa: BLE001  the edge where one poison event is set apart, recorded with its reason
                made.poisoned.append(type(error).__name__)
                failed.append(item.raw)
                failure = rejections.rejection(rejected_by_processing(item), message, index)
                rejected.append(failure)
                made.rows.append(rejections.to_row(failure, expires_s=expires_s))
                continue
            ids.append(id_as_sent(fact.entry.event) or fact.entry.id)
            if fact.entry.attribution.kind == "event":
                of_tenant.append(sent(fact))
            made.rows.append(row)
            if login is not None:
                made.rows.append(login)
            made.memberships.update(members)
            if said is not None:
                add(made, fact.pk, said, message, timeouts(message.tenant), position=position)
        made.events += len(ids)
        job = parse_job_id(message.job)
        if job is not None and job.parts:
            part = JobPart(stored=ids, failed=[id_in(raw) for raw in failed], received_us=message.received_us)
            made.rows.append(jobs.to_row(part, message, expires_s=expires_s))
    for tenant, of_tenant in events.items():
        manifests = manifest_rows(tenant, of_tenant, retention_days=retention_days)
        made.rows.extend(manifests)
        made.sent.extend(count_of(tenant, manifest) for manifest in manifests)
        count_repeats(made, of_tenant)
    if rejected:
        last_us = max(message.received_us for message in messages)
        made.sent.extend(counts_of(rejected, expires_s=(last_us + retention_days * DAY_US) // 1_000_000))
    return made


def count_repeats(made: Plan, events: Sequence[Sent]) -> None:
    """Count the duplicates and conflicts among one tenant's events of this batch. Earlier batches are not read."""
    contents = {(event.pk, event.sk) for event in events}
    made.duplicates += len(events) - len(contents)
    made.conflicts += len(contents) - len({event.id for event in events})


def said_of(fact: Stored, message: Message) -> Fact | None:
    """What an event says about sessions; None where it names none and asks for none."""
    about = fact.entry.attribution
    if about.kind == "entity" or (about.session is None and (not about.auto or about.learner is None)):
        return None
    return fact_of(fact.entry, tenant=message.tenant, learner=about.learner)


def add(made: Plan, pk: str, said: Fact, message: Message, timeouts: Timeouts, *, position: int) -> None:
    """Note what an event adds to its timeline; nothing where it is in no session, or this service emitted it."""
    touch = touch_of(said, timeouts)
    if touch is None:
        return
    addition = made.additions.get(pk)
    if addition is None:
        learner = said.entry.attribution.learner
        addition = made.additions[pk] = Addition(
            tenant=message.tenant,
            app_id=message.app_id,
            learner=learner,
            session=said.session if learner is None else None,
            touch=touch,
        )
    addition.add(said, touch, message=position)
