"""The pass of the fold: each fact once, in the order *(time, class, id)*, with the transition table as code.

The table, and why it is as it is, stands in `fold`; the classes stand in `steps`.
"""

from collections import defaultdict
from collections.abc import Iterable

from functions.core.ids import derived_uuid
from functions.core.sessions.draft import Draft
from functions.core.sessions.facts import Fact
from functions.core.sessions.hosts import Hosts
from functions.core.sessions.steps import Class, in_scan_order
from functions.core.sessions.timeouts import Timeouts


class Scan:
    """State of the pass: the latest sitting of each session that is named, and of each app for inferred ones."""

    def __init__(self, *, tenant: str, learner: str | None, timeouts: Timeouts) -> None:
        self._tenant = tenant
        self._learner = learner
        self._timeouts = timeouts
        self._named: dict[str, Draft] = {}
        self._inferred: dict[str | None, Draft] = {}
        self._hosts: dict[str | None, Hosts] = defaultdict(Hosts)
        self._drafts: dict[Draft, None] = {}
        self._newcomers: list[Draft] = []

    def run(self, facts: Iterable[Fact]) -> list[Draft]:
        """The sittings of `facts`, of which each id stands for one content."""
        instant_us: int | None = None
        for time_us, step, fact in in_scan_order(facts, self._timeouts):
            if time_us != instant_us:
                self._supersede(instant_us)
                instant_us = time_us
            self._take(time_us, step, fact)
        self._supersede(instant_us)
        return list(self._drafts)

    def _take(self, time_us: int, step: Class, fact: Fact) -> None:
        match step:
            case Class.WINDOW_BEGINS:
                self._begin_window(fact)
            case Class.STATED_START:
                self._begin_stated(fact, time_us)
            case Class.LOGGED_IN | Class.NAMED_ACTIVITY:
                self._named_activity(fact)
            case Class.OTHER_ACTIVITY | Class.PASSIVE if fact.session is not None:
                self._named_presence(fact, fact.session)
            case Class.OTHER_ACTIVITY | Class.PASSIVE:
                self._auto(fact)
            case Class.LOGGED_OUT | Class.TIMED_OUT:
                self._close(fact)

    def _begin_window(self, fact: Fact) -> None:
        assert fact.origin is not None
        assert fact.session is not None
        assert fact.stated_start_us is not None
        before = self._named.get(fact.session) if fact.origin.explicit else self._inferred.get(fact.app)
        if before is not None and before.is_window and before.phase(fact.stated_start_us) == "lasts":
            return  # two windows overlap only if an id changed its content: the earlier one holds
        window = self._begin(fact, fact.stated_start_us, explicit=fact.origin.explicit, session=fact.session)
        window.window_end_us = fact.stated_end_us
        if before is not None and not before.is_window and before.phase(window.started_us) == "lasts":
            window.absorb(before)
            self._hosts[before.app].retire(before)
            del self._drafts[before]

    def _begin_stated(self, fact: Fact, start_us: int) -> None:
        """A later fact states that its session began now, where it may begin at all."""
        assert fact.session is not None
        draft = self._named.get(fact.session)
        phase = "over" if draft is None else draft.phase(start_us)
        if phase == "over" or (phase == "closed" and fact.is_login):
            self._begin(fact, start_us, explicit=True, session=fact.session)
        elif draft is not None and draft.is_window and draft.started_us == start_us and not draft.confirmed:
            self._hosts[draft.app].use(draft)  # as if it began by this fact, which it did

    def _named_activity(self, fact: Fact) -> None:
        assert fact.session is not None
        draft = self._named.get(fact.session)
        phase = "over" if draft is None else draft.phase(fact.entry.time_us)
        if phase == "over" or (phase == "closed" and fact.is_login):
            draft = self._begin(fact, fact.entry.time_us, explicit=True, session=fact.session)
            phase = "lasts"
        assert draft is not None
        if phase != "lasts":
            draft.join(fact)
            return
        draft.prolong(fact)
        if fact.is_login:
            draft.left = False
            self._newcomers.append(draft)
        self._hosts[draft.app].use(draft)

    def _named_presence(self, fact: Fact, session: str) -> None:
        """A heartbeat, or what moves nothing."""
        draft = self._named.get(session)
        if draft is None:
            return
        phase = draft.phase(fact.entry.time_us)
        if phase == "lasts" and fact.kind == "heartbeat":
            draft.prolong(fact)
            self._hosts[draft.app].use(draft)
        elif phase != "over":
            draft.join(fact)

    def _auto(self, fact: Fact) -> None:
        """What names no session and asks for one: an explicit sitting of its app takes it, else an inferred one."""
        time_us = fact.entry.time_us
        host = self._hosts[fact.app].best(time_us)
        draft = self._inferred.get(fact.app) if host is None else host
        phase = "over" if draft is None else draft.phase(time_us)
        if phase == "over":
            if fact.kind != "activity":
                return
            session = inferred_id(fact, tenant=self._tenant, learner=self._learner)
            draft = self._begin(fact, time_us, explicit=False, session=session)
        assert draft is not None
        if phase == "after" or fact.kind != "activity":
            draft.join(fact)
            return
        draft.prolong(fact)
        if host is not None:
            self._hosts[host.app].use(host)

    def _close(self, fact: Fact) -> None:
        draft = self._closed_by(fact)
        phase = "over" if draft is None else draft.phase(fact.entry.time_us)
        if draft is None or phase == "over":
            return
        if not draft.explicit or phase != "lasts":
            draft.join(fact)
        else:
            draft.close(fact)
        if draft.is_window and draft.confirmed:
            draft.left = True
        if draft.ended_us is not None or draft.left:
            self._hosts[draft.app].retire(draft)

    def _closed_by(self, fact: Fact) -> Draft | None:
        """The sitting that a close bears on: one that names no session is of the open one in its app. Inferred sessions
        end by inactivity alone; such a close joins one if its app asks for that.
        """
        if fact.session is not None:
            return self._named.get(fact.session)
        host = self._hosts[fact.app].best(fact.entry.time_us)
        if host is None and fact.entry.attribution.auto:
            return self._inferred.get(fact.app)
        return host

    def _supersede(self, instant_us: int | None) -> None:
        """What was logged into at this instant ends the other sittings of its app: of several, the last by id."""
        while self._newcomers:
            newcomer = self._newcomers.pop()
            assert instant_us is not None
            if newcomer.superseded_at_us != instant_us:
                self._hosts[newcomer.app].supersede_all_but(newcomer, instant_us)

    def _begin(self, fact: Fact, start_us: int, *, explicit: bool, session: str) -> Draft:
        draft = Draft(
            session=session,
            explicit=explicit,
            app=fact.app,
            edapp=fact.edapp,
            started_us=start_us,
            timeout_us=self._timeouts.idle_us(start_us),
            heartbeat_us=self._timeouts.heartbeat_us(start_us),
        )
        before = self._named.get(session) if explicit else self._inferred.get(fact.app)
        if before is not None:
            before.make_room(start_us)
        self._drafts[draft] = None
        if explicit:
            self._named[session] = draft
            self._hosts[draft.app].use(draft)
        else:
            self._inferred[fact.app] = draft
        return draft


def inferred_id(fact: Fact, *, tenant: str, learner: str | None) -> str:
    """The id of the inferred session that `fact` opens; provisional until its end is published.

    The start is part of it: the same first fact with another time, sent as a conflict, is another session.
    """
    return derived_uuid("inferred", tenant, learner or "", fact.app or "", fact.entry.id, str(fact.entry.time_us))
