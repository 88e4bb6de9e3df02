"""What the table says of a batch as a whole, after lines of it were erased: its jobs, and that it was counted.

Worked out as `process` would store what is left, so that a replay of the archive lands on the same rows.
"""

from collections.abc import Iterable, Iterator, Sequence

from functions.core.messages import Message
from functions.privacy.erasure_context import Erasing
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.rows import jobs
from functions.storing.write_set import WriteSet, build_write_set

type Pair = tuple[Message, Message]  # a message as it was, and without the learner


def erase_from_jobs(erasing: Erasing, pairs: Iterable[Pair]) -> Iterator[tuple[str, int]]:
    """The jobs of large requests, which name their items by id. A table may be older than its archive."""
    touched = [pair for pair in pairs if any(item.kind == "erased" or item.content for item in pair[1].items)]
    if not touched:
        return
    table = erasing.doors.table
    wanted = _job_rows(erasing, [after for _, after in touched])
    held = table.get_all(sorted({*wanted, *_job_rows(erasing, [before for before, _ in touched])}))
    changed = [row for key, row in wanted.items() if key in held and jobs.from_row(held[key]) != jobs.from_row(row)]
    gone = [key for key in held if key not in wanted]
    yield "jobs", len(changed) + len(gone)
    if erasing.applies:
        table.put_all(changed)
        table.delete_all(gone)


def _job_rows(erasing: Erasing, messages: Sequence[Message]) -> dict[Key, Row]:
    return {key_of(row): row for row in _stored(erasing, messages).rows if jobs.is_job_row(row)}


def keep_counted(erasing: Erasing, pairs: Sequence[Pair]) -> None:
    """Note what is left of a batch as counted, if the batch was: replayed, it is not counted a second time."""
    table = erasing.doors.table
    were = [key_of(marker) for marker, _ in _stored(erasing, [before for before, _ in pairs]).sent]
    if were and table.get_all(were):
        table.put_all(marker for marker, _ in _stored(erasing, [after for _, after in pairs]).sent)


def _stored(erasing: Erasing, messages: Sequence[Message]) -> WriteSet:
    settings = erasing.doors.settings
    kept_days = erasing.app.keeping.table_days or settings.retention_days
    return build_write_set(messages, retention_days=lambda _: kept_days, timeouts=lambda _: settings.timeouts)
