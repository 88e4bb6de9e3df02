"""Rows of CSV files as schools exchange them: a file, a file in a zip, or in a folder."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from string import Formatter

from functions.operate.errors import SchoolError

# OneRoster 1.2 CSV, users.csv: userIds is a list such as "{LTI:abc},{Fed:123}".
USER_IDS = "userIds"
DELIMITERS = ",;\t"  # where a comma is the decimal sign, spreadsheets write semicolons
_USER_ID = re.compile(r"\{([^:{}]+):([^{}]*)\}")


@contextmanager
def opened(path: Path, name: str = "") -> Iterator[Iterator[dict[str, str]]]:
    """The rows of a CSV file by the names of its header; `name`: that of the file in a zip or folder.

    Raises SchoolError if it cannot be read so.
    """
    try:
        if name and path.is_dir():
            path, name = path / name, ""
        if name:
            with zipfile.ZipFile(path) as archive, archive.open(name) as packed:
                yield _rows(io.TextIOWrapper(packed, "utf-8-sig", newline=""), f"{path}: {name}")
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield _rows(file, str(path))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise SchoolError(
            f"{path} {name} cannot be read: {error}. Name a CSV file, or a folder or zip of them."
        ) from None


def has_file(path: Path, name: str) -> bool:
    """Whether a zip or folder has a file of this name."""
    if path.is_dir():
        return (path / name).is_file()
    try:
        with zipfile.ZipFile(path) as archive:
            return name in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def filled(template: str, row: dict[str, str]) -> str:
    """A template such as `https://roster.example.org/users/{sourcedId}` with the values of a row; "" if one is empty.

    `{userIds.LTI}` is the id of that type of OneRoster's list. Raises SchoolError if the file has no such column.
    """
    values = dict(row)
    for kind, value in _USER_ID.findall(row.get(USER_IDS, "")):
        values[f"{USER_IDS}.{kind.strip()}"] = value
    text = ""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise SchoolError(f"The template {template!r} cannot be read: {error}. Write columns as {{name}}.") from None
    for before, name, _, _ in parts:
        text += before
        if name is None:
            continue
        if name not in values and not name.startswith(f"{USER_IDS}."):
            raise SchoolError(f"The file has no column {name!r}; it has {', '.join(row)}.")
        value = values.get(name, "").strip()
        if not value:
            return ""
        text += value
    return text


def _rows(file: io.TextIOBase, where: str) -> Iterator[dict[str, str]]:
    try:
        header = file.readline()
        if not header.strip():
            raise SchoolError(f"{where} is empty: its first line must name the columns.")
        delimiter = max(DELIMITERS, key=header.count)  # the first of them if there is one column
        for row in csv.DictReader(chain([header], file), delimiter=delimiter):
            yield {
                name.strip(): value or ""
                for name, value in row.items()
                if name is not None and not isinstance(value, list)
            }
    except (csv.Error, UnicodeDecodeError) as error:
        raise SchoolError(f"{where} is not CSV in UTF-8: {error}.") from None
