"""An import at work: what it sends again, what it waits for, and what it notes of each portion."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from functions.core.times import DAY_US, format_time
from functions.importing import importer
from functions.importing.files import ImportRefused, digest_of
from functions.importing.importer import Destination, import_file
from functions.importing.mark import Progress
from functions.importing.portions import PORTION_ITEMS
from functions.importing.pressure import MOST_WAITING, PAUSE_S, Pressure
from functions.store import keys
from functions.store.dynamodb.key_parts import time_key
from functions.store.dynamodb.table import Row
from tests.fakes import MemoryQueue, MemoryTable
from tests.unit.importing.test_import import GOOD, NOW_US, THE_APP, Killed, School, events

SECOND_US = 1_000_000


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


def to(school: School, **changes: object) -> Destination:
    parts = {
        "app": THE_APP,
        "queue": school.queue,
        "archive": school.archive,
        "pressure": Pressure(school.queue, school.table, lambda: NOW_US, school.paused.append, print),
        "retention_days": 400,
    }
    return Destination(**parts | changes)  # type: ignore[arg-type]


def run(
    school: School, *, time_left: Callable[[], bool] = lambda: True, now_us: int = NOW_US, **changes: object
) -> tuple[Progress, list[Progress]]:
    """The outcome of an import, and what it told of each portion."""
    progress_heard: list[Progress] = []
    progress = import_file(
        school.path,
        school.mark,
        to(school, **changes),
        file_digest=digest_of(school.path),
        now_us=now_us,
        tell=progress_heard.append,
        time_left=time_left,
    )
    return progress, progress_heard


class Busy(MemoryQueue):
    """A queue that takes all but the last message of each call, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.sizes: list[int] = []

    def send(self, bodies: Sequence[str], *, group: str) -> list[int]:
        self.sizes.append(len(bodies))
        self.refuse = {len(bodies) - 1} if self.times else set()
        self.times -= bool(self.times)
        return super().send(bodies, group=group)


def test_what_the_queue_did_not_take_is_sent_again_and_nothing_else(school: School) -> None:
    school.queue = Busy(4)
    school.write(events(1000))
    run(school)
    assert school.queue.sizes == [4, 1, 1, 1, 1]
    assert len(set(school.queue.bodies)) == len(school.queue.bodies) == 4


def test_a_queue_that_takes_nothing_five_times_ends_the_import_before_its_mark(school: School) -> None:
    school.queue = Busy(100)
    school.write(events(1000))
    with pytest.raises(ImportRefused, match=r"did not take 1 messages\. Import the file again: it goes on from there"):
        run(school)
    assert school.queue.sizes == [4, 1, 1, 1, 1]
    assert school.mark.read() is None


def test_each_portion_is_told_with_what_became_of_all_so_far(school: School) -> None:
    old = GOOD | {"eventTime": format_time(NOW_US - 401 * DAY_US)}
    school.write([b"no", old, *events(PORTION_ITEMS), GOOD | {"object": 7}])
    progress, (first, last) = run(school)
    rejects = school.rejects.read_bytes().splitlines(keepends=True)
    assert first == Progress(
        received_us=NOW_US,
        offset=sum(map(len, school.path.read_bytes().splitlines(keepends=True)[:PORTION_ITEMS])),
        line=PORTION_ITEMS,
        portions=1,
        accepted=PORTION_ITEMS - 1,
        rejected=1,
        archived=1,
        rejects_bytes=len(rejects[0]),
    )
    assert last == Progress(
        received_us=NOW_US,
        offset=school.path.stat().st_size,
        line=PORTION_ITEMS + 3,
        portions=2,
        accepted=PORTION_ITEMS + 1,
        rejected=2,
        archived=1,
        rejects_bytes=sum(map(len, rejects)),
    )
    assert progress == school.mark.read()
    assert (progress.done, progress.line) == (True, last.line)


def test_an_import_that_is_out_of_time_goes_on_with_the_time_of_its_beginning(school: School) -> None:
    school.write(events(2 * PORTION_ITEMS))
    progress, progress_heard = run(school, time_left=lambda: False)
    assert (progress.done, progress.portions, progress_heard) == (False, 1, [progress])
    assert school.mark.read() == progress
    later, _ = run(school, now_us=NOW_US + DAY_US)
    assert (later.done, later.received_us, later.accepted) == (True, NOW_US, 2 * PORTION_ITEMS)
    again, progress_heard = run(school, now_us=NOW_US + DAY_US)
    assert (again, progress_heard) == (later, [])


@pytest.mark.parametrize(("retention_days", "archived"), [(153, 0), (152, 3)])
def test_only_what_the_table_keeps_goes_into_it(school: School, retention_days: int, archived: int) -> None:
    """The events are of 152 days and four hours before."""
    school.write(events(3))
    progress, _ = run(school, retention_days=retention_days)
    assert (progress.accepted, progress.archived) == (3, archived)
    assert sum(len(message.items) for message in school.archive.messages()) == archived
    assert bool(school.queue.bodies) is not archived
    assert (school.queue.calls.counts["waiting"] > 0) is not archived, "what is not queued waits for nothing"


def test_into_the_archive_alone_goes_what_happened_today_too(school: School) -> None:
    school.write([GOOD | {"eventTime": format_time(NOW_US)}])
    progress, _ = run(school, archive_only=True)
    assert (progress.archived, school.queue.bodies) == (1, [])


def test_a_portion_waits_for_room_for_ten_messages(school: School) -> None:
    school.write(events(1))
    school.queue.backlog = MOST_WAITING - 9
    note_oldest(school, 0)

    def pause(seconds: float) -> None:
        school.paused.append(seconds)
        school.queue.backlog -= 1

    run(school, pressure=Pressure(school.queue, school.table, lambda: NOW_US, pause, print))
    assert school.paused == [PAUSE_S]


def note_oldest(school: School, oldest_s: float) -> None:
    """What `process` notes: the oldest that it got was so old."""
    oldest_us = NOW_US - round(oldest_s * SECOND_US)
    note: Row = {keys.PK: "LAG", keys.SK: f"{time_key(NOW_US)}#w", "at": NOW_US, "oldest": oldest_us}
    school.table = MemoryTable()
    school.table.put_all([note | {"until": NOW_US + 60 * SECOND_US}])


def waits(school: School, *, portion: int = 1, backlog: int = 1, oldest_s: float = 0, most: int = MOST_WAITING) -> bool:
    """Whether an import waits with so much in the queue, and its oldest of then."""
    school.queue.backlog = backlog
    note_oldest(school, oldest_s)

    def pause(_seconds: float) -> None:
        raise Killed

    try:
        Pressure(school.queue, school.table, lambda: NOW_US, pause, print, most).wait(portion=portion)
    except Killed:
        return True
    return False


@pytest.mark.parametrize(
    ("queue", "waited"),
    [
        ({"backlog": 30, "portion": 10}, False),
        ({"backlog": 31, "portion": 10}, True),
        ({"backlog": 0, "portion": 50}, False),
        ({"backlog": 1, "oldest_s": 60}, False),
        ({"backlog": 1, "oldest_s": 60.000001}, True),
        ({"backlog": 0, "oldest_s": 90}, False),
        ({"backlog": 5, "portion": 5, "most": 10}, False),
        ({"backlog": 6, "portion": 5, "most": 10}, True),
    ],
)
def test_an_import_waits_for_room_and_for_what_is_over_a_minute_old(
    school: School, queue: dict[str, int], waited: bool
) -> None:
    assert waits(school, **queue) is waited


def test_how_long_it_waited_is_counted_over_all_portions(school: School) -> None:
    lines: list[str] = []
    left = [0]

    def pause(seconds: float) -> None:
        school.paused.append(seconds)
        left[0] -= 1
        school.queue.backlog = 1000 if left[0] else 0

    pressure = Pressure(school.queue, school.table, lambda: NOW_US, pause, lines.append)
    for count in (59, 60, 61):
        left[0], school.queue.backlog = count, 1000
        pressure.wait(portion=1)
    assert pressure.paused_s == sum(school.paused) == 90
    assert lines == ["waiting for 30 s: the queue holds messages that are not stored yet"] * 2
    assert (MOST_WAITING, PAUSE_S, importer.TRIES) == (40, 0.5, 5)
