"""The catalogue: a table is made when it is first written to, and by one of two runs."""

from typing import Any

import pytest

from functions.lake.iceberg.catalog import LakeCatalog
from functions.lake.iceberg.metadata_files import MetadataFiles
from tests.lake_doors import MemoryGlue
from tests.lake_world import DATABASE, TABLES, LakeWorld
from tests.small_table import SMALL, UNDIVIDED


def test_a_table_that_nothing_was_written_to_is_none_and_stays_so(world: LakeWorld) -> None:
    assert world.catalog.existing(SMALL) is None
    assert world.glue.tables == {}


def test_a_table_is_made_with_its_place_its_partitions_and_what_it_is_about(world: LakeWorld) -> None:
    table = world.catalog.table(SMALL)
    assert table.name() == (DATABASE, "small")
    assert table.location() == world.catalog.location_of("small") == f"s3://{TABLES}/small"
    assert [field.name for field in table.spec().fields] == ["day"]
    assert world.catalog.table(UNDIVIDED).spec().fields == ()
    assert isinstance(table.io, MetadataFiles)
    assert table.metadata.format_version == 2
    assert table.properties == {
        "comment": "Small rows.",
        "commit.retry.num-retries": "0",
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": "20",
    }
    existing = world.catalog.existing(SMALL)
    assert existing is not None
    assert existing.metadata == world.catalog.table(SMALL).metadata == table.metadata
    in_glue = world.glue.get_table(DatabaseName=DATABASE, Name="small")["Table"]
    assert [column["Comment"] for column in in_glue["StorageDescriptor"]["Columns"]] == [
        column.comment for column in SMALL.columns
    ]


def test_of_two_runs_that_make_a_table_both_have_it(world: LakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    other = LakeCatalog(world.glue, world.store, database=DATABASE, warehouse=f"s3://{TABLES}")
    create = MemoryGlue.create_table

    def overtaken(glue: MemoryGlue, **request: Any) -> None:
        monkeypatch.setattr(MemoryGlue, "create_table", create)
        other.table(SMALL)
        create(glue, **request)

    monkeypatch.setattr(MemoryGlue, "create_table", overtaken)
    table = world.catalog.table(SMALL)
    existing = other.existing(SMALL)
    assert existing is not None
    assert table.metadata_location == existing.metadata_location
