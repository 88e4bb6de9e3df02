"""The questions that ship: DuckDB answers them, Athena's grammar takes them; the page of tables is the code's."""

import re
from pathlib import Path

import duckdb
import pytest
import sqlglot

from functions.lake.iceberg.relations import declared_columns, nothing
from functions.lake.questions.named import questions
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.documentation import with_tables
from functions.operate.lake.answer_text import written

PAGE = Path(__file__).resolve().parents[3] / "docs" / "lake.md"
QUESTIONS = questions()


def test_ten_questions_ship() -> None:
    assert len(QUESTIONS) == 10
    assert all(re.fullmatch(r"[A-Z].*[^.]", question.title) for question in QUESTIONS.values())


@pytest.mark.parametrize("name", QUESTIONS)
def test_duckdb_answers_it_if_there_is_nothing_yet(name: str) -> None:
    connection = duckdb.connect()
    for definition in TABLES:
        connection.execute(f'CREATE VIEW "{definition.name}" AS {nothing(declared_columns(definition))}')
    assert connection.execute(QUESTIONS[name].sql).fetchall() == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_athena_takes_it_as_it_is(name: str) -> None:
    (parsed,) = sqlglot.parse(QUESTIONS[name].sql, dialect="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert parsed is not None
    named = {table.name for table in parsed.find_all(sqlglot.exp.Table)}
    within = {expression.alias for expression in parsed.find_all(sqlglot.exp.CTE)}
    assert named - within <= {definition.name for definition in TABLES}
    assert not list(parsed.find_all(sqlglot.exp.Anonymous)), "a function that Athena may not know"


def test_the_page_of_tables_is_made_from_the_code() -> None:
    assert PAGE.read_text() == with_tables(PAGE.read_text()), (
        "run: .venv/bin/python -m functions.lake.tables.documentation docs/lake.md"
    )


def test_answers_are_written_as_table_csv_and_json() -> None:
    names, rows = ["a", "b"], [(1, None), (22, "x,y")]
    assert written(names, rows, "table") == "a   b\n--  ---\n 1\n22  x,y\n".replace("a   b", " a  b")
    assert written(names, rows, "csv") == 'a,b\n1,\n22,"x,y"\n'
    assert written(names, rows, "json") == '{"a":1,"b":null}\n{"a":22,"b":"x,y"}\n'
