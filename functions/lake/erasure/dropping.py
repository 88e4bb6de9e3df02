"""Rows out of a table: the files that hold them are written anew without them, in one commit.

A commit that a run of the lake overtook is worked out again.
"""

from collections.abc import Callable, Iterable, Sequence

from pyiceberg.exceptions import CommitFailedException

from functions.core.errors import TransientError
from functions.lake.iceberg.relations import declared_columns, select_files
from functions.lake.iceberg.snapshots import live_files
from functions.lake.lookup import all_keys
from functions.lake.merging import Merge, apply, merge_by_key
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Row, TableDefinition, key_of
from functions.lake.tables.of_lines import RAW

TRIES = 5
OF_LEARNERS = "app = ? AND learner_key IN (SELECT unnest(?::VARCHAR[]))"
OF_ALIASES = "app = ? AND (learner_key IN (SELECT unnest(?::VARCHAR[])) OR person_key IN (SELECT unnest(?::VARCHAR[])))"
OF_CONTENTS = "app = ? AND content IN (SELECT unnest(?::VARCHAR[]))"


class Overtaken(TransientError):
    """Other commits came between each time; the same is to be run again."""


class Dropping:
    """Drops rows of one app; with `applies` false they are only counted."""

    def __init__(self, lake: Lake, app: str, *, applies: bool) -> None:
        self.lake, self.app, self.applies = lake, app, applies

    def drop(
        self, definition: TableDefinition, condition: str, parameters: Sequence[object], rows: Iterable[Row] = ()
    ) -> tuple[str, int]:
        """Drop the rows that meet `condition`, then put `rows` where nothing that goes before them is there.

        The place, and how many rows were dropped.
        """
        rows = list(rows)

        def step() -> int:
            merge = self.held(definition, condition, parameters)
            count = sum(map(len, merge.drop.values())) if merge else 0
            if merge is not None and self.applies:
                apply(self.lake, merge)
                if rows:
                    apply(self.lake, merge_by_key(self.lake, definition, rows))
            return count

        return f"lake: {definition.name}", tried(step)

    def held(self, definition: TableDefinition, condition: str, parameters: Sequence[object]) -> Merge | None:
        """The rows that meet a condition, to be dropped. None if the table is not there."""
        table = self.lake.catalog.existing(definition)
        if table is None:
            return None
        merge = Merge(definition, table, {file.file_path: file for file in live_files(table, definition)})
        if any(parameter == [] for parameter in parameters):
            return merge
        for row, file in all_keys(self.lake, definition, merge.files, condition, [self.app, *parameters]):
            merge.drop[file].add(key_of(definition, row))
        return merge

    def rows(self, definition: TableDefinition, condition: str, parameters: Sequence[object]) -> list[Row]:
        """Scope, key and precedence columns of the rows that meet a condition."""
        table = self.lake.catalog.existing(definition)
        files = [file.file_path for file in live_files(table, definition)] if table else []
        return [row for row, _ in all_keys(self.lake, definition, files, condition, [self.app, *parameters])]


def tried(step: Callable[[], int]) -> int:
    """What `step` gives, as soon as no other commit comes between."""
    for _ in range(TRIES):
        try:
            return step()
        except CommitFailedException:
            continue
    raise Overtaken(f"a run of the lake came between {TRIES} times: run the same command again")


def learners_left(dropping: Dropping) -> set[str]:
    """The pseudonyms of the app's learners of whom `raw` holds something."""
    table = dropping.lake.catalog.existing(RAW)
    files = [file.file_path for file in live_files(table, RAW)] if table else []
    cursor = dropping.lake.connection.cursor().execute(
        f"SELECT DISTINCT learner_key FROM {select_files(declared_columns(RAW), files)} "  # noqa: S608
        "WHERE app = ? AND learner_key IS NOT NULL",
        [dropping.app],
    )
    return {key for (key,) in cursor.fetchall()}
