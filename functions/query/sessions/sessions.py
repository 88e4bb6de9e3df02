"""`GET /sessions`: the sittings of a learner, or one by its id.

A session that the sweep has read to its end is shown as it was frozen in its row; any other is folded now, so that an
answer is right before the sweep has run.

    selector   queries of a page
    actor=     1 a megabyte of session rows (about 1,000 sessions), 1 to 3 a watch of gap sessions that is not
               settled, 5 or more an explicit session that is not settled (LIVE of them an answer)
    id=        1 of by_id, 1 or 2 BatchGets, 5 or more where it is not settled

The rows of a learner lie in no order of time, so all are read for every page; past SLAB_PAGES megabytes the list is
ordered within each such part only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.sessions.session import Session
from functions.core.sessions.session_view import session_record
from functions.core.sessions.watches import Watch
from functions.core.times import parse_time
from functions.http.answers import Answer
from functions.http.page import PageBuilder as Room
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.current import explicit_now, gap_now, gaps_now
from functions.store import keys
from functions.store.dynamodb.table import Key, Row, rows
from functions.store.rows.watches import watch_key, watch_of

SLAB_PAGES = 8
LIVE = 25
POSITION = r"(?:S#[\w-]{22})?\|(?:[0-9]{18}\|S#[\w-]{22})?|[AS]#[\w-]{22}\|[SO]#[\w-]{22}"  # in a list, or of an id


def get_sessions(request: Request) -> Answer:
    return paged(request, "sessions", of_actor if request.text("actor") is not None else by_id)


def of_actor(request: Request, app: App, position: str, room: Room) -> str | None:
    """The sessions of one learner by the time of their first event, oldest first or newest first."""
    slab, _, at = position.partition("|")
    pk = learner_pk(request, app)
    watches, next_slab = slab_of(request, pk, slab)
    for standing in in_order(request, pk, watches, at):
        if standing is None:
            return f"{slab}|{at}"
        record = standing.record
        if record and in_window(request, record) and not room.add(orjson.dumps(record)):
            return f"{slab}|{at}"
        at = standing.place
    return None if next_slab is None else f"{next_slab}|"


def learner_pk(request: Request, app: App) -> str:
    actor = request.text("actor")
    assert actor is not None
    return keys.learner_pk(app.tenant, actor)


def slab_of(request: Request, pk: str, slab: str) -> tuple[dict[str, Watch], str | None]:
    """Watches by sort key from `slab` on, and where the next slab begins after."""
    found: dict[str, Watch] = {}
    after: Row | None = None
    for _ in range(SLAB_PAGES):
        start = slab + " " if slab else keys.WATCH
        page = request.table.query(pk, start=start, end=keys.SESSION + keys.HIGHEST, after=after)
        found |= {str(row[keys.SK]): watch_of(row) for row in page.rows}
        after = page.next_key
        if after is None:
            return found, None
    return found, max(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """A session as it stands: its place in the list, its row, and its fold where the row is not settled."""

    place: str
    pk: str
    watch: Watch
    session: Session | None

    @property
    def record(self) -> dict[str, Any]:
        """The row of `sessions`: of the fold where there is one, else as frozen; empty where there is no session."""
        if self.session is None and not is_settled(self.watch):
            return {}
        found = session_record(self.session) if self.session is not None else {**self.watch.frozen}
        found.pop("timedOut", None)
        return {**found, "app": self.watch.app_id} if found else {}


def in_order(
    request: Request, pk: str, watches: Mapping[str, Watch], at: str, *, only_for_insights: bool = False
) -> Iterator[Standing | None]:
    """The sessions after `at` in the order asked for; a last None where more are to be folded than one answer may."""
    found: dict[str, tuple[int, Watch, Session | None]] = {
        sk: (watch.from_us, watch, None) for sk, watch in watches.items() if sk.startswith(keys.SESSION)
    }
    for sk, watch in watches.items():
        if sk.startswith(keys.WATCH) and watch.phase != "settled" and not only_for_insights:
            for gap in gaps_now(request, pk, watch):
                found[keys.session_sk(gap.id)] = (gap.started_us, watch, gap)
    live = LIVE
    ordered = sorted((f"{keys.instant(us)}|{sk}", sk) for sk, (us, _, _) in found.items())
    for place, sk in reversed(ordered) if request.descending else ordered:
        if at and (place >= at if request.descending else place <= at):
            continue
        _, watch, session = found[sk]
        if only_for_insights and not watch.process_insights:
            continue
        if session is None and not is_settled(watch):
            if live == 0:
                yield None
                return
            live -= 1
            session = explicit_now(request, pk, watch)
        yield Standing(place, pk, watch, session)


def by_id(request: Request, app: App, position: str, room: Room) -> str | None:
    """The session of that id: one, save where several learners share it."""
    session = request.text("id")
    assert session is not None
    at = position
    for standing in with_id(request, app, session, at):
        record = standing.record
        if record and in_window(request, record) and not room.add(orjson.dumps(record)):
            return at
        at = standing.place
    return None


def with_id(request: Request, app: App, session: str, at: str = "") -> Iterator[Standing]:
    """Each session of that id after `at`, by learner.

    A watch names the oldest gap session that is open. Others, which are open beside it only until a sweep has seen a
    backfill, are found by their learner: to name each would be a write for each.
    """
    places = rows(request.table, keys.session_ref(app.tenant, session), index=keys.BY_ID)
    there = request.table.get_all([(str(row[keys.PK]), str(row[keys.SK])) for row in places])
    watches = {key: watch_of(row) for key, row in sorted(there.items())}
    gap_watches = {
        key: watch_key(watch) for key, watch in watches.items() if not watch.explicit and watch.learner is not None
    }
    beside = request.table.get_all(set(gap_watches.values()) - set(there)) if gap_watches else {}
    open_watches: dict[Key, Watch] = {key: watch_of(row) for key, row in (there | beside).items()}
    owned = any(watch.learner is not None for watch in watches.values())
    for key, watch in watches.items():
        pk, sk = key
        place = f"{keys.place_of(pk)}|{sk}"
        if place <= at:
            continue
        if owned and watch.learner is None:
            continue  # facts that say no learner; they are read with the learner's
        if watch.explicit:
            yield Standing(place, pk, watch, None if is_settled(watch) else explicit_now(request, pk, watch))
            continue
        gap_watch = open_watches.get(gap_watches.get(key, key), watch)
        if sk.startswith(keys.SESSION) and gap_watch.phase == "settled":
            yield Standing(place, pk, watch, None)
        elif sk.startswith(keys.SESSION) or (pk, keys.session_sk(session)) not in watches:
            now = gap_now(request, pk, watch, session)
            if now is not None or is_settled(watch):
                yield Standing(place, pk, watch, now)


def is_settled(watch: Watch) -> bool:
    return watch.phase == "settled"


def in_window(request: Request, record: Mapping[str, Any]) -> bool:
    started_us = parse_time(record["startedAtTime"])
    return started_us is None or request.within(started_us)
