"""A table definition as Iceberg knows it: schema, partitions, and the changes that a newer definition asks for."""

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BooleanType,
    DateType,
    DoubleType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    TimestamptzType,
)

from functions.lake.tables.column import ColumnType, TableDefinition

FIRST_PARTITION_ID = 1000  # Iceberg's number for the first partition field
_PRIMITIVES: dict[ColumnType, IcebergType] = {
    "string": StringType(),
    "boolean": BooleanType(),
    "int": IntegerType(),
    "long": LongType(),
    "double": DoubleType(),
    "date": DateType(),
    "time": TimestamptzType(),
}


def iceberg_type(name: ColumnType, first_id: int) -> IcebergType:
    """The Iceberg type. `first_id` numbers what is nested in it; a catalogue numbers it anew."""
    if name == "strings":
        return ListType(element_id=first_id, element_type=StringType(), element_required=False)
    if name == "numbers":
        return MapType(
            key_id=first_id,
            key_type=StringType(),
            value_id=first_id + 1,
            value_type=DoubleType(),
            value_required=False,
        )
    return _PRIMITIVES[name]


def column_type(stored: IcebergType) -> ColumnType:
    """The type of a column that a table has."""
    if isinstance(stored, ListType):
        return "strings"
    if isinstance(stored, MapType):
        return "numbers"
    return next(name for name, known in _PRIMITIVES.items() if known == stored)


def schema_of(definition: TableDefinition) -> Schema:
    """The schema of a new table. Every column is optional, so that one can be added later."""
    nested = 10_000
    fields = [
        NestedField(
            field_id=number,
            name=column.name,
            field_type=iceberg_type(column.type, nested + 2 * number),
            required=False,
            doc=column.comment,
        )
        for number, column in enumerate(definition.columns, start=1)
    ]
    return Schema(*fields)


def partitions_of(definition: TableDefinition) -> PartitionSpec:
    """Partitioned by the column itself: a transform would need a library that is not shipped."""
    if not definition.partition:
        return PartitionSpec()
    source = definition.names().index(definition.partition) + 1
    return PartitionSpec(
        PartitionField(
            source_id=source, field_id=FIRST_PARTITION_ID, transform=IdentityTransform(), name=definition.partition
        )
    )


def evolve(table: Table, definition: TableDefinition) -> bool:
    """Add the columns that `table` lacks and bring its comments up to date. Whether anything changed.

    A column that the definition no longer has is left alone: older files hold it, and its id is never used again.
    """
    known = {field.name: field for field in table.schema().fields}
    added = [column for column in definition.columns if column.name not in known]
    renamed = [
        column for column in definition.columns if column.name in known and known[column.name].doc != column.comment
    ]
    if not added and not renamed:
        return False
    with table.update_schema() as update:
        for column in added:
            update.add_column(column.name, iceberg_type(column.type, 1), doc=column.comment)
        for column in renamed:
            update.update_column(column.name, doc=column.comment)
    return True


def field_ids(schema: Schema) -> str:
    """The ids of all fields as DuckDB's `FIELD_IDS` takes them."""
    return "{" + ", ".join(f'"{field.name}": {_ids(field)}' for field in schema.fields) + "}"


def _ids(field: NestedField) -> str:
    inner = field.field_type
    if isinstance(inner, ListType):
        return f"{{__duckdb_field_id: {field.field_id}, element: {inner.element_id}}}"
    if isinstance(inner, MapType):
        return f"{{__duckdb_field_id: {field.field_id}, key: {inner.key_id}, value: {inner.value_id}}}"
    return str(field.field_id)
