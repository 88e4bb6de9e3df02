"""The events of a session: those that name it, and those that name none but belong to it.

Read from where the cursor stands, a page of rows at a time, over the *stretches* of each partition that can hold some
(one partition, except if learners share a session id): from one slice gap before the days of its events, or where it
began, up to the first slice gap after them.
"""

from collections.abc import Iterator, Mapping, Sequence

from functions.core.apps import App
from functions.core.timeline.entry import IdAndContent
from functions.core.times import FIRST_US
from functions.http.page import PageBuilder
from functions.query.events.by_event_index import spans_of
from functions.query.events.request_window import after, asked_for, before, begin, is_passed
from functions.query.request import Request
from functions.query.sessions.attachment import attached
from functions.query.sessions.folding import apart_from_slices, reading, report
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Row, key_of
from functions.store.facts.answer_row import event_json
from functions.store.facts.reading import Reading
from functions.store.facts.rivals import is_rival
from functions.store.rows.events import StoredFact
from functions.store.slices import end_of_slice, time_of

LOOKED_AT = 5_000  # rows that one answer reads

type Stretch = tuple[str, int, int]  # partition, from when on it may be in the session, and the last that is sure to be


def of_session(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """A page of them by partition and time."""
    session = request.text("session")
    assert session is not None
    how = reading(request, app.tenant)
    stretches = list(_stretches(request, app, session, how))
    place, _, reached = position.partition("|")
    budget = LOOKED_AT
    for pk, start_us, end_us in _left(stretches, place, reached, descending=request.descending):
        here = keys.place_of(pk)
        walk = _Walk(request, pk, session, how, reached=reached if here == place else "", budget=budget)
        ended = (
            walk.backward(builder, start_us, end_us) if request.descending else walk.forward(builder, start_us, end_us)
        )
        if walk.reached:
            place, reached = here, walk.reached
        if not ended:
            return f"{place}|{reached}" if reached else position
        budget = walk.budget
    return None


def _stretches(request: Request, app: App, session: str, how: Reading) -> Iterator[Stretch]:
    """A stated start reaches back by less than a slice gap; spans that come so close are one stretch."""
    for pk, spans in spans_of(request, app, session).items():
        joined: list[tuple[int, int]] = []
        for start_us, end_us in spans:
            start_us = max(start_us - how.slice_gap_us, FIRST_US)
            if joined and start_us <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], end_us)
            else:
                joined.append((start_us, end_us))
        yield from ((pk, start_us, end_us) for start_us, end_us in joined)


def _left(stretches: Sequence[Stretch], place: str, reached: str, *, descending: bool) -> Sequence[Stretch]:
    """Those that are not done with where a page ended, in the order asked for. Of a partition the one that began last
    before it may go on.
    """
    begun = [
        (pk, start_us, end_us)
        for pk, start_us, end_us in stretches
        if (keys.place_of(pk), keys.EVENT + key_parts.time_key(start_us)) <= (place, reached)
    ]
    if descending:
        return begun[::-1] if place else stretches[::-1]
    return [*(last for last in begun[-1:] if keys.place_of(last[0]) == place), *stretches[len(begun) :]]


class _Walk:
    """The rows of one stretch. `reached`: the sort key of the last one dealt with. `budget` rows may be read."""

    def __init__(self, request: Request, pk: str, session: str, how: Reading, *, reached: str, budget: int) -> None:
        self._request, self._pk, self._session, self._how = request, pk, session, how
        self._pages = apart_from_slices()
        self.reached, self.budget = reached, budget

    def forward(self, builder: PageBuilder, start_us: int, end_us: int) -> bool:
        """Add events, oldest first; whether the stretch is done."""
        start = keys.EVENT + key_parts.time_key(start_us)
        last_us, reached = end_us, begin(self._request, self.reached)
        while self.budget > 0:
            first = max(start, after(reached)) if reached else start
            page = self._request.table.query(
                self._pk, start=first, end=keys.EVENT + key_parts.KEY_MAX, limit=_limit(builder)
            )
            rows: list[Row] = []
            past_gap = False
            if reached:
                last_us = max(last_us, key_parts.time_from_key(reached.split("#")[1]))
            for row in page.rows:
                past_gap = time_of(row) - last_us > self._how.slice_gap_us
                if past_gap:
                    break
                last_us = max(last_us, time_of(row))
                rows.append(row)
            self.budget -= len(page.rows)
            if not self._add(builder, rows):
                return False
            if past_gap or page.next_key is None:
                return True
            reached = max(key_of(page.rows[-1])[1], self.reached)
        return False

    def backward(self, builder: PageBuilder, start_us: int, end_us: int) -> bool:
        """Add events, newest first; whether the stretch is done."""
        start = keys.EVENT + key_parts.time_key(start_us)
        last_us = end_of_slice(self._request.table, self._pk, end_us, self._how)
        last = keys.EVENT + key_parts.time_key(last_us) + key_parts.KEY_MAX
        while self.budget > 0:
            end = min(last, before(self.reached)) if self.reached else last
            if end < start:
                return True
            page = self._request.table.query(self._pk, start=start, end=end, descending=True, limit=_limit(builder))
            self.budget -= len(page.rows)
            if not self._add(builder, self._pages.whole_moments(self._request.table, page)):
                return False
            if page.next_key is None:
                return True
        return False

    def _add(self, builder: PageBuilder, rows: Sequence[Row]) -> bool:
        facts = {fact.sk: fact for fact in self._pages.page(rows) if not self._is_passed(fact.sk)}
        report(self._pages.unreadable)
        wanted = [fact for fact in facts.values() if asked_for(self._request, fact)]
        sessions = attached(self._request, wanted)
        for row in rows:
            sk = key_of(row)[1]
            fact = facts.get(sk)
            listed = fact is not None and asked_for(self._request, fact) and self._is_member(fact, sessions)
            if fact is not None and listed and not builder.add(event_json(fact, sessions)):
                return False
            if self._request.descending or not is_rival(sk):  # else it is read again, before its event
                self.reached = sk if self._request.descending else max(sk, self.reached)
        return True

    def _is_passed(self, sk: str) -> bool:
        return is_passed(self._request, self.reached, sk)

    def _is_member(self, fact: StoredFact, sessions: Mapping[IdAndContent, str]) -> bool:
        return self._session in (fact.entry.attribution.session, sessions.get(fact.entry.id_and_content))


def _limit(builder: PageBuilder) -> int:
    return builder.rows + 1
