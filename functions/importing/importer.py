"""Imports one file: portion by portion into the queue, behind live events, each noted once it is there.

A portion that was queued and not noted, because the command was killed between the two, is queued again: the same
messages, stored once. Memory holds one portion and one line, however long the file is.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from functions.core.apps import App
from functions.core.privacy.erased import Erased
from functions.core.times import DAY_US
from functions.importing.files import ImportRefused, Rejects, lines_of, opened
from functions.importing.mark import Mark, Progress
from functions.importing.portions import NO_ONE, Importing
from functions.importing.pressure import Pressure
from functions.store.archive import Archive
from functions.store.queue import BATCH_MESSAGES, Queue

TRIES = 5


class Destination(Struct, frozen=True, kw_only=True):
    """Where an import goes. `group` is its fair-queue group: live events of the same app are another."""

    app: App
    queue: Queue
    archive: Archive
    pressure: Pressure
    retention_days: int
    archive_only: bool = False
    erased: Erased = NO_ONE

    @property
    def group(self) -> str:
        return f"{self.app.tenant}#import"


def import_file(
    path: Path,
    mark: Mark,
    to: Destination,
    *,
    file_digest: str,
    now_us: int,
    tell: Callable[[Progress], None],
    time_left: Callable[[], bool] = lambda: True,
) -> Progress:
    """Import what of the file is not queued yet; what became of it. `tell` hears of each portion.

    It stops after a portion if `time_left` says so, and is not `done` then: the next call goes on from there. Rejected
    items go to `<file>.rejects`, as `quarantine resubmit` takes them. Raises ImportRefused.
    """
    progress = mark.read() or Progress(received_us=now_us)
    if progress.done:
        return progress
    before_us = now_us + DAY_US if to.archive_only else progress.received_us - to.retention_days * DAY_US
    importing = Importing(
        app=to.app,
        file_digest=file_digest,
        received_us=progress.received_us,
        archive_before_us=before_us,
        erased=to.erased,
    )
    with opened(path) as file, Rejects(path, progress.rejects_bytes) as rejects:
        file.seek(progress.offset)
        for portion in importing.portions(lines_of(file, path, progress), offset=progress.offset, line=progress.line):
            if portion.archived:
                to.archive.write(importing.archive_messages(portion))
            if portion.queued:
                to.pressure.wait(portion=BATCH_MESSAGES)
                _send(to, importing.bodies(portion))
            rejects.write(portion.rejects)
            progress = msgspec.structs.replace(
                progress,
                offset=portion.offset,
                line=portion.line,
                portions=progress.portions + 1,
                accepted=progress.accepted + portion.accepted,
                archived=progress.archived + portion.archive_only,
                rejected=progress.rejected + len(portion.rejects),
                rejects_bytes=rejects.size,
            )
            mark.write(progress)
            tell(progress)
            if not time_left():
                return progress
    progress = msgspec.structs.replace(progress, done=True)
    mark.write(progress)
    return progress


def _send(to: Destination, bodies: list[str]) -> None:
    for _ in range(TRIES):
        refused = to.queue.send(bodies, group=to.group)
        if not refused:
            return
        bodies = [bodies[position] for position in refused]
    raise ImportRefused(f"The queue did not take {len(bodies)} messages. Import the file again: it goes on from there.")
