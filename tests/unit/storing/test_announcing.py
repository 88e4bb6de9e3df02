"""Subscribers are told once of a session that begins, whichever workers store its first events."""

from collections import Counter
from typing import Any

import pytest

from functions.core.messages import Message
from functions.settings import ProcessSettings
from functions.store import keys
from functions.storing.pipeline import process
from tests.fakes import Calls, Crash, MemoryArchive, MemoryBus, MemoryTable
from tests.payloads import Json, Payloads
from tests.unit.storing.test_pipeline import NOW_US, message

SETTINGS = ProcessSettings(table_name="t", bucket_name="b", idle_minutes=30, retention_days=400)
READS_OF_A_BATCH = 1  # of the registrations
STUDENT, SESSION, OPEN = "urn:x:student", "urn:x:session", "urn:x:open"


class Workers:
    """Two workers that store what they are given in one table; the second begins before a call of the first."""

    def __init__(self) -> None:
        self.calls, self.payloads = Calls(), Payloads(5)
        self.table, self.bus = MemoryTable(self.calls), MemoryBus()

    def event(self, session: str) -> Json:
        return self.payloads.question_started(STUDENT) | {"session": session, "eventTime": "2026-03-02T09:00:00.000Z"}

    def run(self, *messages: Message) -> None:
        process(messages, table=self.table, archive=MemoryArchive(), settings=SETTINGS, now_us=NOW_US, bus=self.bus)

    def announced(self) -> Counter[str]:
        return Counter(str(detail["session"]) for _, detail in self.bus.notices)


@pytest.mark.parametrize("is_open", [False, True])
def test_two_workers_that_store_the_first_events_of_a_session_at_one_moment_tell_of_it_once(is_open: bool) -> None:
    for call in range(1, 50):
        workers = Workers()
        if is_open:
            workers.run(message(workers.event(OPEN)))
        before = workers.calls.total
        first, second = message(workers.event(SESSION)), message(workers.event(SESSION), job="k" * 22)
        workers.calls.interrupt(before + call, lambda w=workers, m=second: w.run(m))  # type: ignore[misc]
        workers.run(first)
        if workers.calls.interruptions:
            break
        assert workers.announced()[SESSION] == 1, f"before call {call}"
        assert len([sk for _, sk in workers.table.items if sk.startswith(keys.EVENT)]) == 2 + is_open
    assert call > 5


def test_of_a_session_that_begins_at_midnight_its_first_day_decides_which_worker_tells_of_it() -> None:
    """The other worker has events of the first day alone."""
    for call in range(1, 50):
        workers = Workers()
        workers.run(message(workers.event(OPEN)))
        before = workers.calls.total
        earlier, later = ({"eventTime": time} for time in ("2026-03-01T23:50:00.000Z", "2026-03-02T00:10:00.000Z"))
        both = [workers.event(SESSION) | earlier, workers.event(SESSION) | later]
        other = message(workers.event(SESSION) | earlier, job="k" * 22)
        workers.calls.interrupt(before + call, lambda w=workers, m=other: w.run(m))  # type: ignore[misc]
        workers.run(message(*both))
        if workers.calls.interruptions:
            break
        assert workers.announced()[SESSION] == 1, f"before call {call}"
    assert call > 5


def test_what_there_is_no_time_to_tell_of_is_delivered_again_and_then_told_of() -> None:
    """There is time for the timer alone, which is open already."""
    workers = Workers()
    workers.run(message(workers.event(OPEN)))
    batch = [message(workers.event(f"{SESSION}{number}"), job=f"j{number:021d}") for number in range(3)]
    settings: dict[str, Any] = {"archive": MemoryArchive(), "settings": SETTINGS, "now_us": NOW_US, "bus": workers.bus}
    result = process(batch, table=workers.table, time_left=lambda: False, **settings)
    assert result.unscheduled == {0, 1, 2}
    assert workers.announced() == {OPEN: 1}
    workers.run(*batch)
    assert workers.announced() == {OPEN: 1, **{f"{SESSION}{number}": 1 for number in range(3)}}


@pytest.mark.parametrize(("is_open", "reads"), [(False, 1), (True, 2)])
def test_only_where_something_is_open_a_row_of_the_day_before_is_read_at_midnight(is_open: bool, reads: int) -> None:
    workers = Workers()
    if is_open:
        workers.run(message(workers.event(OPEN)))
    event = workers.event(SESSION) | {"eventTime": "2026-03-02T00:10:00.000Z"}
    for session_event, expected in ((event, reads), (workers.event("urn:x:later"), 1)):
        workers.calls.counts.clear()
        workers.run(message(session_event))
        assert workers.calls.counts["get_all"] - READS_OF_A_BATCH == expected


@pytest.mark.parametrize(
    "batches",
    [
        [["01T23:50"], ["02T00:10"]],
        [["01T23:50"], ["01T23:55", "02T00:10"]],
        [["01T23:50", "02T00:10"], ["02T00:20"]],
    ],
)
def test_a_session_that_began_before_midnight_is_not_told_of_again_behind_it(batches: list[list[str]]) -> None:
    workers = Workers()
    workers.run(message(workers.event(OPEN) | {"eventTime": "2026-03-01T23:30:00.000Z"}))
    for minutes in batches:
        workers.run(
            message(*(workers.event(SESSION) | {"eventTime": f"2026-03-{minute}:00.000Z"} for minute in minutes))
        )
    assert workers.announced()[SESSION] == 1


def test_a_session_that_was_not_told_of_because_the_worker_died_is_told_when_its_message_comes_again() -> None:
    for call in range(1, 50):
        workers = Workers()
        workers.run(message(workers.event(OPEN)))
        whole = message(*(workers.event(f"{SESSION}{number}") for number in range(3)))
        workers.calls.fail_before = workers.calls.total + call
        try:
            workers.run(whole)
        except Crash:
            workers.calls.fail_before = None
            workers.run(whole)
        else:
            break
        announced = workers.announced()
        assert {session: announced[session] for session in announced if session != OPEN} == dict.fromkeys(
            (f"{SESSION}{number}" for number in range(3)), 1
        )
    assert call > 4


def test_a_new_session_is_told_by_a_put_in_place_of_another_and_an_event_in_an_open_one_costs_none() -> None:
    workers = Workers()
    workers.run(message(workers.event(OPEN)))
    for puts in (1, 0):
        workers.calls.counts.clear()
        workers.table.written_units.clear()
        workers.run(message(*(workers.event(SESSION) for _ in range(10))))
        assert workers.calls.counts["put_if"] == puts
        written = workers.table.written_units
        assert written["event"] == 2 * 10  # with their entries in the index by id
        assert written.keys() - {"event", "batch"} == ({"index row"} if puts else set())
        assert written["index row"] == 2 * puts
