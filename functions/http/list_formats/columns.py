"""The columns of the lists that come as CSV, too: the name of each, and where in a row its value lies.

A number keeps the name that it has in JSON. What lies deeper has the name of its place before it (`seconds_active`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct


class Column(Struct, frozen=True):
    """One column of a list. `path` leads to its value in a row of JSON."""

    name: str
    path: tuple[str, ...]

    def read(self, row: Mapping[str, Any]) -> Any:
        """The value; None if the row has none."""
        value: Any = row
        for step in self.path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value


def _columns(*names: str, below: tuple[str, ...] = (), prefix: str = "") -> tuple[Column, ...]:
    return tuple(Column(prefix + name.replace("-", "_"), (*below, *name.split("."))) for name in names)


def _numbers(*below: str) -> tuple[Column, ...]:
    categories = ("active", "inactive", "waste", "unknown", "anti-pattern")
    return (
        *_columns(*categories, below=(*below, "seconds"), prefix="seconds_"),
        *_columns(
            *("xpEarned", "totalQuestions", "correctQuestions", "accuracy", "masteredUnits", "attempts"), below=below
        ),
    )


_EVENT_PARTS = (
    *_columns("id", "type", "action", "eventTime", "profile", below=("event",)),
    Column("object", ("event", "object", "id")),
    Column("object_type", ("event", "object", "type")),
)
_SPAN = _columns("firstActivityTime", "lastActivityTime")
COLUMNS: Mapping[str, Sequence[Column]] = {
    "events": (
        *_EVENT_PARTS,
        *_columns("actor", "session", "run", "app", "jobId", "sendTime", "receivedAt", "credential"),
        *_columns("warnings", "event"),
    ),
    "sessions": (
        *_columns("id", "actor", "app", "edApp", "kind", "state", "startedAtTime", "endedAtTime", "endedBy"),
        *_columns("lastActivityTime", "duration", "events", "earlierSittings", "conflicts"),
        *_numbers("numbers"),
        *_columns("requiresHeartbeat", "processInsights", "sittings"),
    ),
    "runs": (
        *_columns("id", "actor", "app", "events"),
        *_numbers(),
        *_SPAN,
        *_columns("conflicts", "sessions"),
    ),
    "progress": (
        *_columns("actor", "app", "course", "masteredUnits", "activities", "totalLessons", "pctCompleteApp"),
        *_columns("stated", "lastActivityTime", "conflicts", "evidence"),
    ),
    "learners": (
        *_columns("actor", "name", "app", "course", "enrolled", "minutes", "xpEarned", "totalQuestions"),
        *_columns("correctQuestions", "accuracy", "masteredUnits", "lastActivityTime", "daysQuiet", "quiet"),
        *_columns(
            "masteredUnits", "activities", "totalLessons", "pctCompleteApp", below=("progress",), prefix="progress_"
        ),
        *_columns("active", "inactive", "waste", below=("seconds",), prefix="seconds_"),
    ),
    "days": (
        *_columns("actor", "app", "day", "events"),
        *_numbers(),
        *_SPAN,
        *_columns("conflicts", "sessions"),
    ),
}


def columns_of(lists: Sequence[str]) -> list[Column]:
    """The columns of one list; of several, those of all, each name once, behind `list`, which says whose row it is."""
    if len(lists) == 1:
        return list(COLUMNS[lists[0]])
    by_name = {column.name: column for name in lists for column in COLUMNS[name]}
    return [Column("list", ("list",)), *by_name.values()]
