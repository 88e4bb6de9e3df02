"""`GET /progress`: how far a learner is in each course, and what was done each day.

Both are read off the learner's totals: a settled learner costs the rows of the days asked for and that of the latest
day, whatever lies before them. The standing in a course is that of today; its evidence is of the days asked for.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import batched
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.numbers.progress import progress_of
from functions.http.answers import Answer
from functions.http.cursors import cursor
from functions.query.paging import apps_asked, list_answer, page_for
from functions.query.request import Request
from functions.query.sessions.totals import days_of, too_many_facts, totals_asked
from functions.store.registry import Registry
from functions.store.totals.reading import LearnerTotals, TooManyFacts

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
        try:
            totals = totals_asked(request, app.tenant, actor)
        except TooManyFacts:
            return too_many_facts()
        reached = position if app.tenant == tenant else ""
        for place, name, row in after(reached, rows_of(request, app, totals)):
            if not page.add(orjson.dumps({"actor": actor, "app": app.app_id, **row})):
                return list_answer(request, lists, cursor(request.cursor_binding, app.tenant, reached))
            lists[name].append(page.items[-1])
            reached = place
    return list_answer(request, lists, None)


def rows_of(request: Request, app: App, totals: LearnerTotals) -> list[tuple[str, str, dict[str, Any]]]:
    """Place, list and row of all that is asked for. A course with very much evidence is several rows, which differ in
    nothing else.
    """
    rows: list[tuple[str, str, dict[str, Any]]] = []
    for row in courses(request, app, totals):
        parts = list(batched(row["evidence"], EVIDENCE, strict=False)) or [()]
        rows += [
            (f"P|{id_digest(row['course'])}|{number}", "progress", {**row, "evidence": list(part)})
            for number, part in enumerate(parts)
        ]
    rows += [(f"D|{row['day']}", "days", row) for row in days_of(totals.tallies, request.zone)]
    return rows


def after[T: tuple[str, Any, Any]](position: str, rows: Sequence[T]) -> Sequence[T]:
    """What comes after the row of that place. No row ever goes, except if its events were erased."""
    places = [place for place, _, _ in rows]
    return rows[places.index(position) + 1 :] if position in places else rows


def courses(request: Request, app: App, totals: LearnerTotals) -> list[dict[str, Any]]:
    """Progress in each course, or in the one asked for."""
    wanted = request.text("course")
    courses = [course for course in totals.standing if wanted in (None, course)]
    registered = Registry(request.registry_table).courses(app.tenant, courses) if courses else {}
    evidence: dict[str | None, list[tuple[int, str]]] = defaultdict(list)
    for place, tally in totals.tallies.items():
        evidence[place.course] += tally.evidence
    return [
        progress_of(
            course,
            totals.standing[course].totals,
            registered[course].lessons if course in registered else None,
            activities=totals.standing[course].activities,
            evidence=[identifier for _, identifier in sorted(evidence[course])],
        ).as_dict()
        for course in sorted(courses)
    ]
