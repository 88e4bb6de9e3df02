"""What of an event the numbers cannot use as it was sent, and what becomes of it: stable codes, each with a sentence.

For the answer to a sender: each finding is a warning, because the event is stored all the same. The rules themselves
stand where the numbers are computed; nothing here decides one.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from functions.core.caliper.findings import SERVICE, Finding
from functions.core.caliper.terms import is_event, term, text
from functions.core.numbers.metrics import exact, stated_items
from functions.core.numbers.scores import ACTIVITY_METRICS, REPORTED_BY, score_type
from functions.core.numbers.screening import MOST_SECONDS
from functions.core.numbers.time_spent import CATEGORIES, LONGEST_ATTEMPT_US, LONGEST_WINDOW_US
from functions.core.timeline.attempt import attempt_nodes
from functions.core.timeline.entry import fields_of
from functions.core.timeline.masquerade import is_masquerade
from functions.core.times import EARLIEST_STATED_US, MINUTE_US, latest_possible_us, parse_time

# code → message. `{name}` is the property, `{value}` what it says.
SENTENCES = {
    "event-time-ahead": "eventTime is {value} after the event arrived: it opens and ends no session.{clock}",
    "impossible-time": "{name} lies before the year 2000: it is ignored.",
    "time-after-arrival": "{name} lies after the event arrived: it is ignored, and eventTime is used.",
    "end-before-start": "{name} lies before the start: it is ignored.",
    "time-cut": "{name} lies {value} after the event arrived: what lies over five minutes after it does not count.",
    "time-too-long": "The time up to {name} is longer than {value}: it is not read as a time of work.",
    "score-unreadable": "scoreGiven is not a number: the grade is not judged.",
    "max-score-unreadable": "maxScore is not a number: the grade is not judged.",
    "max-score-not-positive": "maxScore is not above 0: the grade is not judged.",
    "score-over-maximum": "scoreGiven is more than maxScore.",
    "number-quoted": "{name} is a number in quotes: it is read as that number.",
    "metric-unreadable": "The value of {name} is not a number: it does not count.",
    "seconds-out-of-range": "The seconds of {name} lie outside 0 to 86400: they do not count.",
    "count-out-of-range": "correctQuestions is more than totalQuestions: accuracy is at most 1.",
    "percentage-out-of-range": "pctCompleteApp lies outside 0 to 100: the nearest of these is used.",
    "masquerade": "Another user acted in the learner's name: the event is in no session and in no number.",
    "id-conflict": "This id was sent with other content, too: numbers count the content with the lowest digest.",
}

# Warnings for a strict app too: a refusal would lose the event, and the sender could not send a better one.
TOLERATED = frozenset({"event-time-ahead", "time-after-arrival", "time-cut", "masquerade", "id-conflict"})


def number_findings(
    event: Mapping[str, Any], *, received_us: int | None = None, sent_us: int | None = None
) -> list[Finding]:
    """The findings about one parsed item, in the order of its properties; none about an entity describe.

    `received_us` is when it arrived (None: what depends on it is not looked at), `sent_us` the envelope's `sendTime`.
    """
    if not is_event(event):
        return []
    kind_of = term(text(event, "type"))
    findings = [_finding("masquerade", "/actor")] if is_masquerade(event) else []
    if received_us is not None:
        findings += _ahead(event, received_us, sent_us)
    findings += _of_sessions(event, received_us)
    for pointer, node in attempt_nodes(event, kind_of):
        span = fields_of(node)
        findings += _of_work(span, ("startedAtTime", "endedAtTime"), pointer, LONGEST_ATTEMPT_US, received_us)
    if kind_of in {"GradeEvent", "OutcomeEvent"}:
        findings += _of_score(event)
    if kind_of in {"TimeSpentEvent", "ActivityEvent"}:
        findings += _of_items(event, kind_of, received_us)
    return findings


def conflict_finding() -> Finding:
    """For an event whose id is stored with other content."""
    return _finding("id-conflict", "/id")


def _finding(code: str, pointer: str, *, name: str = "", value: str = "", clock: str = "") -> Finding:
    message = SENTENCES[code].format(name=name, value=value, clock=clock)
    return Finding("warning", code, pointer, message, SERVICE, tolerated=code in TOLERATED)


def _ahead(event: Mapping[str, Any], received_us: int, sent_us: int | None) -> Iterator[Finding]:
    time_us = parse_time(event.get("eventTime"))
    if time_us is None or time_us <= latest_possible_us(received_us):
        return
    clock = ""
    if sent_us is not None and sent_us > latest_possible_us(received_us):
        clock = " sendTime is ahead too: the sender's clock is wrong."
    yield _finding("event-time-ahead", "/eventTime", value=_length(time_us - received_us), clock=clock)


def _of_sessions(event: Mapping[str, Any], received_us: int | None) -> Iterator[Finding]:
    """Stated starts and ends of the sessions that the event names."""
    for slot in ("object", "session", "federatedSession"):
        session = fields_of(event.get(slot))
        if slot == "object" and term(text(session, "type")) not in {"Session", "LtiSession"}:
            continue
        start_us = parse_time(session.get("startedAtTime"))
        for name in ("startedAtTime", "endedAtTime"):
            us = parse_time(session.get(name))
            pointer = f"/{slot}/{name}"
            if us is None:
                continue
            if us < EARLIEST_STATED_US:
                yield _finding("impossible-time", pointer, name=name)
            elif received_us is not None and us > latest_possible_us(received_us):
                yield _finding("time-after-arrival", pointer, name=name)
            elif name == "endedAtTime" and start_us is not None and us < start_us:
                yield _finding("end-before-start", pointer, name=name)


def _of_work(
    span: Mapping[str, Any], names: tuple[str, str], pointer: str, longest_us: int, received_us: int | None
) -> Iterator[Finding]:
    """The start and end of an Attempt or of a window."""
    start_us, end_us = (parse_time(span.get(name)) for name in names)
    for name, us in zip(names, (start_us, end_us), strict=True):
        if us is not None and us < EARLIEST_STATED_US:
            yield _finding("impossible-time", f"{pointer}/{name}", name=name)
    if end_us is None or end_us < EARLIEST_STATED_US:
        return
    name, end = names[1], f"{pointer}/{names[1]}"
    latest_us = end_us if received_us is None else min(end_us, latest_possible_us(received_us))
    if latest_us < end_us:
        assert received_us is not None
        yield _finding("time-cut", end, name=name, value=_length(end_us - received_us))
    if start_us is None or start_us < EARLIEST_STATED_US:
        return
    if end_us < start_us:
        yield _finding("end-before-start", end, name=name)
    elif latest_us - start_us > longest_us:
        yield _finding("time-too-long", end, name=name, value=_length(longest_us))


def _of_score(event: Mapping[str, Any]) -> Iterator[Finding]:
    score = fields_of(event.get("generated"))
    score_given, most = score.get("scoreGiven"), score.get("maxScore")
    if score_given is not None and exact(score_given) is None:
        yield _finding("score-unreadable", "/generated/scoreGiven")
    if most is not None and exact(most) is None:
        yield _finding("max-score-unreadable", "/generated/maxScore")
    elif (number := exact(most)) is not None and number <= 0:
        yield _finding("max-score-not-positive", "/generated/maxScore")
    for name, stated in (("scoreGiven", score_given), ("maxScore", most)):
        if isinstance(stated, str) and exact(stated) is not None:
            yield _finding("number-quoted", f"/generated/{name}", name=name)
    reached, limit = exact(score_given), exact(most)
    if (
        score_type(event) in set(REPORTED_BY) - {"XP"}
        and reached is not None
        and limit is not None
        and reached > limit > 0
    ):
        yield _finding("score-over-maximum", "/generated/scoreGiven")


def _of_items(event: Mapping[str, Any], kind_of: str, received_us: int | None) -> Iterator[Finding]:
    wanted = CATEGORIES if kind_of == "TimeSpentEvent" else ACTIVITY_METRICS
    counts: dict[str, Fraction] = {}
    for number, (name, value, item) in enumerate(stated_items(event)):
        pointer = f"/generated/items/{number}"
        amount = exact(value)
        if name not in wanted:
            continue
        if amount is None:
            yield _finding("metric-unreadable", pointer, name=name)
            continue
        if isinstance(value, str):
            yield _finding("number-quoted", pointer, name=name)
        if kind_of == "ActivityEvent":
            counts[name] = counts.get(name, Fraction(0)) + amount
            continue
        if not 0 <= amount <= MOST_SECONDS:
            yield _finding("seconds-out-of-range", pointer, name=name)
        names = ("startDate", "endDate") if "startDate" in item or "endDate" in item else ("start_date", "end_date")
        yield from _of_work(item, names, pointer, LONGEST_WINDOW_US, received_us)
    total = counts.get("totalQuestions")
    if total is not None and total >= 0 and counts.get("correctQuestions", total) > total:
        yield _finding("count-out-of-range", "/generated/items")
    yield from _of_percentage(event)


def _of_percentage(event: Mapping[str, Any]) -> Iterator[Finding]:
    stated = fields_of(fields_of(event.get("generated")).get("extensions")).get("pctCompleteApp")
    percent = exact(stated)
    pointer = "/generated/extensions/pctCompleteApp"
    if stated is not None and percent is None:
        yield _finding("metric-unreadable", pointer, name="pctCompleteApp")
    elif percent is not None and not 0 <= percent <= 100:
        yield _finding("percentage-out-of-range", pointer)


def _length(length_us: int) -> str:
    """A length of time in words: `3 minutes`, `2 h 5 min`, `4 days`."""
    minutes = length_us // MINUTE_US
    if minutes < 60:
        return f"{minutes} minutes"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} days"
