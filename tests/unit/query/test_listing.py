"""The TimeBack client lists and gets what was sent: every field that it needs, newest first, counted."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.query.timeback.event_shape import number_of
from functions.query.timeback.events import DEEPEST, PARTITIONS
from functions.store.sent import walk
from tests.examples import examples
from tests.payloads import APP, Json
from tests.unit.query.world import NINE_US, OTHER_APP, STUDENT, World, principal_of

pytestmark = pytest.mark.slow

SENSOR = "https://app.example.org/sensor"


@pytest.fixture
def world() -> World:
    return World()


def listed(world: World, **parameters: object) -> tuple[list[str], int]:
    body = world.get("/caliper/events", **parameters)
    return [event["externalId"] for event in body["events"]], body["pagination"]["total"]


def sent_one_by_one(world: World, count: int) -> list[str]:
    """Ids of events that came in batches of their own, newest first."""
    events = [world.event(minute / 60) for minute in range(count)]
    for second, event in enumerate(events):
        world.send(event, received_us=NINE_US + second * 1_000_000, sensor=SENSOR)
    return [event["id"] for event in reversed(events)]


def test_the_newest_come_first_over_batches_shards_and_days(world: World) -> None:
    events = [world.event(minute) for minute in range(12)]
    for day, event in enumerate(events):
        world.send(event, received_us=NINE_US + day * 11 * 3_600_000_000)
    expected = [event["id"] for event in reversed(events)]
    assert listed(world) == (expected, 12)
    for offset in range(13):
        assert listed(world, limit=3, offset=offset) == (expected[offset : offset + 3], 12)


def test_pagination_is_what_the_client_reads(world: World) -> None:
    sent_one_by_one(world, 7)
    body = world.get("/caliper/events", limit=3, offset=3)
    assert body["pagination"] == {"total": 7, "totalPages": 3, "currentPage": 2, "limit": 3}
    assert world.get("/caliper/events", offset=99)["pagination"]["total"] == 7
    assert world.get("/caliper/events", offset=99)["events"] == []


def test_every_field_that_the_client_requires_is_there_also_for_our_own_events(world: World) -> None:
    api = pytest.importorskip("timeback_caliper.types.api")
    world.set_clock(1)
    world.send(
        world.payloads.time_spent(STUDENT), world.event(0), world.payloads.blackboard_item(STUDENT), sensor=SENSOR
    )
    world.set_clock(90)
    world.sweep()
    world.drain()
    body = world.get("/caliper/events")
    result = api.ListEventsResult.model_validate(body)
    assert "TimedOut" in {event.action for event in result.events}
    assert len(result.events) == 5  # two sessions timed out
    for event in body["events"]:
        api.StoredEvent.model_validate(world.get("/caliper/events/" + event["externalId"])["event"])


@given(st.text())
def test_an_events_number_fits_javascript(event_id: str) -> None:
    assert 0 < number_of(event_id) < 2**53


def test_dates_are_of_the_event_and_the_end_is_excluded(world: World) -> None:
    old = world.event(0, eventTime="2025-06-30T12:00:00Z")
    new = world.event(0, eventTime="2026-03-01T00:00:00Z")
    world.send(old, new, world.event(0))
    assert listed(world, startDate="2025-06-30", endDate="2025-07-01") == ([old["id"]], 1)
    assert listed(world, startDate="2026-03-01", endDate="2026-03-02") == ([new["id"]], 1)
    assert listed(world, startDate="2026-03-01T00:00:00")[1] == 2
    assert listed(world, startDate="2026-03-03") == ([], 0)
    assert listed(world, startDate="0001-01-01")[1] == 3
    assert listed(world, endDate="0001-01-01") == ([], 0)
    assert listed(world, startDate="2025-01-01", endDate="2025-01-01") == ([], 0)


def test_a_sensor_is_picked_out_of_mixed_batches(world: World) -> None:
    mine, theirs = [world.event(minute / 60) for minute in range(5)], [world.event(minute / 60) for minute in range(7)]
    world.send(*mine, sensor=SENSOR, stored=False)
    parts = world.parts
    world.send(*theirs, sensor="urn:other", stored=False)
    world.store(*parts, *world.parts)
    assert sorted(listed(world, sensor=SENSOR)[0]) == sorted(event["id"] for event in mine)
    assert listed(world, sensor=SENSOR, limit=2, offset=4)[1] == 5
    assert listed(world, sensor="urn:other", limit=2)[1] == 7
    assert listed(world, sensor="urn:none") == ([], 0)


def test_a_learner_is_listed_by_id_and_by_address(world: World) -> None:
    events: list[Json] = [world.payloads.time_spent(STUDENT) | {"eventTime": world.time(n)} for n in range(5)]
    world.send(*events, world.event(0), sensor=SENSOR)
    expected = [event["id"] for event in reversed(events)]
    actor = events[0]["actor"]
    assert listed(world, actorId=actor["id"]) == (expected, 5)
    assert listed(world, actorEmail=actor["email"].upper()) == (expected, 5)
    assert listed(world, actorEmail=actor["email"], actorId=actor["id"], limit=2, offset=1) == (expected[1:3], 5)
    assert listed(world, actorEmail=actor["email"], actorId=STUDENT) == ([], 0)
    assert listed(world, actorId=actor["id"], sensor="urn:none") == ([], 0)
    assert listed(world, actorId=actor["id"], startDate=world.time(1), endDate=world.time(3))[1] == 2
    assert listed(world, actorEmail="nobody@example.org") == ([], 0)


def test_an_address_with_a_plus_is_found_though_the_plus_was_not_percent_encoded(world: World) -> None:
    event = world.payloads.time_spent(STUDENT)
    event["actor"]["email"] = "student+1@example.org"
    world.send(event)
    for spelling in ("student+1@example.org", "student%2B1%40example.org"):
        assert world.ask_raw("/caliper/events", f"actorEmail={spelling}")["json"]["pagination"]["total"] == 1


def test_an_address_that_more_learners_share_than_are_read_is_refused_not_answered_in_part(world: World) -> None:
    most = PARTITIONS - 2
    for number in range(most + 1):
        event = world.payloads.time_spent(STUDENT)
        event["actor"] |= {"id": f"https://roster.example.org/{number}", "email": "class@example.org"}
        if number == most:
            assert listed(world, actorEmail="class@example.org")[1] == most
        world.send(event)
    assert world.refused("/caliper/events", actorEmail="class@example.org") == (422, "too-many-learners")
    assert listed(world, actorEmail="class@example.org", actorId="https://roster.example.org/0")[1] == 1


def test_of_a_long_timeline_the_total_is_more_than_was_passed_until_its_end(world: World) -> None:
    world.send(*(world.event(second / 60) for second in range(250)))
    totals = [listed(world, actorId=STUDENT, limit=100, offset=offset)[1] for offset in (0, 100, 150, 200, 300)]
    assert totals == [151, 250, 250, 250, 250]
    assert world.refused("/caliper/events", actorId=STUDENT, offset=DEEPEST + 1) == (400, "offset-too-deep")


def followed(world: World, **parameters: object) -> list[str]:
    """The ids of a whole list, page by page as its cursor says."""
    ids: list[str] = []
    cursor: object = None
    for _ in range(300):
        body = world.get("/caliper/events", **parameters, **({} if cursor is None else {"cursor": cursor}))
        ids += [event["externalId"] for event in body["events"]]
        cursor = body["cursor"]
        if cursor is None:
            return ids
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("window", [{}, {"sensor": SENSOR}, {"receivedFrom": "2026-03-01"}, {"actorId": STUDENT}])
def test_a_cursor_lists_every_event_once(world: World, window: dict[str, str]) -> None:
    expected = sent_one_by_one(world, 45)
    world.set_clock(1)
    if "receivedFrom" in window:
        expected.reverse()
    assert followed(world, limit=7, **window) == expected


@pytest.mark.parametrize("received", [False, True])
def test_a_walk_that_must_end_early_is_continued_by_its_cursor(
    world: World, monkeypatch: pytest.MonkeyPatch, received: bool
) -> None:
    monkeypatch.setattr(walk, "MANIFESTS", 5)
    expected = sent_one_by_one(world, 40)
    world.set_clock(1)
    window = {"receivedFrom": "2026-03-01", "sensor": "urn:none"} if received else {"sensor": "urn:none"}
    assert followed(world, **window) == []
    ids = followed(world, **({"receivedFrom": "2026-03-01"} if received else {}))
    assert ids == (expected[::-1] if received else expected)


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_list_by_arrival_that_looked_through_many_days_of_events_is_continued_by_its_cursor(
    world: World, monkeypatch: pytest.MonkeyPatch, quarters: int
) -> None:
    """For first arrivals it looks where the times of events lie, here each in a quarter of its own."""
    monkeypatch.setattr(walk, "QUARTERS", quarters)
    events = [world.event(-minute * 24 * 60) for minute in range(10)]
    for second, event in enumerate(events):
        world.send(event, received_us=NINE_US + second * 1_000_000)
    world.set_clock(1)
    assert followed(world, receivedFrom="2026-03-01") == [event["id"] for event in events]
    assert followed(world, receivedFrom="2026-03-01", sensor="urn:none") == []


def test_a_repeat_is_listed_once_and_hides_no_other(world: World) -> None:
    """A request that comes again, in the same company and in another."""
    events = [world.event(minute / 60) for minute in range(30)]
    world.send(*events[:20], received_us=NINE_US)
    world.send(*events[:20], received_us=NINE_US + 60_000_000)
    world.send(*events[10:], received_us=NINE_US + 120_000_000)
    expected = [event["id"] for event in reversed(events)]
    assert listed(world) == (expected, 30)
    paged = [listed(world, limit=10, offset=offset) for offset in (0, 10, 20, 30)]
    assert [event_id for ids, _ in paged for event_id in ids] == expected
    assert paged[-1][1] == 30


def test_a_repeat_keeps_its_place_among_arrivals(world: World) -> None:
    events = [world.event(minute) for minute in range(4)]
    for minute, event in enumerate(reversed(events)):
        world.send(event, received_us=NINE_US + minute * 60_000_000)
    expected = [event["id"] for event in reversed(events)]
    world.set_clock(60)
    first = world.get("/caliper/events", receivedFrom="2026-03-02", limit=2)
    world.send(events[3], events[0], received_us=NINE_US + 30 * 60_000_000)
    rest = world.get("/caliper/events", receivedFrom="2026-03-02", limit=2, cursor=first["cursor"])
    assert [event["externalId"] for event in first["events"] + rest["events"]] == expected
    assert rest["cursor"] is None
    assert listed(world, receivedFrom=world.time(10)) == ([], 0)
    assert listed(world, receivedFrom=world.time(1), receivedTo=world.time(3)) == (expected[1:3], 2)
    assert {event["sendTime"] for event in first["events"]} == {world.time(0), world.time(1)}


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), min_size=1, max_size=30),
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(1, 4),
)
def test_any_window_of_arrivals_lists_what_first_arrived_in_it(
    sends: list[tuple[int, int]], start: int, length: int, limit: int
) -> None:
    """Each send: which event, and in which minute it is received, in any order."""
    world = World()
    events = [world.event(7 * number) for number in range(10)]
    first: dict[int, int] = {}
    for number, minute in sends:
        world.send(events[number], received_us=NINE_US + minute * 60_000_000)
        first[number] = min(first.get(number, minute), minute)
    world.set_clock(60)
    inside = {events[n]["id"]: minute for n, minute in first.items() if start <= minute < start + length}
    ids = followed(world, receivedFrom=world.time(start), receivedTo=world.time(start + length), limit=limit)
    assert sorted(ids) == sorted(inside)
    assert [inside[event_id] for event_id in ids] == sorted(inside.values())
    assert sorted(followed(world, limit=limit)) == sorted(events[n]["id"] for n in first)


def test_a_window_long_ago_is_listed_whole_however_much_came_after(world: World) -> None:
    events = [world.event(minute) for minute in range(0, 1200, 2)]
    for minute, event in enumerate(events):
        world.send(event, received_us=NINE_US + 2 * minute * 60_000_000)
    world.table.rows_read = 0
    ids, total = listed(world, startDate=world.time(60), endDate=world.time(120), limit=50)
    assert (len(ids), total) == (30, 30)
    assert world.table.rows_read <= 30 + 30 + 2 * 4 * 8


@settings(max_examples=examples(30), deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=8), limit=st.integers(1, 7))
def test_following_the_pages_finds_every_event_once(sizes: list[int], limit: int) -> None:
    world = World()
    sent = 0
    for hours, size in enumerate(sizes):
        world.send(*(world.event(0) for _ in range(size)), received_us=NINE_US + hours * 5 * 3_600_000_000)
        sent += size
    followed_ids: list[str] = []
    total = 1
    while len(followed_ids) < total:
        ids, total = listed(world, limit=limit, offset=len(followed_ids))
        followed_ids += ids
    assert len(followed_ids) == len(set(followed_ids)) == total == sent


def test_a_batch_that_is_delivered_again_is_counted_once(world: World) -> None:
    world.send(*(world.event(0) for _ in range(6)))
    world.store(*world.parts)
    assert listed(world)[1] == 6


def test_a_page_costs_about_what_it_lists_at_any_depth_of_a_cursor(world: World) -> None:
    for day in range(30):
        world.send(*(world.event(1440 * day) for _ in range(10)), received_us=NINE_US + day * 86_400_000_000)
    cursor: object = None
    while True:
        world.calls.counts.clear()
        body = world.get("/caliper/events", limit=10, **({} if cursor is None else {"cursor": cursor}))
        assert world.calls.counts["query"] <= 1 + 4 + 4, "one of counts, and four of manifests for each month"
        assert world.calls.counts["get_all"] == 1
        cursor = body["cursor"]
        if cursor is None:
            return


def test_an_event_is_got_by_any_spelling_of_its_id(world: World) -> None:
    event = world.event(0)
    web = world.event(1, id="https://app.example.org/events/7?a=b#c/")
    world.send(event, web)
    for spelling in (
        event["id"],
        event["id"].removeprefix("urn:uuid:"),
        quote(event["id"], safe=""),
        event["id"].upper(),
    ):
        body = world.get("/caliper/events/" + spelling)
        assert body["status"] == "success"
        assert body["event"]["externalId"] == event["id"]
    for spelling in (web["id"], quote(web["id"], safe="")):
        assert world.get("/caliper/events/" + spelling)["event"]["externalId"] == web["id"]


def test_an_event_that_is_not_there_is_404_as_the_client_reads_it(world: World) -> None:
    answer = world.ask("/caliper/events/urn:uuid:none")
    assert answer["statusCode"] == 404
    assert {"status", "message", "errors"} <= answer["json"].keys()


def test_of_a_conflict_the_one_that_counts_is_got(world: World) -> None:
    event = world.event(0)
    world.send(event)
    world.send(event | {"eventTime": world.time(1)})
    first = world.get("/caliper/events/" + event["id"])
    assert world.get("/caliper/events/" + event["id"]) == first


def test_events_of_another_app_are_not_listed(world: World) -> None:
    event = world.event(0)
    world.send(event)
    world.principal = principal_of(OTHER_APP)
    assert listed(world) == ([], 0)
    assert listed(world, actorId=STUDENT) == ([], 0)
    assert world.refused("/caliper/events/" + event["id"])[0] == 404


def test_unknown_and_empty_parameters_are_passed_over(world: World) -> None:
    world.send(world.event(0))
    assert listed(world, courseId="x", sensor="", startDate="")[1] == 1


@pytest.mark.parametrize("parameters", [{"limit": "0"}, {"offset": "-1"}, {"startDate": "soon"}, {"limit": "1.5"}])
def test_a_wrong_parameter_is_refused(world: World, parameters: dict[str, str]) -> None:
    assert world.refused("/caliper/events", **parameters) == (400, "wrong-parameter")


def test_large_events_shorten_the_page_and_none_is_lost(world: World) -> None:
    events = [world.event(0, extensions={"text": "x" * 240_000}) for _ in range(30)]
    world.send(*events)
    ids: list[str] = []
    total = 1
    while len(ids) < total:
        answer = world.ask("/caliper/events", limit=30, offset=len(ids))
        assert len(json.dumps(answer["body"])) < 6_000_000
        ids += [event["externalId"] for event in answer["json"]["events"]]
        total = answer["json"]["pagination"]["total"]
    assert sorted(ids) == sorted(event["id"] for event in events)


def test_app_is_shown_as_client_app_id(world: World) -> None:
    world.send(world.event(0))
    assert world.get("/caliper/events")["events"][0]["clientAppId"] == APP
