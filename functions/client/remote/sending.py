"""Sends the requests that a file makes, waits until the service has stored them, and tells each verdict."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from functions.client.remote.batches import Batch, RefusedDocument
from functions.client.remote.connection import Connection, Refused
from functions.http.paths import INGEST, JOB_STATUS

POLLS = 60
FIRST_POLL_S, LONGEST_POLL_S = 0.2, 2.0


@dataclass(slots=True)
class SendReport:
    """What became of the items. `unread` says that the credential may not ask whether they are stored."""

    requests: int = 0
    accepted: int = 0
    warned: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    jobs: list[str] = field(default_factory=list)
    unread: bool = False
    unfinished: int = 0

    @property
    def good(self) -> bool:
        return not (self.rejected or self.refused or self.failed or self.unfinished)


def send(
    name: str, batches: Iterable[Batch | RefusedDocument], connection: Connection, report: SendReport
) -> Iterator[str]:
    """A line for each item that was not accepted, as it is known. What was counted is added to `report`."""
    for batch in batches:
        if isinstance(batch, RefusedDocument):
            report.refused += 1
            yield f"{name}:{batch.line}: not sent: {batch.refusal.message}"
            continue
        status, answer = connection.post(INGEST.template, batch.body)
        report.requests += 1
        if "jobId" not in answer:
            report.refused += 1
            yield f"{name}:{batch.items[0].line}: refused {status}: {answer.get('message', 'no reason was given')}"
            continue
        yield from _told(name, batch, answer, report)


def _told(name: str, batch: Batch, answer: dict[str, Any], report: SendReport) -> Iterator[str]:
    errors = answer.get("errors") or []
    report.rejected += len(errors)
    report.accepted += len(batch.items) - len(errors)
    report.warned += sum(int(warning.get("items", 1)) for warning in answer.get("warnings") or ())
    if len(errors) < len(batch.items):
        report.jobs.append(str(answer["jobId"]))
    for error in errors:
        pointers = ", ".join(pointer or "/" for pointer in error.get("pointers", ()))
        where = f" {pointers}" if pointers else ""
        yield f"{name}:{batch.items[error['index']].line}: rejected{where}: {error.get('message', '')}"


def wait_until_stored(connection: Connection, report: SendReport) -> Iterator[str]:
    """Wait for every job of the report; a line for each that failed or is still on its way after a minute or two."""
    for job in report.jobs:
        try:
            state, reason = _finished(connection, job)
        except Refused as refused:
            if refused.status not in (401, 403):
                raise
            report.unread = True  # a sensor key may send and not read
            return
        if state == "failed":
            report.failed += 1
            yield f"job {job} failed: {reason}"
        elif state != "completed":
            report.unfinished += 1
            yield f"job {job} is still {state}; GET /jobs/{job}/status says when it is stored"


def _finished(connection: Connection, job: str) -> tuple[str, str]:
    wait_s = FIRST_POLL_S
    state: dict[str, Any] = {}
    for _ in range(POLLS):
        state = connection.get(JOB_STATUS.of(jobId=job))["job"]
        if state["state"] in ("completed", "failed"):
            break
        connection.pause(wait_s)
        wait_s = min(wait_s * 1.5, LONGEST_POLL_S)
    return str(state["state"]), str(state.get("failedReason") or "no reason was given")


def summary(report: SendReport) -> str:
    """The counts in words."""
    words = [f"{report.accepted} accepted"]
    words += [
        f"{count} {word}" for count, word in ((report.rejected, "rejected"), (report.refused, "refused")) if count
    ]
    if report.unread:
        stored = "not waited for: this credential may send and not read"
    elif report.failed or report.unfinished:
        stored = f"{report.failed} jobs failed, {report.unfinished} still on their way"
    else:
        stored = "all accepted items are stored" if report.jobs else "nothing is stored"
    return f"{', '.join(words)} in {report.requests} requests; {stored}"
