"""Every item of a request with its verdict: what goes to the queue, and what the sender is answered."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field

from functions.core.apps import App
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.findings import Verdict
from functions.core.caliper.repeated_ids import in_conflict
from functions.core.caliper.validator import validate_items
from functions.core.ids import id_in
from functions.core.messages import Item, Message
from functions.core.numbers.screening import arrival
from functions.core.times import parse_time

REPORT_BYTES = 1_000_000  # of findings in one answer (Lambda's limit for a response is 6 MB)
KEPT_BYTES = 262_144  # of a rejected item: of a larger one the beginning is kept (DynamoDB: 400 KB a row)
WARNINGS_MAX = 20  # different ones in one answer


class ValidatedRequest(Struct):
    """A request after validation. `warned` counts the accepted items with warnings; `warnings` has each one once.

    `left_out` are the kinds of fields that were sent and are not kept.
    """

    messages: list[Message] = field(default_factory=list)
    accepted_ids: list[str] = field(default_factory=list)
    accepted: int = 0
    warned: int = 0
    warnings: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    room: int = REPORT_BYTES
    left_out: set[str] = field(default_factory=set)

    def add_warnings(self, verdict: Verdict, place: dict[str, Any]) -> None:
        """Note an accepted item's warnings: each different one once, with its first item and the number of items."""
        self.warned += bool(verdict.findings)
        for finding in verdict.findings:
            key = (finding.code, finding.pointer, finding.message)
            if key in self.warnings:
                self.warnings[key]["items"] += 1
            elif len(self.warnings) < WARNINGS_MAX:
                self.warnings[key] = {**place, "id": verdict.id, "items": 1, **finding.as_dict()}

    def add_rejected(self, verdict: Verdict, findings: Sequence[dict[str, str]], place: dict[str, Any]) -> None:
        """Note a rejected item: where it is, and why. Past REPORT_BYTES only where."""
        if self.room <= 0:
            self.rejected.append(place)
            return
        errors = [finding for finding in findings if finding["severity"] == "error"]
        self.room -= len(verdict.id or "") + 60
        self.room -= sum(2 * len(finding["message"]) + 2 * len(finding["pointer"]) + 120 for finding in errors)
        self.rejected.append(
            {
                **place,
                "id": verdict.id,
                "pointers": [finding["pointer"] for finding in errors],
                "message": errors[0]["message"] if errors else "",
                "findings": errors,
            }
        )


def validate_envelopes(envelopes: Sequence[Envelope], *, app: App, credential: str, now_us: int) -> ValidatedRequest:
    """The verdict on every item of every envelope, in order. `credential` is the id of the one that sent them."""
    request = ValidatedRequest()
    for number, envelope in enumerate(envelopes):
        request.left_out |= envelope.left_out
        rejected_before = len(request.rejected)
        results = validate_items(
            envelope.items,
            data_version=envelope.data_version,
            app=app,
            arrival=arrival(now_us, parse_time(envelope.send_time)),
            rejected=rejected_before,
        )
        items = [Item("event", raw) for raw in envelope.items]
        for index, verdict in results.flagged.items():  # most items are clean events
            place = {"index": index} | ({"envelope": number} if len(envelopes) > 1 else {})
            findings = [finding.as_dict() for finding in verdict.findings]
            if verdict.accepted:
                items[index] = Item("entity" if verdict.kind == "entity" else "event", items[index].raw, findings)
                request.add_warnings(verdict, place)
            else:
                items[index] = Item("rejection", beginning(items[index].raw), findings)
                results.ids[index] = None
                request.add_rejected(verdict, findings, place)
        request.accepted += len(items) - (len(request.rejected) - rejected_before)
        request.accepted_ids += [identifier for identifier in results.ids if identifier]
        request.messages.append(_message(envelope, app, credential, now_us, items))
    if len(set(request.accepted_ids)) < len(request.accepted_ids):
        _add_conflicts(request)
    return request


def _add_conflicts(request: ValidatedRequest) -> None:
    """Add to accepted events, and to the answer, that the request has other content under their id."""
    places = [
        (number, index)
        for number, message in enumerate(request.messages)
        for index, item in enumerate(message.items)
        if item.kind == "event"
    ]
    from functions.core.numbers.findings import conflict_finding  # most requests do without

    finding = conflict_finding()
    for position in in_conflict([request.messages[number].items[index].raw for number, index in places]):
        number, index = places[position]
        items = request.messages[number].items
        before = items[index]
        items[index] = Item("event", before.raw, [*before.findings, finding.as_dict()])
        place = {"index": index} | ({"envelope": number} if len(request.messages) > 1 else {})
        verdict = Verdict(kind="event", accepted=True, id=id_in(before.raw), findings=(finding,))
        request.add_warnings(verdict, place)
        request.warned -= bool(before.findings)


def _message(envelope: Envelope, app: App, credential: str, now_us: int, items: list[Item]) -> Message:
    return Message(
        tenant=app.tenant,
        app_id=app.app_id,
        job="",
        received_us=now_us,
        sensor=envelope.sensor,
        data_version=envelope.data_version,
        send_time=envelope.send_time,
        credential=credential,
        auto_attach=app.auto_attach,
        items=items,
    )


def beginning(raw: bytes) -> bytes:
    """As much of a rejected item as quarantine keeps, in whole characters."""
    return raw if len(raw) <= KEPT_BYTES else raw[:KEPT_BYTES].decode("utf-8", "ignore").encode()
