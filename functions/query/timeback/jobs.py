"""`GET /jobs/{jobId}/status`: whether the events of a request can be read by now (CONTRACT a.5).

A small request's job id carries its events' digests: 1 query of by_id each (10 at most), 1 BatchGet; another query for
each that is not there, of what was rejected under its id. A larger one has a row a message: 1 query, and PROBES of
by_id, for the index may be behind the rows by a moment. One of which all was rejected: 8 queries more, for the reasons.

A job ends: it is `completed` when all that was accepted can be read, and `failed` when something was given up, when all
was rejected, and when a part is missing that no queue can still hold.
"""

import base64
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from functions.core import packing
from functions.core.ids import id_in
from functions.core.jobs import Job, parse_job_id
from functions.core.times import DAY_US, format_time
from functions.http.answers import Answer, answer, error
from functions.http.request import Request
from functions.query.paging import Room
from functions.query.timeback.event_shape import external_id, number_of
from functions.store import keys
from functions.store.dynamodb.attributes import packed_ids
from functions.store.dynamodb.table import Key, Row, key_of, rows
from functions.store.rows.events import stored_of

PROBES = 25
WAITING_DAYS = 14  # dead letters included, no message lives longer (SQS limit), unless an operator sends it again
AHEAD_US = 60_000_000  # that one machine's clock may be before another's
REASONS = 25  # rejected items listed in one answer

type Result = dict[str, str]
type Failure = dict[str, Any] | orjson.Fragment


@dataclass(slots=True)
class Found:
    """What the table knows of a job: what can be read, what was given up, how many parts are not there (yet)."""

    results: list[Result] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    missing: int = 0
    reason: str = ""  # why it failed


def get_status(request: Request) -> Answer:
    text = request.path["jobId"]
    job = parse_job_id(text)
    age_us = request.now_us - _received_us(job.key) if job else 0
    if job is None or age_us < -AHEAD_US:
        return error(404, "unknown-job", "This is no job id of this service: send the `jobId` of an ingest answer.")
    kept_days = request.settings.retention_days
    if age_us > kept_days * DAY_US:
        message = f"Nothing is known of this job any more: it is over {kept_days} days old, and so long is it kept."
        return error(404, "unknown-job", message)
    found = _large(request, job, text) if job.parts else _small(request, job, text)
    if found.failed and not found.reason:
        found.reason = f"{len(found.failed)} events could not be processed; they are kept: GET /rejections."
    lost = found.missing > 0 and age_us > WAITING_DAYS * DAY_US
    if lost:
        found.reason = (
            f"Not all of this job is stored here for this app, and after {WAITING_DAYS} days nothing of it can still "
            "be on its way: send the events again, nothing will be stored twice."
        )
        found.failed.append({"externalId": None, "message": "was not stored"})
    if found.missing and not lost:
        state = "active" if found.results or found.failed else "waiting"
        return answer(200, {"job": {"id": text, "state": state, "returnValue": None, "processedOn": None}})
    errors, results = _fitting(found)
    value: dict[str, Any] = {"status": "error" if found.reason else "success", "results": results}
    status = {
        "id": text,
        "state": "failed" if found.reason else "completed",
        "returnValue": value,
        "processedOn": None if lost else format_time(_received_us(job.key)),
    }
    if found.reason:
        value["errors"] = errors
        status["failedReason"] = found.reason
    return answer(200, {"job": status})


def _fitting(found: Found) -> tuple[list[orjson.Fragment], list[orjson.Fragment]]:
    """Errors and results as far as they fit into one answer: 10,000 do, unless their ids are very long."""
    room = Room(len(found.failed) + len(found.results))
    errors = sum(room.add(orjson.dumps(one)) for one in found.failed)
    for one in found.results:
        if not room.add(orjson.dumps(one)):
            break
    items = [orjson.Fragment(item) for item in room.items]
    return items[:errors], items[errors:]


def _small(request: Request, job: Job, text: str) -> Found:
    """What is known by the digests that the id carries; `missing` counts events."""
    tenant = request.principal.app.tenant
    places: dict[str, Key | None] = {}
    for wanted in dict.fromkeys(job.events):
        first = request.table.query(keys.digest_ref(tenant, wanted), index=keys.BY_ID, limit=1).rows
        places[wanted] = key_of(first[0]) if first else None
    stored = [place for place in places.values() if place]
    there = request.table.get_all(stored) if stored else {}
    known = Found()
    for wanted, place in places.items():
        row = there.get(place) if place else None
        given_up = _given_up(request, job, text, wanted) if row is None else None
        if row is not None:
            known.results.append(_result(external_id(stored_of(row))))
        elif given_up is not None:
            known.failed.append(_failure(given_up))
        else:
            known.missing += 1
    return known


def _given_up(request: Request, job: Job, text: str, wanted: str) -> Row | None:
    """What this job's processing left of an event that it could not store.

    One megabyte of the index is read, some 6,000 rejections under that id; where there are more, the job may wait until
    it ends as lost.
    """
    ref = keys.rejection_ref(request.principal.app.tenant, wanted)
    received = keys.instant(_received_us(job.key))
    found = request.table.query(ref, index=keys.BY_ID).rows
    places = [key_of(row) for row in found if str(row[keys.SK]).startswith(received)]
    there = request.table.get_all(places) if places else {}
    return next((row for row in there.values() if _gave_up(row, text)), None)


def _large(request: Request, job: Job, text: str) -> Found:
    """The same by the rows of its messages, which `missing` counts. Their events are stored with them; only the index
    may be behind.
    """
    tenant = request.principal.app.tenant
    found = list(rows(request.table, keys.job_pk(tenant, job.key)))
    stored = [one for row in found for one in packed_ids(row, "ids")]
    ids = [one for one in stored if one]  # an entity need not have any
    given_up = [one for row in found for one in packed_ids(row, "failed")]
    failed: list[Failure] = [{"externalId": one, "message": "could not be processed"} for one in given_up]
    missing = max(job.parts - len(found), 0)
    if not missing and not stored and not failed:
        reason = "Nothing was stored: every item was rejected. They are kept, with the reasons: GET /rejections."
        return Found(failed=_rejected(request, _received_us(job.key), text), reason=reason)
    if not missing:
        step = max(len(ids) // PROBES, 1)
        probed = dict.fromkeys(keys.event_ref(tenant, one) for one in ids[::-step][:PROBES])
        missing = sum(not request.table.query(ref, index=keys.BY_ID, limit=1).rows for ref in probed)
    return Found([_result(one) for one in dict.fromkeys(ids)], failed, missing)


def _rejected(request: Request, received_us: int, text: str) -> list[Failure]:
    """The rejected items of a job, which lie under the instant at which it came."""
    start = keys.instant(received_us)
    shards = (keys.rejection_pk(request.principal.app.tenant, shard) for shard in range(keys.REJECTION_SHARDS))
    there: Iterable[Row] = itertools.chain.from_iterable(
        rows(request.table, pk, start=start, end=start + keys.HIGHEST, limit=REASONS) for pk in shards
    )
    room = Room(REASONS)
    for row in there:
        if row["job"] == text and not room.add(orjson.dumps(_failure(row))):
            break
    return [orjson.Fragment(item) for item in room.items]


def _gave_up(row: Row, text: str) -> bool:
    """Whether a row is what this job's processing left of an event that it could not store."""
    return row["job"] == text and any(one["code"] == "processing-failed" for one in _reasons(row))


def _reasons(row: Row) -> list[dict[str, Any]]:
    packed = row["reasons"]
    assert isinstance(packed, bytes)
    found: list[dict[str, Any]] = orjson.loads(packing.expand(packed))
    return found


def _failure(row: Row) -> Failure:
    body = row["body"]
    assert isinstance(body, bytes)
    return {"externalId": id_in(packing.expand(body)), "errors": _reasons(row)}


def _result(event_id: str) -> Result:
    return {"allocatedId": str(number_of(event_id)), "externalId": event_id}


def _received_us(key: str) -> int:
    """When the request of a job came: its id begins with it."""
    return int.from_bytes(base64.urlsafe_b64decode(key + "==")[:8], "big")
