"""What `process` logs: an alarm counts its lines at ERROR, and its metrics are fields of one line a batch."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.core.messages import Item, Message, pack
from functions.core.times import MINUTE_US
from functions.process.batch import Outcome, Waiting, report
from functions.process.handler import Dependencies, handler
from functions.process.unreadable import MOST_REFUSED
from functions.settings import UNREADABLE_RECEIVES
from functions.store.dynamodb.batches import Unprocessed
from functions.store.dynamodb.table import Row
from functions.storing.write_set import WriteSet
from tests.fakes import FailingBus, MemoryBus, MemoryTable
from tests.handlers import process_dependencies
from tests.log_records import LogRecords, records_of
from tests.payloads import Payloads
from tests.unit.storing.test_pipeline import NOW_US, SETTINGS, message

ITEM = Item("event", b"{}")


@pytest.fixture
def lines() -> Iterator[LogRecords]:
    with records_of("process") as records:
        yield records


def record(number: int, body: str, **attributes: str) -> dict[str, Any]:
    return {"messageId": f"m{number}", "receiptHandle": f"r{number}", "body": body, "attributes": attributes}


def handled(table: MemoryTable, *records: Mapping[str, Any], context: Any = None, **changed: Any) -> list[str]:
    """The ids of the messages that are to be delivered again."""
    dependencies: Dependencies = replace(process_dependencies(table, SETTINGS), **changed)
    answer = handler({"Records": list(records)}, context, dependencies=dependencies, now_us=NOW_US)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def new_session(number: int = 1) -> Message:
    return message(Payloads(number).lesson_started(f"urn:x:learner-{number}"), job=f"j{number:021d}")


def test_a_batch_that_is_stored_is_one_line_without_an_error(lines: LogRecords) -> None:
    assert handled(MemoryTable(), record(1, pack(new_session())), bus=MemoryBus()) == []
    assert lines.errors() == []
    line = lines.single("stored")
    assert (line.messages, line.events, line.unfinished, line.rejected_by_processing) == (1, 1, 0, 0)
    assert (line.timelines, line.rejected_by_validation) == (1, 0)


def test_notices_that_the_bus_did_not_take_are_an_error_and_the_batch_is_stored(lines: LogRecords) -> None:
    table = MemoryTable()
    assert handled(table, record(1, pack(new_session())), bus=FailingBus()) == []
    assert lines.errors() == ["notices of new sessions were not published"]
    assert lines.single("notices of new sessions were not published").sessions == 1
    assert table.items


def test_an_event_that_processing_rejects_is_an_error_with_the_name_of_what_went_wrong(lines: LogRecords) -> None:
    write_set = WriteSet(events=3, rejection_errors=["Unstorable", "KeyError", "KeyError"])
    report(Outcome([write_set]), messages=1, oldest_s=0)
    assert lines.errors() == ["events rejected by processing"]
    assert lines.single("events rejected by processing").errors == ["KeyError", "Unstorable"]
    assert lines.single("stored").rejected_by_processing == 3


def test_the_counts_of_a_batch_are_those_of_all_its_parts(lines: LogRecords) -> None:
    single = WriteSet(events=2, rejections=1, duplicates=3, conflicts=5, unpublished=0, ahead=Counter({"a": 1}))
    other = WriteSet(events=7, rejections=2, duplicates=4, conflicts=6, unpublished=2, ahead=Counter({"a": 1, "b": 2}))
    waiting = Waiting("m", new_session(), NOW_US)
    report(Outcome([single, other], failed=[waiting], unfinished=[waiting, waiting]), messages=9, oldest_s=1.5)
    line = lines.single("stored")
    assert (line.messages, line.unfinished, line.events, line.rejected_by_validation) == (6, 2, 9, 3)
    assert (line.duplicates, line.conflicts, line.oldest_s) == (7, 11, 1.5)
    assert line.ahead_by_app == {"a": 2, "b": 2}
    assert lines.single("notices of new sessions were not published").sessions == 2


@pytest.mark.parametrize("receives", [UNREADABLE_RECEIVES - 1, UNREADABLE_RECEIVES])
def test_a_message_that_cannot_be_read_is_an_error_and_stays_until_its_third_delivery(
    lines: LogRecords, receives: int
) -> None:
    moved: list[str] = []

    class DeadLetters:
        def move(self, record: Mapping[str, Any], reason: str) -> None:
            moved.append(record["messageId"])

    unread = record(1, "no message", ApproximateReceiveCount=str(receives))
    kept = handled(MemoryTable(), unread, record(2, pack(new_session())), dead_letters=DeadLetters())
    third = receives >= UNREADABLE_RECEIVES
    assert (kept, moved) == (([], ["m1"]) if third else (["m1"], []))
    assert lines.errors() == ["unreadable message"]
    line = lines.single("unreadable message")
    assert (line.receives, line.dead_letter) == (receives, third)
    assert UNREADABLE_RECEIVES == 3


def test_dead_letters_that_are_refused_are_an_error_and_are_not_tried_for_ever(lines: LogRecords) -> None:
    class Refusing:
        calls = 0

        def move(self, record: Mapping[str, Any], reason: str) -> None:
            self.calls += 1
            raise Unprocessed("no")

    refusing = Refusing()
    unread = [record(number, "no message", ApproximateReceiveCount="9") for number in range(6)]
    assert handled(MemoryTable(), *unread, dead_letters=refusing) == [single["messageId"] for single in unread]
    assert refusing.calls == 1, "what does not answer is asked once"
    assert lines.errors().count("could not be moved to the dead letters") == 1
    assert lines.errors().count("unreadable message") == 6
    assert MOST_REFUSED == 3


class Faulty(MemoryTable):
    """Fails as `failure` says where a row of an event of `learner` is put."""

    def __init__(self, learner: str, failure: Callable[[], Exception]) -> None:
        super().__init__()
        self.learner, self.failure = learner, failure

    def put_all(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        if any(self.learner in str(row) for row in rows):
            raise self.failure()
        super().put_all(rows)


def test_a_message_that_cannot_be_stored_is_an_error_and_alone_is_delivered_again(lines: LogRecords) -> None:
    good, bad = new_session(1), new_session(2)
    pk = [pk for pk, _ in stored_alone(bad)]
    table = Faulty(min(pk, key=len), lambda: KeyError("a fault"))
    assert handled(table, record(1, pack(good)), record(2, pack(bad))) == ["m2"]
    assert set(lines.errors()) == {"cannot be stored"}
    assert {line.error for line in lines.records if line.getMessage() == "cannot be stored"} == {"KeyError"}
    assert [line.messages for line in lines.records if line.getMessage() == "stored"][-1] == 1


def stored_alone(single: Message) -> list[tuple[str, str]]:
    table = MemoryTable()
    handled(table, record(1, pack(single)))
    return [key for key in table.items if "#A#" in key[0]]


def test_an_aws_call_that_fails_before_anything_is_stored_is_let_out(lines: LogRecords) -> None:
    class Throttled(MemoryTable):
        def put_all(self, rows: Iterable[Row]) -> None:
            raise Unprocessed("throttled")

    with pytest.raises(Unprocessed):
        handled(Throttled(), record(1, pack(new_session())))


def test_messages_that_could_not_be_given_back_are_an_error_and_are_delivered_again(lines: LogRecords) -> None:
    class Refusing:
        def show_again(self, receipts: Sequence[str], *, after_s: int) -> None:
            raise Unprocessed("no")

    class NoTime:
        def get_remaining_time_in_millis(self) -> int:
            return 1

    kept = handled(MemoryTable(), record(1, pack(new_session())), context=NoTime(), in_flight=Refusing())
    assert kept == ["m1"]
    assert "messages could not be given back" in lines.errors()


def test_sessions_that_could_not_be_added_up_are_an_error(lines: LogRecords) -> None:
    class Full:
        def add(self, *_: Any, **__: Any) -> bool:
            return False

    assert handled(MemoryTable(), record(1, pack(new_session())), begun=Full()) == []
    assert lines.errors() == ["new sessions were not added up"]


def test_the_age_that_is_reported_is_that_of_the_oldest_message(lines: LogRecords) -> None:
    old = record(1, pack(new_session(1)), SentTimestamp=str((NOW_US - 3 * MINUTE_US) // 1000))
    new = record(2, pack(new_session(2)), SentTimestamp=str(NOW_US // 1000))
    handled(MemoryTable(), new, old)
    assert lines.single("stored").oldest_s == 180


@pytest.mark.parametrize(
    ("failure", "calls"), [(ClientError({"Error": {"Code": "AccessDenied"}}, "SendMessage"), 3), (Unprocessed("no"), 1)]
)
def test_a_dead_letter_queue_that_refuses_is_asked_three_times_in_a_batch_and_one_that_is_silent_once(
    failure: Exception, calls: int
) -> None:
    asked_for: list[str] = []

    class Refusing:
        def move(self, record: Mapping[str, Any], reason: str) -> None:
            asked_for.append(record["messageId"])
            raise failure

    unread = [record(number, "no message", ApproximateReceiveCount="9") for number in range(6)]
    assert len(handled(MemoryTable(), *unread, dead_letters=Refusing())) == 6
    assert len(asked_for) == calls


def test_what_cannot_be_stored_and_what_cannot_be_read_are_both_delivered_again() -> None:
    bad = new_session(2)
    table = Faulty(min((pk for pk, _ in stored_alone(bad)), key=len), lambda: KeyError("a fault"))
    records = [record(1, pack(new_session(1))), record(2, pack(bad)), record(3, "no message")]
    assert handled(table, *records) == ["m2", "m3"]


class Reports:
    """Stands for the reporter of a worker: which of its reports was made, and with which age."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def stored(self, _table: Any, *, now_us: int, oldest_us: int) -> None:
        self.calls.append(("stored", now_us - oldest_us))

    def failed(self, _table: Any, *, now_us: int, oldest_us: int) -> None:
        self.calls.append(("failed", now_us - oldest_us))

    def returned(self, _table: Any, *, now_us: int, oldest_us: int) -> None:
        self.calls.append(("returned", now_us - oldest_us))


class Left:
    """The context of an invocation with so many milliseconds left."""

    def __init__(self, left_ms: int) -> None:
        self.left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


@pytest.mark.parametrize(
    ("faulty", "left_ms", "report"),
    [(False, 90_000, "stored"), (True, 90_000, "failed"), (False, 1, "returned"), (True, 1, "failed")],
)
def test_the_sweep_is_told_whether_a_batch_was_stored_or_failed_or_was_given_back(
    faulty: bool, left_ms: int, report: str
) -> None:
    messages = [new_session(1), new_session(2)]
    pk = min((pk for pk, _ in stored_alone(messages[1])), key=len) if faulty else "nobody"
    reports: Any = Reports()
    records = [record(number, pack(each)) for number, each in enumerate(messages)]
    table = Faulty(pk, lambda: KeyError("a fault"))
    if faulty and left_ms == 1:
        records = records[1:]
    handled(table, *records, context=Left(left_ms), backlog=reports)
    assert reports.calls == [(report, 0)]
