"""The tables whose numbers come from the product's own folds: `sessions`, `runs`, `daily`. Nothing is summed in SQL."""

from collections.abc import Callable
from typing import Any

from functions.lake.tables.column import Column, ColumnType, TableDefinition

# The totals of every table of numbers: the metric as folds name it → column, unit, meaning.
TOTALS: dict[str, tuple[str, ColumnType, str, str]] = {
    "active": ("active_s", "double", "seconds", "Time spent learning."),
    "inactive": ("inactive_s", "double", "seconds", "Time without activity."),
    "waste": ("waste_s", "double", "seconds", "Time that the app counts as wasted."),
    "unknown": ("unknown_s", "double", "seconds", "Time that the app cannot tell apart."),
    "anti-pattern": ("anti_pattern_s", "double", "seconds", "Time in an anti-pattern."),
    "xpEarned": ("xp", "double", "XP", "Experience points earned."),
    "totalQuestions": ("questions", "double", "questions", "Questions answered."),
    "correctQuestions": ("correct_questions", "double", "questions", "Questions answered correctly."),
    "masteredUnits": ("mastered_units", "double", "units", "Units mastered."),
    "attempts": ("attempts", "double", "attempts", "Attempts."),
}


def field(name: str) -> Callable[[dict[str, Any]], object]:
    """Reads a value off a row as `numbers_source` makes it."""
    return lambda row: row.get(name)


def _column(name: str, kind: ColumnType, about: str, unit: str = "") -> Column:
    return Column(name, kind, about, field(name), unit)


_WHOSE = (
    _column("app", "string", "The id of the app that sent the events."),
    _column("learner_key", "string", "The learner's pseudonym."),
)
_TOTALS = tuple(_column(name, kind, about, unit) for name, kind, unit, about in TOTALS.values())
_VERSION = _column("version", "string", "The digest of this row: another one if any number changed.")

SESSIONS = TableDefinition(
    name="sessions",
    about="Each session once, as `GET /sessions` answers it, with the events that are in it.",
    columns=(
        _column("day", "date", "The UTC day on which it started."),
        *_WHOSE,
        _column("id", "string", "The session's id."),
        _column("edapp", "string", "The edApp."),
        _column("kind", "string", "`explicit` (events name it) or `auto` (found by inactivity gaps)."),
        _column("state", "string", "`open` or `closed`, as of the last load of one of its events."),
        _column("started", "time", "When it started."),
        _column("ended", "time", "When it ended; NULL while it is open."),
        _column("ended_by", "string", "`LoggedOut`, `TimedOut` or `superseded`; NULL while it is open."),
        _column("last_activity", "time", "Its last activity."),
        _column(
            "length_s", "double", "Its sittings together, each to its end, or to its last activity if open.", "seconds"
        ),
        _column("sittings", "int", "How many sittings it has: uninterrupted parts.", "sittings"),
        _column("events", "long", "How many events are in it.", "events"),
        *_TOTALS,
        _column("event_ids", "strings", "The events that are in it: joins `events.id`."),
        _VERSION,
    ),
    key=("app", "learner_key", "id"),
    precedence=("version",),
    sort=("app", "learner_key", "started"),
    scope=("app", "learner_key", "day"),
)
RUNS = TableDefinition(
    name="runs",
    about="Each activity run by UTC day, as `GET /runs` answers it.",
    columns=(
        _column("day", "date", "The UTC day."),
        *_WHOSE,
        _column("run", "string", "The run's id."),
        _column("course", "string", "The course of its events; the first by name if they name several."),
        _column("events", "long", "How many of its events count on that day.", "events"),
        _column("first_activity", "time", "Its first activity of that day."),
        _column("last_activity", "time", "Its last activity of that day."),
        *_TOTALS,
        _VERSION,
    ),
    key=("app", "learner_key", "run", "day"),
    precedence=("version",),
    sort=("app", "learner_key", "run"),
    scope=("app", "learner_key", "day"),
)
DAILY = TableDefinition(
    name="daily",
    about="The totals of a learner by UTC day, course, edApp and subject.",
    columns=(
        _column("day", "date", "The UTC day."),
        *_WHOSE,
        _column("course", "string", "The course; NULL if events name none."),
        _column("edapp", "string", "The edApp, else the name of the app that an activity states; NULL without both."),
        _column("subject", "string", "The subject; NULL if events state none."),
        *_TOTALS,
        _VERSION,
    ),
    key=("app", "learner_key", "day", "course", "edapp", "subject"),
    precedence=("version",),
    sort=("app", "learner_key"),
    scope=("app", "learner_key", "day"),
)
NUMBER_TABLES = (SESSIONS, RUNS, DAILY)
