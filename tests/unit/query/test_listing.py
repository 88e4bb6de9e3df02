"""The TimeBack client lists and gets what was sent: every field that it needs, newest first, counted."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import digest
from functions.query.timeback.event_shape import number_of
from functions.query.timeback.events import COUNTED, PARTITIONS
from functions.query.timeback.sent_list import Filter, newest
from functions.store import keys
from tests.payloads import APP, Json
from tests.unit.query.world import NINE_US, OTHER_APP, STUDENT, World, principal_of

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
    world.at(1)
    world.send(
        world.payloads.time_spent(STUDENT), world.event(0), world.payloads.blackboard_item(STUDENT), sensor=SENSOR
    )
    world.at(90)
    world.sweep()
    world.drain()
    body = world.get("/caliper/events")
    found = api.ListEventsResult.model_validate(body)
    assert "TimedOut" in {event.action for event in found.events}
    assert len(found.events) == 5  # two sessions timed out
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


def test_of_a_long_timeline_the_total_is_more_than_was_seen_until_its_end(world: World) -> None:
    world.send(*(world.event(second / 6000) for second in range(COUNTED + 50)))
    totals = [listed(world, actorId=STUDENT, limit=10, offset=offset)[1] for offset in (0, 30, 40, 5000)]
    assert totals == [COUNTED + 11, COUNTED + 41, COUNTED + 50, COUNTED + 50]
    assert world.refused("/caliper/events", actorId=STUDENT, offset=10**9) == (400, "offset-too-deep")


def test_of_more_batches_than_are_looked_at_the_total_is_one_more_than_was_seen(world: World) -> None:
    sent_one_by_one(world, 12)
    wanted = Filter(sensor=digest(SENSOR))
    assert newest(world.table, keys.tenant_of(APP), wanted, offset=0, limit=2, manifests=5).total == 6
    assert newest(world.table, keys.tenant_of(APP), wanted, offset=0, limit=2).total == 12


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=8), limit=st.integers(1, 7))
def test_following_the_pages_finds_every_event_once(sizes: list[int], limit: int) -> None:
    world = World()
    sent = 0
    for hours, size in enumerate(sizes):
        world.send(*(world.event(0) for _ in range(size)), received_us=NINE_US + hours * 5 * 3_600_000_000)
        sent += size
    found: list[str] = []
    total = 1
    while len(found) < total:
        ids, total = listed(world, limit=limit, offset=len(found))
        found += ids
    assert len(found) == len(set(found)) == total == sent


def test_a_batch_that_is_delivered_again_is_counted_once(world: World) -> None:
    world.send(*(world.event(0) for _ in range(6)))
    world.store(*world.parts)
    assert listed(world)[1] == 6


def test_a_page_costs_six_queries_at_any_depth(world: World) -> None:
    for day in range(30):
        world.send(*(world.event(0) for _ in range(10)), received_us=NINE_US + day * 86_400_000_000)
    for offset in (0, 150, 290):
        world.calls.made.clear()
        listed(world, limit=10, offset=offset)
        assert dict(world.calls.made) == {"query": 5, "get_all": 1}


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
    found: list[str] = []
    total = 1
    while len(found) < total:
        answer = world.ask("/caliper/events", limit=30, offset=len(found))
        assert len(json.dumps(answer["body"])) < 6_000_000
        found += [event["externalId"] for event in answer["json"]["events"]]
        total = answer["json"]["pagination"]["total"]
    assert sorted(found) == sorted(event["id"] for event in events)


def test_app_is_shown_as_client_app_id(world: World) -> None:
    world.send(world.event(0))
    assert world.get("/caliper/events")["events"][0]["clientAppId"] == APP
