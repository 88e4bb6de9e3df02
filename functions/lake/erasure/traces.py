"""What else of the lake's bucket holds people: earlier snapshots, answers of Athena, and notes of work under way."""

from functions.lake.erasure.affected import Whom
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.iceberg.snapshots import data_files, end_snapshots
from functions.lake.numbers.pending import Pending, Touched
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import TableDefinition

ANSWERS = "athena"  # the folder of Athena's answers (infra.lake)


def end_history(lake: Lake, definition: TableDefinition) -> int:
    """Delete the data files that only earlier snapshots refer to, then forget those; how many files.

    The files go first: whatever dies then, the snapshots still tell which they were.
    """
    table = lake.catalog.existing(definition)
    if table is None:
        return 0
    current = table.current_snapshot()
    kept_id = None if current is None else current.snapshot_id
    earlier = [snapshot for snapshot in table.snapshots() if snapshot.snapshot_id != kept_id]
    files = data_files(table, earlier) - data_files(table, [current] if current else [])
    for location in sorted(files):
        lake.store.delete(location)
    end_snapshots(table, earlier)
    return len(files)


def erase_answers(store: ObjectStore, warehouse: str, *, applies: bool) -> int:
    """All that Athena answered in the last days: any of it may be about the person. How many objects."""
    answers = [location for location, _ in store.listed(f"{warehouse}/{ANSWERS}/")]
    for location in answers if applies else ():
        store.delete(location)
    return len(answers)


def erase_from_pending(pending: Pending, whom: Whom, *, applies: bool) -> int:
    """Take the learners out of what says whose numbers are to be made anew; of how many objects."""
    count = 0
    for location, body in pending.listed():
        touched = Touched()
        touched.merge(body)
        theirs = [name for name in touched.days if name[0] == whom.app and whom.is_learner(name[1])]
        if not theirs:
            continue
        count += 1
        for name in theirs if applies else ():
            del touched.days[name]
            touched.sessions.pop(name, None)
        if applies:
            pending.put(touched)
            pending.done([location])
    return count
