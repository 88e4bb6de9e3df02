"""The lake as its code works with it: the tables, their files, and a DuckDB that reads and writes them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from functions.lake.iceberg.catalog import LakeCatalog
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.iceberg.parquet import connect


@dataclass(frozen=True, slots=True)
class Lake:
    """The tables of a stack, and a DuckDB that reads and writes their files. `scratch` is a folder for files."""

    catalog: LakeCatalog
    store: ObjectStore
    connection: DuckDBPyConnection
    scratch: Path

    @property
    def errors(self) -> type[Exception]:
        """What DuckDB raises if it does not take a question."""
        return duckdb.Error


@contextmanager
def opened(catalog: LakeCatalog, store: ObjectStore, *, memory: str = "", threads: int = 2) -> Iterator[Lake]:
    """The lake, with a scratch folder that is gone afterwards. `memory` is what DuckDB may use, such as `1200MB`."""
    with tempfile.TemporaryDirectory(prefix="lake-") as scratch:
        connection = connect(store, memory=memory, threads=threads, scratch=Path(scratch))
        try:
            yield Lake(catalog, store, connection, Path(scratch))
        finally:
            connection.close()
