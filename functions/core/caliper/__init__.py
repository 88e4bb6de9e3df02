"""The Caliper standard: opening a request's envelopes and what validation says. `validator` validates their items."""

from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.envelope.request_body import MAX_BODY_BYTES, MAX_BODY_KILOBYTES, open_envelopes
from functions.core.caliper.findings import MAX_ITEM_BYTES, Finding, Refusal, Verdict

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_BODY_KILOBYTES",
    "MAX_ITEM_BYTES",
    "Envelope",
    "Finding",
    "Refusal",
    "Verdict",
    "open_envelopes",
]
