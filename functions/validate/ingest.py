"""The second stop of an event: from the request's bytes to messages in the queue and an answer for the sender.

One request becomes one job. Its accepted items travel with their exact bytes and warnings; its rejected ones travel
too, to be kept in quarantine. Nothing is written here but the queue.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.aws.queue import Queue
from functions.core.answers import Answer, answer, error
from functions.core.apps import App
from functions.core.caliper import (
    DIAGNOSED,
    Envelope,
    Refusal,
    Verdict,
    judge,
    judge_items,
    judge_plain,
    open_envelopes,
)
from functions.core.jobs import job_key
from functions.core.messages import Array, Item, Message, sealed

RETRY_AFTER_S = 5
REPORT_BYTES = 1_000_000  # of findings in one answer (Lambda's limit for a response is 6 MB)
KEPT_BYTES = 262_144  # of a rejected item: a larger one is kept by its beginning (DynamoDB: 400 KB a row)


@dataclass(slots=True)
class Judged:
    """Every item of a request with its verdict: what goes to the queue, and what the sender is told."""

    messages: list[Message] = field(default_factory=list)
    accepted_ids: list[str] = field(default_factory=list)
    accepted: int = 0
    warned: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    room: int = REPORT_BYTES


def ingest(
    body: bytes,
    *,
    app: App,
    queue: Queue,
    now_us: int,
    nonce: bytes,
    success_status: int = 200,
    bare_event: bool = False,
) -> Answer:
    """Judge a request and queue it. 200/202 with a `jobId`, 400 where no item was taken, 503 where the queue failed.

    Raises what the queue raises where a whole call fails: the handler answers 503 to that, too.
    """
    judged = judge_clean(body, app=app, now_us=now_us)
    if judged is None:
        envelopes = open_envelopes(body, app=app, bare_event=bare_event)
        if isinstance(envelopes, Refusal):
            return error(envelopes.status, envelopes.code, envelopes.message, pointer=envelopes.pointer)
        judged = judge_all(envelopes, app=app, now_us=now_us)
    job, bodies = sealed(judged.messages, key=job_key(now_us, nonce), event_ids=judged.accepted_ids)
    refused = queue.send(bodies, group=app.tenant)
    if refused:
        return unavailable(f"{len(refused)} of {len(bodies)} parts of the request could not be queued")
    return report(judged, job, success_status)


def judge_clean(body: bytes, *, app: App, now_us: int) -> Judged | None:
    """What `judge_all` says of an envelope whose items are all stored, at half the cost; None of any other."""
    plain = judge_plain(body, app=app)
    if plain is None:
        return None
    envelope, (ids, remarks, _) = plain
    findings = {index: [finding.as_dict() for finding in found] for index, found in remarks.items()}
    message = Message(
        tenant=app.tenant,
        app_id=app.app_id,
        job="",
        received_us=now_us,
        sensor=envelope.sensor,
        data_version=envelope.data_version,
        auto_attach=app.auto_attach,
        array=Array(envelope.data, len(ids), findings),
    )
    return Judged([message], [identifier for identifier in ids if identifier], accepted=len(ids), warned=len(findings))


def judge_all(envelopes: Sequence[Envelope], *, app: App, now_us: int) -> Judged:
    """The verdict on every item of every envelope, in order."""
    judged = Judged()
    many = len(envelopes) > 1
    for place, envelope in enumerate(envelopes):
        version, rejected_before = envelope.data_version, len(judged.rejected)
        tally = judge_items(envelope.items, data_version=version, app=app, rejected=rejected_before)
        items = [Item("event", raw) for raw in envelope.items]
        for index, verdict in tally.noted.items():  # most are clean events
            findings = [finding.as_dict() for finding in verdict.findings]
            if verdict.accepted:
                items[index] = Item("entity" if verdict.kind == "entity" else "event", items[index].raw, findings)
                judged.warned += bool(findings)
            else:
                items[index] = Item("rejection", beginning(items[index].raw), findings)
                tally.ids[index] = None
                judged.rejected.append(rejected(verdict, findings, index, place if many else None, judged))
        judged.accepted += len(items) - (len(judged.rejected) - rejected_before)
        judged.accepted_ids += [identifier for identifier in tally.ids if identifier]
        judged.messages.append(
            Message(
                tenant=app.tenant,
                app_id=app.app_id,
                job="",
                received_us=now_us,
                sensor=envelope.sensor,
                data_version=version,
                auto_attach=app.auto_attach,
                items=items,
            )
        )
    return judged


def rejected(
    verdict: Verdict, findings: Sequence[dict[str, str]], index: int, envelope: int | None, judged: Judged
) -> dict[str, Any]:
    """One entry of `errors`: which item, where in it, and why. Past REPORT_BYTES only which."""
    at: dict[str, Any] = {"index": index} | ({} if envelope is None else {"envelope": envelope})
    if judged.room <= 0:
        return at
    errors = [finding for finding in findings if finding["severity"] == "error"]
    judged.room -= len(verdict.id or "") + 60
    judged.room -= sum(2 * len(finding["message"]) + 2 * len(finding["pointer"]) + 120 for finding in errors)
    return {
        **at,
        "id": verdict.id,
        "pointers": [found["pointer"] for found in errors],
        "message": errors[0]["message"] if errors else "",
        "findings": errors,
    }


def beginning(raw: bytes) -> bytes:
    """As much of a rejected item as quarantine keeps, whole characters."""
    return raw if len(raw) <= KEPT_BYTES else raw[:KEPT_BYTES].decode("utf-8", "ignore").encode()


def report(judged: Judged, job: str, success_status: int) -> Answer:
    total = judged.accepted + len(judged.rejected)
    body: dict[str, Any] = {
        "status": "success",
        "message": f"{_items(judged.accepted)} accepted",
        "jobId": job,
    }
    if judged.warned:
        body["message"] += ", with warnings" if judged.warned == judged.accepted else f", {judged.warned} with warnings"
    if not judged.rejected:
        return answer(success_status, body)
    body["errors"] = judged.rejected
    where = "kept in quarantine: see errors"
    if len(judged.rejected) > DIAGNOSED:
        where += f" (past the first {DIAGNOSED}, perhaps not all of an item's)"
    if judged.accepted:
        body["message"] += f"; {len(judged.rejected)} of {total} rejected and {where}"
        return answer(success_status, body)
    body["status"] = "error"
    body["message"] = f"{_items(total)} rejected, none accepted; what was sent is {where}"
    return answer(400, body)


def validation(body: bytes, *, app: App, strict: bool | None) -> Answer:
    """`POST /caliper/event/validate`: every finding, nothing stored. 200 also for errors: clients read it only then."""
    envelopes = open_envelopes(body, app=app)
    if isinstance(envelopes, Refusal):
        return error(envelopes.status, envelopes.code, envelopes.message, pointer=envelopes.pointer)
    found: dict[str, list[dict[str, Any]]] = {"error": [], "warning": []}
    room, items, failed = REPORT_BYTES, 0, 0
    for place, envelope, index, raw in _numbered(envelopes):
        verdict = judge(raw, data_version=envelope.data_version, app=app, strict=strict)
        items += 1
        failed += not verdict.accepted
        at = {"index": index, "id": verdict.id} | ({"envelope": place} if len(envelopes) > 1 else {})
        for finding in verdict.findings:
            if room > 0:
                found[finding.severity].append({**at, **finding.as_dict()})
                room -= len(finding.message) + len(finding.pointer) + 200
    message = f"{_items(items)} checked: {items - failed} would be stored, {failed} rejected"
    if room <= 0:
        message += "; there are more findings than fit: send fewer items to see them all"
    return answer(
        200,
        {
            "status": "error" if failed else "success",
            "message": message,
            "errors": found["error"],
            "warnings": found["warning"],
        },
    )


def _numbered(envelopes: Sequence[Envelope]) -> Iterator[tuple[int, Envelope, int, bytes]]:
    for place, envelope in enumerate(envelopes):
        for index, raw in enumerate(envelope.items):
            yield place, envelope, index, raw


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
