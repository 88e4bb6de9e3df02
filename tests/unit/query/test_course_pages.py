"""A page of a course's learners holds so many, each once, whether events or the roster name them."""

from typing import Any

import pytest

from functions.core.ids import id_digest
from functions.query.console import learners as of_address
from functions.store import keys
from functions.store.people.aliases import add_alias
from functions.store.people.roster import Enrolment, RosterCourse, RosterUser, put_roster
from tests.payloads import APP, Json
from tests.unit.query.test_totals import settle
from tests.unit.query.world import OTHER_APP, World

pytestmark = pytest.mark.slow

COURSE, TENANT = "COURSE-0", keys.tenant_of(APP)
SPAN = {"from_": "2026-02-20", "to": "2026-03-15"}
NAMES = [f"urn:l:{number}" for number in range(8)]
IN_ORDER = sorted(NAMES, key=id_digest)


def came(world: World, *learners: str, minute: int = 0, xp: int = 3) -> None:
    """These learners did something in the course."""
    for learner in learners:
        event = world.payloads.activity_completed(learner, world.payloads.urn())
        event["generated"]["items"] = [{"type": "xpEarned", "value": xp}]
        about = {"actor": {"id": learner, "type": "Person"}, "extensions": {"courseId": COURSE}}
        world.send(event | about | {"eventTime": world.time(minute)})


def enrol(world: World, *learners: str, role: Any = "student", name: str = "") -> None:
    enrolments = [Enrolment(learner=learner, course=COURSE, role=role, name=name) for learner in learners]
    courses = [RosterCourse(course=COURSE, title="Fractions")]
    put_roster(world.table, TENANT, users=[], courses=courses, enrolments=enrolments, imported_us=1)


def pages(world: World, limit: int) -> list[list[str]]:
    """The learners of each page, by id."""
    listed: list[list[str]] = []
    cursor: Json = {}
    while True:
        body = world.get("/courses", id=COURSE, limit=limit, **SPAN, **cursor)
        listed.append([row["actor"] for row in body["learners"]])
        if body["cursor"] is None:
            return listed
        cursor = {"cursor": body["cursor"]}


@pytest.mark.parametrize("limit", [1, 3, 4, 7, 8, 9])
@pytest.mark.parametrize("source", ["events", "roster", "both", "either"])
def test_a_page_holds_so_many_learners_and_the_next_the_rest(source: str, limit: int) -> None:
    world = World()
    if source != "roster":
        came(world, *(NAMES[::2] if source == "either" else NAMES))
        settle(world, minute=60)
    if source != "events":
        enrol(world, *(NAMES[1::2] if source == "either" else NAMES))
    listed = pages(world, limit)
    assert [learner for page in listed for learner in page] == IN_ORDER
    if source != "either":
        assert [len(page) for page in listed] == [limit] * (8 // limit) + [8 % limit] * (8 % limit > 0)
    assert max(map(len, listed)) <= limit


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_teachers_are_in_no_page_of_learners(limit: int) -> None:
    world = World()
    came(world, *IN_ORDER[:4])
    settle(world, minute=60)
    enrol(world, *IN_ORDER[2:6])
    enrol(world, *IN_ORDER[3:8:2], role="teacher")
    learners = [learner for page in pages(world, limit) for learner in page]
    assert learners == [each for each in IN_ORDER[:6] if each not in IN_ORDER[3:8:2]]


def rows_of(world: World) -> dict[str, Any]:
    return {row["actor"]: row for row in world.get("/courses", id=COURSE, **SPAN)["learners"]}


def test_a_name_is_that_of_the_enrolment_else_of_the_roster() -> None:
    world = World()
    enrol(world, NAMES[0], name="Ada")
    enrol(world, NAMES[1], NAMES[2])
    users = [RosterUser(learner=NAMES[0], name="Augusta"), RosterUser(learner=NAMES[1], name="Grace")]
    put_roster(world.table, TENANT, users=users, courses=[], enrolments=[], imported_us=2)
    assert {learner: row["name"] for learner, row in rows_of(world).items()} == {
        NAMES[0]: "Ada",
        NAMES[1]: "Grace",
        NAMES[2]: None,
    }


@pytest.mark.parametrize("person_is_first", [True, False])
@pytest.mark.parametrize(
    ("who_came", "enrolled", "role", "xp", "is_enrolled"),
    [
        (("person", "alias"), (), "student", 6, False),
        (("person",), ("alias",), "student", 3, True),
        (("alias",), ("person",), "student", 3, True),
        (("alias",), (), "student", 3, False),
        (("person", "alias"), ("alias",), "teacher", 6, False),
        ((), ("person", "alias"), "student", 0, True),
    ],
)
def test_two_ids_of_a_person_are_a_row_of_both(
    who_came: tuple[str, ...],
    enrolled: tuple[str, ...],
    role: str,
    xp: int,
    is_enrolled: bool,
    person_is_first: bool,
) -> None:
    world = World()
    first, last = IN_ORDER[0], IN_ORDER[-1]
    ids = {"person": first, "alias": last} if person_is_first else {"person": last, "alias": first}
    for minute, who in enumerate(who_came):
        came(world, ids[who], minute=minute)
    came(world, IN_ORDER[3], xp=1)
    settle(world, minute=60)
    enrol(world, *(ids[who] for who in enrolled), role=role)
    add_alias(world.table, TENANT, person=ids["person"], alias=ids["alias"])
    rows = rows_of(world)
    assert rows.keys() == {ids["person"], IN_ORDER[3]}
    row = rows[ids["person"]]
    assert (row["xpEarned"], row["enrolled"]) == (xp, is_enrolled)
    assert row["lastActivityTime"] == (world.time(len(who_came) - 1) if who_came else None)
    assert (row["progress"]["activities"] is None) == (not who_came)
    assert [learner for page in pages(world, 1) for learner in page].count(ids["person"]) == 1


def test_learners_of_an_address_are_those_of_each_app_and_at_most_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.register(APP, OTHER_APP)
    for app, numbers in ((APP, range(4)), (OTHER_APP, range(3, 5))):
        for number in numbers:
            actor = {"id": NAMES[number], "type": "Person", "email": "class@example.org"}
            event = world.payloads.time_spent(NAMES[number]) | {"actor": actor}
            world.send(event, app=app)
    world.as_admin()

    def listed(**parameters: str) -> list[tuple[str, str]]:
        rows = world.get("/learners", email="class@example.org", **parameters)["learners"]
        return [(row["actor"], row["app"]) for row in rows]

    own, others = [(name, APP) for name in NAMES[:4]], [(name, OTHER_APP) for name in NAMES[3:5]]
    assert listed() == listed(app=APP) == own
    assert listed(app=OTHER_APP) == others
    assert sorted(listed(app="*")) == sorted(own + others)
    assert world.refused("/learners", email="class@example.org", app="urn:none") == (404, "unknown-app")
    spelled = world.ask_raw("/learners", "email=class+none@example.org")
    assert spelled["json"] == {"learners": []}
    monkeypatch.setattr(of_address, "LEARNERS", 4)
    assert len(listed()) == 4
    monkeypatch.setattr(of_address, "LEARNERS", 3)
    assert len(listed()) == 3


def test_an_address_with_a_plus_leads_to_its_learner_however_it_was_sent() -> None:
    world = World()
    actor = {"id": NAMES[0], "type": "Person", "email": "a+b@example.org"}
    world.send(world.payloads.time_spent(NAMES[0]) | {"actor": actor})
    for spelling in ("a+b@example.org", "a%2Bb%40example.org", "A%2BB@Example.org"):
        rows = world.ask_raw("/learners", f"email={spelling}")["json"]["learners"]
        assert rows == [{"actor": NAMES[0], "app": APP}], spelling
