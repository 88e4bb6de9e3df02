"""What one stored fact says about sittings: whether it is activity, ends a sitting, states times, or is a window.

The first step of the fold: `fact_of` reads each entry once, and nothing here looks at a second one. What of it holds
is decided by `scan`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from functions.core.ids import canonical_id
from functions.core.identity import identity
from functions.core.sittings.masquerade import is_masqueraded
from functions.core.sittings.timed_out import Origin, origin_of
from functions.core.timeline.attribution import Attribution
from functions.core.timeline.entry import FUTURE_TOLERANCE_US, Entry, id_of
from functions.core.times import parse_time

Kind = Literal["activity", "passive", "heartbeat", "close", "window", "nothing"]
EARLIEST_US = 946_684_800_000_000  # 2000-01-01: an earlier stated time is an unset clock


class Fact(Struct, frozen=True, kw_only=True):
    """One entry as the scan reads it.

    kind        activity   its actor is the learner: opens and prolongs
                passive    joins a sitting and moves nothing: of another actor, or of the future
                heartbeat  prolongs, never opens
                close      a LoggedOut, or a TimedOut that a client sent
                window     a TimedOut of this service: a sitting that is fixed
                nothing    in no sitting: entity describes, masquerading, what names no session and asks for none
    session     the session that it names; None: it is to be found
    app         the registration's own app (None), or the edApp that only a pattern of the registration allowed
    edapp       the edApp that it names; a LoggedIn without one names it by its object
    """

    entry: Entry
    kind: Kind
    session: str | None
    app: str | None
    edapp: str | None
    is_login: bool = False
    stated_start_us: int | None = None
    stated_end_us: int | None = None
    requires_heartbeat: bool = False
    process_insights: bool = False
    origin: Origin | None = None  # of a window


class StatedTime(Struct, frozen=True):
    """A time that an event states about its session. `why_not` is empty where it may be used."""

    name: Literal["startedAtTime", "endedAtTime"]
    time_us: int
    why_not: Literal["", "before-2000", "after-arrival", "end-before-start"] = ""


def fact_of(entry: Entry, *, tenant: str, learner: str | None) -> Fact:
    """What `entry` says in the timeline of `learner` (None: of a session without a learner). Never raises."""
    raise NotImplementedError


def is_close(entry: Entry) -> bool:
    """Whether it is a LoggedOut or TimedOut: it ends a sitting and is never activity."""
    return entry.attribution.type == "SessionEvent" and entry.attribution.action in {"LoggedOut", "TimedOut"}


def is_login(entry: Entry) -> bool:
    """Whether its learner begins anew in this edApp."""
    return entry.attribution.type == "SessionEvent" and entry.attribution.action == "LoggedIn"


def edapp_of(attribution: Attribution) -> str | None:
    """The edApp that an event names. A LoggedIn that names none names it by its object.

    `process` asks the registration about this one when it sets `Entry.wildcard`.
    """
    raise NotImplementedError


def stated_times(entry: Entry) -> list[StatedTime]:
    """The start and end that an event states of its session, with why one cannot be used: to ignore it and to warn."""
    raise NotImplementedError
