"""`GET /courses`: the learners of a course, what each did in some days, how far they are, and who went quiet.

Read off the rows that are kept of a course's learners with their totals, and off the roster, whatever the learners'
lives hold. A page of n learners costs

    1 query of the course's learners, 1 of the roster, 1 of each month of the days asked for
    2 queries of who has several ids, 1 of whether there is a roster, 1 BatchGet of the course's lessons
    n ÷ 100 BatchGets of names that the roster does not tell with an enrolment
    for learners with several ids, 2 or 3 BatchGets a fifty of them, and of each the totals of all ids
    (`functions.store.totals.reading`): at most SEVERAL_AT_ONCE such learners are in a page, which ends there

What a learner does now counts when the sitting has ended.
"""

from typing import Any

import orjson

from functions.core.apps import App
from functions.core.numbers.progress import progress_of
from functions.core.times import DAY_US, FIRST_US, LAST_US, day_span_in, format_time
from functions.core.totals.tallies import numbers_of
from functions.http.answers import Answer, error
from functions.http.page import PageBuilder
from functions.query.paging import paginate
from functions.query.people.course_page import Listed, add_tallies, course_page, people
from functions.query.request import Request
from functions.query.sessions.totals import too_many_facts
from functions.store.people.roster import names_of
from functions.store.people.several_ids import several_ids
from functions.store.registry import Registry
from functions.store.totals.reading import TooManyFacts

POSITION = r"[\w-]{22}"
DEFAULT_DAYS, MOST_DAYS = 28, 400
SEVERAL_AT_ONCE = 100  # learners with several ids of a page: the totals of each are read, which takes a while
NUMBERS = ("seconds", "xpEarned", "totalQuestions", "correctQuestions", "accuracy", "masteredUnits")
PROGRESS = ("masteredUnits", "activities", "totalLessons", "pctCompleteApp", "stated")


def get_courses(request: Request) -> Answer:
    """`{"learners": […], "cursor"}`, in the order of digests of their ids, which says nothing."""
    from_us, to_us = span_of(request)
    if to_us - from_us > (MOST_DAYS + 1) * DAY_US:
        return error(400, "too-many-days", f"`from` and `to` are over {MOST_DAYS} days apart: ask for a part of them.")
    try:
        return paginate(request, "learners", of_course)
    except TooManyFacts:
        return too_many_facts()


def span_of(request: Request) -> tuple[int, int]:
    """The quarter hours of the days asked for; the last 28 days if none are."""
    last_us = max(request.now_us if request.to_us is None else min(request.to_us - 1, LAST_US), FIRST_US)
    first_us = last_us - (DEFAULT_DAYS - 1) * DAY_US if request.from_us is None else request.from_us
    return day_span_in(max(first_us, FIRST_US), request.zone)[0], day_span_in(last_us, request.zone)[1]


def of_course(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """A page of the learners of a course of one app."""
    course = request.text("id")
    assert course is not None
    from_us, to_us = span_of(request)
    listed, end = course_page(request, app, course, position, builder.rows)
    registry = request.registry_table
    ids = several_ids(registry, app.tenant, [each.learner for each in listed])
    several = [number for number, each in enumerate(listed) if each.learner in ids]
    if len(several) > SEVERAL_AT_ONCE:
        listed = listed[: several[SEVERAL_AT_ONCE]]
        end = listed[-1].digest
    add_tallies(request, app, course, listed, from_us, to_us)
    unnamed = {each.learner for each in listed if each.name is None}.union(*ids.values())
    names = names_of(registry, app.tenant, sorted(unnamed)) if unnamed else {}
    on_record = Registry(registry).course(app.tenant, course)
    lessons = None if on_record is None else on_record.lessons
    reached = position
    for place, each in people(request, app, course, listed, ids, from_us, to_us):
        if each is not None:
            name = each.name or next((names[own] for own in each.ids or (each.learner,) if own in names), None)
            if not builder.add(orjson.dumps(_row(request, app, course, each, name, lessons))):
                return reached
        reached = place
    return end


def _row(
    request: Request, app: App, course: str, each: Listed, name: str | None, lessons: int | None
) -> dict[str, Any]:
    numbers = numbers_of(each.tallies, part=True)
    answered, stored = numbers.as_dict(), each.stored
    last_us = None if stored is None else stored.last_us
    quiet_us = None if last_us is None else max(request.now_us - last_us, 0)
    progress: dict[str, Any] = dict.fromkeys(PROGRESS)
    if stored is not None and stored.standing is not None:
        standing = stored.standing
        whole = progress_of(course, standing.totals, lessons, activities=standing.activities, evidence=()).as_dict()
        progress = {name: whole[name] for name in PROGRESS}
    return {
        "actor": each.learner,
        "name": name,
        "app": app.app_id,
        "course": course,
        "enrolled": each.is_enrolled,
        "minutes": round(float(numbers.total("active")) / 60, 1),
        **{name: answered[name] for name in NUMBERS},
        "progress": progress,
        "lastActivityTime": None if last_us is None else format_time(last_us),
        "daysQuiet": None if quiet_us is None else quiet_us // DAY_US,
        "quiet": quiet_us is None or quiet_us >= int(request.values["quietDays"]) * DAY_US,
    }
