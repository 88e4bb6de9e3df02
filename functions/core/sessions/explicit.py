"""Explicit sessions while a timeline is scanned in time order: what extends, supersedes and ends them.

Used by `sessions.fold`, which owns the rules. `Explicit` is one session, `Room` the sessions of one edApp
whose sitting lasts at the instant that the scan has reached.
"""

from functions.core.sessions import session_fields
from functions.core.sessions.session import EndedBy, Scope, Session
from functions.core.sessions.sitting import NEVER_US, Sitting, Timeout, edapp_of, stated_start_us
from functions.core.timeline.entry import Entry, in_order


class Explicit:
    """A session under construction. `facts` are those that name it, in the order of the scan, none of the
    future. `earlier`: it began before the first of them, and a silence lies between.
    """

    def __init__(self, name: str, facts: list[Entry], scope: Scope, *, earlier: bool) -> None:
        self.id = name
        self.scope = scope
        asked = [session_fields.asked(fact) for fact in facts]
        self.requires_heartbeat = any(one.heartbeat for one in asked)
        self.process_insights = any(one.insights for one in asked)
        self.end_is_logged = any(session_fields.is_close(fact) for fact in facts)
        self.stated_start_us = stated_start_us(facts)
        own = [fact for fact in facts if self._is_own(fact) and not self._is_ours(fact)]
        self.timeout = Timeout(own, scope)
        self.sitting = (
            Sitting(own, self.timeout) if own and not earlier and not session_fields.is_close(own[0]) else None
        )
        self.edapp = edapp_of(facts) if self.sitting is None or self.sitting.edapp is None else self.sitting.edapp
        self.members: list[Entry] = []
        self.first_us: int | None = None
        self.last_us: int | None = None
        self.stated_in_time = False
        self.ended_by: EndedBy | None = None
        self.end_us: int | None = None
        self.idle_end = False

    def take(self, fact: Entry) -> bool:
        """A fact that names it. True where it prolongs the sitting that the session began with."""
        self.members.append(fact)
        if self.ended_by is None:
            self.stated_in_time = self.stated_in_time or session_fields.stated_start_us(fact) is not None
            self._go_on(fact)
        if self.sitting is None or not self._is_own(fact):
            return False
        if self._is_ours(fact):
            self.sitting.time_out(fact.time_us)
            return False
        return self.sitting.go_on(fact)

    def admit(self, fact: Entry) -> None:
        """A fact that names no session."""
        assert self.sitting is not None  # nothing else takes it
        self.members.append(fact)
        if self.sitting.lasts_at(fact.time_us):
            self.sitting.go_on(fact)
            if self.ended_by is None:
                self._go_on(fact)

    def supersede(self) -> None:
        """Another session was logged into while this one's sitting lasted."""
        assert self.sitting is not None
        self.sitting.over = self.sitting.superseded = True
        if self.ended_by is None:
            self.ended_by, self.end_us = "superseded", self.last_us

    def _go_on(self, fact: Entry) -> None:
        if session_fields.is_close(fact):
            self.end_us = session_fields.stated_end_us(fact)
            self.ended_by = "TimedOut" if fact.attribution.action == "TimedOut" else "LoggedOut"
        elif (
            self.last_us is not None
            and fact.time_us - self.last_us > self.timeout.at(fact.time_us)
            and not self.end_is_logged
        ):
            self.ended_by, self.end_us, self.idle_end = "TimedOut", self.last_us, True
        else:
            self.first_us = fact.time_us if self.first_us is None else self.first_us
            self.last_us = fact.time_us

    def _is_own(self, fact: Entry) -> bool:
        """Of the learner's timeline. One that says no learner lies apart, unseen by who reads the timeline."""
        return fact.attribution.learner == self.scope.learner

    def _is_ours(self, close: Entry) -> bool:
        return session_fields.is_ours(close, tenant=self.scope.tenant, learner=self.scope.learner, explicit=True)

    def _start_that_holds(self) -> int | None:
        """The stated start, unless only what came after the end states it, and later than the end."""
        stated_us = self.stated_start_us
        if stated_us is None or self.end_us is None or stated_us <= self.end_us or self.stated_in_time:
            return stated_us
        return None

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
            idle_us=self.timeout.at(NEVER_US),
            ended_us=None if self.end_us is None else max(self.end_us, started_us),
            ended_by=self.ended_by,
            idle_end=self.idle_end,
            requires_heartbeat=self.requires_heartbeat,
            process_insights=self.process_insights,
            entries=tuple(in_order(self.members + future)),
        )


class Room:
    """The sessions whose sittings are in one edApp, as far as the scan has come: time only moves forward."""

    def __init__(self, sessions: list[tuple[Sitting, Explicit]]) -> None:
        self._waiting = sorted(sessions, key=lambda one: (one[0].opens_us, one[1].id), reverse=True)
        self._present: list[tuple[Sitting, Explicit]] = []

    def admit(self, fact: Entry) -> bool:
        """Whether a session took a fact that names none: one whose sitting lasts, and is prolonged by activity or
        ended by a LoggedOut; else one that timed out too early. A session that was logged into goes before one that
        was only named, then the one with the latest activity.
        """
        self._advance(fact.time_us)
        if not self._present:
            return False
        _, host = max(
            self._present,
            key=lambda one: (one[0].lasts_at(fact.time_us), one[0].logged_in, one[0].last_us, one[1].id),
        )
        host.admit(fact)
        return True

    def supersede(self, newcomer: Explicit, time_us: int) -> None:
        """A LoggedIn of `newcomer` ends every other sitting that lasts, unless another LoggedIn ended its own first."""
        if newcomer.sitting is None or newcomer.sitting.superseded:
            return
        self._advance(time_us)
        for sitting, session in self._present:
            if session is not newcomer and sitting.begun and sitting.lasts_at(time_us):
                session.supersede()

    def _advance(self, time_us: int) -> None:
        while self._waiting and self._waiting[-1][0].opens_us <= time_us:
            self._present.append(self._waiting.pop())
        self._present = [one for one in self._present if one[0].may_take(time_us)]
