"""Whether an event may have a finding of `findings` at all: nearly none has, and to look for one costs much more.

A yes to `is_plain` is certain. It knows times in the one usual spelling, and plain numbers; whatever else stands in a
place that counts is left to `findings`. The validator asks its parts of each property that it checks anyway.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from functions.core.timeline.masquerade import is_masquerade
from functions.core.times import format_time, latest_possible_us

MOST_SECONDS = 86_400  # seed 002: a value is at most 86400 seconds
SLOTS_WITH_TIMES = ("generated", "object", "session", "federatedSession")
_SECOND = len("2026-01-27T10:03:00")
_MANY = 10**9  # numbers under it need no closer look
_GRADES = frozenset({"GradeEvent", "OutcomeEvent"})
_OTHER_SPELLINGS = frozenset({"metricType", "metric_type", "metricValue", "metric_value", "start_date", "end_date"})
TYPES_WITH_NUMBERS = frozenset({*_GRADES, "TimeSpentEvent", "ActivityEvent"})


class Arrival(Struct, frozen=True, gc=False):
    """When a request arrived, and when its envelope says that it was sent.

    `latest` is the last second that an event may tell of, spelled as times usually are, so that text can be compared.
    """

    received_us: int
    sent_us: int | None
    latest: str


def arrival(received_us: int, sent_us: int | None) -> Arrival:
    """The arrival of an envelope."""
    return Arrival(received_us, sent_us, format_time(latest_possible_us(received_us))[:_SECOND])


def is_plain(event: Mapping[str, Any], event_type: str, latest: str) -> bool:
    """Whether `findings` certainly has none on a parsed event; `event_type` in its short spelling."""
    time = event.get("eventTime")
    if type(time) is not str or time >= latest or time[23:] != "Z" or time[10] != "T" or is_masquerade(event):
        return False
    for slot in SLOTS_WITH_TIMES:
        node = event.get(slot)
        if type(node) is dict and not has_plain_times(node, latest):
            return False
    if event_type not in TYPES_WITH_NUMBERS:
        return True
    generated = event.get("generated")
    return type(generated) is not dict or has_plain_numbers(generated, event_type, latest)


def has_plain_times(node: dict[str, Any], latest: str) -> bool:
    """Whether a session, an Attempt, or what has an Attempt, states times that can be."""
    start, end = node.get("startedAtTime"), node.get("endedAtTime")
    if (start is not None or end is not None) and not _is_plain_span(start, end, latest):
        return False
    inner = node.get("attempt")
    return type(inner) is not dict or has_plain_times(inner, latest)


def has_plain_numbers(generated: dict[str, Any], event_type: str, latest: str) -> bool:
    """Whether what an event of TYPES_WITH_NUMBERS generates states numbers that count as they are."""
    if event_type in _GRADES:
        return _is_plain_score(generated)
    return _is_plain_report(generated, event_type == "TimeSpentEvent", latest)


def _is_plain_span(start: Any, end: Any, latest: str) -> bool:
    """Times of the past, in the usual spelling; both of one day, so that neither order nor length is in doubt."""
    if end is None:
        return type(start) is str and "2000" <= start < latest and start[23:] == "Z" and start[10] == "T"
    if type(end) is not str or not "2000" <= end < latest or end[23:] != "Z" or end[10] != "T":
        return False
    return start is None or (type(start) is str and start[:11] == end[:11] and start <= end and start[23:] == "Z")


def _is_plain_score(score: dict[str, Any]) -> bool:
    score_given: Any = score.get("scoreGiven")
    most: Any = score.get("maxScore")
    if (type(score_given) is not int and type(score_given) is not float) or not -_MANY < score_given < _MANY:
        return score_given is None and most is None
    if most is None:
        return True
    if (type(most) is not int and type(most) is not float) or not 0 < most < _MANY:
        return False
    return score_given <= most or score.get("scoreType") == "XP"


def _is_plain_report(generated: dict[str, Any], has_windows: bool, latest: str) -> bool:
    extensions = generated.get("extensions")
    if type(extensions) is dict and not _is_plain_percentage(extensions.get("pctCompleteApp")):
        return False
    items = generated.get("items")
    if type(items) is not list:
        return True
    counts: dict[str, Any] = {}
    for item in items:
        if type(item) is not dict:
            continue
        name: object = item.get("type")
        value: Any = item.get("value")
        if type(name) is not str or (type(value) is not int and type(value) is not float):
            return False
        if len(item) > 2 and not _OTHER_SPELLINGS.isdisjoint(item):
            return False
        if has_windows:
            start, end = item.get("startDate"), item.get("endDate")
            if not 0 <= value <= MOST_SECONDS:
                return False
            if (start is not None or end is not None) and not _is_plain_span(start, end, latest):
                return False
        elif name in counts or not -_MANY < value < _MANY:  # sums of several are compared
            return False
        else:
            counts[name] = value
    correct, total = counts.get("correctQuestions"), counts.get("totalQuestions")
    return correct is None or total is None or correct <= total


def _is_plain_percentage(percent: Any) -> bool:
    return percent is None or ((type(percent) is int or type(percent) is float) and 0 <= percent <= 100)
