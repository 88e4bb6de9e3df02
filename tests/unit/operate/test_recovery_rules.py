"""What a replay notes, how long it pauses the sweep, which objects it stores together, and which backup is restored."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.core.messages import Item, Message
from functions.core.times import MINUTE_US
from functions.operate.recovery.tables import newest_backup
from functions.operate.replaying.checkpoints import Checkpoints
from functions.operate.replaying.groups import GROUP_EVENTS, HOUR_US, READ_AHEAD, Group, groups, read_ahead
from functions.operate.replaying.pause import PAUSE_US, SweepPause
from functions.operate.replaying.settling import Closed
from functions.store.archive import object_key
from functions.store.backlog import sweep_orders
from functions.store.bus import Unpublished
from tests.fakes import MemoryTable
from tests.payloads import APP
from tests.world import NINE_US, TENANT


def test_checkpoints_are_kept_for_each_day_in_a_folder_that_need_not_be_there(tmp_path: Path) -> None:
    noted = Checkpoints(tmp_path / "not" / "there")
    assert (noted.days(), noted.read("20260302")) == ([], "")
    noted.clear()
    noted.write("20260303", "archive/b")
    noted.write("20260302", "archive/a")
    noted.write("20260302", "archive/c")
    assert noted.days() == ["20260302", "20260303"]
    assert (noted.read("20260302"), noted.read("20260303")) == ("archive/c", "archive/b")
    assert Checkpoints(tmp_path / "not" / "there").read("20260302") == "archive/c"
    noted.clear()
    assert noted.days() == []
    assert not (tmp_path / "not" / "there").exists()


class Clock:
    def __init__(self) -> None:
        self.now_us = NINE_US

    def __call__(self) -> int:
        return self.now_us


def test_the_sweep_is_paused_for_ten_minutes_and_longer_only_while_the_work_goes_on() -> None:
    table, clock = MemoryTable(), Clock()
    pause = SweepPause(table, clock)

    def is_paused(minutes: float) -> bool:
        return sweep_orders(table, now_us=NINE_US + round(minutes * MINUTE_US)).is_paused

    assert PAUSE_US == 10 * MINUTE_US
    assert (is_paused(9.9), is_paused(10)) == (True, False)
    clock.now_us = NINE_US + 5 * MINUTE_US
    pause.renew()
    assert not is_paused(10), "half of it is left: no write"
    clock.now_us += 1
    pause.renew()
    assert (is_paused(14.9), is_paused(15.1)) == (True, False)
    pause.end()
    assert not is_paused(6)


def test_a_sweep_that_settles_publishes_nothing() -> None:
    closed = Closed()
    assert closed.send(["a", "b"], group="g") == [0, 1], "SQS takes none of it"
    assert closed.waiting() == 0
    with pytest.raises(Unpublished, match="so not these 1"):
        closed.publish([("TimedOut", {})])


def message(number: int, items: int, received_us: int) -> Message:
    kept = [Item("event", b"{}") for _ in range(items)]
    return Message(tenant=TENANT, app_id=APP, job=f"j{number:021d}", received_us=received_us, items=kept)


def grouped(*sizes: tuple[int, int], joined_until_us: int = 0) -> list[Group]:
    """Objects of one message each: its items, and in which minute it was received."""
    messages = [message(number, items, NINE_US + minute * MINUTE_US) for number, (items, minute) in enumerate(sizes)]
    objects = [(object_key([each]), [each]) for each in messages]
    return list(groups(objects, joined_until_us=joined_until_us))


def test_objects_are_stored_together_until_they_hold_five_thousand_events() -> None:
    assert GROUP_EVENTS == 5_000
    assert [group.objects for group in grouped((4_999, 0), (1, 1), (1, 2))] == [2, 1]
    assert [group.items for group in grouped((4_999, 0), (2, 1))] == [5_001]
    assert [group.objects for group in grouped((5_000, 0), (6_000, 1))] == [1, 1]
    assert grouped() == []


def test_what_process_stored_is_a_batch_an_object_and_what_a_rebuild_stored_one_of_the_group() -> None:
    (live,) = grouped((1, 0), (1, 1), (1, 70))
    assert [len(batch) for batch in live.batches] == [1, 1, 1]
    rebuilt = grouped((1, 0), (1, 1), (1, 70), joined_until_us=NINE_US + 4 * HOUR_US)
    assert [[len(batch) for batch in group.batches] for group in rebuilt] == [[2], [1]], "a group ends with its hour"
    mixed = grouped((1, 0), (1, 1), joined_until_us=NINE_US + MINUTE_US)
    assert [group.joined_hour is None for group in mixed] == [False, True], "what came then was stored by process"


def test_a_message_that_was_delivered_twice_is_once_in_a_batch_that_was_joined() -> None:
    twice = message(1, 1, NINE_US)
    objects = [(object_key([twice]), [twice]), (object_key([twice]), [twice])]
    (joined,) = groups(objects, joined_until_us=NINE_US + 1)
    assert [len(batch) for batch in joined.batches] == [1]
    assert (joined.objects, joined.items, joined.last_key) == (2, 2, object_key([twice]))
    (apart,) = groups(objects, joined_until_us=0)
    assert [len(batch) for batch in apart.batches] == [1, 1]


def test_objects_are_read_ahead_and_come_in_order() -> None:
    keys = [f"archive/{number:02d}" for number in range(3 * READ_AHEAD)]
    with ThreadPoolExecutor(4) as readers:
        read = list(read_ahead(keys, lambda key: [message(int(key[-2:]), 1, NINE_US)], readers))
    assert [key for key, _ in read] == keys
    assert [messages[0].job for _, messages in read] == [f"j{number:021d}" for number in range(3 * READ_AHEAD)]


class Backups:
    """`list_backups` in two pages."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages = pages
        self.starts: list[Any] = []

    def list_backups(self, **parameters: Any) -> dict[str, Any]:
        assert (parameters["TableName"], parameters["BackupType"]) == ("t", "ALL")
        number = len(self.starts)
        self.starts.append(parameters.get("ExclusiveStartBackupArn"))
        more = {"LastEvaluatedBackupArn": f"page {number}"} if number + 1 < len(self.pages) else {}
        return {"BackupSummaries": self.pages[number], **more}


def backup(arn: str, day: int, *, status: str = "AVAILABLE", kind: str = "USER") -> dict[str, Any]:
    made_at = datetime(2026, 3, day, tzinfo=UTC)
    return {"BackupArn": arn, "BackupCreationDateTime": made_at, "BackupType": kind, "BackupStatus": status}


def test_the_newest_backup_that_can_be_restored_is_found_on_any_page() -> None:
    pages = (
        [backup("old", 1), backup("newest", 4, kind="SYSTEM")],
        [backup("new", 3), backup("gone", 5, status="DELETED")],
    )
    client = Backups(*pages)
    newest = newest_backup(client, "t")
    assert newest is not None
    assert (newest.arn, newest.system) == ("newest", True)
    assert newest.made_us == int(datetime(2026, 3, 4, tzinfo=UTC).timestamp()) * 1_000_000
    assert client.starts == [None, "page 0"]
    later = newest_backup(Backups([backup("a", 1)], [backup("b", 2)]), "t")
    assert later is not None
    assert (later.arn, later.system) == ("b", False)
    assert newest_backup(Backups([]), "t") is None
