"""What a batch adds to each timeline, so that its session timer can be scheduled and new sessions be announced."""

from collections.abc import Container, Iterator

from msgspec import Struct, field

from functions.core.sessions.facts import Fact
from functions.core.sessions.history import is_long_over
from functions.core.sessions.scan import inferred_id
from functions.core.sessions.timer import TimerRequest, joined
from functions.core.times import format_time
from functions.store.bus import Notice, started


class Addition(Struct, kw_only=True):
    """What one batch adds to the timeline of a learner, or of a session without one.

    `named` and `unnamed` are the first activity of each session that is named, and of those that name none.
    `messages`: the positions of those that it came in.
    """

    tenant: str
    app_id: str
    learner: str | None
    session: str | None
    request: TimerRequest
    named: dict[str, Fact] = field(default_factory=dict)
    unnamed: Fact | None = None
    messages: set[int] = field(default_factory=set)

    def add(self, fact: Fact, request: TimerRequest, *, message: int) -> None:
        """One more fact, of the message at that position."""
        self.messages.add(message)
        if request != self.request:
            self.request = joined((self.request, request))
        if fact.kind != "activity":
            return
        if fact.session is None:
            self.unnamed = _first(self.unnamed, fact)
        else:
            self.named[fact.session] = _first(self.named.get(fact.session), fact)

    def merge(self, other: "Addition") -> None:
        """What another batch adds to the same timeline, without positions of messages: each batch has its own."""
        self.request = joined((self.request, other.request))
        for session, fact in other.named.items():
            self.named[session] = _first(self.named.get(session), fact)
        if other.unnamed is not None:
            self.unnamed = _first(self.unnamed, other.unnamed)

    @property
    def inferred(self) -> str | None:
        """The provisional id of the inferred session that its earliest fact begins that names none."""
        if self.unnamed is None:
            return None
        return inferred_id(self.unnamed, tenant=self.tenant, learner=self.learner)

    @property
    def to_announce(self) -> list[str]:
        """The sessions that subscribers are to hear of, if this is what begins them."""
        return [session for session, fact in self.named.items() if not _is_history(fact)]

    def notices(self, *, began: bool, new: Container[str], elsewhere: Container[str]) -> Iterator[Notice]:
        """SessionStarted of the sessions that it begins, as far as that can be told without reading the timeline.

        `began`: nothing was open before. `new`: sessions of which nothing was stored before. `elsewhere`: those of
        them that another worker tells of.
        """
        for session in self.to_announce:
            if session in new or (began and session not in elsewhere):
                yield self._started(session, self.named[session])
        if began and not self.named and self.unnamed is not None and not _is_history(self.unnamed):
            yield self._started(self.inferred or "", self.unnamed)

    def _started(self, session: str, fact: Fact) -> Notice:
        return started(
            app=self.app_id,
            session=session,
            provisional=fact.session is None,
            actor=self.learner,
            edapp=fact.edapp,
            started=format_time(fact.entry.time_us),
        )


def _is_history(fact: Fact) -> bool:
    """What is long over began nothing of which subscribers are to hear now."""
    return is_long_over(fact.entry.time_us, received_us=fact.entry.received_us)


def _first(known: Fact | None, fact: Fact) -> Fact:
    """The one that begins a session: the earlier; at one instant the LoggedIn, then the lower id."""
    if known is None:
        return fact
    return min(known, fact, key=lambda of: (of.entry.time_us, not of.is_login, of.entry.id))
