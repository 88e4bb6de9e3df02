"""The findings that either way of judging makes: on an event's id, time and context, and on a wrong type in a slot."""

from functools import lru_cache

from functions.core.caliper.findings import STANDARD, Finding, clip
from functions.core.caliper.values import is_event_id, time_fault
from functions.core.times import parse_time

EVENT = "Caliper 1.1 and 1.2 Event"
_URN = "urn:uuid:"
_BARE = Finding("warning", "event-id", "/id", "The event's id is a bare UUID; expected urn:uuid: before it.", EVENT)
_NO_URN = Finding("warning", "event-id", "/id", "The event's id is no urn:uuid: URN of a UUID.", EVENT)
_TIME_FORM = Finding(
    "warning", "time-form", "/eventTime", "eventTime is not spelled as 2026-01-27T10:03:00.000Z.", EVENT
)
_NO_TIME = Finding("error", "time", "/eventTime", "eventTime is no time; write it as 2026-01-27T10:03:00.000Z.", EVENT)
_NO_ZONE = Finding(
    "error", "time", "/eventTime", "eventTime does not say its time zone; write it as 2026-01-27T10:03:00.000Z.", EVENT
)
NO_CONTEXT = Finding(
    "warning", "context", "/@context", "@context is missing; judged by the envelope's dataVersion.", STANDARD
)


def of_id(identifier: str) -> Finding | None:
    """An event's id should be a UUID as URN; any version will do."""
    if is_event_id(identifier):
        return None
    return _BARE if is_event_id(_URN + identifier) else _NO_URN


def of_time(text: str) -> Finding | None:
    """An eventTime that is no time rejects; one in another spelling is told."""
    fault = time_fault(text)
    if fault is None:
        return None
    if fault == "time":
        return _NO_ZONE if parse_time(text + "Z") is not None else _NO_TIME
    return _TIME_FORM


@lru_cache(maxsize=1_024)
def of_type(named: str, allowed: tuple[str, ...], pointer: str, source: str) -> Finding:
    """An entity of a type that may not stand there."""
    message = f"{clip(named)} may not stand here; expected {' or '.join(allowed)}."
    return Finding("warning", "wrong-entity-type", pointer, message, source)
