"""What a read of the store costs: how many queries and BatchGets, and how many of them are consistent ones.

Lists and answers are read as they were a moment ago. What a change or an erasure is decided by is read as it is now.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from functions.core.privacy.erased import Erasure
from functions.core.times import DAY_US
from functions.store import keys
from functions.store.erasure.requests import PersonRequest, read_request, request_row, requests_of
from functions.store.erasure.rows import add_erasures, erasures
from functions.store.erasure.secret import held_secret, pseudonym_secret
from functions.store.people.aliases import add_alias, forget_ids, ids_of, people_of, person_of, remove_alias
from functions.store.people.joined_ids import related_ids
from functions.store.people.roster import (
    Enrolment,
    RosterCourse,
    RosterUser,
    delete_older,
    enrolled_in,
    enrolments_of,
    forget_learners,
    names_of,
    put_roster,
    titles_of,
)
from functions.store.people.several_ids import every_person, several_ids
from functions.store.quarantine.marks import marks_on
from functions.store.registry import Registry
from functions.store.sender_alarms.counts import last_arrival_us, last_rejection_us
from functions.store.sent.days import received_by_day, sent_by_day
from functions.store.totals.ledger import days_and_theirs, days_between, latest_row, ledger
from functions.store.totals.settled import courses_if_settled, is_settled, stored_timer
from functions.store.webhooks.attempts import last_attempts
from functions.store.webhooks.webhooks import read_webhooks
from tests.fakes import Calls, MemoryTable
from tests.world import NINE_US, STUDENT, TENANT

ALIAS, OTHER, COURSE = "urn:x:alias", "urn:x:other", "course-1"
PK = keys.learner_pk(TENANT, STUDENT)
PEOPLE = [STUDENT, ALIAS, OTHER]


class Cost(NamedTuple):
    queries: int
    batch_gets: int
    consistent: int  # of both


def filled() -> MemoryTable:
    table = MemoryTable()
    add_alias(table, TENANT, person=STUDENT, alias=ALIAS)
    put_roster(
        table,
        TENANT,
        users=[RosterUser(learner=STUDENT, name="Ada")],
        courses=[RosterCourse(course=COURSE, title="Fractions")],
        enrolments=[Enrolment(learner=STUDENT, course=COURSE)],
        imported_us=1,
    )
    add_erasures(table, TENANT, [Erasure(digest="d" * 22, role="learner", alias="a", before_us=1, request="r1")])
    request = PersonRequest(id="r1", tenant=TENANT, kind="erase", asked_us=1, changed_us=1)
    table.put_all([request_row(request)])
    pseudonym_secret(table, random_bytes=bytes)
    table.calls = Calls()
    table.consistent_reads = 0
    return table


READS: list[tuple[str, Callable[[MemoryTable], object], Cost]] = [
    ("all ids of one", lambda table: ids_of(table, TENANT, STUDENT), Cost(0, 2, 2)),
    ("all ids of one who has no other", lambda table: ids_of(table, TENANT, OTHER), Cost(0, 1, 1)),
    ("the person of an id", lambda table: person_of(table, TENANT, ALIAS), Cost(0, 1, 1)),
    ("the people of many ids", lambda table: people_of(table, TENANT, PEOPLE), Cost(0, 1, 1)),
    (
        "an alias that is there already",
        lambda table: add_alias(table, TENANT, person=STUDENT, alias=ALIAS),
        Cost(0, 1, 1),
    ),
    ("an alias taken back", lambda table: remove_alias(table, TENANT, ALIAS), Cost(0, 2, 2)),
    ("an alias taken back that is none", lambda table: remove_alias(table, TENANT, OTHER), Cost(0, 1, 1)),
    ("ids of nobody to forget", lambda table: forget_ids(table, TENANT, ["x" * 22, "y" * 22]), Cost(0, 2, 2)),
    ("which ids are related", lambda table: related_ids(table, TENANT, [STUDENT], consistent=False), Cost(0, 2, 0)),
    ("which ids nobody is related to", lambda table: related_ids(table, TENANT, []), Cost(0, 0, 0)),
    ("who of a page has several ids", lambda table: several_ids(table, TENANT, PEOPLE), Cost(2, 1, 0)),
    ("who of a page without them has", lambda table: several_ids(table, TENANT, [OTHER]), Cost(2, 0, 0)),
    ("everyone with several ids", lambda table: every_person(table, TENANT), Cost(1, 1, 0)),
    ("everyone of an app that has none", lambda table: every_person(table, "none"), Cost(1, 0, 0)),
    ("names", lambda table: names_of(table, TENANT, PEOPLE), Cost(1, 1, 0)),
    ("names of nobody", lambda table: names_of(table, TENANT, []), Cost(1, 0, 0)),
    ("names of an app without a roster", lambda table: names_of(table, "none", PEOPLE), Cost(1, 0, 0)),
    ("titles", lambda table: titles_of(table, TENANT, [COURSE, "none"]), Cost(0, 1, 0)),
    ("titles of nothing", lambda table: titles_of(table, TENANT, []), Cost(0, 0, 0)),
    ("courses of a learner", lambda table: enrolments_of(table, TENANT, STUDENT), Cost(1, 0, 0)),
    ("learners of a course", lambda table: enrolled_in(table, TENANT, COURSE, limit=5), Cost(1, 0, 0)),
    ("what a roster tells no more", lambda table: delete_older(table, TENANT, imported_us=1), Cost(4, 0, 2)),
    ("learners to forget", lambda table: forget_learners(table, TENANT, ["x" * 22, "y" * 22]), Cost(2, 0, 2)),
    ("erasures", lambda table: erasures(table, TENANT), Cost(1, 0, 1)),
    ("the requests about people", lambda table: requests_of(table, TENANT), Cost(1, 0, 1)),
    ("a request about a person", lambda table: read_request(table, TENANT, "r1"), Cost(0, 1, 1)),
    ("the secret", lambda table: pseudonym_secret(table, random_bytes=bytes), Cost(0, 1, 1)),
    ("the secret if there is one", held_secret, Cost(0, 1, 1)),
    ("an app", lambda table: Registry(table).app(TENANT), Cost(0, 1, 1)),
    ("all apps", lambda table: Registry(table).apps(), Cost(1, 0, 0)),
    ("the keys of no candidate", lambda table: Registry(table).find_key(["", ""]), Cost(0, 0, 0)),
    ("the key of a candidate", lambda table: Registry(table).find_key(["a", "b"]), Cost(0, 1, 1)),
    ("no courses", lambda table: Registry(table).courses(TENANT, []), Cost(0, 0, 0)),
    ("webhooks, to change them", lambda table: read_webhooks(table, TENANT), Cost(1, 0, 1)),
    ("webhooks, to list them", lambda table: read_webhooks(table, TENANT, consistent=False), Cost(1, 0, 0)),
    ("the last attempts", lambda table: last_attempts(table, TENANT, "w1"), Cost(1, 0, 0)),
    ("marks on nothing", lambda table: marks_on(table, []), Cost(0, 0, 0)),
    ("the last arrival", lambda table: last_arrival_us(table, TENANT, now_us=NINE_US), Cost(8, 0, 0)),
    ("the last rejection", lambda table: last_rejection_us(table, TENANT), Cost(8, 0, 0)),
    ("the days of events", lambda table: sent_by_day(table, TENANT), Cost(1, 0, 0)),
    ("the days of arrivals", lambda table: received_by_day(table, TENANT), Cost(1, 0, 0)),
    ("all totals, to change them", lambda table: ledger(table, PK, consistent=True), Cost(1, 0, 1)),
    ("all totals, to answer", lambda table: ledger(table, PK, consistent=False), Cost(1, 0, 0)),
    ("the totals of days", lambda table: days_and_theirs(table, PK, ["20260127"]), Cost(0, 1, 0)),
    ("the totals of no day", lambda table: days_and_theirs(table, PK, []), Cost(0, 0, 0)),
    ("the totals of a span", lambda table: days_between(table, PK, "20260127", "20260129"), Cost(1, 0, 0)),
    ("the totals of the latest day", lambda table: latest_row(table, PK), Cost(1, 0, 0)),
    ("a timer", lambda table: stored_timer(table, PK), Cost(0, 1, 0)),
    ("whether totals are settled", lambda table: is_settled(table, PK), Cost(0, 1, 0)),
    ("courses of settled totals", lambda table: courses_if_settled(table, PK), Cost(0, 1, 0)),
]


@pytest.mark.parametrize(("read", "cost"), [pytest.param(read, cost, id=name) for name, read, cost in READS])
def test_a_read_costs_so_many_calls(read: Callable[[MemoryTable], object], cost: Cost) -> None:
    table = filled()
    read(table)
    counts = table.calls.counts
    assert Cost(counts["query"], counts["get_all"], table.consistent_reads) == cost


def test_of_a_course_only_as_many_learners_are_read_as_are_asked_for() -> None:
    table = filled()
    learners = [f"urn:x:{number}" for number in range(9)]
    enrolments = [Enrolment(learner=learner, course=COURSE) for learner in learners]
    put_roster(table, TENANT, users=[], courses=[], enrolments=enrolments, imported_us=DAY_US)
    table.rows_read = 0
    first = enrolled_in(table, TENANT, COURSE, limit=4)
    assert len(first) == 4
    assert table.rows_read == 4
