"""What a table definition becomes in Iceberg: ids, types, comments, partitions; and what a newer definition changes."""

from copy import replace

import pytest
from pyiceberg.types import (
    BooleanType,
    DateType,
    DoubleType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    StringType,
    TimestamptzType,
)

from functions.lake.iceberg.schema import column_type, evolve, iceberg_type, partitions_of, schema_of
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Column, ColumnType
from tests.small_table import SMALL, UNDIVIDED, held, put, row

TYPES: dict[ColumnType, type[IcebergType]] = {
    "string": StringType,
    "boolean": BooleanType,
    "int": IntegerType,
    "long": LongType,
    "double": DoubleType,
    "date": DateType,
    "time": TimestamptzType,
    "strings": ListType,
    "numbers": MapType,
}


@pytest.mark.parametrize("name", TYPES)
def test_a_type_of_iceberg_is_read_back(name: ColumnType) -> None:
    stored = iceberg_type(name, 7)
    assert type(stored) is TYPES[name]
    assert column_type(stored) == name


def test_what_is_nested_has_ids_of_its_own_and_may_be_missing() -> None:
    words, numbers = iceberg_type("strings", 7), iceberg_type("numbers", 7)
    assert words == ListType(element_id=7, element_type=StringType(), element_required=False)
    assert numbers == MapType(
        key_id=7, key_type=StringType(), value_id=8, value_type=DoubleType(), value_required=False
    )


def test_columns_are_numbered_in_order_optional_and_described() -> None:
    fields = schema_of(SMALL).fields
    assert [field.field_id for field in fields] == list(range(1, len(SMALL.columns) + 1))
    assert [field.name for field in fields] == list(SMALL.names())
    assert [field.doc for field in fields] == [column.comment for column in SMALL.columns]
    assert {field.doc for field in fields if field.name in ("id", "score")} == {"The id.", "The score. Unit: points."}
    assert [field.required for field in fields] == [False] * len(fields)
    nested = [id_ for id_ in schema_of(SMALL)._lazy_id_to_field if id_ > len(fields)]
    assert len(nested) == len(set(nested)) == 3


def test_a_table_is_divided_by_its_column_or_not_at_all() -> None:
    assert partitions_of(UNDIVIDED).fields == ()
    (by_app,) = partitions_of(replace(SMALL, partition="app")).fields
    (by_day,) = partitions_of(SMALL).fields
    assert (by_app.source_id, by_app.field_id, by_app.name, str(by_app.transform)) == (2, 1000, "app", "identity")
    assert (by_day.source_id, by_day.name) == (1, "day")


def test_a_definition_that_says_the_same_changes_nothing(lake: Lake) -> None:
    table = lake.catalog.table(SMALL)
    assert evolve(table, SMALL) is False
    assert lake.catalog.table(SMALL).metadata_location == table.metadata_location


ADDED = (
    Column("planet", "string", "Adds planet.", lambda _: None),
    Column("to", "numbers", "Adds to.", lambda _: None),
)


def test_columns_are_added_at_the_end_and_older_rows_have_none(lake: Lake) -> None:
    put(lake, row("one"))
    newer = replace(SMALL, columns=(*SMALL.columns, *ADDED))
    assert evolve(lake.catalog.table(SMALL), newer) is True
    fields = lake.catalog.table(newer).schema().fields
    assert [field.name for field in fields] == list(newer.names())
    assert [(field.doc, field.required) for field in fields[-2:]] == [("Adds planet.", False), ("Adds to.", False)]
    put(lake, row("two") | {"planet": "earth", "to": {"x": 1.0}}, definition=newer)
    assert held(lake, "id", "planet", "to", definition=newer) == [("one", None, None), ("two", "earth", {"x": 1.0})]


def test_a_comment_is_brought_up_to_date_and_a_column_that_went_is_left(lake: Lake) -> None:
    lake.catalog.table(SMALL)
    renamed = replace(SMALL.columns[2], about="Another meaning.")
    newer = replace(SMALL, columns=(*SMALL.columns[:2], renamed, *SMALL.columns[3:-1]))
    fields = lake.catalog.table(newer).schema().fields
    assert [field.name for field in fields] == list(SMALL.names())
    assert {field.name: field.doc for field in fields if field.doc != SMALL.column(field.name).comment} == {
        "id": "Another meaning."
    }
