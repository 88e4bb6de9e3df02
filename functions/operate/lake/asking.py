"""The command `sql`: a question to the tables, in DuckDB on this machine or, of a deployed stack, in Athena."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from functions.lake.asking import answer, bytes_at_most, make_views
from functions.lake.opened_lake import Lake
from functions.lake.questions.named import questions
from functions.lake.tables.all_tables import TABLES
from functions.operate.errors import LakeError
from functions.operate.lake.answer_text import written
from functions.operate.lake.athena import Athena, price
from functions.operate.lake.place import opened_lake, place_of
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome

PROMPT = "lake> "


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and what Athena read for it; nothing if DuckDB answered."""

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    read_bytes: int | None = None


def answer_question(operator: Operator, options: argparse.Namespace) -> Outcome:
    """The answer to `--query` or `--name`; of neither, each question on standard input is answered as it comes.

    Raises LakeError if the question cannot be read, or would read more than it may.
    """
    if options.name == "list":
        named = {question.name: question.title for question in questions().values()}
        return Outcome(data={"questions": named}, text="\n".join(f"{name:32} {title}" for name, title in named.items()))
    sql = _named(options.name) if options.name else options.query
    with opened_lake(operator) as lake:
        make_views(lake)
        if sql:
            of_athena = _ask(operator, lake, sql, most_bytes=options.most_gigabytes * 1e9)
            data = {"columns": of_athena.names, "rows": _plain(of_athena.rows), "read_bytes": of_athena.read_bytes}
            return Outcome(data=data, text=written(of_athena.names, of_athena.rows, options.format).rstrip("\n"))
        count = 0
        operator.progress.note(f"Tables: {' '.join(table.name for table in TABLES)}. A question ends with `;`.")
        for question in typed(sys.stdin):
            try:
                of_athena = _ask(operator, lake, question, most_bytes=options.most_gigabytes * 1e9)
            except LakeError as refusal:
                operator.progress.note(str(refusal))
            else:
                count += 1
                print(written(of_athena.names, of_athena.rows, options.format), end="", flush=True)
        return Outcome(data={"answered": count})


def _ask(operator: Operator, lake: Lake, sql: str, *, most_bytes: float) -> Asked:
    if operator.stack is None:
        try:
            return Asked(*answer(lake, sql))
        except lake.errors as error:
            raise LakeError(f"DuckDB did not answer: {error}") from error
    size = bytes_at_most(lake, sql)
    operator.progress.note(f"reads at most {size / 1e9:.3f} GB: ${price(size):.5f}")
    if size > most_bytes:
        raise LakeError(
            f"The tables that it names hold {size / 1e9:.1f} GB, over the limit of {most_bytes / 1e9:g}: raise it "
            "(--most-gigabytes, MOST_GIGABYTES=) if it may cost that, or if it names days and so reads less."
        )
    of_athena = Athena(operator.connection.client("athena"), place_of(operator)).ask(sql)
    operator.progress.note(f"read {of_athena.read_bytes / 1e9:.3f} GB: ${price(of_athena.read_bytes):.5f}")
    return Asked(of_athena.names, of_athena.rows, of_athena.read_bytes)


def _named(name: str) -> str:
    known = questions()
    if name not in known:
        raise LakeError(f"There is no question {name}. These ship: {', '.join(known)}.")
    return known[name].sql


def typed(source: TextIO) -> Iterator[str]:
    """The questions of a terminal or a file: each ends with `;` at the end of a line, or with the last line."""
    held = ""
    for line in _lines(source):
        held += line
        if held.rstrip().endswith(";"):
            yield held.rstrip().rstrip(";")
            held = ""
    if held.strip():
        yield held


def _lines(source: TextIO) -> Iterator[str]:
    if not source.isatty():
        yield from source
        return
    import readline  # noqa: F401  # from now on `input` edits lines and knows the earlier ones

    while True:
        try:
            yield input(PROMPT) + "\n"
        except EOFError:
            print()
            return


def _plain(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows as JSON has them."""
    return [[value.isoformat() if hasattr(value, "isoformat") else value for value in row] for row in rows]
