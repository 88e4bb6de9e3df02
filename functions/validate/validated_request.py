"""Every item of a request with its verdict: what of it goes to the queue, and what its sender is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.core.apps import App
from functions.core.caliper import Envelope, Verdict
from functions.core.caliper.validator import validate_items
from functions.core.messages import Item, Message

REPORT_BYTES = 1_000_000  # of findings in one answer (Lambda's limit for a response is 6 MB)
KEPT_BYTES = 262_144  # of a rejected item: a larger one is kept by its beginning (DynamoDB: 400 KB a row)


@dataclass(slots=True)
class ValidatedRequest:
    """Every item of a request with its verdict: what goes to the queue, and what the sender is told."""

    messages: list[Message] = field(default_factory=list)
    accepted_ids: list[str] = field(default_factory=list)
    accepted: int = 0
    warned: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    room: int = REPORT_BYTES


def validate_envelopes(envelopes: Sequence[Envelope], *, app: App, now_us: int) -> ValidatedRequest:
    """The verdict on every item of every envelope, in order."""
    judged = ValidatedRequest()
    many = len(envelopes) > 1
    for place, envelope in enumerate(envelopes):
        rejected_before = len(judged.rejected)
        results = validate_items(envelope.items, data_version=envelope.data_version, app=app, rejected=rejected_before)
        items = [Item("event", raw) for raw in envelope.items]
        for index, verdict in results.flagged.items():  # most are clean events
            findings = [finding.as_dict() for finding in verdict.findings]
            if verdict.accepted:
                items[index] = Item("entity" if verdict.kind == "entity" else "event", items[index].raw, findings)
                judged.warned += bool(findings)
            else:
                items[index] = Item("rejection", beginning(items[index].raw), findings)
                results.ids[index] = None
                judged.rejected.append(rejected(verdict, findings, index, place if many else None, judged))
        judged.accepted += len(items) - (len(judged.rejected) - rejected_before)
        judged.accepted_ids += [identifier for identifier in results.ids if identifier]
        judged.messages.append(_message(envelope, app, now_us, items))
    return judged


def _message(envelope: Envelope, app: App, now_us: int, items: list[Item]) -> Message:
    return Message(
        tenant=app.tenant,
        app_id=app.app_id,
        job="",
        received_us=now_us,
        sensor=envelope.sensor,
        data_version=envelope.data_version,
        auto_attach=app.auto_attach,
        items=items,
    )


def rejected(
    verdict: Verdict, findings: Sequence[dict[str, str]], index: int, envelope: int | None, judged: ValidatedRequest
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
