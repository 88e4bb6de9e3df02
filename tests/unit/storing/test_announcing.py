"""Subscribers are told once of a session that begins, whichever workers store its first events."""

from collections import Counter

import pytest

from functions.core.messages import Message
from functions.settings import ProcessSettings
from functions.store import keys
from functions.storing.pipeline import process
from tests.fakes import Calls, Crash, MemoryArchive, MemoryBus, MemoryTable
from tests.payloads import Json, Payloads
from tests.unit.storing.test_pipeline import NOW_US, message

SETTINGS = ProcessSettings(table_name="t", bucket_name="b", idle_minutes=30, retention_days=400)
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
