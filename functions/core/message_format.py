"""The format of a queue message: by it an older version, deployed again, refuses what it would read wrongly."""

import msgspec

from functions.core.errors import CaliperError

FORMAT = 1  # grows with a change that a version which does not know it would read wrongly


class Unreadable(CaliperError, ValueError):
    """A message body that no version of this code wrote, or a newer one did."""


class Format(msgspec.Struct, gc=False):
    """What every header has said, and will say."""

    v: int = FORMAT


def check_format(written: int) -> None:
    """Raise Unreadable, with the words for an operator who stepped back, if a newer version wrote it."""
    if written > FORMAT:
        raise Unreadable(
            f"a newer version wrote it (format {written}; this one reads {FORMAT}): deploy that version again, then "
            "send it again with `make redrive`"
        )
