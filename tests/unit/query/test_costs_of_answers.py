"""What each answer costs: how many queries and BatchGets, how many of them consistent, and how many rows they read."""

from typing import Any, NamedTuple

import pytest

from functions.core.messages import Item
from functions.store import keys
from functions.store.people.aliases import add_alias
from functions.store.people.roster import Enrolment, RosterCourse, RosterUser, put_roster
from tests.payloads import APP
from tests.unit.query.world import STUDENT, World

ALIAS, CLASSMATE = (f"urn:uuid:0a0a0a0a-0000-4000-8000-00000000000{number}" for number in (2, 3))
SESSION, RUN, EVENT = (f"urn:uuid:0b0b0b0b-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
ADDRESS, COURSE = "student@example.org", "COURSE-0"
DAY = 1440
FINDING = {"severity": "error", "code": "time", "pointer": "/eventTime", "message": "m", "source": "s"}


class Lived(World):
    """A world, and the job of what was sent to it first."""

    job = ""


def lived() -> Lived:
    """A learner of two ids and a classmate: three days of a run with sessions, some of it swept, some refused."""
    world = Lived()
    tenant = keys.tenant_of(APP)
    world.register(APP)
    jobs: list[str] = []
    for day in (0, 1, 2):
        world.set_clock(day * DAY)
        for learner in (STUDENT, ALIAS, CLASSMATE):
            about: Any = {"actor": {"id": learner, "type": "Person", "email": ADDRESS}}
            about["extensions"] = {"courseId": COURSE, "runId": RUN}
            minute = day * DAY
            jobs.append(
                world.send(
                    world.event(minute, id=EVENT if not jobs else world.payloads.urn(), session=SESSION, **about),
                    world.event(minute + 1, **about),
                    world.payloads.activity_completed(learner, RUN) | about | {"eventTime": world.time(minute + 2)},
                )
            )
        world.send_items(Item("rejection", f'{{"id": "urn:{day}"}}'.encode(), [FINDING]))
        world.set_clock(day * DAY + 120 * (day < 2))
        world.sweep()
        world.drain()
    world.send(world.event(2 * DAY, id=EVENT))
    add_alias(world.table, tenant, person=STUDENT, alias=ALIAS)
    put_roster(
        world.table,
        tenant,
        users=[RosterUser(learner=learner, name="Ada") for learner in (STUDENT, CLASSMATE)],
        courses=[RosterCourse(course=COURSE, title="Fractions")],
        enrolments=[Enrolment(learner=learner, course=COURSE) for learner in (STUDENT, ALIAS, CLASSMATE)],
        imported_us=1,
    )
    world.set_clock(2 * DAY + 10)
    world.job = jobs[0]
    world.warm()
    return world


@pytest.fixture(scope="module")
def world() -> Lived:
    world = lived()
    world.as_admin()
    return world


class Cost(NamedTuple):
    queries: int
    batch_gets: int
    consistent: int  # of both
    rows: int


# An admin asks, of a world that does not change.
COSTS = {
    f"/events?actor={STUDENT}": Cost(15, 6, 2, 36),
    f"/events?actor={STUDENT}&order=desc&limit=2": Cost(10, 6, 2, 19),
    f"/events?actor={CLASSMATE}": Cost(8, 3, 1, 16),
    f"/events?actor={CLASSMATE}&limit=2": Cost(4, 2, 1, 5),
    f"/events?actor={CLASSMATE}&order=desc&limit=2": Cost(5, 3, 1, 8),
    f"/events?actor={CLASSMATE}&type=AssessmentItemEvent": Cost(8, 3, 1, 16),
    f"/events?session={SESSION}": Cost(24, 6, 0, 59),
    f"/events?session={SESSION}&limit=2": Cost(5, 1, 0, 14),
    f"/events?session={SESSION}&order=desc&limit=2": Cost(12, 2, 0, 20),
    f"/events?run={RUN}": Cost(40, 12, 0, 68),
    f"/events?run={RUN}&limit=2": Cost(5, 1, 0, 14),
    f"/events?run={RUN}&order=desc&limit=2": Cost(6, 2, 0, 16),
    f"/events?id={EVENT}": Cost(13, 3, 0, 17),
    "/events?id=urn:0": Cost(2, 2, 1, 2),
    "/events?id=urn:none": Cost(2, 0, 0, 0),
    f"/events?actor={STUDENT}&receivedFrom=2026-03-01": Cost(29, 9, 2, 72),
    f"/events?session={SESSION}&receivedFrom=2026-03-01&limit=2": Cost(9, 2, 0, 36),
    f"/events?run={RUN}&receivedFrom=2026-03-01": Cost(37, 9, 0, 95),
    f"/sessions?actor={STUDENT}": Cost(6, 4, 2, 13),
    f"/sessions?actor={CLASSMATE}": Cost(3, 2, 1, 5),
    f"/sessions?id={SESSION}": Cost(7, 4, 1, 25),
    f"/runs?actor={STUDENT}": Cost(8, 7, 2, 19),
    f"/runs?actor={CLASSMATE}&order=desc": Cost(3, 4, 1, 7),
    f"/runs?id={RUN}": Cost(12, 15, 5, 39),
    f"/progress?actor={STUDENT}": Cost(8, 8, 3, 19),
    f"/progress?actor={CLASSMATE}&course={COURSE}": Cost(3, 4, 2, 6),
    f"/insights?actor={CLASSMATE}": Cost(3, 2, 1, 5),
    f"/insights?session={SESSION}": Cost(7, 4, 1, 25),
    "/rejections": Cost(8, 1, 1, 3),
    "/rejections?state=waiting": Cost(8, 1, 1, 3),
    "/conflicts": Cost(8, 0, 0, 0),
    "/arrivals": Cost(13, 3, 1, 69),
    "/arrivals?outcome=accepted&limit=2": Cost(5, 2, 1, 30),
    "/volume": Cost(3, 0, 0, 14),
    "/account": Cost(1, 0, 0, 1),
    "/operations": Cost(17, 1, 1, 0),
    f"/courses?id={COURSE}": Cost(15, 10, 1, 37),
    f"/courses?id={COURSE}&limit=1": Cost(15, 11, 1, 32),
    "/courses?id=none": Cost(4, 1, 1, 2),
    f"/aliases?actor={STUDENT}": Cost(0, 2, 2, 1),
    f"/learners?email={ADDRESS}": Cost(1, 1, 1, 6),
    "/learners?email=nobody@example.org": Cost(1, 0, 0, 0),
    "/caliper/events": Cost(5, 1, 0, 54),
    "/caliper/events?limit=2&offset=3": Cost(5, 1, 0, 22),
    f"/caliper/events?actorId={STUDENT}&limit=2": Cost(2, 2, 2, 25),
    f"/caliper/events?actorEmail={ADDRESS}": Cost(6, 0, 0, 37),
    "/caliper/events?receivedFrom=2026-03-01&limit=2": Cost(16, 3, 0, 38),
    f"/caliper/events/{EVENT}": Cost(1, 1, 1, 4),
    "/caliper/events/none": Cost(2, 0, 0, 0),
    "/jobs/JOB/status": Cost(3, 1, 1, 6),
    f"/insights/1.0/users/{CLASSMATE}": Cost(3, 2, 1, 5),
    f"/insights/1.0/users/{CLASSMATE}/sessions": Cost(3, 2, 1, 5),
    f"/insights/1.0/users/{CLASSMATE}/overview": Cost(6, 5, 2, 11),
    f"/insights/1.0/sessions/{SESSION}": Cost(7, 4, 1, 25),
    f"/edubridge/analytics/activity?studentId={CLASSMATE}&startDate=2026-03-01&endDate=2026-03-05": Cost(5, 3, 1, 6),
    f"/edubridge/analytics/activity?email={ADDRESS}&startDate=2026-03-01&endDate=2026-03-05": Cost(15, 11, 3, 31),
    f"/edubridge/analytics/facts/weekly?studentId={CLASSMATE}&weekDate=2026-03-02": Cost(2, 1, 1, 11),
    f"/edubridge/enrollments/user/{CLASSMATE}": Cost(7, 5, 1, 20),
    f"/edubridge/analytics/highestGradeMastered/{CLASSMATE}/Math": Cost(0, 0, 0, 0),
    "/webhooks": Cost(1, 0, 1, 0),
    "/sender-alarms": Cost(0, 2, 2, 0),
    "/webhook-filters": Cost(1, 0, 1, 0),
    "/erasures?id=x": Cost(0, 1, 1, 0),
    "/person-exports?id=x": Cost(0, 1, 1, 0),
}


@pytest.mark.parametrize("question", COSTS)
def test_an_answer_costs_what_the_table_says(world: Lived, question: str) -> None:
    path, _, query = question.replace("JOB", world.job).partition("?")
    table, counts = world.table, world.calls.counts
    before = counts["query"], counts["get_all"], table.consistent_reads, table.rows_read
    answer = world.ask_raw(path, query)
    assert answer["statusCode"] in (200, 404)
    after = counts["query"], counts["get_all"], table.consistent_reads, table.rows_read
    assert Cost(*(late - early for early, late in zip(before, after, strict=True))) == COSTS[question]
