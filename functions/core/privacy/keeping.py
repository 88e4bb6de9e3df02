"""What an app's registration says of keeping: for how long, and what is not kept at all."""

from msgspec import Struct

MOST_DAYS = 36_500


class Keeping(Struct, frozen=True, kw_only=True):
    """`table_days`: how long the table keeps what the app sends (0: as long as the stack says). `archive_days`: how
    long archive and lake do (0: until it is erased). `left_out` are kinds of fields that are left out at the door
    (`functions.core.privacy.door`). `pseudonymous`: what gives a person's name or address is rejected.
    """

    table_days: int = 0
    archive_days: int = 0
    left_out: tuple[str, ...] = ()
    pseudonymous: bool = False
