"""Where a stack's lake is, and the lake opened for an operator's command."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from functions.lake.iceberg.catalog import LakeCatalog
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.opened_lake import Lake, opened
from functions.operate.errors import StackError
from functions.operate.operator import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Names of the lake's parts in a stack."""

    bucket: str
    queue_url: str
    database: str
    workgroup: str
    function: str


def place_of(operator: Operator) -> Place:
    """The lake of the operator's stack. Raises StackError if it has none."""
    connection = operator.connection
    if not connection.lake_bucket:
        raise StackError("This stack has no lake: deploy it with `lake=true` (the default).")
    return Place(
        bucket=connection.lake_bucket,
        queue_url=connection.lake_queue_url,
        database=connection.lake_database,
        workgroup=connection.lake_workgroup,
        function=connection.lake_function,
    )


@contextmanager
def opened_lake(operator: Operator) -> Iterator[Lake]:
    """The tables of the operator's stack, and a DuckDB on this machine."""
    place = place_of(operator)
    store = ObjectStore(operator.connection.client("s3"))
    catalog = LakeCatalog(
        operator.connection.client("glue"), store, database=place.database, warehouse=f"s3://{place.bucket}"
    )
    with opened(catalog, store) as lake:
        yield lake
