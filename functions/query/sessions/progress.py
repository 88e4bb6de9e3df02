"""`GET /progress`: how far a learner is in each course, and what was done each day.

Reads the learner's timeline once: 1 query a megabyte (about 2,000 events), and 1 read of the courses on record. Which
activity counts, and which grade holds, depends on all of it, so it is not read in parts; only WHOLE rows are.
"""

from collections.abc import Sequence
from itertools import batched
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.numbers.progress import fold
from functions.core.numbers.runs import per_day
from functions.core.timeline.entry import Entry
from functions.core.times import FIRST_US, LAST_US, iso_day
from functions.http.answers import Answer, error
from functions.http.cursors import cursor
from functions.query.paging import apps_asked, list_answer, page_for
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, report
from functions.store import keys
from functions.store.days import day_span_us
from functions.store.registry import Registry
from functions.store.slices import between

WHOLE = 100_000  # events of a learner: some 10 s and 350 megabytes
ROWS = 100_000  # more than there are: the bytes of an answer end it
EVIDENCE = 10_000  # ids in one row: a megabyte
POSITION = r"P\|[\w-]{22}\|[0-9]{1,4}|D\|[0-9]{4}-[0-9]{2}-[0-9]{2}"


def get_progress(request: Request) -> Answer:
    """`{"progress": [a row a course], "days": [a row a day], "cursor"}`, as far as they fit into one answer."""
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    actor = request.text("actor")
    assert actor is not None
    lists: dict[str, list[bytes]] = {"progress": [], "days": []}
    page = page_for(request, ROWS)
    tenant, position = request.resume_at or ("", "")
    for app in apps:
        if app.tenant < tenant:
            continue
        entries = whole_timeline(request, keys.learner_pk(app.tenant, actor))
        if entries is None:
            return error(
                422,
                "too-many-events",
                f"This learner has over {WHOLE} events, more than are folded while you wait: read them by "
                "GET /events?actor=.",
            )
        reached = position if app.tenant == tenant else ""
        for place, name, row in after(reached, rows_of(request, app, entries)):
            if not page.add(orjson.dumps({"actor": actor, "app": app.app_id, **row})):
                return list_answer(request, lists, cursor(request.cursor_binding, app.tenant, reached))
            lists[name].append(page.items[-1])
            reached = place
    return list_answer(request, lists, None)


def rows_of(request: Request, app: App, entries: list[Entry]) -> list[tuple[str, str, dict[str, Any]]]:
    """Place, list and row of all that is known of a learner. A course with very much evidence is several rows, which
    differ in nothing else.
    """
    found: list[tuple[str, str, dict[str, Any]]] = []
    for row in courses(request, app, entries):
        parts = list(batched(row["evidence"], EVIDENCE, strict=False)) or [()]
        found += [
            (f"P|{id_digest(row['course'])}|{number}", "progress", {**row, "evidence": list(part)})
            for number, part in enumerate(parts)
        ]
    found += [(f"D|{row['day']}", "days", row) for row in a_day(request, entries)]
    return found


def after[T: tuple[str, Any, Any]](position: str, found: Sequence[T]) -> Sequence[T]:
    """What comes after the row of that place. No row ever goes, except where its events were erased."""
    places = [place for place, _, _ in found]
    return found[places.index(position) + 1 :] if position in places else found


def whole_timeline(request: Request, pk: str) -> list[Entry] | None:
    """Every fact of a learner, or None where they are too many."""
    found: list[Entry] = []
    how = apart_from_slices()
    for fact in between(request.table, pk, FIRST_US, LAST_US, how):
        if len(found) >= WHOLE:
            return None
        found.append(fact.entry)
    report(how.unreadable)
    return found


def courses(request: Request, app: App, entries: list[Entry]) -> list[dict[str, Any]]:
    """Progress in each course, or in the one asked for."""
    courses = {entry.attribution.course for entry in entries if entry.attribution.type == "ActivityEvent"} - {None}
    registered = Registry(request.registry_table).courses(app.tenant, map(str, courses))
    lessons = {course_id: course.lessons for course_id, course in registered.items()}
    wanted = request.text("course")
    return [one.as_dict() for one in fold(entries, lessons=lessons) if wanted in (None, one.course)]


def a_day(request: Request, entries: list[Entry]) -> list[dict[str, Any]]:
    """The learner's numbers on each UTC day in the time asked for."""
    found = []
    for day, numbers in per_day(entries).items():
        first_us, last_us = day_span_us(day)
        if request.from_us is not None and last_us < request.from_us:
            continue
        if request.to_us is not None and first_us >= request.to_us:
            continue
        found.append({"day": iso_day(day), **numbers.as_dict()})
    return found
