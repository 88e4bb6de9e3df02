"""A roster in the files of OneRoster 1.2 CSV (1EdTech, OneRoster 1.2 CSV binding): users, classes, enrollments.

The ids of a roster are not those of events: templates say how events name a learner and a course. A row whose `status`
is `tobedeleted` is left out, and so is an enrolment of such a user or class.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from functions.core.ids import canonical_id
from functions.operate.errors import SchoolError
from functions.operate.school.csv_rows import filled, has_file, opened
from functions.store.people.roster import Enrolment, Role, RosterCourse, RosterUser

USERS, CLASSES, ENROLLMENTS = "users.csv", "classes.csv", "enrollments.csv"
LEARNER, COURSE = "{sourcedId}", "{courseSourcedId}"  # of TimeBack's apps, which send OneRoster's ids
MANIFEST = "manifest.csv"
_STUDENT = "student"  # others teach, help or administer (OneRoster 1.2, enrollments.csv: role)


class Roster(Struct):
    """Users and courses by their ids in the roster. `left_out`: rows that name no one who is in it."""

    users: dict[str, RosterUser] = field(default_factory=dict)
    courses: dict[str, RosterCourse] = field(default_factory=dict)
    enrolments: list[Enrolment] = field(default_factory=list)
    left_out: int = 0


def read_roster(path: Path, *, learner: str = LEARNER, course: str = COURSE) -> Roster:
    """The roster of a zip or folder. Raises SchoolError if a file is missing or cannot be read."""
    missing = [name for name in (USERS, CLASSES, ENROLLMENTS) if not has_file(path, name)]
    if missing:
        raise SchoolError(f"{path} has no {', '.join(missing)}: name a zip or folder of OneRoster 1.2 CSV files.")
    _refuse_changes_alone(path)
    roster = Roster()
    for row in _present(path, USERS):
        name = " ".join(filter(None, (_value(row, "preferredFirstName") or _value(row, "givenName"), _family(row))))
        named = filled(learner, row)
        if named:
            roster.users[_value(row, "sourcedId")] = RosterUser(learner=canonical_id(named), name=name)
    for row in _present(path, CLASSES):
        named = filled(course, row)
        if named:
            roster.courses[_value(row, "sourcedId")] = RosterCourse(course=named, title=_value(row, "title"))
    for row in _present(path, ENROLLMENTS):
        user = roster.users.get(_value(row, "userSourcedId"))
        enrolled_in = roster.courses.get(_value(row, "classSourcedId"))
        if user is None or enrolled_in is None:
            roster.left_out += 1
            continue
        role: Role = "student" if _value(row, "role").lower() in (_STUDENT, "") else "teacher"
        roster.enrolments.append(Enrolment(learner=user.learner, course=enrolled_in.course, role=role, name=user.name))
    return roster


def _refuse_changes_alone(path: Path) -> None:
    """Raises SchoolError if the manifest says that a file has changes alone: what it leaves out is still so."""
    if not has_file(path, MANIFEST):
        return
    with opened(path, MANIFEST) as rows:
        modes = {_value(row, "propertyName").lower(): _value(row, "value").lower() for row in rows}
    deltas = [
        name for name in (USERS, CLASSES, ENROLLMENTS) if modes.get(f"file.{name.removesuffix('.csv')}") == "delta"
    ]
    if deltas:
        raise SchoolError(f"{path}: {', '.join(deltas)} are a delta, changes alone. Export in bulk, and import that.")


def _present(path: Path, name: str) -> Iterator[dict[str, str]]:
    with opened(path, name) as rows:
        yield from (row for row in rows if _value(row, "status").lower() != "tobedeleted")


def _family(row: dict[str, str]) -> str:
    return _value(row, "preferredLastName") or _value(row, "familyName")


def _value(row: dict[str, str], name: str) -> str:
    return row.get(name, "").strip()
