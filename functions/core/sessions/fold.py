"""Sessions as a fold over one learner's timeline: which there were, when they began and ended, what is in them.

`timeout` folds to decide what is idle, `query` folds what is still open, a rebuild folds everything again;
nothing about a session is counted up while events arrive. The rules:

An explicit session is made of the facts that name it, and is born from the first of them, LoggedIn or not. It
starts at the earliest start that one of them states, but never after its first activity. Facts that name no
session (auto) join the learner's explicit session in the same edApp whose sitting lasts (`explicit.Sitting`), else they
form sessions by gaps (`gaps`).

An explicit session ends at the first of these, by time, then id (at one instant activity comes before a LoggedOut,
that before a TimedOut, and that before what another session's LoggedIn ends):

    LoggedOut, TimedOut   that name it: at their explicit `endedAtTime`, else `eventTime`, never before the start
    superseded            by a LoggedIn of another session of the learner in that edApp, where the sittings that both
                          began with last until then: at its last activity
    idle                  at the last activity before the first gap over its timeout, unless somebody logged an end

What comes later joins it and moves nothing. A fact of the future (`Entry.future`) opens, extends and ends nothing.

Nothing here reaches across a silence of the learner that is longer than every timeout, save that a session holds what
names it: so a timeline may be cut there, and each stretch of it folded by itself.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

from functions.core.sessions import inferred, session_fields
from functions.core.sessions.explicit import Explicit, Room
from functions.core.sessions.session import EndedBy, Scope, Session, auto_session_id, due, timed_out
from functions.core.sessions.sitting import Sitting
from functions.core.timeline.entry import Entry, one_content_per_id

__all__ = ["EndedBy", "Session", "auto_session_id", "due", "fold", "session_by_event", "timed_out"]


def fold(
    entries: Iterable[Entry],
    *,
    tenant: str,
    learner: str | None,
    idle_us: int,
    heartbeat_idle_us: int,
    earlier: Container[str] = (),
) -> list[Session]:
    """The sessions of one learner's timeline (or of one partition without a learner), by start and id.

    Pure, and independent of the order and the number of copies of `entries`.

    `entries` may be a stretch of the timeline, from one silence longer than every timeout to another. Then `earlier`
    holds the explicit sessions in it that began before it: those are not in the answer. What each fact joined, and
    every session made of gaps, is as in the whole; an explicit session where `entries` hold all that names it.
    """
    scope = Scope(tenant=tenant, learner=learner, idle_us=idle_us, heartbeat_idle_us=heartbeat_idle_us)
    facts = [entry for entry in one_content_per_id(entries) if entry.attribution.kind != "entity"]
    future = [fact for fact in facts if fact.future]
    facts = sorted((fact for fact in facts if not fact.future), key=_order)
    gap_session = _GapSessions(facts, scope)

    named: dict[str, list[Entry]] = defaultdict(list)
    for fact in facts:
        session = fact.attribution.session
        if session is not None and not gap_session.is_meant_by(fact):
            named[session].append(fact)
    explicit = {name: Explicit(name, members, scope, earlier=name in earlier) for name, members in named.items()}
    loose, latest_us = _scan(facts, explicit, gap_session)

    sessions = [
        session.result([fact for fact in future if fact.attribution.session == session.id])
        for session in explicit.values()
        if session.id not in earlier
    ]
    windows = gap_session.windows()
    for edapp in {*loose, *(window.edapp for window in windows)}:
        own = [window for window in windows if window.edapp == edapp]
        sessions += inferred.fold(loose.get(edapp, []), own, edapp, latest_us.get(edapp, 0), scope)
    return sorted(sessions, key=lambda session: (session.started_us, session.id))


def session_by_event(sessions: Iterable[Session]) -> dict[str, str]:
    """Event id → session id, for facts whose session is read off the timeline."""
    return {entry.id: session.id for session in sessions for entry in session.entries}


class _GapSessions:
    """Which facts name a gap session by its id: our TimedOut, or a client that read the id from a query."""

    def __init__(self, facts: Sequence[Entry], scope: Scope) -> None:
        self._scope = scope
        named = {session for fact in facts if (session := fact.attribution.session)}
        self._firsts: dict[str, Entry] = {}
        if any(_is_uuid5(session) for session in named):
            for fact in facts:
                if fact.attribution.session is None and fact.attribution.auto and not session_fields.is_close(fact):
                    session = auto_session_id(fact, fact.attribution.edapp, tenant=scope.tenant, learner=scope.learner)
                    if session in named:
                        self._firsts[session] = fact
        self._closes: dict[str, list[Entry]] = defaultdict(list)
        for fact in facts:
            if session_fields.is_close(fact) and self.is_meant_by(fact):
                self._closes[fact.attribution.session or ""].append(fact)

    def is_meant_by(self, fact: Entry) -> bool:
        return fact.attribution.session in self._firsts or session_fields.is_ours(
            fact, tenant=self._scope.tenant, learner=self._scope.learner, explicit=False
        )

    def edapp(self, fact: Entry) -> str | None:
        """The edApp in which a fact without an explicit session is at home."""
        first = self._firsts.get(fact.attribution.session or "")
        return first.attribution.edapp if first else fact.attribution.edapp

    def windows(self) -> list[inferred.Window]:
        windows = []
        for session, closes in self._closes.items():
            first = self._firsts.get(session)
            windows.append(
                inferred.window(closes, self.edapp(closes[0]), first.time_us if first else None, self._scope)
            )
        return windows


def _scan(
    facts: Sequence[Entry], explicit: Mapping[str, Explicit], gap_session: _GapSessions
) -> tuple[dict[str | None, list[Entry]], dict[str | None, int]]:
    """Hands each fact to its explicit session, in time order. Returns what none took, and the latest auto
    activity.
    """
    begun: dict[str | None, list[tuple[Sitting, Explicit]]] = defaultdict(list)
    for session in explicit.values():
        if session.sitting is not None:
            begun[session.sitting.edapp].append((session.sitting, session))
    rooms = {edapp: Room(of_edapp) for edapp, of_edapp in begun.items()}
    loose: dict[str | None, list[Entry]] = defaultdict(list)
    latest_us: dict[str | None, int] = {}
    logins: list[Explicit] = []  # of the instant that is being scanned: who logs out at the same one goes first
    for position, fact in enumerate(facts):
        named = None if gap_session.is_meant_by(fact) else explicit.get(fact.attribution.session or "")
        if named is not None:
            if named.take(fact) and session_fields.is_login(fact):
                logins.append(named)
        elif fact.attribution.auto or (fact.attribution.session and not session_fields.is_close(fact)):
            edapp = gap_session.edapp(fact)
            if not session_fields.is_close(fact):
                latest_us[edapp] = fact.time_us
            if edapp not in rooms or not rooms[edapp].admit(fact):
                loose[edapp].append(fact)
        if position + 1 == len(facts) or facts[position + 1].time_us > fact.time_us:
            while logins:
                newcomer = logins.pop()
                assert newcomer.sitting is not None  # a LoggedIn prolonged it
                rooms[newcomer.sitting.edapp].supersede(newcomer, fact.time_us)
    return loose, latest_us


def _order(fact: Entry) -> tuple[int, int, str]:
    if not session_fields.is_close(fact):
        return fact.time_us, 0, fact.id
    return fact.time_us, 1 if fact.attribution.action == "LoggedOut" else 2, fact.id


def _is_uuid5(session: str) -> bool:
    return session.startswith("urn:uuid:") and session[23:24] == "5"
