"""What operators are told of the queue, the dead letters and the sweep, in full."""

from typing import Any

from functions.core.messages import Item, Message, pack
from functions.core.times import MINUTE_US
from functions.store.backlog import BacklogReporter
from functions.store.queue import SetAside
from tests.fakes import QuietQueues
from tests.payloads import APP
from tests.unit.query.world import NINE_US, World


class Queues(QuietQueues):
    """So many messages wait, and these are set aside; `beyond` of them are not shown."""

    def __init__(self, *letters: SetAside, waiting: int = 0, set_aside: int = 0) -> None:
        self._letters, self._waiting, self._set_aside = letters, waiting, set_aside

    def waiting(self) -> int:
        return self._waiting

    def set_aside(self) -> int:
        return self._set_aside

    def letters(self) -> list[SetAside]:
        return list(self._letters)


def overview(world: World) -> Any:
    world.as_admin()
    return world.get("/operations")


def letter(reason: str, *, items: int) -> SetAside:
    message = Message(
        tenant="t", app_id=APP, job="j", received_us=NINE_US, items=[Item("event", b"{}") for _ in range(items)]
    )
    return SetAside(pack(message), reason)


def test_of_a_stack_in_which_nothing_happened_there_is_nothing_to_tell() -> None:
    assert overview(World()) == {
        "queue": {"waiting": 0, "lastStoredAt": None, "oldestSeconds": None},
        "deadLetters": {"count": 0, "letters": []},
        "sweep": {"overdueTimers": 0, "lagSeconds": 0, "paused": False},
        "checkedAt": "2026-03-02T09:00:00.000Z",
    }


def test_the_newest_note_of_a_worker_tells_when_was_stored_last_and_how_old_it_was() -> None:
    world = World()
    world.queues = Queues(waiting=7)
    for minute, old_minutes in ((1, 30), (9, 1200)):
        now_us = NINE_US + minute * MINUTE_US
        BacklogReporter().stored(world.table, now_us=now_us, oldest_us=now_us - old_minutes * MINUTE_US - 1_260_000)
    assert overview(world)["queue"] == {
        "waiting": 7,
        "lastStoredAt": "2026-03-02T09:09:00.000Z",
        "oldestSeconds": 72_001.3,
    }


def test_each_dead_letter_is_told_by_its_app_its_size_and_its_reason() -> None:
    world = World()
    world.queues = Queues(letter("Throttled", items=2), letter("", items=1), SetAside("{]", ""), set_aside=1)
    letters = overview(world)["deadLetters"]
    assert letters["count"] == 3  # SQS counts approximately: no fewer than are shown
    first, second, third = letters["letters"]
    assert first == {"receivedAt": "2026-03-02T09:00:00.000Z", "app": APP, "items": 2, "reason": "Throttled"}
    assert (second["items"], bool(second["reason"])) == (1, True)
    assert (third["receivedAt"], third["app"], third["items"]) == (None, None, None)
    assert third["reason"].startswith("It cannot be read: not a message of this service")
    world.queues = Queues(SetAside("{]", "Unreadable"), set_aside=9)
    assert overview(world)["deadLetters"]["count"] == 9
    assert overview(world)["deadLetters"]["letters"][0]["reason"].startswith("It cannot be read: Unreadable.")


def test_the_sweep_is_late_by_what_was_due_first_to_a_tenth_of_a_second() -> None:
    world = World()
    world.send(world.event(0))
    world.set_clock(30)
    due_after_s = overview(world)["sweep"]["lagSeconds"]
    world.set_clock(30 + 600)
    assert overview(world)["sweep"] == {
        "overdueTimers": 1,
        "lagSeconds": round(due_after_s + 36_000, 1),
        "paused": False,
    }
