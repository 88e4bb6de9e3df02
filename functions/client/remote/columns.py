"""Answers of the service as a table for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

type Column = tuple[str, str]  # heading, and where its value is: names with dots between them

EVENTS: Sequence[Column] = (
    ("time", "event.eventTime"),
    ("type", "event.type"),
    ("action", "event.action"),
    ("actor", "actor"),
    ("session", "session"),
    ("id", "event.id"),
)
SESSIONS: Sequence[Column] = (
    ("started", "startedAtTime"),
    ("ended", "endedAtTime"),
    ("by", "endedBy"),
    ("kind", "kind"),
    ("state", "state"),
    ("events", "events"),
    ("active s", "numbers.seconds.active"),
    ("XP", "numbers.xpEarned"),
    ("id", "id"),
)
RUNS: Sequence[Column] = (
    ("first activity", "firstActivityTime"),
    ("last activity", "lastActivityTime"),
    ("events", "events"),
    ("active s", "seconds.active"),
    ("XP", "xpEarned"),
    ("questions", "totalQuestions"),
    ("correct", "correctQuestions"),
    ("id", "id"),
)
PROGRESS: Sequence[Column] = (
    ("course", "course"),
    ("percent", "pctCompleteApp"),
    ("mastered units", "masteredUnits"),
    ("lessons", "totalLessons"),
    ("last activity", "lastActivityTime"),
)
SENT: Sequence[Column] = (
    ("time", "eventTime"),
    ("type", "type"),
    ("action", "action"),
    ("id", "externalId"),
)


def cell(row: Mapping[str, Any], path: str) -> str:
    """The text of one value; a dash for none."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):
        value = value.get("id")
    text = "-" if value is None else str(value)
    return "".join(char if char.isprintable() else "?" for char in text)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> list[str]:
    """A heading and a line a row, the columns as wide as they need be."""
    cells = [[heading for heading, _ in columns], *([cell(row, path) for _, path in columns] for row in rows)]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
