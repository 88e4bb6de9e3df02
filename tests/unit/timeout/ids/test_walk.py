"""One step of the walk of the ids: which contents it notices, what it puts down, and what it leaves alone."""

import pytest

from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.facts.rivals import is_rival
from functions.store.facts.walk import WALK_KEY, WalkRow, walk_of, walk_row
from functions.store.rows.timers import SLACK_US, timer_key, timer_of
from functions.timeout.ids import walk
from functions.timeout.ids.walk import walk_on
from tests.fakes import Crash
from tests.payloads import APP, Json
from tests.unit.query.world import NINE_US, STUDENT, TIMEOUT, World

TENANT = keys.tenant_of(APP)
LIST = keys.conflict_pk(TENANT, 0)[:-1]  # of any shard
LEARNERS = [f"urn:x:learner{number}" for number in range(4)]


def same_id(world: World, *minutes: float) -> Json:
    """An event, sent of another learner at each of these minutes, each in a batch of its own."""
    event = world.event(minutes[0])
    for learner, minute in zip(LEARNERS, minutes, strict=False):
        world.send(event | {"actor": learner, "eventTime": world.time(minute)})
    return event


def partition(learner: str) -> str:
    return keys.learner_pk(TENANT, learner)


def reached(world: World) -> WalkRow:
    return walk_of(world.table.items[WALK_KEY])


def rivals(world: World) -> list[str]:
    return sorted(pk for pk, sk in world.table.items if sk.startswith(keys.EVENT) and is_rival(sk))


def listed(world: World) -> int:
    return len(world.get("/conflicts")["conflicts"])


@pytest.fixture
def world() -> World:
    return World()


def test_each_content_is_told_of_its_rival_and_those_that_do_not_count_are_listed(world: World) -> None:
    same_id(world, 0, 1, 2)
    assert (rivals(world), listed(world)) == ([], 0)
    assert world.walk() == 2
    assert rivals(world) == sorted(map(partition, LEARNERS[:3]))
    assert listed(world) == 2


def test_what_the_walk_puts_down_outlives_the_events_by_a_month(world: World) -> None:
    same_id(world, 0, 1)
    world.walk()
    expires_s = (world.now_us + TIMEOUT.retention_days * 24 * 60 * MINUTE_US + SLACK_US) // 1_000_000
    noted = [row for (_, sk), row in world.table.items.items() if is_rival(sk)]
    noted += [row for (pk, _), row in world.table.items.items() if pk.startswith(LIST)]
    assert {row[keys.TTL] for row in noted} == {expires_s}
    assert len(noted) >= 3


def test_the_contents_of_several_ids_add_up(world: World) -> None:
    same_id(world, 0, 1, 2)
    same_id(world, 10, 11)
    same_id(world, 20, 21, 22, 23)
    assert world.walk() == 2 + 1 + 3
    assert listed(world) == 6


def test_what_is_listed_already_is_noticed_no_second_time_and_costs_no_write(world: World) -> None:
    same_id(world, 0, 1, 2)
    world.walk()
    written = world.table.written
    assert world.walk() == 0
    assert world.table.written == written


def test_a_content_that_came_since_is_noticed_with_the_others(world: World) -> None:
    event = same_id(world, 0, 1)
    assert world.walk() == 1
    world.send(event | {"actor": LEARNERS[2], "eventTime": world.time(2)})
    assert world.walk() == 2, "all three are looked at again, two of them do not count"
    assert listed(world) >= 2


def test_a_walk_that_died_before_it_listed_them_puts_the_same_down_again(world: World) -> None:
    same_id(world, 0, 1, 2)
    world.walk()
    after = dict(world.table.items)
    for key in [key for key in world.table.items if key[0].startswith(LIST)]:
        del world.table.items[key]
    assert listed(world) == 0
    assert world.walk() == 2
    assert world.table.items.keys() == after.keys()


def test_a_walk_that_dies_at_any_write_has_told_the_contents_before_their_timelines_and_lists_them_last() -> None:
    whole = World()
    same_id(whole, 0, 1, 2)
    whole.walk()
    reached_calls = 0
    for number in range(1, 40):
        world = World()
        same_id(world, 0, 1, 2)
        timers = {key: world.table.items[key] for key in map(timer_key, map(partition, LEARNERS[:3]))}
        world.calls.fail_before = world.calls.total + number
        try:
            world.walk()
        except Crash:
            reached_calls += 1
        world.calls.fail_before = None
        scheduled = [key for key, row in timers.items() if world.table.items[key] != row]
        if scheduled:
            assert len(rivals(world)) == 3
        if listed(world):
            assert len(scheduled) == 3
        world.walk()
        assert rivals(world) == rivals(whole)
        assert listed(world) == listed(whole)
    assert 5 < reached_calls < 39


def test_one_content_that_lies_twice_is_no_conflict(world: World) -> None:
    event = world.event(0)
    world.send(event)
    world.send(event)
    assert world.walk() == 0
    assert rivals(world) == []


def test_ids_that_name_nothing_may_have_any_number_of_contents(world: World) -> None:
    for number in range(3):
        world.send(world.event(number) | {"id": "_:b0", "actor": LEARNERS[number]})
    assert world.walk() == 0
    assert (rivals(world), listed(world)) == ([], 0)


def test_an_entity_that_was_described_twice_is_no_event_of_two_contents(world: World) -> None:
    described = {"id": "urn:x:entity", "type": "Person", "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2"}
    for minute in range(2):
        world.set_clock(minute)
        world.send(world.event(minute))
        world.send({**described, "dateModified": world.time(minute)})
    assert world.walk() == 0


def test_the_timelines_are_looked_at_again_from_the_content_on(world: World) -> None:
    world.send(world.event(-500) | {"actor": LEARNERS[0]})
    same_id(world, 0, 30)
    world.set_clock(100)
    world.sweep()
    world.drain()
    timers = [timer_of(world.table.items[timer_key(partition(learner))]) for learner in LEARNERS[:2]]
    assert [stored.timer.state for stored in timers] == ["idle", "idle"]
    world.set_clock(110)
    assert world.walk() == 1
    timers = [timer_of(world.table.items[timer_key(partition(learner))]) for learner in LEARNERS[:2]]
    assert [(stored.timer.state, stored.timer.from_us, stored.timer.due_us) for stored in timers] == [
        ("scheduled", NINE_US, world.now_us),
        ("scheduled", NINE_US + 30 * MINUTE_US, world.now_us),
    ]
    world.sweep()
    sessions = [len(world.get("/sessions", actor=learner)["sessions"]) for learner in LEARNERS[:2]]
    assert sessions in ([2, 0], [1, 1]), "the event counts for one of them"


def test_of_one_learner_the_first_of_the_contents_is_where_it_is_looked_at_again(world: World) -> None:
    event = world.event(0)
    for minute in (3000, 0, 6000):
        world.set_clock(minute)
        world.send(event | {"eventTime": world.time(minute)})
    world.set_clock(7000)
    world.sweep()
    world.drain()
    assert world.walk() == 2
    stored = timer_of(world.table.items[timer_key(partition(STUDENT))])
    assert stored.timer.from_us == NINE_US


def test_a_page_of_one_id_alone_is_looked_at_by_itself(world: World) -> None:
    same_id(world, 0, 1, 2, 3)
    world.table.put_all([walk_row(WalkRow(whole=1))])
    world.table.page_rows = 2
    assert world.walk() == 1
    first = reached(world).after
    assert first is not None
    assert world.walk() >= 1
    assert reached(world).after != first


def test_rows_of_the_last_id_of_a_step_are_left_to_the_next(world: World) -> None:
    same_id(world, 0, 1)
    same_id(world, 10, 11)
    in_order = sorted(row[keys.BY_ID_PK] for row in world.table.items.values() if keys.BY_ID_PK in row)
    events = [ref for ref in in_order if keys.place_of(str(ref)).startswith("E#")]
    assert len(events) == 4
    world.table.put_all([walk_row(WalkRow(whole=1))])
    world.table.page_rows = 3
    assert world.walk() == 1, "of the first id; of the second one the page has half"
    after = reached(world).after
    assert after is not None
    assert after[keys.BY_ID_PK] == events[0]
    assert world.walk() == 1
    assert listed(world) == 2


def test_pages_are_counted_from_the_beginning_of_the_index_to_its_end(world: World) -> None:
    world.send(*(world.event(minute) for minute in range(5)))
    rows = sum(keys.BY_ID_PK in row for row in world.table.items.values())
    world.table.put_all([walk_row(WalkRow(whole=1))])
    world.table.page_rows = 2
    steps: list[tuple[int, int]] = []
    while not steps or steps[-1][0]:
        assert world.walk() == 0
        steps.append((reached(world).pages, reached(world).whole))
        assert len(steps) < 20
    assert [whole for _, whole in steps[:-1]] == [1] * (len(steps) - 1)
    assert steps[-1][1] >= rows // 2
    assert steps[-1] == (0, len(steps))


def test_only_so_many_contents_of_one_id_are_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert walk.CONTENTS == 10_000
    monkeypatch.setattr(walk, "CONTENTS", 3)
    same_id(world, 0, 1, 2, 3)
    assert world.walk() == 2
    assert len(rivals(world)) == 3


def test_the_list_of_what_is_noticed_is_asked_at_half_the_price(world: World) -> None:
    same_id(world, 0, 1)
    world.walk()
    before = world.table.consistent_reads
    assert walk_on(world.sweep_context(), time_left=lambda: True) == 0
    assert world.table.consistent_reads - before == 1, "where the walk stands; not the rows of the list"


def test_a_table_without_rows_is_walked_through_in_one_page() -> None:
    world = World()
    assert world.walk() == 0
    assert world.calls.counts["scan"] == 1
    assert world.walk() == 0
    assert world.calls.counts["scan"] == 2
