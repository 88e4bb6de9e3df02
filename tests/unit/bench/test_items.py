"""Sizes and units as DynamoDB documents them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from functions.store import keys
from functions.store.dynamodb.table import Row, Value
from tests.bench.corpus import OWN_CORPUS
from tests.bench.items import shapes, stored_row
from tests.fakes import MemoryTable
from tests.units import WRITE_UNIT, index_units, item_bytes, kind_of, read_units, value_bytes, write_units

SHAPES = shapes()
SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"
OWN = OWN_CORPUS / "timeback"


def events_in(value: Any) -> Iterator[Any]:
    """The events in a JSON value, wherever they stand."""
    if isinstance(value, dict) and {"type", "actor", "eventTime"} <= value.keys():
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from events_in(part)


def events_of(text: str) -> Iterator[Any]:
    """The events among the JSON of a document in prose."""
    decoder, position = json.JSONDecoder(), text.find("{")
    while position >= 0:
        try:
            value, position = decoder.raw_decode(text, position)
        except ValueError:
            position += 1
        else:
            yield from events_in(value)
        position = text.find("{", position)


@pytest.mark.parametrize(
    ("value", "size"),
    [("é", 2), ("", 0), (b"\x00\xff", 2), (True, 1), (0, 1), (7, 2), (-1234, 3), (1_000_000, 2), (["a", "bc"], 8)],
)
def test_each_kind_of_value_has_its_documented_size(value: Value, size: int) -> None:
    assert value_bytes(value) == size


def test_names_count_with_their_values() -> None:
    assert item_bytes({"pk": "a", "é": b"123"}) == 2 + 1 + 2 + 3


def test_a_write_unit_is_a_begun_kilobyte() -> None:
    assert [write_units({"a": b"x" * n}) for n in (1023, 1024, 2047)] == [1, 2, 2]


def test_a_query_is_summed_before_it_is_rounded_and_costs_half_if_it_need_not_be_consistent() -> None:
    rows: list[Row] = [{"a": b"x" * 2000}] * 3
    assert read_units(rows, consistent=True) == 2
    assert read_units(rows, consistent=False) == 1
    assert read_units([], consistent=False) == 0.5


@pytest.mark.parametrize("shape", SHAPES)
def test_an_event_of_every_shape_is_one_write(shape: str) -> None:
    assert write_units(SHAPES[shape]) == 1


def test_an_index_bills_what_comes_goes_and_moves() -> None:
    here: Row = {keys.PK: "p", keys.SK: "s", "ref": "a"}
    gone: Row = {keys.PK: "p", keys.SK: "s"}
    assert index_units(None, here, "ref") == 1
    assert index_units(here, here | {"more": 1}, "ref") == 0
    assert index_units(here, here | {"ref": "b"}, "ref") == 2
    assert index_units(here, gone, "ref") == 1
    assert index_units(None, gone, "ref") == 0


def test_a_meter_tells_the_kinds_of_rows_apart() -> None:
    assert [kind_of(("p", sk)) for sk in ("E#1", "M#x", "S#x", "S~1#x", "L#x", "T", "20260302#x", "00001")] == [
        "event", "index row", "session", "session", "session", "timer", "batch", "batch",
    ]  # fmt: skip


def test_a_meter_bills_a_repeated_put_again_and_its_index_not() -> None:
    table = MemoryTable()
    row: Row = {keys.PK: "p", keys.SK: "E#1", keys.BY_ID_PK: "r"}
    table.put_all([row])
    table.put_all([row])
    assert table.written_units == {"event": 3}


@pytest.mark.parametrize("documents", [OWN, *([SEEDS] if SEEDS.is_dir() else [])], ids=lambda folder: folder.name)
def test_an_event_of_the_source_documents_is_one_write(documents: Path) -> None:
    paths = sorted([*documents.glob("*.txt"), *documents.glob("*.json")])
    events = [event for path in paths for event in events_of(path.read_text())]
    assert len(events) > 15
    sizes = {
        f"{number} {event['type']}": item_bytes(stored_row(orjson.dumps(event))) for number, event in enumerate(events)
    }
    assert not {name: size for name, size in sizes.items() if size > WRITE_UNIT}
