"""Sittings, and the sessions that they make: what the fold answers, and when the sweep may end one.

A sitting is one uninterrupted part of a session. The sweep stores ended ones in session rows; `query` shows them.
"""

from collections import defaultdict
from collections.abc import Iterable
from copy import replace
from typing import Literal

from msgspec import Struct

from functions.core.timeline.entry import Entry, IdAndContent

type EndReason = Literal["logged_out", "timed_out", "superseded"]


class Sitting(Struct, frozen=True, kw_only=True):
    """One sitting of a learner. Times are µs; `members` are by time and id, those included that came after its end.

    `ended_us` and `end_reason` are None while nothing but inactivity can have ended it: then the sweep publishes its
    end once it is due. `published`: its TimedOut is stored, it is a window, and neither end ever moves.
    `app` is what auto activity joins by (`Fact.app`), `edapp` the id that is shown. This service's own TimedOut is no
    member. Numbers count `members`.
    """

    session: str
    explicit: bool
    app: str | None
    edapp: str | None
    started_us: int
    last_activity_us: int
    last_arrival_us: int
    timeout_us: int
    ended_us: int | None = None
    end_reason: EndReason | None = None
    published: bool = False
    logged_in: bool = False
    requires_heartbeat: bool = False
    process_insights: bool = False
    members: tuple[Entry, ...] = ()

    @property
    def awaits_timeout(self) -> bool:
        """Whether no end of it is known: it is open, or the sweep has yet to publish its end."""
        return self.ended_us is None

    @property
    def deadline_us(self) -> int:
        """Until then more may come: backfill and a late flush count from when they arrived."""
        return max(self.last_activity_us, self.last_arrival_us) + self.timeout_us

    @property
    def duration_us(self) -> int:
        """From its start to its end, or to its last activity while it has none."""
        return (self.last_activity_us if self.ended_us is None else self.ended_us) - self.started_us


class Session(Struct, frozen=True, kw_only=True):
    """All sittings of one session id of a learner, by start; there is at least one."""

    id: str
    sittings: tuple[Sitting, ...]

    @property
    def explicit(self) -> bool:
        return any(sitting.explicit for sitting in self.sittings)

    @property
    def started_us(self) -> int:
        """The start of the sitting that was first logged into; of the first sitting if none was."""
        return next((sitting.started_us for sitting in self.sittings if sitting.logged_in), self.sittings[0].started_us)

    @property
    def last(self) -> Sitting:
        return self.sittings[-1]

    @property
    def duration_us(self) -> int:
        return sum(sitting.duration_us for sitting in self.sittings)


def due(sitting: Sitting, *, now_us: int, lag_us: int) -> bool:
    """Whether the sweep may publish its end now: nothing of it happened or arrived for its timeout.

    `lag_us` is the age of the oldest queued message: what may still be on its way.
    """
    return sitting.awaits_timeout and sitting.deadline_us < now_us - lag_us


def timed_out(sitting: Sitting) -> Sitting:
    """The sitting as its TimedOut fixes it: a window that ends at its last activity."""
    return replace(sitting, ended_us=sitting.last_activity_us, end_reason="timed_out", published=True)


def sessions_of(sittings: Iterable[Sitting]) -> list[Session]:
    """The sessions that sittings make, by start and id. Takes the sittings of any number of slices in any order."""
    by_session: dict[str, list[Sitting]] = defaultdict(list)
    for sitting in sittings:
        by_session[sitting.session].append(sitting)
    sessions = [Session(id=session, sittings=tuple(in_order(parts))) for session, parts in by_session.items()]
    return sorted(sessions, key=lambda session: (session.started_us, session.id))


def in_order(sittings: Iterable[Sitting]) -> list[Sitting]:
    """By start, then session."""
    return sorted(
        sittings, key=lambda sitting: (sitting.started_us, sitting.session, sitting.explicit, sitting.last_activity_us)
    )


def sitting_by_event(sittings: Iterable[Sitting]) -> dict[IdAndContent, Sitting]:
    """The sitting that each event is a member of. An event that does not count is in none."""
    return {member.id_and_content: sitting for sitting in sittings for member in sitting.members}
