"""The value types of the standard (STANDARD §3.3), and whether one value is of its type."""

import re
from datetime import datetime

from functions.core.times import parse_time

_DURATION = re.compile(
    r"[+-]?P(?=.)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?W)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=.)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?",
    re.ASCII,
)
# These four are bare matches, without a function around them: they run on every identifier and time of every event.
# An absolute IRI or a blank node (`_:name`): RFC 3987 as far as a store needs it, which is a scheme, then only
# characters that an IRI may hold. Said by those that it may not, because a range up to U+10FFFF takes 2 ms to compile.
match_iri = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*+|_):[^\x00-\x20\"<>\\^`{|}\x7f-\x9f]++").fullmatch
# An IRI of ASCII characters with a scheme, which nearly all are.
match_usual_iri = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:[!#-;=?-\[\]_a-z~]++").fullmatch
# A UUID as URN, of any version (official examples hold version 1).
match_event_id = re.compile(
    r"urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
).fullmatch
# A DateTime in the standard's one form, on a day that every month has. `is_canonical_time` knows the other days.
match_usual_time = re.compile(
    r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:[01][1-9]|10|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
).fullmatch


def is_duration(text: str) -> bool:
    """Whether it is an ISO 8601 duration; any part may have a fraction (`PT34M1.801S`)."""
    return _DURATION.fullmatch(text) is not None


def is_canonical_time(text: str) -> bool:
    """Whether it is a DateTime in the standard's one form: `YYYY-MM-DDTHH:mm:ss.SSSZ`."""
    if len(text) != 24 or text[23] != "Z" or text[19] != "." or text[10] != "T" or text[7] != "-":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def time_fault(text: str) -> str | None:
    """None for a DateTime, "time-form" for a time in another spelling, "time" for anything else."""
    if is_canonical_time(text):
        return None
    return "time" if parse_time(text) is None else "time-form"


def is_integer(value: object) -> bool:
    """Whether a JSON number has no fraction: 25.0 is 25, because JSON cannot tell them apart."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def is_decimal(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
