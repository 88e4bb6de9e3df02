"""A row that cannot be read is left out of each answer that would read it, told to the operator, and spoils no more."""

from typing import NamedTuple

import pytest

from functions.core.ids import id_digest
from functions.store import keys
from functions.store.dynamodb.row import Key
from tests.log_records import records_of
from tests.payloads import APP
from tests.unit.query.test_costs_of_answers import CLASSMATE, COURSE, RUN, SESSION, Lived, lived

pytestmark = pytest.mark.slow

TENANT = keys.tenant_of(APP)
LEARNER = keys.learner_pk(TENANT, CLASSMATE)
COURSE_PK = f"{TENANT}#Y#{id_digest(COURSE)}"
DAMAGED = b"KLUv not a frame"


class Damage(NamedTuple):
    """The row of a partition whose sort key begins so, the last of them, and what of it is damaged."""

    pk: str
    sk: str
    attribute: str = "body"


EVENT, SITTINGS, TIMER = Damage(LEARNER, "E#"), Damage(LEARNER, "S#"), Damage(LEARNER, "T", "from")
LATEST, FIRST_DAY = Damage(LEARNER, "Q#"), Damage(LEARNER, "Q#20260302")
STANDING, MONTH = Damage(COURSE_PK, "A#", "standing"), Damage(COURSE_PK + "#202603", "A#")
ASKED_OF = [  # how many rows the answer is short of
    (EVENT, f"/events?actor={CLASSMATE}", 1),
    (EVENT, f"/events?actor={CLASSMATE}&order=desc", 1),
    (EVENT, f"/events?run={RUN}", 1),
    (EVENT, f"/events?run={RUN}&order=desc", 1),
    (EVENT, f"/events?session={SESSION}", 0),
    (EVENT, f"/events?session={SESSION}&order=desc", 0),
    (EVENT, f"/events?actor={CLASSMATE}&receivedFrom=2026-03-01", 1),
    (EVENT, f"/caliper/events?actorId={CLASSMATE}", 1),
    (EVENT, "/caliper/events", 1),
    (EVENT, f"/sessions?actor={CLASSMATE}", 0),
    (EVENT, f"/sessions?id={SESSION}", 0),
    (SITTINGS, f"/sessions?actor={CLASSMATE}", 0),
    (SITTINGS, f"/sessions?id={SESSION}", 0),
    (TIMER, f"/sessions?actor={CLASSMATE}", 0),
    (STANDING, f"/courses?id={COURSE}", 0),
    (MONTH, f"/courses?id={COURSE}", 0),
]


def damage(world: Lived, what: Damage) -> Key:
    key = max(key for key in world.table.items if key[0] == what.pk and key[1].startswith(what.sk))
    assert what.attribute in world.table.items[key]
    world.table.items[key] = world.table.items[key] | {what.attribute: DAMAGED}
    return key


@pytest.mark.parametrize(("what", "question", "missing"), ASKED_OF)
def test_a_row_that_cannot_be_read_is_left_out_and_told_to_the_operator(
    what: Damage, question: str, missing: int
) -> None:
    world = lived()
    path, _, query = question.partition("?")
    (before,) = (rows for rows in world.ask_raw(path, query)["json"].values() if isinstance(rows, list))
    key = damage(world, what)
    with records_of("query.functions.query.sessions.folding") as log:
        answer = world.ask_raw(path, query)
    assert answer["statusCode"] == 200
    (after,) = (rows for rows in answer["json"].values() if isinstance(rows, list))
    assert len(before) - len(after) == missing
    assert {row for record in log.records for row in record.rows} == {"|".join(key)}
    assert {record.count for record in log.records} == {1}


@pytest.mark.parametrize("what", [SITTINGS, TIMER])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_if_it_is_unknown_what_the_sweep_has_settled_events_are_listed_with_the_same_sessions(
    what: Damage, order: str
) -> None:
    world = lived()
    before = world.all("/events", "events", actor=CLASSMATE, limit=2, order=order)
    damage(world, what)
    assert world.all("/events", "events", actor=CLASSMATE, limit=2, order=order) == before
    assert len([row for row in before if row["session"]]) > 5


@pytest.mark.parametrize(
    ("what", "question"),
    [
        (LATEST, f"/progress?actor={CLASSMATE}"),
        (FIRST_DAY, f"/progress?actor={CLASSMATE}"),
        (FIRST_DAY, f"/progress?actor={CLASSMATE}&from=2026-03-02&to=2026-03-03"),
        (LATEST, f"/runs?actor={CLASSMATE}"),
        (FIRST_DAY, f"/runs?actor={CLASSMATE}"),
        (FIRST_DAY, f"/runs?actor={CLASSMATE}&order=desc"),
        (FIRST_DAY, f"/runs?actor={CLASSMATE}&from=2026-03-03"),
        (LATEST, f"/runs?id={RUN}"),
        (FIRST_DAY, f"/runs?id={RUN}"),
        (LATEST, f"/edubridge/enrollments/user/{CLASSMATE}"),
    ],
)
@pytest.mark.parametrize("settled", [True, False])
def test_totals_that_cannot_be_read_are_added_up_for_the_answer_and_told_to_the_operator(
    what: Damage, settled: bool, question: str
) -> None:
    world = lived()
    if settled:
        world.set_clock(3 * 1440)
        world.sweep()
        world.drain()
    path, _, query = question.partition("?")
    before = world.ask_raw(path, query)
    key = damage(world, what)
    with records_of("query.functions.query.sessions.folding") as log:
        after = world.ask_raw(path, query)
    assert before["statusCode"] == 200
    assert after["json"] == before["json"]
    assert {row for record in log.records for row in record.rows} == {"|".join(key)}
