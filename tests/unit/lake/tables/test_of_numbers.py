"""The tables of numbers: which columns, of which type and unit, and where each value comes from."""

import pytest

from functions.lake.tables.column import TableDefinition
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_numbers import DAILY, NUMBER_TABLES, RUNS, SESSIONS, TOTALS

OF_TOTALS = {
    "active_s": "seconds", "inactive_s": "seconds", "waste_s": "seconds", "unknown_s": "seconds",
    "anti_pattern_s": "seconds", "xp": "XP", "questions": "questions", "correct_questions": "questions",
    "mastered_units": "units", "attempts": "attempts",
}  # fmt: skip
DOUBLES = dict.fromkeys(OF_TOTALS, "double")
COLUMNS = {
    "sessions": {
        "day": "date", "app": "string", "learner_key": "string", "id": "string", "edapp": "string", "kind": "string",
        "state": "string", "started": "time", "ended": "time", "ended_by": "string", "last_activity": "time",
        "length_s": "double", "sittings": "int", "events": "long", **DOUBLES, "event_ids": "strings",
        "version": "string",
    },
    "runs": {
        "day": "date", "app": "string", "learner_key": "string", "run": "string", "course": "string", "events": "long",
        "first_activity": "time", "last_activity": "time", **DOUBLES, "version": "string",
    },
    "daily": {
        "day": "date", "app": "string", "learner_key": "string", "course": "string", "edapp": "string",
        "subject": "string", **DOUBLES, "version": "string",
    },
}  # fmt: skip
UNITS = {"length_s": "seconds", "sittings": "sittings", "events": "events"} | OF_TOTALS
KEYS = {
    "sessions": ("app", "learner_key", "id"),
    "runs": ("app", "learner_key", "run", "day"),
    "daily": ("app", "learner_key", "day", "course", "edapp", "subject"),
}


@pytest.mark.parametrize("definition", NUMBER_TABLES, ids=lambda definition: definition.name)
def test_a_table_of_numbers_has_its_columns_in_order(definition: TableDefinition) -> None:
    assert definition in (SESSIONS, RUNS, DAILY)
    columns = definition.columns
    name = definition.name
    assert {column.name: column.type for column in columns} == COLUMNS[name]
    assert [column.name for column in columns] == list(COLUMNS[name])
    assert {column.name: column.unit for column in columns} == {
        column: UNITS.get(column, "") for column in COLUMNS[name]
    }


@pytest.mark.parametrize("definition", NUMBER_TABLES, ids=lambda definition: definition.name)
def test_a_row_of_numbers_is_what_it_was_made_of(definition: TableDefinition) -> None:
    values: dict[str, object] = {name: number for number, name in enumerate(COLUMNS[definition.name])}
    assert definition.row(values | {"more": 1}) == values
    assert set(definition.row({}).values()) == {None}


@pytest.mark.parametrize("definition", NUMBER_TABLES, ids=lambda definition: definition.name)
def test_rows_are_told_apart_and_replaced_by_learner_and_day(definition: TableDefinition) -> None:
    assert definition.key == KEYS[definition.name]
    assert definition.scope == ("app", "learner_key", "day")
    assert (definition.precedence, definition.partition) == (("version",), "day")
    assert definition.personal is False


def test_each_total_is_a_metric_as_the_folds_name_it() -> None:
    assert {metric: column for metric, (column, *_) in TOTALS.items()} == {
        "active": "active_s", "inactive": "inactive_s", "waste": "waste_s", "unknown": "unknown_s",
        "anti-pattern": "anti_pattern_s", "xpEarned": "xp", "totalQuestions": "questions",
        "correctQuestions": "correct_questions", "masteredUnits": "mastered_units", "attempts": "attempts",
    }  # fmt: skip


def test_units_of_events_are_said() -> None:
    assert {column.name: column.unit for column in EVENTS.columns if column.unit} == {
        "score": "points",
        "max_score": "points",
        "metrics": "seconds for categories of time, else counts",
        "duration_s": "seconds",
    }
    assert {column.unit for column in EVENTS.columns} >= {"", "points"}
