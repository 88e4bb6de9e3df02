"""One dropped file, imported: fetched, taken portion by portion as `make import` does, and answered beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from functions.core.apps import App
from functions.core.times import format_time
from functions.importing.files import ImportRefused, digest_of
from functions.importing.importer import Destination, import_file
from functions.importing.mark import Mark, Progress
from functions.importing.pressure import Pressure
from functions.store.archive import Archive
from functions.store.dynamodb.table import Table
from functions.store.erasure.rows import erased_of
from functions.store.imports.drop_folder import ANSWERED, DropFolder, Dropped
from functions.store.queue import Queue
from functions.store.registry import Registry

MOST_BYTES = 256 * 1_048_576  # of a file as it is dropped: it fits the function's disk
SAVED_PORTIONS = 40  # a hundred thousand items: as much is queued again, to no effect, after a crash


class Doors(Struct, frozen=True, kw_only=True):
    """Where files lie, where their items go, and how the importer waits. `scratch` is a folder on its own disk."""

    folder: DropFolder
    queue: Queue
    archive: Archive
    table: Table
    registry: Registry
    retention_days: int
    scratch: Path
    clock: Callable[[], int]
    pause: Callable[[float], None]
    tell: Callable[[str], None]


def import_dropped(dropped: Dropped, doors: Doors, *, time_left: Callable[[], bool]) -> bool:
    """Import the file as far as the time allows. False if it is to go on.

    A file that cannot be imported is answered with a sentence, and done. Raises what a failing AWS call raises.
    """
    try:
        progress = _import(dropped, doors, time_left)
    except ImportRefused as refused:
        doors.folder.answer(dropped.beside("json"), {"status": "refused", "message": str(refused)})
        return True
    doors.folder.answer(dropped.beside("json"), answer_of(progress, dropped))
    return progress.done


def answer_of(progress: Progress, dropped: Dropped) -> dict[str, Any]:
    """What became of the file so far."""
    answer: dict[str, Any] = {
        "status": "done" if progress.done else "going on",
        "received": format_time(progress.received_us),
        "lines": progress.line,
        "accepted": progress.accepted,
        "rejected": progress.rejected,
        "archiveOnly": progress.archived,
    }
    if progress.rejected:
        answer["rejects"] = dropped.beside("rejects")
    return answer


def _import(dropped: Dropped, doors: Doors, time_left: Callable[[], bool]) -> Progress:
    if dropped.size > MOST_BYTES:
        raise ImportRefused(
            f"The file has {dropped.size} bytes, and {MOST_BYTES} is the most: split it at line ends, pack the parts "
            "with gzip, and drop those. Or import it with `make import`, which has no such limit."
        )
    app = _app(doors.registry, dropped.app)
    path = doors.scratch / "dropped"
    rejects = path.with_name(f"{path.name}.rejects")
    if not doors.folder.fetch(dropped.key, path):
        raise ImportRefused("The file is no longer in the folder. Drop it again.")
    file_digest = digest_of(path)
    mark_key = f"{ANSWERED}{dropped.app}/{file_digest}.mark"
    mark_path = doors.scratch / "mark"
    mark_path.unlink(missing_ok=True)
    rejects.unlink(missing_ok=True)
    if doors.folder.fetch(mark_key, mark_path):
        doors.folder.fetch(dropped.beside("rejects"), rejects)
    mark = Mark(mark_path)

    def save() -> None:
        if rejects.exists():
            doors.folder.put(dropped.beside("rejects"), rejects)
        doors.folder.put(mark_key, mark_path)

    def tell(progress: Progress) -> None:
        if progress.portions % SAVED_PORTIONS == 0:
            save()

    progress = import_file(
        path,
        mark,
        _destination(app, doors),
        file_digest=file_digest,
        now_us=doors.clock(),
        tell=tell,
        time_left=time_left,
    )
    save()
    return progress


def _destination(app: App, doors: Doors) -> Destination:
    return Destination(
        app=app,
        queue=doors.queue,
        archive=doors.archive,
        pressure=Pressure(doors.queue, doors.table, doors.clock, doors.pause, doors.tell),
        retention_days=doors.retention_days,
        erased=erased_of(doors.registry.table, app.tenant),
    )


def _app(registry: Registry, name: str) -> App:
    for app in registry.apps():
        if name in (app.name, app.app_id, app.tenant):
            return app
    raise ImportRefused(
        f"No app has the name or id {name!r}. Drop the file under import/<name>/, with a name that `make apps` shows."
    )
