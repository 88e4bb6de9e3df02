"""What a batch says of itself: counts that metrics and log lines are made of, and rows that answer for each item."""

import json
from typing import Any

import pytest

from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message
from functions.core.sessions.timeouts import Timeouts
from functions.core.times import MINUTE_US, day_of, format_time
from functions.store import keys
from functions.store.bus import Notice
from functions.store.dynamodb.table import Row, key_of
from functions.store.rows.events import fact_of_item
from functions.storing.announcing import publish_started
from functions.storing.pipeline import process, store
from functions.storing.replaying import merged
from functions.storing.write_set import WriteSet, build_write_set
from tests.fakes import FailingBus, MemoryArchive, MemoryBus, MemoryTable
from tests.payloads import APP, Json, Payloads
from tests.unit.storing.test_pipeline import FINDING, NOW_US, SETTINGS, TENANT, message

TIMEOUTS = Timeouts.constant(idle_minutes=30, heartbeat_minutes=5)
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-00000000000c"


@pytest.fixture
def payloads() -> Payloads:
    return Payloads(21)


def built(*messages: Message) -> WriteSet:
    return build_write_set(messages, retention_days=lambda _tenant: 400, timeouts=lambda _tenant: TIMEOUTS)


def counts(write_set: WriteSet) -> tuple[int, int, int, int, int]:
    return (
        write_set.events,
        write_set.rejections,
        write_set.duplicates,
        write_set.conflicts,
        len(write_set.rejection_errors),
    )


def rejection(raw: bytes = b"[]") -> Item:
    return Item("rejection", raw, [FINDING])


def item(event: Json) -> Item:
    return Item("event", json.dumps(event).encode())


def test_an_empty_batch_counts_nothing() -> None:
    write_set = built()
    assert counts(write_set) == (0, 0, 0, 0, 0)
    assert (write_set.unpublished, write_set.ahead.total(), write_set.began.total()) == (0, 0, 0)
    assert (write_set.rows, write_set.sent, write_set.index_rows, write_set.additions) == ([], [], {}, {})


def test_each_item_is_counted_for_what_it_is(payloads: Payloads) -> None:
    event, other = payloads.lesson_started(STUDENT), payloads.lesson_started(STUDENT)
    second_content = event | {"action": "Completed"}
    first = message(items=[item(event), rejection(), item(other), item(event)])
    second = message(items=[item(second_content), item(event), rejection(b"{}"), rejection(b"7")], job="k" * 22)
    # Of six events a first comes three times, and its id has two contents.
    assert counts(built(first, second)) == (5, 3, 2, 1, 0)
    assert counts(built(first)) == (3, 1, 1, 0, 0)


def test_what_two_tenants_send_is_no_repeat(payloads: Payloads) -> None:
    event = payloads.lesson_started(STUDENT)
    other = message(event, tenant=keys.tenant_of("urn:x:other"), app_id="urn:x:other")
    assert counts(built(message(event), other)) == (2, 0, 0, 0, 0)


def test_the_repeats_of_two_tenants_add_up(payloads: Payloads) -> None:
    event = payloads.lesson_started(STUDENT)
    events = [event, event, event | {"action": "Completed"}]
    other = message(*events, tenant=keys.tenant_of("urn:x:other"), app_id="urn:x:other")
    assert counts(built(message(*events), other)) == (6, 0, 2, 2, 0)


def test_an_event_dated_ahead_is_counted_for_its_app(payloads: Payloads) -> None:
    def ahead(minutes: float) -> Json:
        return payloads.lesson_started(STUDENT) | {"eventTime": format_time(NOW_US + round(minutes * MINUTE_US))}

    write_set = built(message(ahead(5), ahead(5.1), ahead(60)))
    assert write_set.ahead == {APP: 2}


def test_an_item_that_cannot_be_placed_is_a_rejection_and_its_neighbours_go_through(
    payloads: Payloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(item: Item, of: Message) -> Any:
        if b"poison" in item.raw:
            raise KeyError("a fault")
        return fact_of_item(item, of)

    monkeypatch.setattr("functions.storing.write_set.fact_of_item", failing)
    good = payloads.lesson_started(STUDENT)
    key = job_key(NOW_US, b"n" * 8)
    ids = [f"urn:x:{number}" for number in range(20)]
    poison = payloads.lesson_started(STUDENT) | {"id": "urn:x:poison"}
    sent = message(items=[item(poison), item(good)], job=job_id(key, ids, 1))
    write_set = built(sent)
    assert counts(write_set) == (1, 0, 0, 0, 1)
    assert write_set.rejection_errors == ["KeyError"]
    assert sum(str(row[keys.SK]).startswith(keys.EVENT) for row in write_set.rows) == 1


def test_an_erased_item_keeps_the_numbers_of_those_behind_it(payloads: Payloads) -> None:
    sent = message(items=[Item("erased", b""), rejection(), item(payloads.lesson_started(STUDENT))])
    table = MemoryTable()
    write_set = process([sent], table=table, archive=MemoryArchive(), settings=SETTINGS, now_us=NOW_US)
    assert counts(write_set) == (1, 1, 0, 0, 0)


NOTICES: list[Notice] = [("SessionStarted", {"n": 1}), ("SessionStarted", {"n": 2})]


def test_notices_are_published_and_those_that_are_not_are_counted() -> None:
    bus = MemoryBus()
    assert publish_started(bus, NOTICES) == 0
    assert bus.notices == NOTICES
    assert publish_started(FailingBus(), NOTICES) == 2
    assert publish_started(None, NOTICES) == 0
    assert publish_started(FailingBus(), []) == 0


def test_nothing_is_published_for_nothing() -> None:
    class Watched(MemoryBus):
        def publish(self, notices: Any) -> None:
            raise AssertionError("a call that costs and says nothing")

    assert publish_started(Watched(), []) == 0


def test_a_row_that_is_no_event_and_that_dynamodb_will_not_take_lets_the_message_come_again(payloads: Payloads) -> None:
    write_set = built(message(payloads.lesson_started(STUDENT)))
    bad: Row = {keys.PK: f"{TENANT}#S#x", keys.SK: "M#x", "large": "x" * 500_000}
    write_set.rows.append(bad)
    with pytest.raises(Exception, match="1 rows are not valid"):
        store(write_set, MemoryTable())


def test_an_event_that_dynamodb_will_not_take_goes_to_quarantine_and_is_no_stored_event(payloads: Payloads) -> None:
    table = MemoryTable()
    write_set = built(message(payloads.lesson_started(STUDENT), payloads.lesson_started(STUDENT)))
    event = next(row for row in write_set.rows if str(row[keys.SK]).startswith(keys.EVENT))
    event["large"] = "x" * 500_000
    store(write_set, table)
    assert (write_set.events, write_set.rejection_errors) == (1, ["Unstorable"])
    assert key_of(event) not in table.items
    assert sum(sk.startswith(keys.EVENT) for _, sk in table.items) == 1


def test_the_whole_of_several_batches_is_their_sum(payloads: Payloads) -> None:
    event, two = payloads.lesson_started(STUDENT), payloads.lesson_started("urn:x:another")
    ahead = payloads.lesson_started(STUDENT) | {"eventTime": format_time(NOW_US + 60 * MINUTE_US)}
    first = message(items=[item(event), item(event), rejection(), item(ahead)])
    second = message(items=[item(two), item(two | {"action": "Completed"}), rejection(b"7")], job="k" * 22)
    parts = [built(first), built(second)]
    expected = [
        sum(getattr(part, name) for part in parts) for name in ("events", "rejections", "duplicates", "conflicts")
    ]
    parts[1].rejection_errors.append("KeyError")
    rows = [row for part in parts for row in part.rows]
    sent = [counted for part in parts for counted in part.sent]
    index_rows = parts[0].index_rows | parts[1].index_rows
    learners = parts[0].additions.keys() | parts[1].additions.keys()
    whole = merged(built(part) for part in (first, second))
    assert [whole.events, whole.rejections, whole.duplicates, whole.conflicts] == expected
    assert whole.ahead == {APP: 1}
    assert whole.rows == rows
    assert [marker for marker, _ in whole.sent] == [marker for marker, _ in sent]
    assert whole.index_rows == index_rows
    assert whole.additions.keys() == learners
    assert merged([WriteSet(rejection_errors=["A"]), WriteSet(rejection_errors=["B"])]).rejection_errors == ["A", "B"]


def test_the_repeats_of_several_batches_add_up(payloads: Payloads) -> None:
    def batch(job: str) -> WriteSet:
        event = payloads.lesson_started(STUDENT)
        ahead = payloads.lesson_started(STUDENT) | {"eventTime": format_time(NOW_US + 60 * MINUTE_US)}
        return built(message(event, event, event | {"action": "Completed"}, ahead, job=job))

    whole = merged(batch(letter * 22) for letter in "jkl")
    assert counts(whole) == (12, 0, 3, 3, 0)
    assert whole.ahead == {APP: 3}


@pytest.mark.parametrize(("characters", "is_counted"), [(200, True), (201, False)])
def test_a_warning_is_counted_by_its_code_if_that_fits_a_key(
    payloads: Payloads, characters: int, is_counted: bool
) -> None:
    code = "c" * characters
    raw = json.dumps(payloads.lesson_started(STUDENT)).encode()
    warnings = [FINDING | {"severity": "warning", "code": each} for each in (code, "null")]
    write_set = built(message(items=[Item("event", raw, warnings)]))
    day = day_of(NOW_US)
    counted = {sk: count for _, amounts in write_set.sent for (pk, sk), count in amounts.items() if pk.endswith("#F")}
    assert counted == {f"{day}#{each}": 1 for each in ("*", "null", *([code] if is_counted else []))}


def test_a_timeline_of_two_batches_is_scheduled_for_the_earliest_of_both(payloads: Payloads) -> None:
    def at_minute(minute: int) -> Message:
        event = payloads.lesson_started(STUDENT) | {"eventTime": format_time(NOW_US - minute * MINUTE_US)}
        return message(event, job=f"j{minute:021d}")

    apart = [next(iter(built(at_minute(minute)).additions.values())).request for minute in (10, 20)]
    (together,) = merged(built(at_minute(minute)) for minute in (10, 20)).additions.values()
    assert together.request.from_us == min(request.from_us for request in apart) == NOW_US - 20 * MINUTE_US
    assert together.request.due_us == min(request.due_us for request in apart)
