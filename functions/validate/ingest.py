"""The second stop of an event: from the request's bytes to messages in the queue and an answer for the sender.

One request becomes one job. Its accepted items travel with their exact bytes and warnings; its rejected ones travel
too, to be kept in quarantine. Nothing is written here but the queue.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from functions.core.apps import App
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.findings import Refusal
from functions.core.caliper.repeated_ids import with_conflicts
from functions.core.caliper.validated_request import REPORT_BYTES, ValidatedRequest, validate_envelopes
from functions.core.caliper.validator import DIAGNOSED, validate_item
from functions.core.jobs import job_key
from functions.core.messages import pack_request
from functions.core.numbers.screening import arrival
from functions.core.times import parse_time
from functions.http.answers import Answer, answer, error
from functions.store.queue import Queue

RETRY_AFTER_S = 5


class ItemCounts(Struct):
    """Items of one request that were queued, by their verdict. `warned` are among the accepted."""

    accepted: int = 0
    rejected: int = 0
    warned: int = 0


def ingest(
    body: bytes,
    *,
    app: App,
    queue: Queue,
    now_us: int,
    nonce: bytes,
    credential: str = "",
    success_status: int = 200,
    bare_event: bool = False,
    counts: ItemCounts | None = None,
) -> Answer:
    """Validate a request and queue it. 200/202 with a `jobId`, 400 if no item was accepted, 503 if the queue failed.

    Raises the queue's exception if a whole call fails: the handler answers 503 to that, too. The items
    that were queued are added to `counts`.
    """
    envelopes = open_envelopes(body, app=app, bare_event=bare_event)
    if isinstance(envelopes, Refusal):
        return error(envelopes.status, envelopes.code, envelopes.message, pointer=envelopes.pointer)
    request = validate_envelopes(envelopes, app=app, credential=credential, now_us=now_us)
    job, bodies = pack_request(request.messages, key=job_key(now_us, nonce), event_ids=request.accepted_ids)
    refused = queue.send(bodies, group=app.tenant)
    if refused:
        return unavailable(f"{len(refused)} of {len(bodies)} parts of the request could not be queued")
    if counts is not None:
        counts.accepted += request.accepted
        counts.rejected += len(request.rejected)
        counts.warned += request.warned
    return report(request, job, success_status)


def report(request: ValidatedRequest, job: str, success_status: int) -> Answer:
    """The answer to a request that was queued: what was accepted, the warnings on it, and what was rejected."""
    total = request.accepted + len(request.rejected)
    body: dict[str, Any] = {
        "status": "success",
        "message": f"{_items(request.accepted)} accepted",
        "jobId": job,
    }
    if request.warned:
        all_warned = request.warned == request.accepted
        body["message"] += ", with warnings" if all_warned else f", {request.warned} with warnings"
        body["warnings"] = list(request.warnings.values())
    if request.left_out:
        body["leftOut"] = sorted(request.left_out)
    if not request.rejected:
        return answer(success_status, body)
    body["errors"] = request.rejected
    where = "kept in quarantine: see errors"
    if len(request.rejected) > DIAGNOSED:
        where += f" (past the first {DIAGNOSED}, perhaps not all of an item's)"
    if request.accepted:
        body["message"] += f"; {len(request.rejected)} of {total} rejected and {where}"
        return answer(success_status, body)
    body["status"] = "error"
    body["message"] = f"{_items(total)} rejected, none accepted; all of it is {where}"
    return answer(400, body)


def validation(body: bytes, *, app: App, strict: bool | None, now_us: int) -> Answer:
    """`POST /caliper/event/validate`: every finding, nothing stored. 200 even with errors: clients read only that."""
    envelopes = open_envelopes(body, app=app)
    if isinstance(envelopes, Refusal):
        return error(envelopes.status, envelopes.code, envelopes.message, pointer=envelopes.pointer)
    findings: dict[str, list[dict[str, Any]]] = {"error": [], "warning": []}
    room, failed = REPORT_BYTES, 0
    items = list(_numbered(envelopes))
    verdicts = [
        validate_item(
            raw,
            data_version=envelope.data_version,
            app=app,
            strict=strict,
            arrival=arrival(now_us, parse_time(envelope.send_time)),
        )
        for _, envelope, _, raw in items
    ]
    for (number, _, index, _), verdict in zip(items, with_conflicts(verdicts, [raw for *_, raw in items]), strict=True):
        failed += not verdict.accepted
        place = {"index": index, "id": verdict.id} | ({"envelope": number} if len(envelopes) > 1 else {})
        for finding in verdict.findings:
            if room > 0:
                findings[finding.severity].append({**place, **finding.as_dict()})
                room -= len(finding.message) + len(finding.pointer) + 200
    message = f"{_items(len(items))} checked: {len(items) - failed} would be stored, {failed} rejected"
    if room <= 0:
        message += "; there are more findings than fit: send fewer items to see them all"
    return answer(
        200,
        {
            "status": "error" if failed else "success",
            "message": message,
            "errors": findings["error"],
            "warnings": findings["warning"],
        },
    )


def _numbered(envelopes: Sequence[Envelope]) -> Iterator[tuple[int, Envelope, int, bytes]]:
    for number, envelope in enumerate(envelopes):
        for index, raw in enumerate(envelope.items):
            yield number, envelope, index, raw


def unavailable(reason: str) -> Answer:
    """503: the sender is to send the same request again; what was queued already is stored once all the same."""
    return error(
        503,
        "queue-unavailable",
        f"{reason}: send the same request again, nothing will be stored twice.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _items(count: int) -> str:
    return f"{count} item" if count == 1 else f"{count} items"
