"""Runs and progress are told from the events, whichever sittings and days they lie on."""

import orjson
import pytest

from functions.core.ids import id_digest
from functions.core.packing import compress
from functions.store import keys
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from functions.store.totals.rows import unpacked
from tests.payloads import APP, Json
from tests.unit.query.world import OTHER_APP, STUDENT, World, app_of, principal_of

TEACHER_HOST = "https://roster.example.org/ims/oneroster/rostering/v1p2/users/"


@pytest.fixture
def world() -> World:
    return World()


def completed(world: World, run: str, when: str, **metrics: float) -> Json:
    event = world.payloads.activity_completed("urn:uuid:student-000000000001", run) | {"eventTime": when}
    event["generated"]["items"] = [{"type": name, "value": value} for name, value in metrics.items()]
    event["generated"].pop("extensions", None)
    event["extensions"]["courseId"] = "MATH"
    return event


def spent(world: World, run: str, when: str, seconds: float) -> Json:
    event = world.payloads.time_spent("urn:uuid:student-000000000001", run) | {"eventTime": when}
    event["generated"]["items"] = [{"type": "active", "value": seconds}]
    return event


def test_a_run_adds_up_what_its_events_say_over_all_its_days(world: World) -> None:
    run = world.payloads.urn()
    events = [
        spent(world, run, "2026-01-05T10:00:00Z", 10),
        spent(world, run, "2026-02-05T10:00:00Z", 5.5),
        completed(world, run, "2026-02-05T10:00:01Z", xpEarned=7, totalQuestions=4, correctQuestions=3),
    ]
    world.send(*events)
    (row,) = world.get("/runs", id=run.removeprefix("urn:uuid:"))["runs"]
    assert row["id"] == run
    assert row["actor"] == events[0]["actor"]["id"]
    assert row["app"] == APP
    assert row["seconds"]["active"] == 15.5
    assert (row["xpEarned"], row["totalQuestions"], row["correctQuestions"]) == (7, 4, 3)
    assert [(day["day"], day["seconds"]["active"]) for day in row["days"]] == [("2026-01-05", 10), ("2026-02-05", 5.5)]
    assert world.get("/runs", actor=events[0]["actor"]["id"])["runs"] == [row]


def test_runs_are_paged_by_their_first_day(world: World) -> None:
    runs = [world.payloads.urn() for _ in range(9)]
    for n, run in enumerate(runs):
        world.send(*(spent(world, run, f"2026-01-{day:02}T10:00:00Z", 1) for day in (n + 1, n + 2)))
    actor = TEACHER_HOST + "000000000001"
    # A session is no run, though it is found the same way.
    world.send(spent(world, runs[0], "2026-01-01T11:00:00Z", 1) | {"session": "https://app.example.org/session"})
    runs_read = world.get("/runs", actor=actor)["runs"]
    assert [row["id"] for row in runs_read] == runs
    assert [row["id"] for row in world.all("/runs", "runs", actor=actor, limit=2)] == runs
    assert [row["id"] for row in world.all("/runs", "runs", actor=actor, limit=2, order="desc")] == runs[::-1]
    window = world.get("/runs", actor=actor, from_="2026-01-03", to="2026-01-04")["runs"]
    assert [row["id"] for row in window] == runs[1:3]


def test_a_run_that_learners_share_is_a_row_each_at_any_limit(world: World) -> None:
    run = world.payloads.urn()
    actors = [f"{TEACHER_HOST}{number}" for number in range(5)]
    for number, actor in enumerate(actors):
        for day in (number + 1, number + 2):
            event = spent(world, run, f"2026-01-{day:02}T10:00:00Z", 1)
            world.send(event | {"actor": event["actor"] | {"id": actor}})
    for limit in (1, 2, 1000):
        runs = world.all("/runs", "runs", id=run, limit=limit)
        assert [row["actor"] for row in runs] == actors
        turned = world.all("/runs", "runs", id=run, limit=limit, order="desc")
        assert [row["actor"] for row in turned] == actors[::-1]


@pytest.mark.parametrize(
    ("window", "expected"),
    [({"from_": "2026-01-06"}, True), ({"to": "2026-01-05"}, False), ({"from_": "2026-02-06"}, False)],
)
def test_a_run_in_the_window_is_told_whole_by_id_as_by_learner(
    world: World, window: dict[str, str], expected: bool
) -> None:
    run = world.payloads.urn()
    world.send(spent(world, run, "2026-01-05T10:00:00Z", 10), spent(world, run, "2026-02-05T10:00:00Z", 5))
    by_id = world.get("/runs", id=run, **window)["runs"]
    assert by_id == world.get("/runs", actor=TEACHER_HOST + "000000000001", **window)["runs"]
    assert [row["seconds"]["active"] for row in by_id] == [15] * expected


@pytest.mark.parametrize("window", [{"from_": "0001-01-01"}, {"to": "0001-01-01"}, {"to": "9999-12-31"}])
def test_progress_is_asked_for_in_any_window(world: World, window: dict[str, str]) -> None:
    world.send(spent(world, world.payloads.urn(), "2026-01-05T10:00:00Z", 10))
    days = world.get("/progress", actor=TEACHER_HOST + "000000000001", **window)["days"]
    assert [day["day"] for day in days] == ["2026-01-05"] * (window != {"to": "0001-01-01"})


def swept(world: World) -> World:
    """What was sent is settled, by a worker that knows the registration, with nothing counted yet."""
    world.set_clock(120)
    world.sweep()
    world.drain()
    world.warm()
    world.calls.counts.clear()
    world.table.rows_read = 0
    return world


def test_pages_of_settled_runs_that_go_on_for_days_are_cut_from_one_list(world: World) -> None:
    runs = [world.payloads.urn() for _ in range(9)]
    for n, run in enumerate(runs):
        world.send(*(spent(world, run, f"2026-01-{day:02}T10:00:00Z", 1) for day in (n + 1, n + 2, n + 9)))
    actor = TEACHER_HOST + "000000000001"
    open_yet = world.get("/runs", actor=actor)["runs"]
    swept(world)
    assert world.get("/runs", actor=actor)["runs"] == open_yet
    for limit in (1, 2, 4):
        for order, expected in (("asc", open_yet), ("desc", open_yet[::-1])):
            assert world.all("/runs", "runs", actor=actor, limit=limit, order=order) == expected
            for from_, to in (("2026-01-05", "2026-01-07"), ("2026-01-10", "2026-02-01"), ("2026-01-01", "2026-01-02")):
                own = [run for run in expected if any(from_ <= day["day"] < to for day in run["days"])]
                window = {"from_": from_, "to": to, "order": order, "limit": limit}
                assert world.all("/runs", "runs", actor=actor, **window) == own


def test_rows_of_an_earlier_version_are_read_whole(world: World) -> None:
    runs = [world.payloads.urn() for _ in range(4)]
    for n, run in enumerate(runs):
        world.send(*(spent(world, run, f"2026-01-{day:02}T10:00:00Z", 1) for day in (n + 1, n + 2)))
    actor = TEACHER_HOST + "000000000001"
    expected = swept(world).get("/runs", actor=actor)["runs"]
    for key, row in list(world.table.items.items()):
        if key[1] == keys.totals_sk("20260103"):
            body = orjson.loads(unpacked(row, "body") or b"")
            del body["laterDays"], body["firstDays"]
            world.table.items[key] = row | {"body": compress(orjson.dumps(body))}
    assert world.get("/runs", actor=actor)["runs"] == expected
    for order in ("asc", "desc"):
        listed = world.all("/runs", "runs", actor=actor, limit=1, order=order)
        assert listed == (expected if order == "asc" else expected[::-1])


def test_runs_of_many_days_are_told_by_a_row_a_day(world: World) -> None:
    runs = [world.payloads.urn() for _ in range(100)]
    for n, run in enumerate(runs):
        world.send(spent(world, run, f"2025-{n % 9 + 1:02}-{n // 9 + 1:02}T10:00:00Z", 1))
    actor = TEACHER_HOST + "000000000001"
    body = swept(world).get("/runs", actor=actor)
    assert {row["id"] for row in body["runs"]} == set(runs)
    assert dict(world.calls.counts) == {"query": 1 + 3, "get_all": 2}, "ids of the person, and the timer"
    assert world.table.rows_read == 100 + 2


def test_a_run_on_few_days_costs_a_row_a_day(world: World) -> None:
    run = world.payloads.urn()
    world.send(*(spent(world, run, f"2026-01-{day:02}T10:00:00Z", 1) for day in (1, 2, 3)))
    swept(world).get("/runs", id=run)
    assert dict(world.calls.counts) == {"query": 2, "get_all": 4}, "the last: which ids are one person"
    assert world.table.rows_read == 3 + 3 + 3, "memberships of the index, days, and the timer, latest day and learner"


def test_progress_sums_the_units_of_all_submissions_against_the_lessons_on_record(world: World) -> None:
    run = world.payloads.urn()
    first = completed(world, run, "2026-01-05T10:00:00Z", masteredUnits=1)
    again = completed(world, run, "2026-01-06T10:00:00Z", masteredUnits=1) | {"object": first["object"]}
    other = completed(world, run, "2026-01-07T10:00:00Z", masteredUnits=2)
    world.send(first, again, other)
    actor = first["actor"]["id"]
    (row,) = world.get("/progress", actor=actor)["progress"]
    assert (row["course"], row["masteredUnits"], row["totalLessons"], row["pctCompleteApp"]) == ("MATH", 4, None, None)
    Registry(world.table).put_course(app_of(APP), Course(id="MATH", lessons=40))
    body = world.get("/progress", actor=actor, course="MATH")
    assert body["progress"][0]["pctCompleteApp"] == 10
    assert body["cursor"] is None
    assert [day["day"] for day in body["days"]] == ["2026-01-05", "2026-01-06", "2026-01-07"]
    days = world.get("/progress", actor=actor, from_="2026-01-06", to="2026-01-07")["days"]
    assert [day["day"] for day in days] == ["2026-01-06"]
    assert world.get("/progress", actor=actor, course="ART")["progress"] == []


@pytest.mark.parametrize("days_before", [0, 100])
def test_progress_of_today_costs_the_same_whatever_was_done_before(world: World, days_before: int) -> None:
    run = world.payloads.urn()
    for day in range(days_before):
        world.send(completed(world, run, f"2025-{day // 25 + 1:02}-{day % 25 + 1:02}T10:00:00Z", masteredUnits=1))
    world.send(completed(world, run, "2026-01-05T10:00:00Z", masteredUnits=1))
    body = swept(world).get("/progress", actor=TEACHER_HOST + "000000000001", from_="2026-01-05")
    assert [row["masteredUnits"] for row in body["progress"]] == [days_before + 1]
    assert [day["day"] for day in body["days"]] == ["2026-01-05"]
    assert dict(world.calls.counts) == {"query": 2, "get_all": 3}, "ids of the person, the timer, lessons on record"
    assert world.table.rows_read == 3


def test_another_app_sees_neither_run_nor_progress(world: World) -> None:
    run = world.payloads.urn()
    world.send(completed(world, run, "2026-01-05T10:00:00Z", masteredUnits=1))
    world.principal = principal_of(OTHER_APP)
    actor = TEACHER_HOST + "000000000001"
    assert world.get("/runs", id=run)["runs"] == []
    assert world.get("/runs", actor=actor)["runs"] == []
    assert world.get("/progress", actor=actor)["progress"] == []
    assert world.refused("/progress", actor=actor, app=APP) == (403, "foreign-app")


@pytest.mark.parametrize("path", ["/runs", "/progress"])
def test_a_selector_is_needed(world: World, path: str) -> None:
    assert world.refused(path) == (400, "wrong-selector")


def test_a_run_is_placed_by_digest_so_its_id_may_hold_anything(world: World) -> None:
    run = "https://x.example/run|1#" + "r" * 500
    world.send(spent(world, run, "2026-01-05T10:00:00Z", 1), spent(world, "b", "2026-01-05T10:00:00Z", 1))
    rows = world.all("/runs", "runs", actor=TEACHER_HOST + "000000000001", limit=1)
    assert [row["id"] for row in rows] == sorted((run, "b"), key=id_digest)


def test_progress_that_does_not_fit_into_one_answer_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send(
        *(world.payloads.time_spent(STUDENT) | {"eventTime": f"2026-01-{day:02}T10:00:00Z"} for day in range(1, 20))
    )
    actor = world.get("/caliper/events", limit=1)["events"][0]["actor"]["id"]
    whole = world.get("/progress", actor=actor)
    assert whole["cursor"] is None
    monkeypatch.setattr("functions.query.sessions.progress.ROWS", 4)
    paged = {name: world.all("/progress", name, actor=actor) for name in ("progress", "days")}
    assert paged == {name: whole[name] for name in ("progress", "days")}
    assert len(whole["days"]) >= 19
