"""The sitting that an explicit session begins with: how long it lasts, and how long it may be silent.

Read by `functions.core.sessions.explicit`, which says what the session takes meanwhile.
"""

from itertools import pairwise

from functions.core.sessions import session_fields
from functions.core.sessions.session import Scope
from functions.core.timeline.entry import Entry

NEVER_US = 2**63


class Sitting:
    """The sitting that a session begins with: while it lasts it takes facts that name no session, and can be
    superseded.

    It ends at a close, at another session's LoggedIn, or with the first silence over its timeout, however the session
    went on. It is read off the learner's own facts around it alone, so nothing beyond a silence bears on whose a
    fact is. `own`: those that name the session, in the order of the scan; the first is no close.
    """

    def __init__(self, own: list[Entry], timeout: "Timeout") -> None:
        first = _until_silence(own, timeout.longest_us)
        self.edapp = edapp_of(first)
        self.timeout = timeout
        self.opens_us = first[0].time_us
        stated_us = stated_start_us(first)
        # A start long before the first activity opens nothing: nobody can have joined it in between.
        if stated_us is not None and self.opens_us - timeout.at(self.opens_us) <= stated_us < self.opens_us:
            self.opens_us = stated_us
        self.last_us = self.opens_us
        self.begun = False
        self.logged_in = False
        self.over = False
        self.superseded = False
        self.grace_us = -NEVER_US

    def lasts_at(self, time_us: int) -> bool:
        return not self.over and self.opens_us <= time_us <= self.last_us + self.timeout.at(time_us)

    def may_take(self, time_us: int) -> bool:
        """Whether a fact that names no session can still join, now or later."""
        return self.lasts_at(time_us) or time_us <= self.grace_us

    def go_on(self, fact: Entry) -> bool:
        """With a fact that names the session, or that joined. True where it is activity that prolongs it."""
        if not self.lasts_at(fact.time_us) or session_fields.is_close(fact):
            self.over = True
            return False
        self.last_us = fact.time_us
        if fact.attribution.session is not None:
            self.begun = True
            self.logged_in = self.logged_in or session_fields.is_login(fact)
        return True

    def time_out(self, time_us: int) -> None:
        """By this system. What falls within the timeout came too late to prevent it, and belongs to the session.

        Before the sitting began only facts that say no learner can have timed out.
        """
        if self.lasts_at(time_us):
            self.grace_us = self.last_us + self.timeout.at(time_us)
        self.over = self.over or time_us >= self.opens_us


class Timeout:
    """How long a session may be silent: less from when heartbeats were asked for, to notice sooner, never later."""

    def __init__(self, own: list[Entry], scope: Scope) -> None:
        self.longest_us = scope.idle_us
        self._asked_us = min(scope.idle_us, scope.heartbeat_idle_us)
        self._first_us = own[0].time_us if own else NEVER_US
        asking = (fact.time_us for fact in own if session_fields.asked(fact).heartbeat)
        self._since_us = min(asking, default=NEVER_US + 1)

    def at(self, time_us: int) -> int:
        return self._asked_us if self._since_us <= max(time_us, self._first_us) else self.longest_us


def stated_start_us(facts: list[Entry]) -> int | None:
    """The earliest start that any of them states for the session."""
    starts = [session_fields.stated_start_us(fact) for fact in facts]
    return min((start for start in starts if start is not None), default=None)


def edapp_of(facts: list[Entry]) -> str | None:
    """The app that a session is in: where it was logged into, else the first that is named."""
    logins = [fact for fact in facts if session_fields.is_login(fact)]
    return next((fact.attribution.edapp for fact in logins + facts if fact.attribution.edapp is not None), None)


def _until_silence(facts: list[Entry], idle_us: int) -> list[Entry]:
    silence = next(
        (n for n, (one, other) in enumerate(pairwise(facts), 1) if other.time_us - one.time_us > idle_us), None
    )
    return facts[:silence]
