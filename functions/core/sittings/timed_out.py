"""The Caliper TimedOut event of a sitting that ended by inactivity: no client can send it for itself.

The sweep puts it into its outbox and publishes it; it is stored like any event, and then it is a window in every later
fold. It is a pure function of the sitting: published twice it is the same bytes, stored once.
"""

from msgspec import Struct

from functions.core.ids import canonical_id, derived_uuid
from functions.core.sittings.sitting import Sitting
from functions.core.timeline.entry import Entry
from functions.core.times import format_time


class Origin(Struct, frozen=True):
    """What a stored TimedOut of this service tells by its id: what kind of session it ended, and in which app."""

    explicit: bool
    app: str | None


def event(sitting: Sitting, *, tenant: str, learner: str | None, system_id: str) -> dict[str, object]:
    """The event, in the shape of seed 000: `object` is the session, `eventTime` the last activity.

    `system_id` is the IRI of this service as the actor.
    """
    raise NotImplementedError


def timed_out_id(
    *, tenant: str, learner: str | None, session: str, explicit: bool, app: str | None, started_us: int
) -> str:
    """The id of the one TimedOut of a sitting: a UUIDv5 of its session and start.

    The kind of session and its app are part of it, so the event alone tells a fold what it ends. The id can be
    computed by anybody. So an event of a client never counts in place of one of this service with the same id.
    """
    raise NotImplementedError


def origin_of(entry: Entry, *, tenant: str, learner: str | None) -> Origin | None:
    """What a stored TimedOut of this service ended; None where `entry` is none (`Entry.system` tells)."""
    raise NotImplementedError


def iso_duration(length_us: int) -> str:
    """ISO 8601, in whole units down from hours and with only the fraction that is needed: `PT1H15M`, `PT0.25S`."""
    raise NotImplementedError
