"""A sitting while the scan builds it, and the three ways in which it bears on a fact.

Used by `scan`, which hands it the facts in order, and by `hosts`, which chooses the session of a fact that names none.
"""

from typing import Literal

from msgspec import Struct, field

from functions.core.sessions.facts import Fact
from functions.core.sessions.sitting import EndReason, Sitting
from functions.core.timeline.entry import Entry, in_order

# lasts: it takes and is prolonged; after: within a timeout after a window; closed: within one after a close
type Phase = Literal["lasts", "after", "closed", "over"]


class Draft(Struct, kw_only=True, eq=False):
    """`window_end_us`: it is a window. `confirmed`: its first activity was scanned, so a close may end it (before that,
    only the start is known that a later fact states). `left`: a window that auto activity joins no more.
    """

    session: str
    explicit: bool
    app: str | None
    edapp: str | None
    started_us: int
    timeout_us: int
    heartbeat_us: int
    window_end_us: int | None = None
    last_us: int = 0
    last_arrival_us: int = 0
    ended_us: int | None = None
    end_reason: EndReason | None = None
    grace_until_us: int = 0
    confirmed: bool = False
    logged_in: bool = False
    left: bool = False
    superseded_at_us: int | None = None
    requires_heartbeat: bool = False
    process_insights: bool = False
    members: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.last_us = self.grace_until_us = self.started_us

    @property
    def is_window(self) -> bool:
        return self.window_end_us is not None

    def phase(self, time_us: int) -> Phase:
        """How it bears on a fact of that time, which is not before its start."""
        if self.window_end_us is not None:
            if time_us <= self.window_end_us:
                return "lasts"
            return "after" if time_us <= self.window_end_us + self.timeout_us else "over"
        if self.ended_us is not None:
            return "closed" if time_us <= self.grace_until_us else "over"
        return "lasts" if time_us <= self.last_us + self.timeout_us else "over"

    def join(self, fact: Fact) -> None:
        """As a member that moves nothing."""
        self.members.append(fact.entry)

    def prolong(self, fact: Fact) -> None:
        """As activity or a heartbeat in it. What it asks for holds from here on."""
        self.members.append(fact.entry)
        self.last_us = fact.entry.time_us
        self.last_arrival_us = max(self.last_arrival_us, fact.entry.received_us)
        if self.edapp is None and fact.app == self.app:
            self.edapp = fact.edapp
        if fact.requires_heartbeat:
            self.requires_heartbeat, self.timeout_us = True, self.heartbeat_us
        self.process_insights = self.process_insights or fact.process_insights
        self.logged_in = self.logged_in or fact.is_login
        self.confirmed = self.confirmed or (fact.session is not None and fact.kind == "activity")

    def close(self, fact: Fact) -> None:
        """By a LoggedOut or TimedOut while it lasts. A window goes on, and so does what is not yet confirmed.

        An unattributed one does not reach further than the last activity does: slices are
        cut by the timeline alone.
        """
        self.members.append(fact.entry)
        if self.is_window or not self.confirmed:
            return
        time_us, stated_us = fact.entry.time_us, fact.stated_end_us
        self.grace_until_us = (self.last_us if fact.unattributed else time_us) + self.timeout_us
        possible = stated_us is not None and self.started_us <= stated_us <= self.grace_until_us
        self.ended_us = stated_us if possible else time_us
        self.end_reason = "timed_out" if fact.entry.attribution.action == "TimedOut" else "logged_out"

    def supersede(self, time_us: int) -> None:
        """Another session was logged into while it lasted."""
        self.superseded_at_us = time_us
        if self.is_window:
            self.left = True
        else:
            self.ended_us, self.end_reason = self.last_us, "superseded"
            self.grace_until_us = time_us + self.timeout_us

    def absorb(self, earlier: "Draft") -> None:
        """Take the members of a sitting that still lasted when this window began."""
        self.members += earlier.members
        self.last_arrival_us = max(self.last_arrival_us, earlier.last_arrival_us)

    def make_room(self, next_start_us: int) -> None:
        """A stated end lies at most where the next sitting of the session starts."""
        if self.ended_us is not None:
            self.ended_us = min(self.ended_us, next_start_us)

    def result(self) -> Sitting:
        ended_us = self.ended_us if self.window_end_us is None else self.window_end_us
        return Sitting(
            session=self.session,
            explicit=self.explicit,
            app=self.app,
            edapp=self.edapp,
            started_us=self.started_us,
            last_activity_us=self.last_us,
            last_arrival_us=self.last_arrival_us,
            timeout_us=self.timeout_us,
            ended_us=ended_us,
            end_reason="timed_out" if self.is_window else self.end_reason,
            published=self.is_window,
            logged_in=self.logged_in,
            requires_heartbeat=self.requires_heartbeat,
            process_insights=self.process_insights,
            members=tuple(in_order(self.members)),
        )
