"""What one stored fact says about a session: which it names, whether it opens or ends it, and when.

Read by `sessions`, which decides what of it holds. Nothing here looks at a second fact.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from functions.core.identity import identity
from functions.core.ids import canonical_id, derived_uuid
from functions.core.timeline.entry import FUTURE_TOLERANCE_US, Entry, time_in


def is_login(entry: Entry) -> bool:
    """A LoggedIn is activity, and says that its learner begins anew in this edApp."""
    return entry.attribution.type == "SessionEvent" and entry.attribution.action == "LoggedIn"


def is_close(entry: Entry) -> bool:
    """LoggedOut and TimedOut end a session; they are never activity in it."""
    return entry.attribution.ends_session


def stated_session(entry: Entry) -> Mapping[str, Any]:
    """The Session object that the fact carries about the session it names; empty where it carries only an
    IRI.
    """
    named = entry.attribution.session
    for slot in ("object", "session", "federatedSession") if is_close(entry) else ("session", "federatedSession"):
        described = entry.event.get(slot)
        if isinstance(described, dict) and identity(described) == named:
            return described
    return {}


def stated_start_us(entry: Entry) -> int | None:
    """`startedAtTime` of the session, where stated and not of the future."""
    return _no_future(time_in(stated_session(entry), "startedAtTime"), entry)


def stated_end_us(entry: Entry) -> int:
    """When a LoggedOut or TimedOut says that the session ended: its explicit `endedAtTime`, else the event's
    time.
    """
    end_us = _no_future(time_in(stated_session(entry), "endedAtTime"), entry)
    return entry.time_us if end_us is None else end_us


class Asked(Struct, frozen=True, gc=False):
    """What `requiresHeartbeat` and `processInsights` on a session say (seed 000: default false)."""

    heartbeat: bool = False
    insights: bool = False


_NOTHING = Asked()


def asked(entry: Entry) -> Asked:
    """What the fact asks for the session it names."""
    extensions = stated_session(entry).get("extensions")
    if not isinstance(extensions, dict):
        return _NOTHING
    return Asked(extensions.get("requiresHeartbeat") is True, extensions.get("processInsights") is True)


def timed_out_id(*, tenant: str, learner: str | None, session: str, explicit: bool) -> str:
    """The id of the one TimedOut that this system can emit for a session.

    That the session was made of gaps is part of it, so the event alone tells a fold what it closes.
    """
    return derived_uuid("TimedOut", "explicit" if explicit else "gaps", tenant, learner or "", session)


def is_ours(entry: Entry, *, tenant: str, learner: str | None, explicit: bool) -> bool:
    """Whether this is the TimedOut that this system emitted, and not one of a client."""
    session = entry.attribution.session
    if session is None or entry.attribution.action != "TimedOut" or not is_close(entry):
        return False
    wanted = timed_out_id(tenant=tenant, learner=learner, session=session, explicit=explicit)
    return canonical_id(entry.id) == wanted


def _no_future(time_us: int | None, entry: Entry) -> int | None:
    if time_us is None or time_us > entry.received_us + FUTURE_TOLERANCE_US:
        return None
    return time_us
