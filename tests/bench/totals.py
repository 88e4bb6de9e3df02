"""What answers with numbers cost as a learner's history grows, and what it costs to keep their totals."""

from collections.abc import Iterator

from tests.bench.measure import Figure
from tests.bench.reading import DAY_MINUTES, measured, stored
from tests.payloads import Json
from tests.unit.query.world import STUDENT, World

SITTINGS = (0, 300, 600)  # minutes of a day at which a sitting begins
EVENTS_OF_A_SITTING = 20
RUNS_OF_A_PAGE = 30


def sitting(world: World, minute: float, events: int) -> list[Json]:
    """A run of pages, a report of time and a submission."""
    run = world.payloads.urn()
    first_events = [world.event(minute + number, extensions={"runId": run}) for number in range(events - 2)]
    ends = [world.payloads.time_spent(STUDENT, run), world.payloads.activity_completed(STUDENT, run)]
    for number, event in enumerate(ends, start=events - 2):
        event["actor"]["id"] = STUDENT
        event["extensions"] = {"runId": run, "courseId": "MATH-3"}
        for item in event["generated"]["items"]:
            for stated in ("startDate", "endDate"):
                item.pop(stated, None)
        first_events.append(event | {"eventTime": world.time(minute + number)})
    return first_events


def history(days: int, *, settled: bool = True, events: int = EVENTS_OF_A_SITTING) -> World:
    """So many days of three sittings of so many events, the last of them today."""
    world = World()
    for day in range(days):
        world.set_clock(day * DAY_MINUTES + 640)
        for start in SITTINGS:
            stored(world, sitting(world, day * DAY_MINUTES + start, events))
        if settled or day < days - 1:
            world.set_clock(day * DAY_MINUTES + 720)
            world.sweep()
            world.drain()
    return measured(world)


def rru_progress_today(days: int, *, settled: bool = True) -> float:
    """Read units of the progress of today after so many days."""
    world = history(days, settled=settled)
    body = world.get("/progress", actor=STUDENT, from_=world.time((days - 1) * DAY_MINUTES)[:10])
    assert len(body["days"]) == 1
    assert len(body["progress"]) == 1
    assert body["days"][0]["events"] == len(SITTINGS) * EVENTS_OF_A_SITTING
    return world.table.read_units


def rru_per_run(days: int) -> float:
    """Read units of all runs of a learner, in one answer, by run."""
    world = history(days)
    runs = world.get("/runs", actor=STUDENT, limit=1000)["runs"]
    assert len(runs) == days * len(SITTINGS)
    return world.table.read_units / len(runs)


def page_of_runs(world: World, *, order: str = "asc", later: bool = False) -> tuple[int, float]:
    """Rows and read units of a page of thirty runs, three a day; `later`: of the second page."""
    page = {"actor": STUDENT, "limit": RUNS_OF_A_PAGE, "order": order}
    if later:
        page["cursor"] = world.get("/runs", **page)["cursor"]
    measured(world)
    assert len(world.get("/runs", **page)["runs"]) == RUNS_OF_A_PAGE
    return world.table.rows_read, world.table.read_units


def enrolments(world: World) -> tuple[int, float]:
    """Rows and read units of a student's courses."""
    measured(world)
    path = f"/edubridge/enrollments/user/{STUDENT.removeprefix('urn:uuid:')}"
    assert [row["course"]["id"] for row in world.get(path)["data"]] == ["MATH-3"]
    return world.table.rows_read, world.table.read_units


def totals_bytes(days: int) -> float:
    """Of the row of a day of 60 events."""
    world = history(days)
    rows = [row for (_, sk), row in world.table.items.items() if sk.startswith("Q#")]
    return max(len(value) for row in rows for value in row.values() if isinstance(value, bytes))


def figures() -> Iterator[Figure]:
    yield Figure("progress_today_10x_history", rru_progress_today(120) / rru_progress_today(12), "× the read units")
    yield Figure("rru_progress_today", rru_progress_today(120), "RRU, of 7,200 events")
    yield Figure("rru_progress_today:at_work", rru_progress_today(120, settled=False), "RRU, today is not settled")
    yield Figure("rru_per_run", rru_per_run(60), "RRU a run, of 180 in one answer")
    for days in (30, 400):
        read, units = page_of_runs(history(days, events=3), later=True)
        yield Figure(f"rows_runs_page:{days}", read, "rows, of the second page of 30 runs after so many days")
        yield Figure(f"rru_runs_page:{days}", units, "RRU")
    yield Figure("totals_row_bytes", totals_bytes(12), "B packed, of a day of 60 events")
