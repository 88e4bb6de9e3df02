"""A session as a value: what the fold says of it, what is frozen in its row, when the sweep may end it."""

from dataclasses import dataclass, replace
from typing import Literal

from functions.core.ids import derived_uuid
from functions.core.timeline.entry import Entry

EndedBy = Literal["LoggedOut", "TimedOut", "superseded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose timeline is folded (no learner: a partition of facts that know only their session), and the
    timeouts.
    """

    tenant: str
    learner: str | None
    idle_us: int
    heartbeat_idle_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sitting of one learner in one edApp. Times are µs.

    `idle_end`: the data show that it ended by idleness, and no TimedOut is logged for it yet. `entries` are
    its members by time and id, those included that came after its end.
    """

    id: str
    tenant: str
    learner: str | None
    edapp: str | None
    explicit: bool
    started_us: int
    last_activity_us: int
    last_arrival_us: int
    idle_us: int
    ended_us: int | None = None
    ended_by: EndedBy | None = None
    idle_end: bool = False
    requires_heartbeat: bool = False
    process_insights: bool = False
    entries: tuple[Entry, ...] = ()

    @property
    def deadline_us(self) -> int:
        """Until then more of it may come: backfill and a late flush count from when they arrived."""
        return max(self.last_activity_us, self.last_arrival_us) + self.idle_us

    @property
    def awaits_timeout(self) -> bool:
        """Whether no end of it is known but idleness: it is the sweep that closes it, once it is due."""
        return self.ended_by is None or self.idle_end


def due(session: Session, now_us: int, lag_us: int) -> bool:
    """Whether the sweep may close it now: nothing of it happened or arrived for its idle timeout.

    `lag_us` is the age of the oldest queued message: what may still be on its way. A gap inside the data does
    not hurry the end: what fills the gap may be in the next batch of a backfill.
    """
    return session.awaits_timeout and session.deadline_us < now_us - lag_us


def timed_out(session: Session) -> Session:
    """The session as its TimedOut says: ended at its last activity."""
    return replace(session, ended_us=session.last_activity_us, ended_by="TimedOut", idle_end=False)


def auto_session_id(entry: Entry, edapp: str | None, *, tenant: str, learner: str | None) -> str:
    """The id of the gap session that begins with `entry`: provisional while an earlier event may come."""
    return derived_uuid(tenant, learner or "", edapp or "", entry.id)
