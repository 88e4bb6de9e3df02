"""`make roster`: OneRoster's files become names, courses and enrolments, and go with the person."""

import argparse
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.operate.errors import SchoolError
from functions.operate.outcome import Outcome
from functions.operate.school.roster_command import import_roster
from functions.store import keys
from functions.store.people.keys import is_of_people
from functions.store.people.roster import (
    Enrolment,
    enrolled_in,
    enrolments_of,
    forget_learners,
    names_of,
    titles_of,
)
from functions.store.registry import Registry
from functions.store.rows.apps import app_key
from tests.fakes import MemoryTable
from tests.payloads import APP as APP_ID
from tests.unit.query.world import World

APP = App(app_id=APP_ID, tenant=keys.tenant_of(APP_ID), name="Reading", edapps=("*",))
FILES = {
    "users.csv": "sourcedId,status,givenName,familyName,preferredFirstName\n"
    "s-1,active,Augusta,Lovelace,Ada\ns-2,,Ben,Book,\ns-3,tobedeleted,Gone,Away,\nt-1,,Grace,Hopper,\n",
    "classes.csv": "sourcedId,status,title,courseSourcedId\nc-7a,,Fractions 4a,c-7\nc-8a,,Reading,c-8\n",
    "enrollments.csv": "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role\n"
    "e1,,c-7a,o,s-1,student\ne2,,c-8a,o,s-1,student\ne3,,c-7a,o,s-2,student\ne4,,c-7a,o,t-1,teacher\n"
    "e5,,c-7a,o,s-3,student\ne6,,gone,o,s-2,student\ne7,tobedeleted,c-8a,o,s-2,student\n",
}
HOST = "https://api.example.org/users"


class School:
    """An operator over a registry in memory, and the files of a roster."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.table, self.now_us = folder, MemoryTable(), 1
        self.operator: Any = SimpleNamespace(
            registry_table=self.table, registry=Registry(self.table), clock=lambda: self.now_us
        )
        self.operator.registry.add_app(APP, now_us=0)
        self.write()

    def write(self, **changed: str) -> None:
        for name, text in FILES.items():
            (self.folder / name).write_text(changed.get(name.partition(".")[0], text), encoding="utf-8-sig")

    def run(self, path: Path | None = None, *, part: bool = False) -> Outcome:
        self.now_us += 1
        options = argparse.Namespace(
            file=str(path or self.folder), app="Reading", learner=f"{HOST}/{{sourcedId}}", course="{courseSourcedId}"
        )
        options.part = part
        return import_roster(self.operator, options)

    def courses(self, user: str) -> set[str]:
        return {each.course for each in enrolments_of(self.table, APP.tenant, f"{HOST}/{user}")}


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


def test_users_classes_and_enrolments_become_names_courses_and_enrolments(school: School) -> None:
    outcome = school.run()
    assert outcome.data == {"users": 3, "courses": 2, "enrolments": 4, "leftOut": 2, "deleted": 0}
    names = names_of(school.table, APP.tenant, [f"{HOST}/s-1", f"{HOST}/s-3", f"{HOST}/t-1"])
    assert names == {f"{HOST}/s-1": "Ada Lovelace", f"{HOST}/t-1": "Grace Hopper"}
    assert titles_of(school.table, APP.tenant, ["c-7", "c-9"]) == {"c-7": "Fractions 4a"}
    assert school.courses("s-1") == {"c-7", "c-8"}
    roles = {each.learner: each.role for each in enrolled_in(school.table, APP.tenant, "c-7", limit=10)}
    assert roles == {f"{HOST}/s-1": "student", f"{HOST}/s-2": "student", f"{HOST}/t-1": "teacher"}


def test_the_people_of_a_course_are_read_page_by_page(school: School) -> None:
    school.run()
    listed: list[Enrolment] = []
    while page := enrolled_in(
        school.table, APP.tenant, "c-7", after=id_digest(listed[-1].learner) if listed else "", limit=2
    ):
        listed += page
    assert len({each.learner for each in listed}) == len(listed) == 3


def test_a_zip_is_a_folder(school: School, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "oneroster.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
    assert school.run(tmp_path / "oneroster.zip").data["enrolments"] == 4


def test_what_a_later_roster_does_not_tell_is_gone(school: School) -> None:
    school.run()
    school.write(enrollments="classSourcedId,userSourcedId,role\nc-7a,s-1,student\n")
    assert school.run().data["deleted"] == 6
    assert school.courses("s-1") == {"c-7"}
    assert school.courses("s-2") == set()


def test_a_part_of_a_roster_keeps_the_rest(school: School) -> None:
    school.run()
    school.write(enrollments="classSourcedId,userSourcedId,role\nc-8a,s-2,student\n")
    assert school.run(part=True).data["deleted"] == 0
    assert school.courses("s-2") == {"c-7", "c-8"}


def test_a_missing_file_is_named(school: School, tmp_path: Path) -> None:
    (tmp_path / "classes.csv").unlink()
    with pytest.raises(SchoolError, match=r"has no classes\.csv"):
        school.run()


def test_an_erased_person_is_in_no_roster_and_everyone_else_is(school: School) -> None:
    school.run()
    assert forget_learners(school.table, APP.tenant, [id_digest(f"{HOST}/s-1")]) == 3
    assert not [row for row in school.table.items.values() if "s-1" in str(row) or "Lovelace" in str(row)]
    assert school.courses("s-2") == {"c-7"}
    assert len(enrolled_in(school.table, APP.tenant, "c-7", limit=10)) == 2


def test_the_daily_copy_of_the_registry_holds_no_one_of_a_roster(school: School) -> None:
    school.run()
    kept = [key for key, row in school.table.items.items() if not is_of_people(row)]
    assert kept == [app_key(APP.tenant)]


def test_edubridge_names_the_courses_that_a_roster_enrols_a_student_in(school: School) -> None:
    world = World()
    world.table = school.table
    school.run()
    listed = world.get("/edubridge/enrollments/user/s-1")["data"]
    assert listed == []  # no event has told yet that this host's user is the student
    world.send(world.event(0, actor={"id": f"{HOST}/s-1", "type": "TimebackUser"}))
    listed = world.get("/edubridge/enrollments/user/s-1")["data"]
    assert {row["course"]["id"]: row["course"]["title"] for row in listed} == {"c-7": "Fractions 4a", "c-8": "Reading"}
    taught = world.get("/edubridge/enrollments/user/t-1")["data"]
    assert taught == []


def test_files_of_changes_alone_are_refused_and_change_nothing(school: School, tmp_path: Path) -> None:
    school.run()
    manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.users,{}\nfile.classes,bulk\n"
    (tmp_path / "manifest.csv").write_text(manifest.format("delta"))
    with pytest.raises(SchoolError, match=r"users\.csv are a delta"):
        school.run()
    (tmp_path / "manifest.csv").write_text(manifest.format("bulk"))
    assert school.run().data["deleted"] == 0


@pytest.mark.parametrize("users", ["sourcedId,status,givenName\n", "sourcedId,status\ns-1,tobedeleted\n"])
def test_a_roster_of_no_one_does_not_delete_the_one_that_is_there(school: School, users: str) -> None:
    school.run()
    school.write(users=users)
    with pytest.raises(SchoolError, match="names no one"):
        school.run()
    assert school.courses("s-1") == {"c-7", "c-8"}


def test_only_students_learn(school: School) -> None:
    roles = ("student", "teacher", "administrator", "proctor", "Student")
    rows = "".join(f"c-7a,{user},{role}\n" for user, role in zip(("s-1", "s-2", "t-1", "x", "y"), roles, strict=True))
    school.write(
        users="sourcedId,givenName\ns-1,A\ns-2,B\nt-1,C\nx,D\ny,E\n",
        enrollments=f"classSourcedId,userSourcedId,role\n{rows}",
    )
    school.run()
    learning = {
        each.learner for each in enrolled_in(school.table, APP.tenant, "c-7", limit=10) if each.role == "student"
    }
    assert learning == {f"{HOST}/s-1", f"{HOST}/y"}


def test_names_and_titles_are_read_at_half_the_price(school: School) -> None:
    school.run()
    school.table.consistent_reads = 0
    assert names_of(school.table, APP.tenant, [f"{HOST}/s-1"])
    assert titles_of(school.table, APP.tenant, ["c-7"])
    assert school.table.consistent_reads == 0
