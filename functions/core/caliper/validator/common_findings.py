"""Findings that several checks share: on an event's id, time and context, and on an entity of a wrong type."""

from functools import lru_cache

from functions.core.caliper.findings import STANDARD, Finding, clip
from functions.core.caliper.values import match_event_id, time_fault
from functions.core.times import parse_time

EVENT = "Caliper 1.1 and 1.2 Event"
_URN = "urn:uuid:"
_BARE_UUID = Finding(
    "warning", "event-id", "/id", "The event's id is a bare UUID; expected urn:uuid: before it.", EVENT
)
_NO_URN = Finding("warning", "event-id", "/id", "The event's id is not the urn:uuid: URN of a UUID.", EVENT)
_TIME_FORM = Finding(
    "warning", "time-form", "/eventTime", "eventTime is not spelled as 2026-01-27T10:03:00.000Z.", EVENT
)
_NO_TIME = Finding(
    "error", "time", "/eventTime", "eventTime is not a time; write it as 2026-01-27T10:03:00.000Z.", EVENT
)
_NO_ZONE = Finding(
    "error", "time", "/eventTime", "eventTime does not say its time zone; write it as 2026-01-27T10:03:00.000Z.", EVENT
)
NO_CONTEXT = Finding(
    "warning", "context", "/@context", "@context is missing; the envelope's dataVersion decides.", STANDARD
)


def on_event_id(identifier: str) -> Finding | None:
    """An event's id should be a UUID as URN; any version will do."""
    if match_event_id(identifier) is not None:
        return None
    return _BARE_UUID if match_event_id(_URN + identifier) is not None else _NO_URN


def on_event_time(text: str) -> Finding | None:
    """An eventTime that is not a time rejects; another spelling of a time warns."""
    fault = time_fault(text)
    if fault is None:
        return None
    if fault == "time":
        return _NO_ZONE if parse_time(text + "Z") is not None else _NO_TIME
    return _TIME_FORM


@lru_cache(maxsize=1_024)
def on_entity_type(named: str, allowed: tuple[str, ...], pointer: str, source: str) -> Finding:
    """An entity of a type that the property does not admit."""
    message = f"{clip(named)} may not stand here; expected {' or '.join(allowed)}."
    return Finding("warning", "wrong-entity-type", pointer, message, source)
