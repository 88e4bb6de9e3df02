"""Answers of a question on a terminal, as CSV or as JSON."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson

from functions.http.list_formats.text import no_formula

WIDEST = 60  # of a column on a terminal
FORMATS = ("table", "csv", "json")


def written(names: Sequence[str], rows: Sequence[Sequence[Any]], form: str) -> str:
    """The answer as text; `form` is one of FORMATS. JSON is one object a line."""
    if form == "json":
        return "".join(orjson.dumps(dict(zip(names, map(plain, row), strict=True))).decode() + "\n" for row in rows)
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([no_formula(cell(value)) for value in row] for row in rows)
        return out.getvalue()
    cells = [list(names), *([_cut(cell(value)) for value in row] for row in rows)]
    widths = [max(len(row[position]) for row in cells) for position in range(len(names))]
    numeric = [all(isinstance(row[position], int | float | None) for row in rows) for position in range(len(names))]
    lines = [
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]]) + "\n"


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def cell(value: Any) -> str:
    """A value as text; NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return str(plain(value))


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
