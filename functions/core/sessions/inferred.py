"""Sessions made of gaps: the activity that names no session, and that no explicit session took, of one edApp.

Used by `sessions.fold`. A close that was logged for such a session fixes its id and its window: what falls
into the window, or within the idle timeout around it, joins it and moves neither end. Of the rest, two that
come within the idle timeout of each other are in one session.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.core.ids import derived_uuid
from functions.core.sessions import session_fields
from functions.core.sessions.session import EndedBy, Scope, Session, auto_session_id
from functions.core.timeline.entry import Entry, in_order


@dataclass(slots=True, kw_only=True)
class Window:
    """A gap session whose end is logged. Facts join it up to `until_us`: its end, if a client closed it."""

    session: str
    edapp: str | None
    start_us: int
    end_us: int
    until_us: int
    ended_by: EndedBy
    closes: list[Entry]
    members: list[Entry] = field(default_factory=list)

    def distance_us(self, time_us: int) -> int:
        return max(self.start_us - time_us, time_us - self.end_us, 0)


def window(closes: Sequence[Entry], edapp: str | None, first_us: int | None, scope: Scope) -> Window:
    """The window that the first of `closes` fixes. `first_us`: the time of the event that its id is of."""
    first = closes[0]
    session = first.attribution.session
    assert session is not None  # it is why these closes are here
    end_us = session_fields.stated_end_us(first)
    start_us = session_fields.stated_start_us(first)
    if start_us is None:
        start_us = end_us if first_us is None else first_us
    ours = session_fields.is_ours(first, tenant=scope.tenant, learner=scope.learner, explicit=False)
    end_us = max(start_us, end_us)
    return Window(
        session=session,
        edapp=edapp,
        start_us=start_us,
        end_us=end_us,
        until_us=end_us + scope.idle_us if ours else max(end_us, first.time_us),
        ended_by="TimedOut" if first.attribution.action == "TimedOut" else "LoggedOut",
        closes=list(closes),
    )


def fold(
    facts: Sequence[Entry], windows: Sequence[Window], edapp: str | None, latest_us: int, scope: Scope
) -> list[Session]:
    """The gap sessions of one edApp. `facts` by time and id; `latest_us`: the latest auto activity in this
    edApp, wherever it belongs, for a session is known to be over where the learner came back later than its
    timeout.
    """
    loose = [fact for fact in facts if not _into_window(fact, windows, scope.idle_us)]
    sessions = [_fixed(window, scope) for window in windows]
    taken = {session.id for session in sessions}
    open_ones = [_open(group, edapp, latest_us, scope, taken) for group in _groups(loose, scope.idle_us)]
    return sessions + open_ones


def _into_window(fact: Entry, windows: Sequence[Window], idle_us: int) -> bool:
    fitting = [w for w in windows if w.start_us - idle_us <= fact.time_us <= w.until_us]
    if fitting:
        nearest = min(fitting, key=lambda w: (w.distance_us(fact.time_us), w.start_us, w.session))
        nearest.members.append(fact)
    return bool(fitting)


def _groups(facts: Sequence[Entry], idle_us: int) -> list[list[Entry]]:
    groups: list[list[Entry]] = []
    last_us = 0
    for fact in facts:
        near = bool(groups) and fact.time_us - last_us <= idle_us
        if session_fields.is_close(fact):
            # A LoggedOut that names nobody: gap sessions end by gaps alone.
            if near:
                groups[-1].append(fact)
            continue
        if near:
            groups[-1].append(fact)
        else:
            groups.append([fact])
        last_us = fact.time_us
    return groups


def _fixed(window: Window, scope: Scope) -> Session:
    members = in_order(window.members + window.closes)
    activity = [fact.time_us for fact in window.members if not session_fields.is_close(fact)]
    return Session(
        id=window.session,
        tenant=scope.tenant,
        learner=scope.learner,
        edapp=window.edapp,
        explicit=False,
        started_us=window.start_us,
        last_activity_us=max((us for us in activity if us <= window.end_us), default=window.start_us),
        last_arrival_us=max(fact.received_us for fact in members),
        idle_us=scope.idle_us,
        ended_us=window.end_us,
        ended_by=window.ended_by,
        entries=tuple(members),
    )


def _open(group: list[Entry], edapp: str | None, latest_us: int, scope: Scope, taken: set[str]) -> Session:
    first = group[0]
    name = auto_session_id(first, edapp, tenant=scope.tenant, learner=scope.learner)
    if name in taken:
        # Its first event once had another content and another time, and a session closed with that one.
        name = derived_uuid(name, str(first.time_us))
    last_us = max(fact.time_us for fact in group if not session_fields.is_close(fact))
    over = latest_us - last_us > scope.idle_us
    return Session(
        id=name,
        tenant=scope.tenant,
        learner=scope.learner,
        edapp=edapp,
        explicit=False,
        started_us=first.time_us,
        last_activity_us=last_us,
        last_arrival_us=max(fact.received_us for fact in group),
        idle_us=scope.idle_us,
        ended_us=last_us if over else None,
        ended_by="TimedOut" if over else None,
        idle_end=over,
        entries=tuple(in_order(group)),
    )
