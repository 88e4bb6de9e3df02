"""For how long what an app sends is kept, and what is not kept: the options of `app add` and `app change`."""

import argparse
from copy import replace

from functions.core.privacy.door import FIELDS
from functions.core.privacy.keeping import MOST_DAYS, Keeping
from functions.operate.arguments import CommandParser
from functions.operate.errors import RegistryError


def add_keeping(parser: CommandParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--retention-days", type=int, help="how long the table keeps what it sends from now on; 0: as the stack says"
    )
    parser.add_argument(
        "--archive-days", type=int, help="how long archive and lake keep what it sends; 0: until it is erased"
    )
    parser.add_argument(
        "--leave-out", help=f"comma-separated kinds of fields that are not kept: {', '.join(FIELDS)}; empty: none"
    )
    parser.add_argument(
        "--pseudonymous",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="reject items that give a person's name or e-mail address",
    )


def keeping_of(options: argparse.Namespace, before: Keeping) -> Keeping | None:
    """`before` with the settings that were named; None if none was."""
    named = {name: getattr(options, name) for name in ("archive_days", "pseudonymous")}
    named["table_days"] = options.retention_days
    if options.leave_out is not None:
        kinds = (kind.strip() for kind in options.leave_out.split(","))
        named["left_out"] = tuple(dict.fromkeys(kind for kind in kinds if kind))
    changes = {name: value for name, value in named.items() if value is not None}
    return replace(before, **changes) if changes else None


def check_keeping(keeping: Keeping) -> None:
    """Raises RegistryError if it makes no sense."""
    unknown = [kind for kind in keeping.left_out if kind not in FIELDS]
    if unknown:
        raise RegistryError(f"There is no kind of field {unknown[0]!r} to leave out: kinds are {', '.join(FIELDS)}.")
    for name, days in (("retention", keeping.table_days), ("archive", keeping.archive_days)):
        if not 0 <= days <= MOST_DAYS:
            raise RegistryError(f"The {name} days must be from 0 to {MOST_DAYS}: 0 is the stack's own.")
    if 0 < keeping.archive_days < keeping.table_days:
        raise RegistryError(
            "The archive must keep what the table keeps: from it the table is built again. Give more ARCHIVE_DAYS."
        )


def keeping_texts(keeping: Keeping) -> list[str]:
    """The settings in words; none if all are the stack's."""
    return [
        *([f"the table keeps it {keeping.table_days} days"] if keeping.table_days else []),
        *([f"archive and lake keep it {keeping.archive_days} days"] if keeping.archive_days else []),
        *([f"left out: {', '.join(keeping.left_out)}"] if keeping.left_out else []),
        *(["what gives a person's name is rejected"] if keeping.pseudonymous else []),
    ]
