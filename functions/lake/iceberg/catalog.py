"""The catalogue: which tables there are and where the current metadata of each lies. Glue, on AWS as on a laptop."""

from typing import Any

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.io import FileIO
from pyiceberg.table import Table

from functions.lake.iceberg.metadata_files import MetadataFiles
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.iceberg.schema import evolve, partitions_of, schema_of
from functions.lake.tables.column import TableDefinition

PROPERTIES = {
    "format-version": "2",
    # A commit that another one overtook must not be repeated by itself: what was looked up may no longer hold.
    "commit.retry.num-retries": "0",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


class LakeCatalog(GlueCatalog):
    """The Glue database of a stack, with the stack's own S3 client below it."""

    def __init__(self, glue: Any, store: ObjectStore, *, database: str, warehouse: str) -> None:
        super().__init__(database, client=glue)
        self._store = store
        self.database = database
        self.warehouse = warehouse  # `s3://bucket`

    def _load_file_io(self, properties: Any = None, location: str | None = None) -> FileIO:  # noqa: ARG002  pyiceberg's
        return MetadataFiles(self._store)

    def location_of(self, name: str) -> str:
        """Where the files of a table lie."""
        return f"{self.warehouse}/{name}"

    def table(self, definition: TableDefinition) -> Table:
        """The table as it stands now. Made if it is missing, and brought up to date if the definition is newer."""
        identifier = (self.database, definition.name)
        try:
            table = self.load_table(identifier)
        except NoSuchTableError:
            try:
                table = self.create_table(
                    identifier,
                    schema=schema_of(definition),
                    location=self.location_of(definition.name),
                    partition_spec=partitions_of(definition),
                    properties=PROPERTIES | {"comment": definition.about},
                )
            except TableAlreadyExistsError:  # another run was first
                table = self.load_table(identifier)
        if evolve(table, definition):
            table = self.load_table(identifier)
        return table

    def existing(self, definition: TableDefinition) -> Table | None:
        """The table, or None if nothing was ever written to it. Changes nothing."""
        try:
            return self.load_table((self.database, definition.name))
        except NoSuchTableError:
            return None
