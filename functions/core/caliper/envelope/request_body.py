"""Opens a request's body: the first check on an event's path, and the only one that can refuse the whole request.

The items are sliced out, not parsed: each is returned as the exact bytes that were sent.
"""

import msgspec
import orjson

from functions.core.apps import App
from functions.core.caliper.envelope.envelope import MAX_ITEMS, Envelope, open_envelope
from functions.core.caliper.envelope.parts import slice_array
from functions.core.caliper.envelope.unreadable_items import mask_unreadable_items
from functions.core.caliper.findings import Refusal

MAX_BODY_KILOBYTES = 5_000  # the endpoint configuration says so (1.2 §Endpoint: kilobytes of 1,000 bytes)
MAX_BODY_BYTES = MAX_BODY_KILOBYTES * 1_000
MAX_ENVELOPES = 500  # in one request: each is a queue message of its own
# A body with more commas than this is not events but dust; its slices alone would fill a Lambda's memory.
_MAX_COMMAS = 500_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def open_envelopes(body: bytes, *, app: App, bare_event: bool = False) -> list[Envelope] | Refusal:
    """The envelopes of a request's body, or why the request is refused (400, 413, 422). Never raises.

    The body is one envelope, or an array of them (Open edX `bulk_send` posts that). With `bare_event` it may be a
    single event without envelope: the path `/events/1.0` of TimeBack Platform allows it. A byte order mark does not
    count. Custom envelope properties are allowed; a property given twice is refused, because it is not known which
    one counts. Rules: STANDARD §1 and §2.2; the size limit is this service's, the standard sets none.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK)
    refusal = _refusal_of_bytes(body)
    if refusal is not None:
        return refusal
    envelopes = _parse(body, app, bare_event)
    if isinstance(envelopes, Refusal) and envelopes.code == "json":
        masked = mask_unreadable_items(body)
        if masked is not None:
            return _unmask(_parse(masked[0], app, bare_event), masked[1])
    return envelopes


def _unmask(envelopes: list[Envelope] | Refusal, masked: dict[tuple[int, int], bytes]) -> list[Envelope] | Refusal:
    """The envelopes with each masked item as it was sent."""
    if not isinstance(envelopes, Refusal):
        for (number, index), raw in masked.items():
            envelopes[number].items[index] = raw
    return envelopes


def _parse(body: bytes, app: App, bare_event: bool) -> list[Envelope] | Refusal:
    try:
        if body.lstrip()[:1] != b"[":
            opened = open_envelope(body, app, "", bare_event)
            return opened if isinstance(opened, Refusal) else [opened]
        envelopes: list[Envelope] = []
        parts = slice_array(body)
        if len(parts) > MAX_ENVELOPES:
            message = f"The body holds {len(parts)} envelopes; the most in one request is {MAX_ENVELOPES}. Split it."
            return Refusal(413, "too-many", message)
        for index, part in enumerate(parts):
            opened = open_envelope(bytes(part), app, f"/{index}", bare_event=False)
            if isinstance(opened, Refusal):
                return opened
            envelopes.append(opened)
        if sum(len(envelope.items) for envelope in envelopes) > MAX_ITEMS:
            return Refusal(413, "too-many", f"A request holds at most {MAX_ITEMS} items. Split it.")
    except RecursionError:
        return Refusal(400, "too-deep", "The body is nested too deeply to be read. Send flatter JSON.")
    except (msgspec.DecodeError, ValueError) as error:
        return Refusal(400, "json", f"The body is not JSON: {_reason(error, body)}. Send one JSON envelope, UTF-8.")
    if not envelopes:
        return Refusal(400, "envelope", "The body is an empty array. Send at least one envelope.")
    return envelopes


def _refusal_of_bytes(body: bytes) -> Refusal | None:
    if len(body) > MAX_BODY_BYTES:
        return Refusal(
            413,
            "too-large",
            f"The body has {len(body)} bytes; the most in one request is {MAX_BODY_BYTES} ({MAX_BODY_KILOBYTES} kB). "
            "Split the envelope.",
        )
    if len(body) > _MAX_COMMAS and body.count(b",") > _MAX_COMMAS:
        return Refusal(413, "too-many", f"An envelope holds at most {MAX_ITEMS} items. Split it.")
    if not body.strip():
        return Refusal(400, "empty", "The body is empty. Send one Caliper envelope as JSON.")
    if not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as error:
            return Refusal(400, "utf-8", f"The body is not UTF-8: byte {error.start} is wrong. Encode it as UTF-8.")
    return None


def _reason(error: Exception, body: bytes) -> str:
    """A parser's own words, without anything of the body in them. orjson's are clearer if it finds the fault too."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as same:
        error = same
    return str(error).split("\n", 1)[0][:120].removeprefix("JSON is malformed: ").rstrip(".")
