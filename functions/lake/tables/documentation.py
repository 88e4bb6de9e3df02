"""`python -m functions.lake.tables.documentation FILE`: writes the tables into a page between its two marks."""

import sys
from pathlib import Path

from functions.lake.questions.named import questions
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.column import ATHENA_TYPES, TableDefinition

BEGIN, END = "<!-- tables: made from the code -->", "<!-- end of tables -->"


def described(definition: TableDefinition) -> str:
    """One table as Markdown."""
    grant = " It needs a grant of its own: it holds names or what was sent." if definition.personal else ""
    key = ", ".join(f"`{name}`" for name in definition.key)
    lines = [f"### `{definition.name}`", "", f"{definition.about}{grant} One row for each {key}.", ""]
    lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in definition.columns:
        lines.append(f"| `{column.name}` | `{ATHENA_TYPES[column.type]}` | {column.unit} | {column.about} |")
    return "\n".join(lines)


def generated() -> str:
    """All tables and questions as Markdown."""
    rows = [f"| `{question.name}` | {question.title} |" for question in questions().values()]
    parts = [
        *map(described, TABLES),
        "\n".join(["## Questions that ship", "", "| name | question |", "|---|---|", *rows]),
    ]
    return "\n\n".join(parts)


def with_tables(page: str) -> str:
    """The page with what is between its marks made anew."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{generated()}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_tables(file.read_text()))
