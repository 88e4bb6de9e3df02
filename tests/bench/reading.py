"""What reads cost as history grows: rows, read units and calls, by the table in memory that bills as DynamoDB does."""

from collections.abc import Iterator
from itertools import batched

from tests.bench.measure import Figure
from tests.payloads import Json
from tests.unit.query.world import NINE_US, STUDENT, World

DAY_MINUTES = 1440
SECOND_US = 1_000_000
A_PAGE = 100


def measured(world: World) -> World:
    """The world with nothing read yet, by a worker that knows the registration."""
    world.warm()
    world.calls.counts.clear()
    world.table.rows_read, world.table.read_units = 0, 0.0
    return world


def stored(world: World, events: list[Json], *, at_once: int = 500) -> World:
    for some in batched(events, at_once, strict=False):
        world.send(*some)
    return world


def of_one_day(count: int, *, named: bool) -> World:
    """One unbroken sitting of events that name a session, or none, and that the sweep has ended."""
    world = World()
    session = {"session": world.payloads.urn()} if named else {}
    world.set_clock(DAY_MINUTES)
    stored(world, [world.event(number * DAY_MINUTES / count, **session) for number in range(count)])
    for minute in (90, 180):
        world.set_clock(DAY_MINUTES + minute)
        world.sweep()
        world.drain()
    return measured(world)


def page_auto_vs_named_rru(count: int = 10_000) -> float:
    """A page of events that name no session, against one of events that do; the day is over."""
    units = []
    for named in (False, True):
        world = of_one_day(count, named=named)
        events = world.get("/events", actor=STUDENT, limit=A_PAGE)["events"]
        assert len(events) == A_PAGE
        assert len({event["session"] for event in events}) == 1
        assert events[0]["session"] is not None
        units.append(world.table.read_units)
    return units[0] / units[1]


def calls_events_desc(count: int = 50_000) -> int:
    """The newest page of a day that the sweep has not looked at yet."""
    world = World()
    world.set_clock(DAY_MINUTES)
    stored(world, [world.event(number * DAY_MINUTES / count) for number in range(count)])
    measured(world).get("/events", actor=STUDENT, order="desc", limit=A_PAGE)
    return world.calls.total


def rows_per_fact_run_year(days: int = 365, events_a_day: int = 10) -> float:
    """`/runs?id` of one run over a year, one event of it a day among ten."""
    world = World()
    run = world.payloads.urn()
    for day in range(days):
        world.set_clock(day * DAY_MINUTES + 60)
        spent = world.payloads.time_spent(STUDENT, run) | {"eventTime": world.time(day * DAY_MINUTES)}
        spent["actor"]["id"] = STUDENT
        world.send(spent, *(world.event(day * DAY_MINUTES + minute) for minute in range(1, events_a_day)))
    measured(world)
    assert len(world.get("/runs", id=run)["runs"]) == 1
    return world.table.rows_read / (days * events_a_day)


def rows_sessions_live(count: int = 1_000, events_of_each: int = 3) -> float:
    """`/sessions?actor` of live sessions of one stretch, in one answer, by fact."""
    world = World()
    world.set_clock(count / 10)
    events = []
    for number in range(count):
        session = world.payloads.urn()
        events += [world.event((number + part / 3) / 10, session=session) for part in range(events_of_each)]
    measured(stored(world, events))
    assert len(world.get("/sessions", actor=STUDENT, limit=1000)["sessions"]) == count
    return world.table.rows_read / (count * events_of_each)


def rows_listing_session(count: int = 2_000) -> float:
    """All pages of a session, by event of it."""
    world = World()
    session = world.payloads.urn()
    world.set_clock(DAY_MINUTES / 2)
    stored(world, [world.event(number * DAY_MINUTES / 2 / count, session=session) for number in range(count)])
    measured(world)
    assert len(world.all("/events", "events", session=session, limit=A_PAGE)) == count
    return world.table.rows_read / count


def listed_vs_stored(count: int = 12_000) -> float:
    """All pages of what an app sent in batches of one event, by event that is stored."""
    world = World()
    for second in range(count):
        world.send(world.event(second / 60), received_us=NINE_US + second * SECOND_US)
    listed: set[str] = set()
    passed, total = 0, 1
    while passed < total:
        body = world.get("/caliper/events", limit=1000, offset=passed)
        listed |= {event["externalId"] for event in body["events"]}
        passed += len(body["events"])
        total = body["pagination"]["total"]
        assert body["events"] or passed >= total
    assert passed == len(listed), "none is listed twice"
    return len(listed) / count


def rru_events_by_actor_list(count: int = 10_000) -> float:
    world = of_one_day(count, named=True)
    assert len(world.get("/caliper/events", actorId=STUDENT, limit=A_PAGE)["events"]) == A_PAGE
    return world.table.read_units


def calls_job_poll(events: int) -> int:
    """A poll of the job of one request, all of whose events are stored."""
    world = World()
    job = world.send(*(world.event(number / 60) for number in range(events)))
    measured(world)
    assert world.get(f"/jobs/{job}/status")["job"]["state"] == "completed"
    return world.calls.total


def figures() -> Iterator[Figure]:
    yield Figure("page_auto_vs_named_rru", page_auto_vs_named_rru(), "× the read units")
    yield Figure("calls_events_desc_50000", calls_events_desc(), "calls")
    yield Figure("rows_per_fact_run_year", rows_per_fact_run_year(), "rows a fact")
    yield Figure("rows_sessions_live_1000", rows_sessions_live(), "rows a fact")
    yield Figure("rows_listing_session_2000", rows_listing_session(), "rows an event")
    yield Figure("listed_vs_stored_12000", listed_vs_stored(), "of what is stored")
    yield Figure("rru_events_by_actor_list", rru_events_by_actor_list(), "RRU a page of 100 of 10,000")
    yield Figure(
        "calls_job_poll", max(map(calls_job_poll, (1, 10, 100, 1_000))), "calls, the most of 1 to 1,000 events"
    )
