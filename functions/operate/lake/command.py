"""The commands on the lake: ask its tables (`sql`), load them now or build days of them again (`lake`).

What they need is imported when one of them runs: no other command waits for DuckDB.
"""

import argparse

from functions.operate.arguments import Subcommands, add_command, instant
from functions.operate.lake.answer_text import FORMATS
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome

MOST_GIGABYTES = 10.0


def add_lake_commands(commands: Subcommands) -> None:
    """Add `sql` and `lake`."""
    sql = add_command(
        commands,
        "sql",
        ask,
        "ask the tables of the lake; without a question, those that are typed",
        example="make sql QUERY='SELECT type, count(*) FROM events GROUP BY type'",
    )
    source = sql.add_mutually_exclusive_group()
    source.add_argument("--query", default="", help="a question in SQL")
    source.add_argument("--name", default="", help="a question that ships: `list` names them")
    sql.add_argument("--format", choices=FORMATS, default="table", help="of the answer (default: table)")
    sql.add_argument(
        "--most-gigabytes",
        type=float,
        default=MOST_GIGABYTES,
        help=f"that a question may have Athena read (default: {MOST_GIGABYTES:g})",
    )
    lake = add_command(
        commands,
        "lake",
        load,
        "load what the archive got, or build days again",
        example="make lake FROM=2026-01-27 TO=2026-01-31",
    )
    lake.add_argument("--from", dest="from_us", type=instant, help="build again what arrived from this day on (UTC)")
    lake.add_argument("--to", dest="to_us", type=instant, help="the last of these days (default: the first)")
    lake.add_argument("--maintain", action="store_true", help="merge files and delete old ones now, as each night")


def ask(operator: Operator, options: argparse.Namespace) -> Outcome:
    """Answer one question, or those of a terminal until its end."""
    from functions.operate.lake.asking import answer_question

    return answer_question(operator, options)


def load(operator: Operator, options: argparse.Namespace) -> Outcome:
    """Run the lake's function now, after having asked for days again if they are named."""
    from functions.operate.lake.loading import load_lake

    return load_lake(operator, options)
