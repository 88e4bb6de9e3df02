"""Rows are read off lines by the product's own rules, never raise, and hold no name where none may be."""

import json
import re
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import orjson
import pytest
from hypothesis import given

from functions.core.messages import Item, Message
from functions.core.privacy.pseudonym import PREFIX, Pseudonyms
from functions.core.timeline.attribution import attribute
from functions.lake.archive_line import ArchiveLine, archive_lines
from functions.lake.iceberg.schema import schema_of
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS, seconds_of
from functions.lake.tables.of_lines import RAW, finding_rows, person_row
from functions.store.archive import lines
from tests.bench.corpus import CORPORA, payloads
from tests.payloads import APP, Payloads

PSEUDONYMS = Pseudonyms(b"s" * 32)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def line_of(item: Any, *, kind: Any = "event", raw: bytes | None = None) -> ArchiveLine:
    message = Message(
        tenant="t" * 22,
        app_id=APP,
        job="j",
        received_us=1_772_442_000_000_000,
        sensor="s",
        items=[Item(kind, raw if raw is not None else orjson.dumps(item))],
    )
    (line,) = archive_lines("archive/day=20260302/x", lines([message]), PSEUDONYMS)
    return line


def all_rows(line: ArchiveLine) -> list[dict[str, Any]]:
    rows = [RAW.row(line), *finding_rows(line)]
    if line.kind == "event":
        rows.append(EVENTS.row(line))
    person = person_row(line)
    return [*rows, person] if person else rows


@given(st.dictionaries(st.sampled_from([*"id type actor action object eventTime generated session edApp group".split(),
    "membership", "target", "extensions", "federatedSession", "profile"]), json_values))  # fmt: skip
def test_any_item_makes_rows_of_the_declared_types(item: dict[str, Any]) -> None:
    for kind in ("event", "entity", "rejection"):
        for row in all_rows(line_of(item, kind=kind)):
            orjson.dumps(row)
    row = EVENTS.row(line_of(item))
    expected: dict[str, tuple[type, ...]] = {
        "string": (str,), "boolean": (bool,), "int": (int,), "long": (int,), "double": (float,),
        "date": (str,), "time": (int,), "strings": (list,), "numbers": (dict,),
    }  # fmt: skip
    assert row.keys() >= {column.name for column in EVENTS.columns}
    for column in EVENTS.columns:
        assert row[column.name] is None or isinstance(row[column.name], expected[column.type]), column.name


def test_bytes_that_are_no_json_make_a_row_of_raw() -> None:
    line = line_of(None, kind="rejection", raw=b"\xff{]")
    assert RAW.row(line)["raw"] == "�{]"
    assert RAW.row(line)["day"] == "2026-03-02"


def events_in(corpus: Path) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for _, body in payloads(corpus):
        try:
            parsed = json.loads(body)
        except ValueError:
            continue
        items = parsed.get("data", [parsed]) if isinstance(parsed, dict) else parsed
        events += [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return events


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.parent.name)
def test_every_payload_of_the_corpus_agrees_with_the_attribution(corpus: Path) -> None:
    items = events_in(corpus)
    assert len(items) > 50
    for item in items:
        line = line_of(item)
        row = EVENTS.row(line)
        said = attribute(item, auto_attach=False, received_us=line.received_us)
        assert (row["event_time"], row["type"], row["edapp"]) == (said.time_us, said.type, said.edapp)
        assert row["learner_key"] == (None if said.learner is None else PSEUDONYMS.of(line.tenant, said.learner))
        all_rows(line)


@given(st.integers(0, 200))
def test_no_row_of_events_holds_the_learner(seed: int) -> None:
    payloads = Payloads(seed)
    events = list(payloads.events(5))
    assert events
    for event in events:
        line = line_of(event)
        text = orjson.dumps(EVENTS.row(line)).decode().lower()
        for person in {line.learner, line.actor} - {None}:
            bare = str(person).lower().removeprefix("urn:uuid:").removeprefix("mailto:")
            assert bare not in text


@pytest.mark.parametrize(
    ("identifier", "hidden"),
    [
        ("https://school.example.org/learners/7", True),
        ("https://school.example.org/learners/7/attempts/1", True),
        ("HTTPS://SCHOOL.example.org/learners/7", True),
        ("https://school.example.org/lessons/7", False),
    ],
)
def test_an_id_that_holds_the_learners_is_a_pseudonym(identifier: str, hidden: bool) -> None:
    event = {
        "id": "urn:x:1",
        "type": "ViewEvent",
        "action": "Viewed",
        "actor": {"id": "https://school.example.org/learners/7", "type": "Person", "name": "L 7"},
        "object": {"id": identifier, "type": "DigitalResource", "name": "Homework of L 7"},
        "eventTime": "2026-03-02T09:00:00Z",
    }
    row = EVENTS.row(line_of(event))
    assert row["object"].startswith(PREFIX) is hidden
    assert row["object_name"] is None


def test_another_person_as_the_object_is_a_pseudonym() -> None:
    event = next(Payloads(1).events(1)) | {"object": {"id": "https://x.example.org/1", "type": "Person", "name": "N"}}
    row = EVENTS.row(line_of(event))
    assert row["object"].startswith(PREFIX)
    assert row["object_name"] is None


def test_a_uuid_of_a_learner_is_found_without_its_scheme() -> None:
    learner = "urn:uuid:0A0A0A0A-0000-4000-8000-000000000001"
    event = next(Payloads(1).events(1)) | {"actor": learner, "object": f"https://x.org/u/{learner[9:].lower()}/page"}
    assert EVENTS.row(line_of(event))["object"].startswith(PREFIX)


def test_pseudonyms_differ_by_stack_and_tenant_and_not_by_spelling() -> None:
    first, other = Pseudonyms(b"a" * 32), Pseudonyms(b"b" * 32)
    assert re.fullmatch(r"p:[\w-]{22}", first.of("t", "x"))
    assert first.of("t", "x") != other.of("t", "x") != other.of("u", "x")
    upper = "0A0A0A0A-0000-4000-8000-000000000001"
    assert first.of("t", f" {upper} ") == first.of("t", f"urn:uuid:{upper.lower()}")
    with pytest.raises(ValueError, match="31 bytes"):
        Pseudonyms(b"a" * 31)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT34M1.5S", 2041.5),
        ("P1DT1H", 90000.0),
        ("P1W", 604800.0),
        ("P1Y", None),
        ("P", None),
        (5, None),
        ("PT..S", None),
    ],
)
def test_durations_are_read_as_seconds(duration: object, seconds: float | None) -> None:
    assert seconds_of(duration) == seconds


@pytest.mark.parametrize("definition", TABLES, ids=lambda it: it.name)
def test_every_table_is_one_that_iceberg_takes(definition: Any) -> None:
    assert len(set(definition.names())) == len(definition.columns)
    assert {*definition.key, *definition.precedence, *definition.sort, *definition.scope} <= set(definition.names())
    assert [field.doc for field in schema_of(definition).fields] == [column.comment for column in definition.columns]
    assert all(column.about.endswith(".") for column in definition.columns)
