"""What EduBridge's answers cost after days of history: a page of the SDK asks for all of it at every view."""

from collections.abc import Iterator

from tests.bench.measure import Figure
from tests.bench.reading import DAY_MINUTES
from tests.bench.totals import history
from tests.unit.query.world import STUDENT

DAYS = (1, 30, 400)
STUDENT_ID = STUDENT.removeprefix("urn:uuid:")
EVER = {"startDate": "2000-01-01T00:00:00.000Z", "endDate": "2035-12-31T23:59:59.999Z"}


def figures() -> Iterator[Figure]:
    """Calls and read units of each route by days of 60 events, all of them settled."""
    for days in DAYS:
        world = history(days)
        week = {"weekDate": world.time((days - 1) * DAY_MINUTES)}
        for name, path, parameters in (
            ("activity", "/edubridge/analytics/activity", {"studentId": STUDENT_ID, **EVER}),
            ("week", "/edubridge/analytics/facts/weekly", {"studentId": STUDENT_ID, **week}),
            ("enrolments", f"/edubridge/enrollments/user/{STUDENT_ID}", {}),
        ):
            world.table.read_units = 0
            world.calls.counts.clear()
            world.get(path, **parameters)
            yield Figure(f"edubridge_{name}_calls:{days}", world.calls.total, "calls of AWS")
            yield Figure(f"edubridge_{name}_rru:{days}", world.table.read_units, "RRU")
