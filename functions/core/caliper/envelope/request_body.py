"""Opens a request's body: the first judgement on an event's path, and the only one that can refuse all of it.

The items are sliced out, not parsed: each comes back as the exact bytes that were sent.
"""

import msgspec

from functions.core.apps import App
from functions.core.caliper.envelope.envelope import MAX_ITEMS, Envelope, open_envelope, slice_array
from functions.core.caliper.envelope.surrogates import cover, is_covered, uncover
from functions.core.caliper.findings import Refusal

MAX_BODY_KILOBYTES = 5_000  # what the endpoint configuration advertises (1.2 §Endpoint: kilobytes of 1,000 bytes)
MAX_BODY_BYTES = MAX_BODY_KILOBYTES * 1_000
MAX_ENVELOPES = 500  # in one request: each is a queue message of its own
# Beyond this many commas a body is not events but dust, whose slices alone would fill a Lambda's memory.
_MAX_COMMAS = 500_000


def open_envelopes(body: bytes, *, app: App, bare_event: bool = False) -> list[Envelope] | Refusal:
    """The envelopes of a request's body, or why none of it is taken (400, 413, 422). Never raises.

    One envelope, or a top-level array of them (Open edX `bulk_send` posts that). With `bare_event` a single event
    without envelope is taken too: the path `/events/1.0` of TimeBack Platform allows it.
    Custom envelope properties are let through; a property given twice is refused, for nobody can tell which counts.
    Rules: STANDARD §1 and §2.2; the size limit is ours, the standard sets none.
    """
    refusal = _unreadable(body)
    if refusal is not None:
        return refusal
    opened = _opened(body, app, bare_event)
    if isinstance(opened, Refusal) and opened.code == "json":
        covered = cover(body)
        if covered is not None:
            return _uncovered(_opened(covered, app, bare_event))
    return opened


def _uncovered(opened: list[Envelope] | Refusal) -> list[Envelope] | Refusal:
    """What was opened of a body whose halves of surrogate pairs were covered, as it was sent."""
    if isinstance(opened, Refusal):
        return opened
    if any(is_covered(envelope.sensor) for envelope in opened):
        return Refusal(400, "json", "sensor holds half a surrogate pair, which is no text. Send whole characters.")
    return [msgspec.structs.replace(envelope, items=[uncover(item) for item in envelope.items]) for envelope in opened]


def _opened(body: bytes, app: App, bare_event: bool) -> list[Envelope] | Refusal:
    try:
        if body.lstrip()[:1] != b"[":
            opened = open_envelope(body, app, "", bare_event)
            return opened if isinstance(opened, Refusal) else [opened]
        envelopes: list[Envelope] = []
        parts = slice_array(body)
        if len(parts) > MAX_ENVELOPES:
            message = f"The body holds {len(parts)} envelopes; {MAX_ENVELOPES} is the most in one request. Split it."
            return Refusal(413, "too-many", message)
        for index, part in enumerate(parts):
            one = open_envelope(bytes(part), app, f"/{index}", bare_event=False)
            if isinstance(one, Refusal):
                return one
            envelopes.append(one)
        if sum(len(envelope.items) for envelope in envelopes) > MAX_ITEMS:
            return Refusal(413, "too-many", f"A request holds at most {MAX_ITEMS} items. Split it.")
    except RecursionError:
        return Refusal(400, "too-deep", "The body is nested too deeply to be read. Send flatter JSON.")
    except (msgspec.DecodeError, ValueError) as error:
        return Refusal(400, "json", f"The body is not JSON: {_reason(error)}. Send one JSON envelope, UTF-8.")
    if not envelopes:
        return Refusal(400, "envelope", "The body is an empty array. Send at least one envelope.")
    return envelopes


def _unreadable(body: bytes) -> Refusal | None:
    if len(body) > MAX_BODY_BYTES:
        return Refusal(
            413,
            "too-large",
            f"The body has {len(body)} bytes; {MAX_BODY_BYTES} ({MAX_BODY_KILOBYTES} kB) is the most taken in one "
            "request. Split the envelope.",
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


def _reason(error: Exception) -> str:
    """The parser's own words, without anything of the body in them."""
    return str(error).split("\n", 1)[0][:120].removeprefix("JSON is malformed: ").rstrip(".")
