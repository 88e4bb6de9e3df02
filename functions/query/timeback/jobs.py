"""`GET /jobs/{jobId}/status`: whether the events of a request can be read by now.

A poll is four calls at most while a job waits or once it is completed. The job id of a small request carries the
digests of its events: 1 query of by_id each, 1 BatchGet. A larger request has a row a message: 1 query, and PROBES of
by_id, because the index may be behind the rows by a moment. Where something failed, its rejections are read as well: a
query and a BatchGet for each event of a small request; if all was rejected, 1 query (8, if an earlier version stored
them).

Every job ends: it is `completed` when all accepted items can be read, and `failed` when an item could not be processed,
when all were rejected, or when a part is missing that no queue can still hold.
"""

import base64
import itertools
from typing import TYPE_CHECKING, Literal, cast

import orjson

from functions.core.ids import digest, id_in
from functions.core.jobs import Job, parse_job_id
from functions.core.times import DAY_US, format_time
from functions.http.answers import Answer, answer, error
from functions.http.page import PageBuilder
from functions.query.request import Request
from functions.query.timeback.event_shape import external_id, number_of
from functions.query.timeback.job_outcome import Outcome, ended_job
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import packed_ids
from functions.store.dynamodb.table import Key, key_of, rows
from functions.store.quarantine.listing import rows_of_job
from functions.store.quarantine.rejections import Rejection, entry_of, from_row, item_of
from functions.store.rows.events import fact_of_row
from functions.store.rows.jobs import missing_rows

if TYPE_CHECKING:
    from functions.http.shapes.findings import Finding
    from functions.http.shapes.timeback import Job as JobShape
    from functions.http.shapes.timeback import JobError, JobResult, JobStatus

PROBES = 2  # the last event that was stored, and one before
WAITING_DAYS = 14  # no message lives longer (SQS limit), dead letters included, unless an operator redrives it
AHEAD_US = 60_000_000  # by which one machine's clock may be ahead of another's
REASONS = 25  # rejected items listed in one answer


def get_status(request: Request) -> Answer:
    text = request.path["jobId"]
    job = parse_job_id(text)
    age_us = request.now_us - _received_us(job.key) if job else 0
    if job is None or age_us < -AHEAD_US:
        return error(404, "unknown-job", "This is not a job id of this service: send the `jobId` of an ingest answer.")
    kept_days = request.settings.retention_days
    if age_us > kept_days * DAY_US:
        message = (
            f"This job is over {kept_days} days old, and jobs are kept for as long: ask for its events by their ids."
        )
        return error(404, "unknown-job", message)
    outcome = _large(request, job, text) if job.parts else _small(request, job, text)
    if outcome.failed and not outcome.reason:
        outcome.reason = f"{len(outcome.failed)} events could not be processed; they are kept: GET /rejections."
    lost = outcome.missing > 0 and age_us > WAITING_DAYS * DAY_US
    if lost:
        outcome.reason = (
            f"Not all of this job is stored for this app, and after {WAITING_DAYS} days the rest cannot still be on "
            "its way: send the events again, nothing will be stored twice."
        )
        outcome.failed.append({"externalId": None, "message": "was not stored"})
    shape: JobShape
    if outcome.missing and not lost:
        state: Literal["active", "waiting"] = "active" if outcome.results or outcome.failed else "waiting"
        shape = {"id": text, "state": state, "returnValue": None, "processedOn": None}
    else:
        processed_on = None if lost else format_time(_received_us(job.key))
        shape = ended_job(text, outcome, processed_on)
    body: JobStatus = {"job": shape}
    return answer(200, body)


def _small(request: Request, job: Job, text: str) -> Outcome:
    """The outcome by the digests that the id carries; `missing` counts events."""
    tenant = request.principal.app.tenant
    places: dict[str, Key | None] = {}
    for event_digest in dict.fromkeys(job.events):
        first = request.table.query(keys.digest_ref(tenant, event_digest), index=keys.BY_ID, limit=1).rows
        places[event_digest] = key_of(first[0]) if first else None
    indexed = [place for place in places.values() if place]
    row_by_key = request.table.get_all(indexed) if indexed else {}
    outcome = Outcome()
    untouched = not row_by_key
    for event_digest, place in places.items():
        row = row_by_key.get(place) if place else None
        # They came in one message: if none is stored and the first did not fail, it has not been processed.
        failed = (
            None
            if row is not None or (untouched and outcome.missing)
            else _failed_item(request, job, text, event_digest)
        )
        if row is not None:
            outcome.results.append(_result(external_id(fact_of_row(row))))
        elif failed is not None:
            outcome.failed.append(_error(failed))
        else:
            outcome.missing += 1
    return outcome


def _failed_item(request: Request, job: Job, text: str, event_digest: str) -> Rejection | None:
    """The rejection of an event that this job could not store, among the first 6,000 or so under its id."""
    ref = keys.rejection_ref(request.principal.app.tenant, event_digest)
    received = key_parts.time_key(_received_us(job.key))
    indexed = request.table.query(ref, index=keys.BY_ID).rows
    entries = [entry_of(key_of(row)) for row in indexed if str(row[keys.SK]).startswith(received)]
    row_by_key = request.table.get_all([entry.row_key for entry in entries]) if entries else {}
    items = (item_of(row_by_key, entry) for entry in entries)
    return next((item for item in items if item is not None and _failed_in(item, text)), None)


def _large(request: Request, job: Job, text: str) -> Outcome:
    """The outcome by the rows of its messages, which `missing` counts. Their events are stored with them; only the
    index may be behind.
    """
    tenant = request.principal.app.tenant
    message_rows = list(rows(request.table, keys.job_pk(tenant, job.key)))
    stored = [identifier for row in message_rows for identifier in packed_ids(row, "ids")]
    ids = [identifier for identifier in stored if identifier]  # an entity need not have one
    failed_ids = [identifier for row in message_rows for identifier in packed_ids(row, "failed")]
    failed: list[JobError] = [
        {"externalId": identifier, "message": "could not be processed"} for identifier in failed_ids
    ]
    missing = missing_rows(message_rows, job.parts)
    if not missing and not stored and not failed:
        reason = "Nothing was stored: every item was rejected. They are kept, with the reasons: GET /rejections."
        return Outcome(failed=_rejected(request, _received_us(job.key), text), reason=reason)
    if not missing:
        step = max(len(ids) // PROBES, 1)
        probed = dict.fromkeys(keys.event_ref(tenant, identifier) for identifier in ids[::-step][:PROBES])
        missing = sum(not request.table.query(ref, index=keys.BY_ID, limit=1).rows for ref in probed)
    return Outcome([_result(identifier) for identifier in dict.fromkeys(ids)], failed, missing)


def _rejected(request: Request, received_us: int, text: str) -> "list[JobError]":
    """The rejected items of a job, as many as an answer lists."""
    job_rows = rows_of_job(
        request.table,
        request.principal.app.tenant,
        received_us=received_us,
        job_digest=digest(text),
        limit=REASONS,
    )
    page = PageBuilder(REASONS)
    errors = (_error(item) for row in job_rows for item in from_row(row) if item.job == text)
    return list(itertools.takewhile(lambda error: page.add(orjson.dumps(error)), errors))


def _failed_in(item: Rejection, text: str) -> bool:
    """Whether the processing of this job could not store the item."""
    return item.job == text and any(finding["code"] == "processing-failed" for finding in item.findings)


def _error(item: Rejection) -> "JobError":
    findings = cast("list[Finding]", list(item.findings))
    return {"externalId": id_in(item.raw), "errors": findings}


def _result(event_id: str) -> "JobResult":
    return {"allocatedId": str(number_of(event_id)), "externalId": event_id}


def _received_us(key: str) -> int:
    """When the request of a job came: its id begins with it."""
    return int.from_bytes(base64.urlsafe_b64decode(key + "==")[:8], "big")
