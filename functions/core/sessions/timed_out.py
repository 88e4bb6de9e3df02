"""The Caliper TimedOut event of a session that ended by idleness: no client can send it for itself.

`timeout` emits it through the queue, so it is archived, stored and visible like any event, and closes the
session in every later fold. It is a pure function of the session: emitted twice it is the same bytes, stored
once.
"""

from functions.core.sessions.session import Session
from functions.core.sessions.session_fields import timed_out_id
from functions.core.times import format_time

CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"


def event(session: Session, *, system_id: str) -> dict[str, object]:
    """The event, in the shape of seed 000: `object` is the session, `eventTime` its end.

    `system_id` is the IRI of this service as the actor. A session without a known end ends at its last
    activity.
    """
    ended_us = session.last_activity_us if session.ended_us is None else session.ended_us
    ended = format_time(ended_us)
    described: dict[str, object] = {"id": session.id, "type": "Session"}
    if session.learner is not None:
        described["user"] = session.learner
    described["startedAtTime"] = format_time(session.started_us)
    described["endedAtTime"] = ended
    described["duration"] = iso_duration(ended_us - session.started_us)
    made: dict[str, object] = {
        "@context": CONTEXT,
        "id": timed_out_id(
            tenant=session.tenant, learner=session.learner, session=session.id, explicit=session.explicit
        ),
        "type": "SessionEvent",
        "profile": "SessionProfile",
        "actor": {"id": system_id, "type": "SoftwareApplication"},
        "action": "TimedOut",
        "object": described,
        "eventTime": ended,
    }
    if session.edapp is not None:
        made["edApp"] = session.edapp
    return made


def iso_duration(length_us: int) -> str:
    """ISO 8601, in whole units down from hours and with only the fraction that is needed: `PT1H15M`,
    `PT0.25S`.
    """
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
