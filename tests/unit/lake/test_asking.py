"""Questions in SQL: over all tables as they stand, with what they may cost; and the table of aliases."""

import pytest

from functions.lake.aliases import own_ids, renew_aliases
from functions.lake.asking import answer, bytes_at_most, make_views
from functions.lake.iceberg.snapshots import live_files
from functions.lake.opened_lake import Lake
from functions.lake.questions.named import questions
from functions.lake.tables.aliases import ALIASES
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.column import TableDefinition
from functions.lake.tables.documentation import described, with_tables
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import RAW
from functions.store.people.aliases import PersonIds, add_alias, remove_alias
from functions.store.people.keys import EVERY_APP
from tests.fakes import MemoryTable
from tests.lake_lines import event, line, loaded
from tests.lake_world import PSEUDONYMS, TENANT
from tests.payloads import APP
from tests.small_table import SMALL, held

ADA, BEN, OTHER = "urn:x:ada", "urn:x:ben", "urn:x:app"


def test_every_table_has_its_name_also_before_anything_is_in_it(lake: Lake) -> None:
    assert make_views(lake) == [definition.name for definition in TABLES]
    for definition in TABLES:
        names, rows = answer(lake, f"SELECT * FROM {definition.name}")
        assert (names, rows) == (list(definition.names()), [])
    assert lake.catalog.existing(EVENTS) is None


def test_a_question_is_answered_over_the_tables_as_they_stand(lake: Lake) -> None:
    loaded(lake, line(event("urn:x:1", ADA)), line(event("urn:x:2", BEN)))
    make_views(lake)
    loaded(lake, line(event("urn:x:3", BEN)))
    count = "SELECT count(*) AS events, 'x' AS said FROM events"
    assert answer(lake, count) == (["events", "said"], [(2, "x")])
    make_views(lake)
    assert answer(lake, count) == (["events", "said"], [(3, "x")])
    with pytest.raises(lake.errors):
        answer(lake, "no SQL")


def size(lake: Lake, definition: TableDefinition) -> int:
    return sum(file.file_size_in_bytes for file in live_files(lake.catalog.table(definition), definition))


def test_a_question_reads_at_most_the_files_of_the_tables_that_it_names(lake: Lake) -> None:
    loaded(lake, line(event("urn:x:1", ADA)))
    loaded(lake, line(event("urn:x:2", ADA)))
    events, raw = size(lake, EVENTS), size(lake, RAW)
    assert 0 < events != raw > 0
    assert bytes_at_most(lake, "SELECT * FROM events, events") == events
    assert bytes_at_most(lake, 'SELECT * FROM "EVENTS" JOIN raw') == events + raw
    assert bytes_at_most(lake, "SELECT * FROM sessions, eventses") == 0


def own(*people: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(own_ids(PersonIds(ids[0], ids[1:]) for ids in people))


@pytest.mark.parametrize(
    ("people", "pairs"),
    [
        ([], []),
        ([("a", "b", "c")], [("a", "b"), ("a", "c")]),
        ([("a", "b"), ("x", "y")], [("a", "b"), ("x", "y")]),
        ([("a", "b"), ("x", "b")], [("a", "b"), ("a", "x")]),
        ([("a", "b"), ("b", "c")], [("a", "b"), ("a", "c")]),
        ([("a", "b"), ("x", "y"), ("b", "y")], [("a", "b"), ("a", "x"), ("a", "y")]),
        ([("a", "b"), ("x", "y"), ("n", "y", "b"), ("y", "z")], [("x", name) for name in "yabnz"]),
        ([("a", "b"), ("a", "b")], [("a", "b")]),
    ],
)  # fmt: skip
def test_who_meets_in_one_person_has_the_own_id_that_was_named_first(
    people: list[tuple[str, ...]], pairs: list[tuple[str, str]]
) -> None:
    assert sorted(own(*people)) == sorted(pairs)


def aliases(lake: Lake, registry: MemoryTable) -> tuple[int, list[tuple[str, str, str]]]:
    count = renew_aliases(lake, registry, PSEUDONYMS)
    return count, [(app, alias, person) for app, alias, person in held(lake, *ALIASES.names(), definition=ALIASES)]


def row(alias: str, person: str, app: str = APP) -> tuple[str, str, str]:
    tenant = line(event("urn:x:1", alias), app=app).tenant
    return app, PSEUDONYMS.of(tenant, alias), PSEUDONYMS.of(tenant, person)


def test_aliases_are_those_of_the_registry_in_each_app_that_has_learners(lake: Lake) -> None:
    registry = MemoryTable()
    add_alias(registry, TENANT, person=ADA, alias="urn:x:also-ada")
    assert aliases(lake, registry) == (0, [])
    loaded(lake, line(event("urn:x:1", ADA)), line(event("urn:x:2", BEN), app=OTHER))
    add_alias(registry, EVERY_APP, person=BEN, alias="urn:x:also-ben")
    expected = [row("urn:x:also-ada", ADA), row("urn:x:also-ben", BEN), row("urn:x:also-ben", BEN, OTHER)]
    assert aliases(lake, registry) == (3, sorted(expected, key=repr))
    assert aliases(lake, registry) == (0, sorted(expected, key=repr))
    remove_alias(registry, TENANT, "urn:x:also-ada")
    assert aliases(lake, registry) == (0, sorted(expected[1:], key=repr))


def test_a_question_has_its_title_and_its_text_apart() -> None:
    assert questions()
    for name, question in questions().items():
        assert question.name == name
        assert not question.title.startswith("-")
        assert question.title not in question.sql
        assert question.sql == question.sql.strip() != ""


def test_a_table_is_described_with_its_key_its_columns_and_the_grant_that_it_needs() -> None:
    text = described(SMALL).splitlines()
    assert text[:3] == ["### `small`", "", "Small rows. One row for each `app`, `id`."]
    assert text[4:7] == ["| column | type | unit | meaning |", "|---|---|---|---|", "| `day` | `date` |  | The day. |"]
    assert "| `score` | `double` | points | The score. |" in text
    assert len(text) == 6 + len(SMALL.columns)
    assert "It needs a grant of its own" in described(RAW)
    assert "grant" not in described(EVENTS)


def test_the_tables_stand_between_their_marks() -> None:
    begin, end = "<!-- tables: made from the code -->", "<!-- end of tables -->"
    page = with_tables(f"before\n{begin}what was there{end}\nafter")
    assert page.startswith(f"before\n{begin}\n\n### `events`")
    assert page.endswith(f"\n\n{end}\nafter")
    assert "what was there" not in page
    assert with_tables(page) == page
    assert all(f"### `{definition.name}`" in page for definition in TABLES)
    assert all(f"| `{name}` | {question.title} |" in page for name, question in questions().items())
