"""The learners of a page of a course: from events and from the roster, with what each did in the days asked for."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.totals.tallies import Tally
from functions.query.request import Request
from functions.query.sessions.folding import report
from functions.query.sessions.totals import totals_of
from functions.store.days import months_between
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import Key, rows
from functions.store.people.roster import enrolled_in, enrolment_key
from functions.store.rows.events import UNREADABLE
from functions.store.totals.course_learners import (
    CourseLearner,
    course_learner_of,
    course_pk,
    digest_in,
    learner_sk,
    month_in,
)


class Listed(Struct):
    """A learner of a course. `stored`: None if only the roster names them. `tallies` are of the days asked for.

    `ids`: of a person who has several. `name`: if the roster tells it with the enrolment.
    """

    learner: str
    stored: CourseLearner | None = None
    is_enrolled: bool = False
    name: str | None = None
    tallies: list[Tally] = field(default_factory=list)
    ids: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """Their place in the list."""
        return id_digest(self.learner)


def course_page(request: Request, app: App, course: str, position: str, limit: int) -> tuple[list[Listed], str | None]:
    """So many learners after a position, in order, and the place up to which that is all: None if there are no more.

    One query of each source. Teachers of a roster are no learners.
    """
    after = f"{learner_sk(position)} " if position else ""
    page = request.table.query(course_pk(app.tenant, course), start=after, limit=limit + 1)
    listed: dict[str, Listed] = {}
    unreadable: list[Key] = []
    for row in page.rows[:limit]:
        try:
            stored = course_learner_of(row)
        except UNREADABLE:
            unreadable.append(key_of(row))
            continue
        listed[id_digest(stored.learner)] = Listed(stored.learner, stored)
    report(unreadable)
    ends = [] if page.next_key is None and len(page.rows) <= limit else [digest_in(page.rows[:limit][-1])]
    roster = enrolled_in(request.registry_table, app.tenant, course, after=position, limit=limit + 1)
    for enrolment in roster[:limit]:
        if enrolment.role == "student":
            each = listed.setdefault(id_digest(enrolment.learner), Listed(enrolment.learner))
            each.is_enrolled, each.name = True, enrolment.name or None
        else:
            listed.pop(id_digest(enrolment.learner), None)
    if len(roster) > limit:
        ends.append(id_digest(roster[limit - 1].learner))
    end = min(ends, default=None)
    return [each for digest, each in sorted(listed.items()) if end is None or digest <= end], end


def add_tallies(request: Request, app: App, course: str, listed: Sequence[Listed], from_us: int, to_us: int) -> None:
    """Give each learner what they did between two instants: one query of each month, whatever lies before."""
    by_digest = {each.digest: each for each in listed}
    if not by_digest:
        return
    start, end = learner_sk(min(by_digest)), learner_sk(max(by_digest))
    unreadable: list[Key] = []
    for month in months_between(from_us, to_us):
        for row in rows(request.table, course_pk(app.tenant, course, month), start=start, end=end):
            each = by_digest.get(digest_in(row))
            if each is None:
                continue
            try:
                tallies = month_in(row)
            except UNREADABLE:
                unreadable.append(key_of(row))
                continue
            each.tallies += [tally for quarter_us, tally in tallies.items() if from_us <= quarter_us < to_us]
    report(unreadable)


def people(
    request: Request,
    app: App,
    course: str,
    listed: Sequence[Listed],
    ids_of_learner: Mapping[str, Sequence[str]],
    from_us: int,
    to_us: int,
) -> Iterator[tuple[str, Listed | None]]:
    """The places of the page, each with who stands there: a person with several ids at the first of them that the
    course has, and no one at the others.

    Such a person's numbers are read off their totals, so that nothing counts twice. Raises TooManyFacts.
    """
    names = {name for each in listed for name in ids_of_learner.get(each.learner, ())}
    own = {name: (course_pk(app.tenant, course), learner_sk(id_digest(name))) for name in names}
    enrolled = {name: enrolment_key(app.tenant, course, name) for name in names}
    held = request.table.get_all(own.values(), consistent=False) if own else {}
    roster = request.registry_table.get_all(enrolled.values(), consistent=False) if enrolled else {}
    for each in listed:
        ids = ids_of_learner.get(each.learner)
        if ids is None:
            yield each.digest, each
            continue
        roles = {name: roster[enrolled[name]]["role"] for name in ids if enrolled[name] in roster}
        present = [name for name in ids if roles.get(name, "student" if own[name] in held else "") == "student"]
        if each.learner != min(present, key=id_digest, default=each.learner):
            yield each.digest, None
            continue
        stored = [course_learner_of(held[own[name]]) for name in ids if own[name] in held]
        person = _person(request, app, course, ids, stored, from_us, to_us)
        person.is_enrolled = "student" in roles.values()
        yield each.digest, person


def _person(
    request: Request,
    app: App,
    course: str,
    ids: Sequence[str],
    stored: Sequence[CourseLearner],
    from_us: int,
    to_us: int,
) -> Listed:
    totals = totals_of(request, app.tenant, ids, from_us=from_us, to_us=to_us)
    last_us = max((each.last_us for each in stored if each.last_us is not None), default=None)
    return Listed(
        ids[0],
        CourseLearner(learner=ids[0], last_us=last_us, standing=totals.standing.get(course)),
        tallies=[tally for place, tally in totals.tallies.items() if place.course == course],
        ids=ids,
    )
