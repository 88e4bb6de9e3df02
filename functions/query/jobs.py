"""`GET /jobs/{jobId}/status`: whether the events of a request can be read by now (CONTRACT a.5).

A small request's job id carries its events' digests: 1 query of by_id each (10 at most), 1 BatchGet. A larger one has a
row a message: 1 query, and PROBES of by_id, for the index may be behind the rows by a moment.
"""

import base64
from collections.abc import Sequence
from typing import Any

import orjson

from functions.aws import keys
from functions.aws.facts import stored_of
from functions.aws.table import Key, Row, rows
from functions.core import packing
from functions.core.answers import Answer, answer, error
from functions.core.jobs import Job, parse_job_id
from functions.core.times import DAY_US, format_time
from functions.query.request import Request
from functions.query.stored_event import external_id, number_of

PROBES = 25
RESULTS = 20_000  # listed in one answer
KNOWN_DAYS = 14  # what is not stored by then never will be: no message lives longer (SQS limit)
UNDER_ONE_ID = 25

type Result = dict[str, str]


def get_status(request: Request) -> Answer:
    text = request.path["jobId"]
    job = parse_job_id(text)
    received_us = _received_us(job.key) if job else 0
    if job is None or not request.now_us - 36_500 * DAY_US < received_us < request.now_us + DAY_US:
        return error(404, "unknown-job", "This is no job id of this service: send the `jobId` of an ingest answer.")
    results, failed, missing = _large(request, job) if job.parts else _small(request, job, text)
    if missing and not results and not failed and received_us < request.now_us - KNOWN_DAYS * DAY_US:
        return error(404, "unknown-job", f"Nothing is known of this job any more: it is over {KNOWN_DAYS} days old.")
    return answer(200, {"job": _status(text, results, failed, missing, received_us)})


def _status(
    text: str, results: Sequence[Result], failed: Sequence[dict[str, Any]], missing: int, received_us: int
) -> dict[str, Any]:
    if missing:
        state = "active" if results or failed else "waiting"
        return {"id": text, "state": state, "returnValue": None, "processedOn": None}
    value: dict[str, Any] = {"status": "error" if failed else "success", "results": results[:RESULTS]}
    status = {
        "id": text,
        "state": "failed" if failed else "completed",
        "returnValue": value,
        "processedOn": format_time(received_us),
    }
    if failed:
        value["errors"] = failed
        status["failedReason"] = f"{len(failed)} events could not be processed; they are kept: GET /rejections."
    return status


def _small(request: Request, job: Job, text: str) -> tuple[list[Result], list[dict[str, Any]], int]:
    """Results, failures and how many events cannot be read yet, by the digests that the id carries."""
    tenant = request.principal.app.tenant
    under: dict[str, list[Key]] = {}
    for wanted in dict.fromkeys(job.events):
        found = request.table.query(keys.digest_ref(tenant, wanted), index=keys.BY_ID, limit=UNDER_ONE_ID).rows
        under[wanted] = [(str(row[keys.PK]), str(row[keys.SK])) for row in found]
    there = request.table.get_all([key for places in under.values() for key in places]) if any(under.values()) else {}
    results: list[Result] = []
    failed: list[dict[str, Any]] = []
    missing = 0
    for places in under.values():
        events = [key for key in places if key in there and key[1].startswith(keys.EVENT)]
        given_up = [there[key] for key in places if key in there and _gave_up(there[key], text)]
        if events:
            results.append(_result(external_id(stored_of(there[events[0]]))))
        elif given_up:
            failed.append(_failure(given_up[0]))
        else:
            missing += 1
    return results, failed, missing


def _large(request: Request, job: Job) -> tuple[list[Result], list[dict[str, Any]], int]:
    """The same by the rows of its messages. Their events are stored with them; only the index may be behind."""
    tenant = request.principal.app.tenant
    found = list(rows(request.table, keys.job_pk(tenant, job.key)))
    ids = [one for row in found for one in _ids(row, "ids") if one]
    failed = [{"externalId": one, "message": "could not be processed"} for row in found for one in _ids(row, "failed")]
    missing = max(job.parts - len(found), 0)
    if not missing:
        step = max(len(ids) // PROBES, 1)
        probed = dict.fromkeys(keys.event_ref(tenant, one) for one in ids[::-step][:PROBES])
        missing = sum(not request.table.query(ref, index=keys.BY_ID, limit=1).rows for ref in probed)
    return [_result(one) for one in dict.fromkeys(ids)], failed, missing


def _ids(row: Row, name: str) -> list[str]:
    packed = row.get(name)
    found: list[str] = orjson.loads(packing.expand(packed)) if isinstance(packed, bytes) else []
    return found


def _gave_up(row: Row, text: str) -> bool:
    """Whether a row is what this job's processing left of an event that it could not store."""
    return "reasons" in row and row["job"] == text and any(one["code"] == "processing-failed" for one in _reasons(row))


def _reasons(row: Row) -> list[dict[str, Any]]:
    packed = row["reasons"]
    assert isinstance(packed, bytes)
    found: list[dict[str, Any]] = orjson.loads(packing.expand(packed))
    return found


def _failure(row: Row) -> dict[str, Any]:
    body = row["body"]
    assert isinstance(body, bytes)
    return {"externalId": orjson.loads(packing.expand(body)).get("id"), "errors": _reasons(row)}


def _result(event_id: str) -> Result:
    return {"allocatedId": str(number_of(event_id)), "externalId": event_id}


def _received_us(key: str) -> int:
    """When the request of a job came: its id begins with it."""
    return int.from_bytes(base64.urlsafe_b64decode(key + "==")[:8], "big")
