"""What the registry says of people is in no copy of it: what is erased must not stay there."""

import gzip
import json
from typing import Any

import pytest

from functions.store import keys
from functions.store.people.aliases import add_alias
from functions.store.people.keys import EVERY_APP
from functions.store.people.roster import Enrolment, RosterCourse, RosterUser, course_row, enrolment_rows, user_row
from functions.store.registry import Registry
from tests.fakes import MemoryTable
from tests.unit.authorize.test_handler import APP, KEY
from tests.unit.backup.test_copying import Aws

ADA, COURSE = "urn:uuid:0a0a0a0a-0000-4000-8000-0000000000ad", "https://school.example.org/courses/1"


def rows_of_people(kind: str) -> list[Any]:
    table = MemoryTable()
    if kind == "ids in one app":
        add_alias(table, APP.tenant, person=ADA, alias="urn:another-of-ada")
    elif kind == "ids in every app":
        add_alias(table, EVERY_APP, person=ADA, alias="urn:another-of-ada")
    elif kind == "person":
        table.put_all([user_row(APP.tenant, RosterUser(learner=ADA, name="Ada"), imported_us=1)])
    elif kind == "course":
        table.put_all([course_row(APP.tenant, RosterCourse(course=COURSE, title="Maths of Ada"), imported_us=1)])
    else:
        enrolment = Enrolment(learner=ADA, course=COURSE, role="student")
        table.put_all(enrolment_rows(APP.tenant, enrolment, imported_us=1))
    return list(table.items.values())


@pytest.mark.parametrize("kind", ["ids in one app", "ids in every app", "person", "course", "enrolment"])
def test_a_copy_holds_apps_and_credentials_and_nothing_of_people(kind: str) -> None:
    registry = Registry(MemoryTable())
    registry.add_app(APP, now_us=1)
    registry.add_key(KEY, app=APP, scopes=frozenset(), now_us=1)
    kept = list(registry.table.items.values())  # type: ignore[attr-defined]
    people = rows_of_people(kind)
    assert people
    aws = Aws()
    aws.tables = {"the registry": [*kept, *people]}
    assert aws.back_up()["rows"] == len(kept)
    (put,) = aws.put
    copied = [json.loads(line) for line in gzip.decompress(put["Body"]).splitlines()]
    assert sorted(row[keys.PK]["S"] for row in copied) == sorted(str(row[keys.PK]) for row in kept)
