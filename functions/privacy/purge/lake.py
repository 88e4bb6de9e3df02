"""What is purged, out of the lake: found by the content of the lines that the archive still has."""

from collections.abc import Iterator, Sequence

from functions.privacy.erasure_context import Erasing


def purge_from_lake(erasing: Erasing, lines: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, int]]:
    """The rows of the purged ones among `lines` (the key of an object, and a line of it)."""
    door = erasing.doors.lake
    secret = None if door is None else door.secret()
    if door is None or secret is None or not lines:
        return
    # Only where there is a lake: nothing else waits for DuckDB.
    from functions.core.privacy.pseudonym import Pseudonyms
    from functions.lake.erasure.purging import purge_tables

    with door.opened() as lake:
        yield from purge_tables(
            lake,
            erasing.app.app_id,
            erasing.erased,
            lines,
            Pseudonyms(secret),
            applies=erasing.applies,
            load_again=door.load_again,
        )
