"""The Caliper TimedOut event of a sitting that ended by inactivity: no client can send it for itself.

The sweep puts it into its outbox and publishes it; it is stored like any event, and then it is a window in every later
fold. It is a pure function of the sitting: published twice it is the same bytes, stored once.
"""

from msgspec import Struct

from functions.core.ids import canonical_id, derived_uuid, reserved_uuid
from functions.core.sessions.sitting import Sitting
from functions.core.timeline.entry import Entry, time_in
from functions.core.times import format_time

CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"


class Origin(Struct, frozen=True):
    """What a stored TimedOut of this service tells by its id: what kind of session it ended, and in which app."""

    explicit: bool
    app: str | None


def event(sitting: Sitting, *, tenant: str, learner: str | None, system_id: str) -> dict[str, object]:
    """The event, in the shape of seed 000: `object` is the session, `eventTime` the last activity.

    `system_id` is the IRI of this service as the actor.
    """
    ended = format_time(sitting.last_activity_us)
    described: dict[str, object] = {"id": sitting.session, "type": "Session"}
    if learner is not None:
        described["user"] = learner
    described["startedAtTime"] = format_time(sitting.started_us)
    described["endedAtTime"] = ended
    described["duration"] = iso_duration(sitting.last_activity_us - sitting.started_us)
    identifier = timed_out_id(
        tenant=tenant,
        learner=learner,
        session=sitting.session,
        explicit=sitting.explicit,
        app=sitting.app,
        started_us=sitting.started_us,
    )
    said: dict[str, object] = {
        "@context": CONTEXT,
        "id": identifier,
        "type": "SessionEvent",
        "profile": "SessionProfile",
        "actor": {"id": system_id, "type": "SoftwareApplication"},
        "action": "TimedOut",
        "object": described,
        "eventTime": ended,
    }
    if sitting.edapp is not None:
        said["edApp"] = sitting.edapp
    return said


def timed_out_id(
    *, tenant: str, learner: str | None, session: str, explicit: bool, app: str | None, started_us: int
) -> str:
    """The id of the one TimedOut of a sitting: a UUID of its session and start, reserved to this service.

    The kind of session and its app are part of it, so the event alone tells a fold what it ends. The id can be
    computed by anybody: what a client sends under such an id is rejected.
    """
    return reserved_uuid(*_named(tenant, learner, session, explicit, app, started_us))


def _named(
    tenant: str, learner: str | None, session: str, explicit: bool, app: str | None, started_us: int
) -> tuple[str, ...]:
    kind = "explicit" if explicit else "inferred"
    own = ("own",) if app is None else ("edApp", app)
    return "TimedOut", kind, *own, tenant, learner or "", session, str(started_us)


def origin_of(entry: Entry, *, tenant: str, learner: str | None) -> Origin | None:
    """What a stored TimedOut of this service ended; None if `entry` is none (`Entry.system` tells).

    Ids of earlier versions count as well: those that were not reserved, and those of before sittings, which say the
    kind of session and no start.
    """
    session, edapp = entry.attribution.session, entry.attribution.edapp
    if not entry.system or session is None or entry.attribution.action != "TimedOut":
        return None
    identifier = canonical_id(entry.id)
    started_us = time_in(entry.event.get("object"), "startedAtTime")
    for explicit in (True, False):
        for app in (None,) if edapp is None else (None, edapp):
            named = _named(tenant, learner, session, explicit, app, entry.time_us if started_us is None else started_us)
            if identifier in (reserved_uuid(*named), derived_uuid(*named)):
                return Origin(explicit, app)
    inferred = identifier == derived_uuid("TimedOut", "gaps", tenant, learner or "", session)
    return Origin(not inferred, edapp if entry.wildcard else None)


def iso_duration(length_us: int) -> str:
    """ISO 8601, in whole units down from hours and with only the fraction that is needed: `PT1H15M`, `PT0.25S`."""
    seconds, fraction_us = divmod(length_us, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}H" if hours else ""
    text += f"{minutes}M" if minutes else ""
    if fraction_us:
        text += f"{seconds}.{fraction_us:06d}".rstrip("0") + "S"
    elif seconds or not text:
        text += f"{seconds}S"
    return "PT" + text
