"""Explicit sessions while a timeline is scanned in time order: what extends, supersedes and ends them.

Used by `sessions.fold`, which owns the rules; `Explicit` is one session, `Room` the sessions of one edApp
that are open at the instant that the scan has reached.
"""

from functions.core import claims
from functions.core.session import EndedBy, Scope, Session
from functions.core.timeline import Entry, in_order

NEVER_US = 2**63


class Explicit:
    """A session under construction. `facts` are those that name it, in the order of the scan, none of the
    future.
    """

    def __init__(self, name: str, facts: list[Entry], scope: Scope) -> None:
        self.id = name
        self.scope = scope
        self.edapp = _edapp(facts)
        self.requires_heartbeat = any(claims.asks(fact, "requiresHeartbeat") for fact in facts)
        self.process_insights = any(claims.asks(fact, "processInsights") for fact in facts)
        # Heartbeats are asked for to notice sooner, never later.
        soonest = min(scope.idle_us, scope.heartbeat_idle_us)
        self.idle_us = soonest if self.requires_heartbeat else scope.idle_us
        self.logged_close = next((fact for fact in facts if claims.is_close(fact)), None)
        starts = [claims.stated_start_us(fact) for fact in facts]
        self.stated_start_us = min((start for start in starts if start is not None), default=None)
        self.opens_us = self._opens_us(facts)
        self.members: list[Entry] = []
        self.first_us: int | None = None
        self.last_us: int | None = None
        self.stated_in_time = False
        self.begun = False
        self.logged_in = False
        self.ended_by: EndedBy | None = None
        self.end_us: int | None = None
        self.idle_end = False
        self.grace_us = -NEVER_US

    def _opens_us(self, facts: list[Entry]) -> int:
        first_us = next((fact.time_us for fact in facts if not claims.is_close(fact)), NEVER_US)
        stated_us = self.stated_start_us
        if stated_us is None or stated_us > first_us:
            return first_us
        # A start long before the first activity opens nothing: nobody can have joined it in between.
        return stated_us if first_us - stated_us <= self.idle_us else first_us

    def open_at(self, time_us: int) -> bool:
        """Whether it lasts: begun, not ended, and not idle. Where an end is logged it lasted until then."""
        if self.ended_by is not None or time_us < self.opens_us:
            return False
        last_us = self.opens_us if self.last_us is None else self.last_us
        return self.logged_close is not None or time_us - last_us <= self.idle_us

    def may_take(self, time_us: int) -> bool:
        """Whether a fact that names no session can still join it, now or later."""
        return self.open_at(time_us) or time_us <= self.grace_us

    def claim_on(self, time_us: int) -> tuple[bool, bool, int, str]:
        last_us = self.opens_us if self.last_us is None else self.last_us
        return self.open_at(time_us), self.logged_in, last_us, self.id

    def extend(self, time_us: int) -> None:
        self.first_us = time_us if self.first_us is None else self.first_us
        self.last_us = time_us

    def take(self, fact: Entry) -> bool:
        """A fact that names it. True where it is activity that keeps it open."""
        self.members.append(fact)
        if self.ended_by is not None:
            return False
        self.stated_in_time = self.stated_in_time or claims.stated_start_us(fact) is not None
        if claims.is_close(fact):
            self.end(fact)
            return False
        if self.last_us is not None and not self.open_at(fact.time_us):
            self._idle()
            return False
        self.extend(fact.time_us)
        self.begun = True
        self.logged_in = self.logged_in or claims.is_login(fact)
        return True

    def end(self, close: Entry) -> None:
        self.end_us = claims.stated_end_us(close)
        self.ended_by = "TimedOut" if close.attribution.action == "TimedOut" else "LoggedOut"
        if self._is_ours(close):
            # What falls within the timeout of an idle end came too late to prevent it, and belongs to it.
            self.grace_us = self.end_us + self.idle_us

    def _start_that_holds(self) -> int | None:
        """The stated start, unless only what came after the end states it, and later than the end."""
        stated_us = self.stated_start_us
        if stated_us is None or self.end_us is None or stated_us <= self.end_us or self.stated_in_time:
            return stated_us
        return None

    def _is_ours(self, close: Entry) -> bool:
        return claims.is_ours(close, tenant=self.scope.tenant, learner=self.scope.learner, explicit=True)

    def end_before(self, end_us: int) -> None:
        """It is known to have ended, by facts that are not all at hand."""
        self.ended_by, self.end_us, self.opens_us = "TimedOut", end_us, end_us
        if self.logged_close is not None and self._is_ours(self.logged_close):
            self.grace_us = end_us + self.idle_us

    def supersede(self, time_us: int) -> None:
        """Another session was logged into. Whoever was idle by then had ended, though a LoggedOut followed."""
        assert self.last_us is not None  # it has begun
        if time_us - self.last_us > self.idle_us:
            self._idle()
        else:
            self.ended_by, self.end_us = "superseded", self.last_us

    def _idle(self) -> None:
        self.ended_by, self.end_us, self.idle_end = "TimedOut", self.last_us, True

    def result(self, future: list[Entry]) -> Session:
        """The session as scanned. `future`: facts of the future that name it; they are members and nothing
        else.
        """
        starts = [us for us in (self._start_that_holds(), self.first_us) if us is not None]
        started_us = min(starts) if starts else self.end_us
        assert started_us is not None  # it was begun by an activity or ended by a close
        return Session(
            id=self.id,
            tenant=self.scope.tenant,
            learner=self.scope.learner,
            edapp=self.edapp,
            explicit=True,
            started_us=started_us,
            last_activity_us=started_us if self.last_us is None else self.last_us,
            last_arrival_us=max(member.received_us for member in self.members),
            idle_us=self.idle_us,
            ended_us=None if self.end_us is None else max(self.end_us, started_us),
            ended_by=self.ended_by,
            idle_end=self.idle_end,
            requires_heartbeat=self.requires_heartbeat,
            process_insights=self.process_insights,
            entries=tuple(in_order(self.members + future)),
        )


class Room:
    """The explicit sessions of one edApp, as far as the scan has come: time only moves forward."""

    def __init__(self, sessions: list[Explicit]) -> None:
        self._waiting = sorted(sessions, key=lambda session: (session.opens_us, session.id), reverse=True)
        self._present: list[Explicit] = []

    def admit(self, fact: Entry) -> bool:
        """Whether a session took a fact that names none: an open one, and is extended by activity or ended by
        a LoggedOut; else one that timed out too early. A session that was logged into goes before one that
        was only named, then the one with the latest activity.
        """
        self._advance(fact.time_us)
        host = max(self._present, key=lambda session: session.claim_on(fact.time_us), default=None)
        if host is None:
            return False
        host.members.append(fact)
        if host.open_at(fact.time_us):
            if claims.is_close(fact):
                host.end(fact)
            else:
                host.extend(fact.time_us)
        return True

    def supersede(self, newcomer: Explicit, time_us: int) -> None:
        """A LoggedIn of `newcomer` ends every other session that is open, unless another LoggedIn ended it first."""
        if newcomer.ended_by == "superseded":
            return
        self._advance(time_us)
        for session in self._present:
            if session is not newcomer and session.begun and session.open_at(time_us):
                session.supersede(time_us)

    def _advance(self, time_us: int) -> None:
        while self._waiting and self._waiting[-1].opens_us <= time_us:
            self._present.append(self._waiting.pop())
        self._present = [session for session in self._present if session.may_take(time_us)]


def _edapp(facts: list[Entry]) -> str | None:
    logins = [fact for fact in facts if claims.is_login(fact)]
    return next((fact.attribution.edapp for fact in logins + facts if fact.attribution.edapp is not None), None)
