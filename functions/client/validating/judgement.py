"""What the service would say of a document, and where in its file each finding is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from functions.client.validating.payload import Document, Payload
from functions.client.validating.positions import BYTE_ORDER_MARK, elements, position, tokens, value_start
from functions.core.apps import App
from functions.core.caliper.contexts import SUPPORTED_DATA_VERSIONS
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.findings import SERVICE, Finding, Refusal, Verdict
from functions.core.caliper.repeated_ids import with_conflicts
from functions.core.caliper.validator import validate_item
from functions.core.numbers.screening import arrival
from functions.core.times import parse_time

ANY_APP = App(app_id="command-line", tenant="command-line", edapps=("*",))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: line and column from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One item or, if `refused`, one whole document. `findings` each with their place."""

    index: int
    envelope: int
    verdict: Verdict
    place: Place
    findings: tuple[tuple[Finding, Place], ...] = ()
    refused: bool = False

    @property
    def outcome(self) -> str:
        """`clean`, `warnings`, `rejected` or `refused`."""
        if self.refused:
            return "refused"
        if not self.verdict.accepted:
            return "rejected"
        return "warnings" if self.verdict.findings else "clean"


def open_payload(body: bytes, *, app: App = ANY_APP) -> list[Envelope] | Refusal:
    """The envelopes of a document, or why it is refused. A bare event or entity is taken as if in a 1.2 envelope."""
    envelopes = open_envelopes(body, app=app)
    if not isinstance(envelopes, Refusal):
        return envelopes
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return envelopes
    if not isinstance(value, dict) or "data" in value or "sensor" in value:
        return envelopes
    return [Envelope("", "", SUPPORTED_DATA_VERSIONS[-1], [body.strip()])]


def judge_payload(
    body: bytes, *, app: App = ANY_APP, strict: bool | None = None, now_us: int | None = None
) -> Refusal | list[Verdict]:
    """The refusal of a document, or a verdict on each item, as if it arrived at `now_us` (None: at no time)."""
    envelopes = open_payload(body, app=app)
    if isinstance(envelopes, Refusal):
        return envelopes
    return [verdict for some in _verdicts(envelopes, app, strict, now_us) for verdict in some]


def _verdicts(
    envelopes: Sequence[Envelope], app: App, strict: bool | None, now_us: int | None
) -> Iterator[list[Verdict]]:
    """The verdicts on the items of each envelope."""
    every = [_verdict(item, envelope, app, strict, now_us) for envelope in envelopes for item in envelope.items]
    judged = iter(with_conflicts(every, [item for envelope in envelopes for item in envelope.items]))
    return (list(islice(judged, len(envelope.items))) for envelope in envelopes)


def _verdict(item: bytes, envelope: Envelope, app: App, strict: bool | None, now_us: int | None) -> Verdict:
    arrived = None if now_us is None else arrival(now_us, parse_time(envelope.send_time))
    return validate_item(item, data_version=envelope.data_version, app=app, strict=strict, arrival=arrived)


def judge(payload: Payload, *, app: App = ANY_APP, now_us: int | None = None) -> Iterator[Judged]:
    """Every item of a payload with its verdict and places, in order, as if it arrived at `now_us`."""
    for document in payload.documents():
        yield from _judged(payload, document, app, now_us)


def _judged(payload: Payload, document: Document, app: App, now_us: int | None) -> Iterator[Judged]:
    envelopes = open_payload(document.text, app=app)
    if isinstance(envelopes, Refusal):
        yield _refused(payload, document, envelopes)
        return
    for number, judged in enumerate(_verdicts(envelopes, app, None, now_us)):
        starts: list[int] | None = None
        for index, verdict in enumerate(judged):
            if starts is None:
                starts = _starts(document.text, number)
            begins = starts[index] if index < len(starts) else value_start(document.text)
            yield Judged(
                index,
                number,
                verdict,
                _place(payload, document, begins),
                tuple(
                    (finding, _place(payload, document, position(document.text, tokens(finding.pointer), begins)))
                    for finding in verdict.findings
                ),
            )


def _starts(text: bytes, envelope: int) -> list[int]:
    """Where the items of an envelope begin, or the one item that came without an envelope."""
    begins = value_start(text)
    if text[begins : begins + 1] == b"[":
        return elements(text, [str(envelope), "data"])
    return elements(text, ["data"]) or [begins]


def _refused(payload: Payload, document: Document, refusal: Refusal) -> Judged:
    offset = position(document.text, tokens(refusal.pointer))
    if refusal.code == "json":
        offset = _broken(document.text)
    place = _place(payload, document, offset)
    finding = Finding("error", refusal.code, refusal.pointer, refusal.message, SERVICE)
    verdict = Verdict("unknown", accepted=False, id=None, findings=(finding,))
    return Judged(0, 0, verdict, place, ((finding, place),), refused=True)


def _broken(text: bytes) -> int:
    """The byte at which a text stops being JSON."""
    mark = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    try:
        orjson.loads(text[mark:])
    except orjson.JSONDecodeError as error:
        return mark + len(error.doc[: error.pos].encode("utf-8", "surrogatepass"))
    return mark


def _place(payload: Payload, document: Document, offset: int) -> Place:
    return Place(*payload.line_and_column(document.offset + offset))
