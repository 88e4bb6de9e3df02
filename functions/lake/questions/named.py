"""The questions that ship with the lake: each a file of SQL that DuckDB and Athena both take."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is the file's; `title` its first line."""

    name: str
    title: str
    sql: str


def questions() -> dict[str, Question]:
    """All of them by name."""
    by_name = {}
    for path in sorted(FOLDER.glob("*.sql")):
        title, _, sql = path.read_text().partition("\n")
        by_name[path.stem] = Question(path.stem, title.removeprefix("-- "), sql.strip())
    return by_name
