"""Who asks for events gets what was sent, of whom, when and in which order was asked, and nothing else."""

import json
from itertools import batched

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.messages import Item
from functions.core.sessions.fold import Scope, fold
from functions.core.sessions.sitting import sitting_by_event
from functions.core.times import DAY_US, FIRST_US, LAST_US, MINUTE_US
from functions.store import keys
from functions.store.facts.reading import Reading
from functions.store.rows.credentials import digest_of
from functions.store.slices import between
from tests.examples import examples
from tests.fakes import Calls
from tests.payloads import APP, Json
from tests.unit.query.world import NINE_US, OTHER_APP, QUERY, STUDENT, World, ids, principal_of

KEY_ID = digest_of("a sensor key")
READING = Reading(slice_gap_us=0)
FINDING = {"severity": "error", "code": "wrong-type", "pointer": "/type", "message": "m", "source": "s"}


@pytest.fixture
def world() -> World:
    return World()


def test_an_event_comes_back_byte_for_byte(world: World) -> None:
    raw = (
        b'{ "type":"ViewEvent",\n\t"id" : "urn:uuid:A1B2C3D4-0000-4000-8000-000000000000", "n":1.0, "e":1E5,'
        b'"actor":"https://x.example/u","action":"Viewed","object":"https://x.example/\\u00e9\xc3\xa9",'
        b'"eventTime":"2026-03-02T09:00:00+0000", "n":2}'
    )
    world.send_raw(raw)
    answer = world.ask("/events", actor="https://x.example/u")
    assert raw.decode() in answer["body"]
    (row,) = answer["json"]["events"]
    assert row["actor"] == "https://x.example/u"
    assert row["app"] == APP


def test_a_row_says_whose_the_event_is_and_what_was_wrong_with_it(world: World) -> None:
    finding = FINDING | {"severity": "warning", "code": "c"}
    event = world.payloads.time_spent(STUDENT)
    item = Item("event", json.dumps(event).encode(), [finding])
    job = world.send_items(item, send_time="2026-03-02T08:59:58.75Z", credential=KEY_ID)
    (row,) = world.get("/events", id=event["id"])["events"]
    assert row == {
        "event": event,
        "actor": event["actor"]["id"],
        "session": None,
        "run": "urn:uuid:" + event["extensions"]["runId"],
        "app": APP,
        "jobId": job,
        "sendTime": "2026-03-02T08:59:58.750Z",
        "receivedAt": "2026-03-02T09:00:00.000Z",
        "credential": KEY_ID,
        "system": False,
        "warnings": [finding],
        "counted": True,
    }


def test_what_came_without_an_envelope_has_no_send_time(world: World) -> None:
    event = world.event(0)
    world.send(event)
    (row,) = world.get("/events", id=event["id"])["events"]
    assert (row["sendTime"], row["credential"]) == (None, None)
    assert world.get("/caliper/events")["events"][0]["sendTime"] == row["receivedAt"]


def test_a_stored_event_has_the_send_time_of_its_envelope(world: World) -> None:
    world.send(world.event(0), send_time="2026-03-02T10:00:01.500+01:00")
    (stored,) = world.get("/caliper/events")["events"]
    assert (stored["sendTime"], stored["created_at"]) == ("2026-03-02T09:00:01.500Z", "2026-03-02T09:00:00.000Z")


def test_a_learner_is_found_by_a_bare_uuid(world: World) -> None:
    event = world.event(0)
    world.send(event)
    for spelling in (STUDENT, STUDENT.removeprefix("urn:uuid:"), STUDENT.upper()):
        assert ids(world.get("/events", actor=spelling)["events"]) == [event["id"]]


def test_a_list_is_paged_in_the_order_asked_for_without_gap_or_repeat(world: World) -> None:
    events = [world.event(minute) for minute in range(25)]
    world.send(*reversed(events))
    expected = [event["id"] for event in events]
    assert ids(world.all("/events", "events", actor=STUDENT, limit=4)) == expected
    assert ids(world.all("/events", "events", actor=STUDENT, limit=4, order="desc")) == expected[::-1]
    assert ids(world.all("/events", "events", actor=STUDENT, limit=25)) == expected


def test_a_window_includes_its_start_and_excludes_its_end(world: World) -> None:
    events = [world.event(minute) for minute in range(5)]
    world.send(*events)
    event_rows = world.get("/events", actor=STUDENT, from_=world.time(1), to=world.time(3))["events"]
    assert ids(event_rows) == [events[1]["id"], events[2]["id"]]
    assert len(world.get("/events", actor=STUDENT, from_="2026-03-02", to="2026-03-03")["events"]) == 5
    assert world.get("/events", actor=STUDENT, from_="2026-03-03")["events"] == []


def test_an_offset_that_was_not_percent_encoded_is_understood(world: World) -> None:
    world.send(world.event(0))
    answer = world.ask_raw("/events", f"actor={STUDENT}&from=2026-03-02T10:00:00+01:00&to=2026-03-02T10:00:01+0100")
    assert len(answer["json"]["events"]) == 1


def test_a_type_is_found_among_many_others(world: World) -> None:
    world.send(*(world.event(minute / 10) for minute in range(40)))
    graded = world.payloads.question_graded(STUDENT) | {"eventTime": world.time(9)}
    world.send(graded)
    assert ids(world.all("/events", "events", actor=STUDENT, type="GradeEvent", limit=1)) == [graded["id"]]
    assert world.get("/events", actor=STUDENT, type="ForumEvent")["events"] == []


def test_a_session_holds_the_events_that_name_it_and_those_that_joined_it(world: World) -> None:
    session = world.payloads.urn()
    login = world.payloads.logged_in(STUDENT, session) | {"eventTime": world.time(0)}
    login["session"]["startedAtTime"] = world.time(0)
    named = world.event(1, session=session)
    joined = world.event(2)
    elsewhere = world.event(3, edApp="https://elsewhere.example.org/")
    world.send(login, named, joined, elsewhere)
    for spelling in (session, session.removeprefix("urn:uuid:")):
        events = world.all("/events", "events", session=spelling, limit=2)
        assert ids(events) == [login["id"], named["id"], joined["id"]]
        assert {row["session"] for row in events} == {session}
    of_learner = {row["event"]["id"]: row["session"] for row in world.get("/events", actor=STUDENT)["events"]}
    assert of_learner[joined["id"]] == session
    assert of_learner[elsewhere["id"]] not in (None, session)


def test_a_session_made_of_gaps_is_found_by_the_id_that_its_events_show(world: World) -> None:
    morning = [world.event(minute) for minute in (0, 10, 20)]
    noon = [world.event(minute) for minute in (180, 190)]
    world.set_clock(200)
    world.send(*morning, *noon)
    rows = world.get("/events", actor=STUDENT)["events"]
    first, second = rows[0]["session"], rows[3]["session"]
    assert [row["session"] for row in rows] == [first] * 3 + [second] * 2
    assert first != second
    assert ids(world.get("/events", session=first)["events"]) == [event["id"] for event in morning]
    world.set_clock(300)
    world.sweep()
    world.drain()
    for session, events in ((first, morning), (second, noon)):
        event_rows = world.get("/events", session=session)["events"]
        by_the_learner = [row for row in event_rows if row["event"]["action"] != "TimedOut"]
        assert ids(by_the_learner) == [event["id"] for event in events]
        assert len(event_rows) == len(events) + 1


def test_a_run_is_found_over_days(world: World) -> None:
    run = world.payloads.urn()
    events = [
        world.payloads.time_spent(STUDENT, run) | {"eventTime": f"2026-{month:02}-03T23:59:59Z"} for month in (1, 2, 3)
    ]
    world.send(*events, world.payloads.time_spent(STUDENT))
    expected = [event["id"] for event in events]
    assert ids(world.all("/events", "events", run=run, limit=1)) == expected
    assert ids(world.all("/events", "events", run=run, limit=2, order="desc")) == expected[::-1]
    assert ids(world.all("/events", "events", run=run, from_="2026-02-01", to="2026-02-28")) == expected[1:2]


def test_one_id_with_two_contents_is_shown_as_a_conflict(world: World) -> None:
    event = world.event(0)
    world.send(event)
    world.send(event)
    assert world.get("/events", id=event["id"])["conflict"] is False
    world.send(event | {"eventTime": world.time(1)})
    body = world.get("/events", id=event["id"].removeprefix("urn:uuid:"))
    assert body["conflict"] is True
    assert [row["event"]["eventTime"] for row in body["events"]] == [world.time(0), world.time(1)]
    assert ids(world.all("/events", "events", id=event["id"], limit=1)) == [event["id"]] * 2


def test_an_id_shows_what_of_it_was_rejected(world: World) -> None:
    world.send_items(Item("rejection", b'{"id":"urn:uuid:x","type":3}', [FINDING]))
    body = world.get("/events", id="urn:uuid:x")
    assert body["events"] == []
    assert body["rejections"][0]["item"] == {"id": "urn:uuid:x", "type": 3}


def test_an_event_is_found_however_often_it_was_rejected_before(world: World) -> None:
    event = world.event(0)
    for number in range(250):
        world.set_clock(number)
        rejected = json.dumps(event | {"object": number}).encode()
        world.send_items(Item("rejection", rejected, [FINDING]))
    world.send(event)
    body = world.get("/events", id=event["id"])
    assert ids(body["events"]) == [event["id"]]
    assert [rejection["item"]["object"] for rejection in body["rejections"]] == [*range(249, 239, -1)]
    assert world.get("/caliper/events/" + event["id"])["event"]["externalId"] == event["id"]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_an_entity_is_found_as_often_as_it_was_described(world: World, order: str) -> None:
    """And an event of that id beside it."""
    name = "https://app.example.org/users/1"
    for number in range(0, 600, 100):
        described = ({"id": name, "type": "Person", "name": str(n)} for n in range(number, number + 100))
        world.set_clock(number)
        world.send_items(*(Item("entity", json.dumps(entity).encode()) for entity in described))
    world.send(world.event(300) | {"id": name})
    events = world.all("/events", "events", id=name, limit=1000, order=order)
    assert {row["event"].get("name") for row in events} == {None, *map(str, range(600))}
    assert len(events) == 601
    times = [row["receivedAt"] for row in events if "name" in row["event"]]
    assert times == sorted(times, reverse=order == "desc")
    assert world.get("/events", id=name)["conflict"] is False
    assert world.get("/caliper/events/" + name)["event"]["type"] == "AssessmentItemEvent"


def test_over_all_apps_arrivals_are_added_up(world: World) -> None:
    world.register(APP, OTHER_APP)
    event = world.event(0)
    for number, app in enumerate((APP, OTHER_APP, APP, APP)):
        world.send(event, app=app, received_us=NINE_US + number * DAY_US // 10)
    world.as_admin()
    arrived = {app: world.get("/events", id=event["id"], app=app)["arrivals"] for app in (APP, OTHER_APP, "*")}
    assert [arrival["count"] for arrival in arrived.values()] == [3, 1, 4]
    assert arrived["*"]["since"] == min(arrived[APP]["since"], arrived[OTHER_APP]["since"])


def test_an_arrival_before_midnight_in_a_batch_that_ends_after_it_is_counted(world: World) -> None:
    midnight_us = NINE_US + 15 * 60 * MINUTE_US
    event = world.event(0)
    world.send(event, stored=False, received_us=midnight_us - 2)
    before = world.parts
    world.send(world.event(0), stored=False, received_us=midnight_us)
    world.store(*before, *world.parts)
    world.send(event, received_us=midnight_us - 1)
    assert world.get("/events", id=event["id"])["arrivals"]["count"] == 2


@pytest.mark.parametrize(("path", "selector"), [("/events", "session"), ("/events", "run"), ("/runs", "id")])
def test_a_learners_address_is_no_session_and_no_run(world: World, path: str, selector: str) -> None:
    event = world.payloads.time_spent(STUDENT)
    event["actor"]["email"] = "student@example.org"
    world.send(event)
    assert world.get(path, **{selector: "mailto:student@example.org"})[path[1:]] == []


def test_an_unknown_id_is_an_empty_list(world: World) -> None:
    for selector in ("actor", "session", "run", "id"):
        assert world.get("/events", **{selector: "urn:uuid:nobody"})["events"] == []


def test_heartbeats_are_no_events(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.payloads.logged_in(STUDENT, session, requiresHeartbeat=True))
    beat = {"type": "Heartbeat", "sessionId": session, "eventTime": world.time(1), "edApp": APP, "learner": STUDENT}
    world.send_items(Item("heartbeat", json.dumps(beat | {"id": "x"}).encode()))
    assert len(world.get("/events", actor=STUDENT)["events"]) == 1


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "wrong-selector"),
        ({"actor": "a", "id": "b"}, "wrong-selector"),
        ({"actor": ""}, "wrong-parameter"),
        ({"actor": "a", "from_": "yesterday"}, "wrong-parameter"),
        ({"actor": "a", "from_": "1700000000"}, "wrong-parameter"),
        ({"actor": "a", "from_": "2026-01-02", "to": "2026-01-02"}, "wrong-window"),
        ({"actor": "a", "limit": "0"}, "wrong-parameter"),
        ({"actor": "a", "limit": "-1"}, "wrong-parameter"),
        ({"actor": "a", "limit": "many"}, "wrong-parameter"),
        ({"actor": "a", "order": "up"}, "wrong-parameter"),
        ({"actor": "a", "cursor": "!"}, "wrong-cursor"),
        ({"actor": "a", "cursor": "W10"}, "wrong-cursor"),
        ({"actor": "a", "cursor": "x" * 2000}, "wrong-parameter"),
        ({"acter": "a"}, "wrong-parameter"),
        ({"actor": "a" * 3000}, "wrong-parameter"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(world: World, parameters: dict[str, str], code: str) -> None:
    assert world.refused("/events", **parameters) == (400, code)


def test_a_repeated_parameter_is_refused(world: World) -> None:
    assert world.ask_raw("/events", "actor=a&actor=b")["statusCode"] == 400


def test_a_cursor_is_good_for_its_own_query_and_reader_only(world: World) -> None:
    world.send(*(world.event(minute) for minute in range(3)))
    cursor = world.get("/events", actor=STUDENT, limit=1)["cursor"]
    assert world.get("/events", actor=STUDENT, limit=2, cursor=cursor)["events"]
    assert world.refused("/events", actor="urn:uuid:x", cursor=cursor) == (400, "wrong-cursor")
    assert world.refused("/events", actor=STUDENT, order="desc", cursor=cursor) == (400, "wrong-cursor")
    assert world.refused("/sessions", actor=STUDENT, cursor=cursor) == (400, "wrong-cursor")
    world.principal = principal_of(OTHER_APP)
    assert world.refused("/events", actor=STUDENT, cursor=cursor) == (400, "wrong-cursor")


def test_an_app_reads_only_what_it_sent(world: World) -> None:
    session, run = world.payloads.urn(), world.payloads.urn()
    mine = world.event(0, session=session, extensions={"runId": run})
    world.send(mine)
    world.principal = principal_of(OTHER_APP)
    for selector, value in (("actor", STUDENT), ("session", session), ("run", run), ("id", mine["id"])):
        assert world.get("/events", **{selector: value})["events"] == []
        assert world.refused("/events", **{selector: value}, app=APP) == (403, "foreign-app")
        assert world.refused("/events", **{selector: value}, app="*") == (403, "foreign-app")


def test_an_admin_reads_one_app_or_all(world: World) -> None:
    world.register(APP, OTHER_APP)
    mine, theirs = world.event(0), world.event(1)
    world.send(mine)
    world.send(theirs, app=OTHER_APP)
    world.as_admin()
    assert ids(world.get("/events", actor=STUDENT)["events"]) == [mine["id"]]
    assert ids(world.get("/events", actor=STUDENT, app=OTHER_APP)["events"]) == [theirs["id"]]
    everything = world.all("/events", "events", actor=STUDENT, app="*", limit=1)
    assert {(row["app"], row["event"]["id"]) for row in everything} == {(APP, mine["id"]), (OTHER_APP, theirs["id"])}
    assert world.refused("/events", actor=STUDENT, app="urn:uuid:none") == (404, "unknown-app")


def test_an_answer_is_bounded_in_bytes_and_continues(world: World) -> None:
    events = [world.event(minute, extensions={"text": '"' * 200_000}) for minute in range(14)]
    world.send(*events)
    answer = world.ask("/events", actor=STUDENT)
    assert len(json.dumps(answer["body"])) < 6_000_000
    assert answer["json"]["cursor"]
    assert ids(world.all("/events", "events", actor=STUDENT)) == [event["id"] for event in events]


def test_a_page_of_a_long_timeline_costs_one_query_of_its_rows() -> None:
    calls = Calls()
    world = World(calls)
    world.send(*(world.event(minute / 60, session=world.payloads.urn()) for minute in range(600)))
    world.warm()
    calls.counts.clear()
    assert len(world.get("/events", actor=STUDENT, limit=100)["events"]) == 100
    assert dict(calls.counts) == {"query": 1, "get_all": 1}, "the page; which other ids are the learner's"


def test_a_page_of_events_without_session_costs_the_slice_gaps_around_it(world: World) -> None:
    world.send(*(world.event(minute) for minute in range(20)))
    world.warm()
    world.calls.counts.clear()
    world.get("/events", actor=STUDENT, limit=10)
    assert dict(world.calls.counts) == {"query": 1 + 1 + 2, "get_all": 2}, (
        "the page, before it, and after it twice as far; the learner's other ids; the timer, whether rows tell"
    )


def test_an_id_costs_two_queries_and_one_read_and_its_arrivals_one_query_a_shard(world: World) -> None:
    event = world.event(0, session=world.payloads.urn())
    world.send(event)
    world.warm()
    world.calls.counts.clear()
    world.get("/events", id=event["id"])
    assert dict(world.calls.counts) == {"query": 2 + 4, "get_all": 1}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_pages_of_a_run_read_no_row_twice(world: World, order: str) -> None:
    run, other = world.payloads.urn(), world.payloads.urn()
    world.set_clock(600)
    events = [
        world.event(number, extensions={"runId": run if number % 3 else other}, session=run) for number in range(600)
    ]
    for some in batched(events, 100, strict=True):
        world.send(*some)
    world.warm()
    world.table.rows_read = 0
    listed = ids(world.all("/events", "events", run=run, limit=50, order=order))
    expected = [event["id"] for event in events if event["extensions"]["runId"] == run]
    assert listed == (expected if order == "asc" else expected[::-1])
    assert world.table.rows_read <= 1.5 * len(events)


def test_a_run_costs_one_query_and_one_a_day(world: World) -> None:
    run = world.payloads.urn()
    world.send(
        *(world.payloads.time_spent(STUDENT, run) | {"eventTime": f"2026-01-{day:02}T10:00:00Z"} for day in (2, 5, 9))
    )
    world.warm()
    world.calls.counts.clear()
    assert len(world.get("/events", run=run)["events"]) == 3
    assert dict(world.calls.counts) == {"query": 1 + 3}


def test_received_is_when_the_request_came(world: World) -> None:
    world.send(world.event(0), received_us=NINE_US + 90_000_000)
    assert world.get("/events", actor=STUDENT)["events"][0]["receivedAt"] == "2026-03-02T09:01:30.000Z"


def test_a_learner_with_a_plus_is_found_though_it_was_not_percent_encoded(world: World) -> None:
    event = world.event(0, actor="mailto:a+b@example.org")
    world.send(event)
    for spelling in ("mailto:a+b@example.org", "mailto%3Aa%2Bb%40example.org"):
        assert ids(world.ask_raw("/events", f"actor={spelling}")["json"]["events"]) == [event["id"]]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_an_event_without_a_learner_is_listed_once_in_its_session(world: World, order: str) -> None:
    """As a client's TimedOut of seed 000: it names a session and no learner."""
    session = world.payloads.urn()
    opened = world.payloads.logged_in(STUDENT, session) | {"eventTime": world.time(0)}
    ended = world.payloads.logged_out(STUDENT, session) | {"action": "TimedOut", "eventTime": world.time(5)}
    ended["actor"] = {"id": APP, "type": "SoftwareApplication"}
    ended["object"] = {"id": session, "type": "Session"}
    world.send(opened, world.event(2), ended)
    listed = ids(world.all("/events", "events", session=session, order=order, limit=1))
    assert len(listed) == len(set(listed)) == 3
    assert ended["id"] in listed


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_session_that_auto_events_prolong_past_its_days_is_listed_whole_both_ways(world: World, limit: int) -> None:
    session = world.payloads.urn()
    world.set_clock(6 * 1440)
    for day in (0, 3):
        start = day * 1440 + 14 * 60 + 55  # midnight lies between
        opened = world.payloads.logged_in(STUDENT, session) | {"eventTime": world.time(start)}
        world.send(opened, *(world.event(start + 10 * number) for number in range(1, 8)))
    world.send(world.event(4320 + 20 * 60), *(world.event(5, session=world.payloads.urn()) for _ in range(5)))
    upward = world.all("/events", "events", session=session, limit=limit)
    assert len(upward) == 16
    assert {row["session"] for row in upward} == {session}
    assert world.all("/events", "events", session=session, limit=limit, order="desc") == upward[::-1]


def test_events_are_listed_by_their_first_arrival(world: World) -> None:
    session, run = world.payloads.urn(), world.payloads.urn()
    early = world.event(5, session=session, extensions={"runId": run})
    late = world.event(1, session=session)
    other = world.event(2, actor=world.payloads.urn())
    world.send(early, received_us=NINE_US)
    world.send(late, other, received_us=NINE_US + 60_000_000)
    world.send(early, received_us=NINE_US + 3 * 60_000_000)
    world.set_clock(10)
    window: Json = {"receivedFrom": "2026-03-02"}
    rows = world.get("/events", actor=STUDENT, **window)["events"]
    assert ids(rows) == [early["id"], late["id"]]
    assert [row["receivedAt"] for row in rows] == [world.time(0), world.time(1)]
    assert ids(world.all("/events", "events", session=session, limit=1, **window)) == ids(rows)
    assert ids(world.get("/events", run=run, **window)["events"]) == [early["id"]]
    for selector in ({"actor": STUDENT}, {"session": session}, {"run": run}, {"id": early["id"]}):
        assert early["id"] not in ids(world.get("/events", receivedFrom=world.time(1), **selector)["events"])
    assert ids(world.get("/events", id=early["id"], receivedTo=world.time(1))["events"]) == [early["id"]]
    assert world.refused("/events", actor=STUDENT, order="desc", **window) == (400, "wrong-order")


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["auto", "a", "b", "other app"])), min_size=1, max_size=25),
    st.integers(0, 700),
    st.sampled_from(["asc", "desc"]),
)
def test_a_page_shows_the_sessions_that_a_fold_of_the_whole_says(
    facts: list[tuple[int, str]], swept: int, order: str
) -> None:
    """Whatever of it the sweep has settled, and whatever came late."""
    world = World()
    named: dict[str, Json] = {
        "a": {"session": world.payloads.urn()},
        "b": {"session": world.payloads.urn()},
        "auto": {},
    }
    named["other app"] = {"edApp": OTHER_APP}
    events = [world.event(minute, **named[kind]) for minute, kind in facts]
    world.set_clock(swept)
    world.send(*events[::2])
    world.sweep()
    world.drain()
    world.send(*events[1::2])
    sessions = {row["event"]["id"]: row["session"] for row in world.all("/events", "events", actor=STUDENT)}
    paged = world.all("/events", "events", actor=STUDENT, limit=2, order=order)
    assert {row["event"]["id"]: row["session"] for row in paged} == sessions
    whole = list(between(world.table, keys.learner_pk(keys.tenant_of(APP), STUDENT), FIRST_US, LAST_US, READING))
    scope = Scope(tenant=keys.tenant_of(APP), learner=STUDENT, timeouts=QUERY.timeouts)
    sittings = sitting_by_event(fold((fact.entry for fact in whole), scope).sittings)
    expected = {event_id: sitting for (event_id, _), sitting in sittings.items()}
    assert {event_id: expected[event_id].session for event_id in expected if event_id in sessions} == {
        event_id: session for event_id, session in sessions.items() if session is not None and event_id in expected
    }
    for session in {named["a"]["session"], named["b"]["session"]} & {*sessions.values()}:
        members = sorted(event_id for event_id, name in sessions.items() if name == session)
        assert sorted(ids(world.all("/events", "events", session=session, limit=3, order=order))) == members
