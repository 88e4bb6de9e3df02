"""The standard: opening envelopes and judging what is in them. Tables are made ready on first use, not on import."""

from functions.core.caliper.body import MAX_BODY_BYTES, MAX_BODY_KILOBYTES, open_envelopes
from functions.core.caliper.envelope import Envelope
from functions.core.caliper.plain import PlainEnvelope, judge_plain
from functions.core.caliper.tally import DIAGNOSED, Tally, judge, judge_items
from functions.core.caliper.verdicts import MAX_ITEM_BYTES, Finding, Refusal, Verdict

__all__ = [
    "DIAGNOSED",
    "MAX_BODY_BYTES",
    "MAX_BODY_KILOBYTES",
    "MAX_ITEM_BYTES",
    "Envelope",
    "Finding",
    "PlainEnvelope",
    "Refusal",
    "Tally",
    "Verdict",
    "judge",
    "judge_items",
    "judge_plain",
    "open_envelopes",
]
