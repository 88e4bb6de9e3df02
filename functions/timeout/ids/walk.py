"""The walk of the ids: how contents under one id are noticed that came in different batches and lie far apart.

Two days, or two learners, may have one content each of an event id. No batch and no slice holds both, and to ask the
index about each event would cost as much as all other reads together. So the index is read from its beginning to its
end, over and over, a few pages every STEP_MINUTES: rows of one id lie side by side there. A page is a megabyte, some
6,000 events for 128 read units: a whole walk costs 2 % of a read unit for each event that is kept.

What is noticed is put beside every content (`functions.store.facts.rivals`), their timelines are scheduled to be looked
at again, and last it is listed as a conflict: a walk that dies in between finds it unlisted, and does it again.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from functions.core.identity import is_anonymous
from functions.core.sessions.timer import TimerRequest
from functions.store import keys
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.facts.reading import Reading
from functions.store.facts.rivals import contents_by_id, rival_rows
from functions.store.facts.walk import WALK_KEY, WalkRow, walk_of, walk_row
from functions.store.rows.conflicts import conflict_key, rows_of_conflicts
from functions.store.rows.events import StoredFact
from functions.store.rows.timers import timer_key, timer_of
from functions.storing.additions import Addition
from functions.storing.scheduling import schedule_timer
from functions.timeout.context import Context
from functions.timeout.ids.step import STEP_MINUTES

STEPS = 28 * 24 * 60 // STEP_MINUTES  # of a walk through a large index: four weeks
FIRST_PAGES = 10  # of a step, before the length of the index is known
CONTENTS = 10_000  # of one id that are looked at


def walk_on(context: Context, *, time_left: Callable[[], bool]) -> int:
    """One step of the walk; how many contents it noticed that do not count. A failing AWS call raises, and the step is
    made again.
    """
    table = context.table
    stored = table.get_all([WALK_KEY]).get(WALK_KEY)
    walk = WalkRow() if stored is None else walk_of(stored)
    read, after, pages = _read(context, walk, time_left=time_left)
    noticed = 0
    for places in _several(read):
        noticed += _note(context, places[:CONTENTS])
    pages += walk.pages
    reached = WalkRow(whole=pages) if after is None else WalkRow(after=after, pages=pages, whole=walk.whole)
    if (stored is None and pages) or reached != walk:
        table.put_all([walk_row(reached)])
    return noticed


def _read(context: Context, walk: WalkRow, *, time_left: Callable[[], bool]) -> tuple[list[Row], Row | None, int]:
    """The rows of a step, behind which row the next one goes on, and how many pages these were.

    The rows of the last id are left to the next step, because there may be more of them; unless all are of that id.
    """
    budget = math.ceil(walk.whole / STEPS) if walk.whole else FIRST_PAGES
    read: list[Row] = []
    after, pages = walk.after, 0
    while True:
        page = context.table.scan(keys.BY_ID, after=after)
        read += page.rows
        after, pages = page.next_key, pages + 1
        if after is None:
            return read, None, pages
        if pages >= budget or not time_left():
            break
    last = read[-1][keys.BY_ID_PK]
    whole = [row for row in read if row[keys.BY_ID_PK] != last]
    return (whole, whole[-1], pages) if whole else (read, after, pages)


def _several(rows: Iterable[Row]) -> list[list[Key]]:
    """The places of events with one id, where there are several."""
    by_ref: dict[str, list[Key]] = defaultdict(list)
    for row in rows:
        ref, key = str(row[keys.BY_ID_PK]), key_of(row)
        if keys.place_of(ref).startswith("E#") and not keys.place_of(key[0]).startswith("D#"):
            by_ref[ref].append(key)
    return [places for places in by_ref.values() if len(places) > 1]


def _note(context: Context, places: Sequence[Key]) -> int:
    """Note what lies at these places of one id, unless all of it is listed already; how many do not count."""
    tenant = keys.tenant_in(places[0][0])
    listed = context.table.get_all([conflict_key(tenant, sk) for _, sk in places], consistent=False)
    if len(listed) >= len(places) - 1:
        return 0
    first = _read_facts(context, places[:1])
    if first and is_anonymous(first[0].entry.id):
        return 0
    by_id = list(contents_by_id(_read_facts(context, places)).values())
    for contents in by_id:
        expires_s = context.expires_s(tenant)
        context.table.put_all(rival_rows(contents, expires_s=expires_s))
        _look_again(context, contents)
        app_id = contents[0].app_id
        context.table.put_all(rows_of_conflicts(contents, tenant=tenant, app_id=app_id, expires_s=expires_s))
    return sum(len(contents) - 1 for contents in by_id)


def _read_facts(context: Context, places: Iterable[Key]) -> list[StoredFact]:
    """What is stored there. What cannot be read is in no number either, and the sweep reports it."""
    return Reading(slice_gap_us=0).page(list(context.table.get_all(places).values()))


def _look_again(context: Context, contents: Iterable[StoredFact]) -> None:
    """Schedule the timelines of these contents from them on, where sessions are made of them."""
    first_us: dict[str, int] = {}
    for fact in contents:
        first_us[fact.pk] = min(fact.entry.time_us, first_us.get(fact.pk, fact.entry.time_us))
    timers = context.table.get_all(map(timer_key, first_us))
    for (pk, _), row in timers.items():
        stored = timer_of(row)
        addition = Addition(
            tenant=stored.timer.tenant,
            app_id=stored.timer.app_id,
            learner=stored.timer.learner,
            session=stored.timer.session,
            request=TimerRequest(from_us=first_us[pk], due_us=context.due_us),
        )
        schedule_timer(context.table, pk, addition, stored, expires_s=context.expires_s(addition.tenant))
