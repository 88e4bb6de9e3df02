"""Rows of a list as text: NDJSON (one JSON object a line) and CSV (RFC 4180), for reads and for exports."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from functions.http.list_formats.columns import Column, columns_of

CSV = "text/csv; charset=utf-8"
NDJSON = "application/x-ndjson"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
OF_ROWS = (CSV, NDJSON)  # what a list may be answered in, beside JSON


def rows_text(media_type: str, lists: Mapping[str, Sequence[bytes]], *, header: bool = True) -> str:
    """The rows (each a JSON object) of one list, or of several, each of which then says its `list`.

    NDJSON keeps the bytes of what was sent. CSV has a line of names first, also if there is no row; none
    without `header`: it goes on.
    """
    if media_type == NDJSON:
        return b"".join(_lines(lists)).decode()
    columns = columns_of(list(lists))
    parsed = ({"list": name, **orjson.loads(row)} for name, rows in lists.items() for row in rows)
    return csv_text(columns, parsed, header=header)


def _lines(lists: Mapping[str, Sequence[bytes]]) -> Iterable[bytes]:
    for name, rows in lists.items():
        said = b'{"list":%b,' % orjson.dumps(name) if len(lists) > 1 else b"{"
        for row in rows:
            yield said + row[1:] + b"\n"


def csv_text(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, header: bool = True) -> str:
    """Lines of CSV, each ended with CR LF. What is no text or number is JSON; null is empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_cell(column.read(row)) for column in columns])
    return out.getvalue()


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        return orjson.dumps(value).decode()
    return no_formula(value) if isinstance(value, str) else value


def no_formula(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: with an apostrophe before it if it would (OWASP, CSV
    injection), or if it has such apostrophes itself; so to take one away gives the text back. Numbers stay as they are.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
