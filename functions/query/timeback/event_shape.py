"""A stored event in the shape of the TimeBack Caliper API, as its client `timeback-caliper` reads it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from functions.core.identity import identity
from functions.core.ids import canonical_id, id_digest
from functions.core.times import format_time
from functions.store.rows.events import StoredFact

if TYPE_CHECKING:
    from functions.http.shapes.timeback import StoredEvent


def number_of(event_id: str) -> int:
    """A number for an event that JavaScript can hold: 52 bits of its id's digest. Stable, and almost surely unique."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    number = 0
    for char in id_digest(event_id)[:9]:
        number = number * 64 + alphabet.index(char)
    return (number >> 2) + 1


def external_id(fact: StoredFact) -> str:
    """The event's id as it was sent."""
    sent = fact.entry.event.get("id")
    return sent if isinstance(sent, str) and canonical_id(sent) == fact.entry.id else fact.entry.id


def stored_event(fact: StoredFact) -> "StoredEvent":
    """`sendTime` is that of the envelope; of an event that came without one, when it was received.

    An event of this service (TimedOut) has no sensor: its actor, this service, takes that place.
    """
    event, attribution = fact.entry.event, fact.entry.attribution
    received = format_time(fact.entry.received_us)
    extensions = event.get("extensions")
    return {
        "id": number_of(fact.entry.id),
        "externalId": external_id(fact),
        "sensor": fact.sensor or identity(event.get("actor")) or fact.app_id,
        "type": attribution.type,
        "profile": _text(event, "profile"),
        "action": _text(event, "action") or attribution.action,
        "eventTime": _text(event, "eventTime") or format_time(fact.entry.time_us),
        "sendTime": received if fact.sent_us is None else format_time(fact.sent_us),
        "created_at": received,
        "updated_at": None,
        "deleted_at": None,
        "actor": _entity(event.get("actor")),
        "object": _entity(event.get("object")),
        "generated": _entity(event.get("generated")),
        "target": _entity(event.get("target")),
        "referrer": _entity(event.get("referrer")),
        "edApp": _entity(event.get("edApp")),
        "group": _entity(event.get("group")),
        "membership": _entity(event.get("membership")),
        "session": _entity(event.get("session")),
        "federatedSession": _entity(event.get("federatedSession")),
        "extensions": extensions if isinstance(extensions, dict) else None,
        "clientAppId": fact.app_id,
    }


def _text(event: Mapping[str, Any], name: str) -> str | None:
    value = event.get(name)
    return value if isinstance(value, str) else None


def _entity(value: object) -> str | dict[str, Any] | None:
    return value if isinstance(value, str | dict) else None
