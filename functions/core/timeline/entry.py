"""The stored facts about one learner, in the one order that every fold reads them in.

Stands between the table (which returns entries in pages, in any number of copies) and the folds: sessions,
runs, progress, insights. A fold that starts here cannot depend on the order, the number of copies or the
batching of what it was given.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from functions.core.identity import is_anonymous
from functions.core.ids import canonical_id
from functions.core.times import FUTURE_TOLERANCE_US, latest_possible_us, parse_time

if TYPE_CHECKING:
    from functions.core.timeline.attribution import Attribution

__all__ = [
    "FUTURE_TOLERANCE_US",
    "Entry",
    "fields_of",
    "in_order",
    "one_content_per_id",
    "time_in",
]


class Entry(Struct, frozen=True):
    """One stored fact: event, entity describe or heartbeat. `content` is the digest of its canonical JSON.

    `rival` is the lowest other content that is known to be stored under the same id, wherever it lies; "" if none is.
    `ours` says that this service emitted it (its own TimedOut).
    """

    time_us: int
    received_us: int
    id: str
    content: str
    attribution: "Attribution"
    event: Mapping[str, Any]
    rival: str = ""
    ours: bool = False

    @property
    def future(self) -> bool:
        """Dated over five minutes after it arrived: stored, but it opens, extends and closes nothing."""
        return self.time_us > latest_possible_us(self.received_us)

    @property
    def in_conflict(self) -> bool:
        """Its id was sent with other content too."""
        return self.rival != ""


def one_content_per_id(entries: Iterable[Entry]) -> list[Entry]:
    """Each id once, by time and id. Of several contents under one id the one with the lowest digest counts.

    The entry that counts knows its `rival`; one whose known rival is lower does not count, so that a fold which is
    given only one of the contents decides as a fold of all of them does. Of equal contents the earliest arrival is
    kept. A fact without an id of its own (an entity describe, a blank node) is known by its content.
    """
    kept: dict[str, Entry] = {}
    for entry in entries:
        key = entry.content if not entry.id or is_anonymous(entry.id) else canonical_id(entry.id)
        known = kept.get(key)
        kept[key] = entry if known is None else _lower(known, entry)
    return in_order(entry for entry in kept.values() if not entry.rival or entry.content < entry.rival)


def _lower(one: Entry, other: Entry) -> Entry:
    if one.content == other.content:
        first = one if one.received_us <= other.received_us else other
        rivals = [entry.rival for entry in (one, other) if entry.rival]
        return first if not rivals or first.rival == min(rivals) else replace(first, rival=min(rivals))
    first, last = (one, other) if one.content < other.content else (other, one)
    rivals = [rival for rival in (first.rival, last.content, last.rival) if rival and rival != first.content]
    return first if first.rival == min(rivals) else replace(first, rival=min(rivals))


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By time, then id: the order of a timeline."""
    return sorted(entries, key=lambda entry: (entry.time_us, entry.id, entry.content))


def fields_of(value: object) -> Mapping[str, Any]:
    """`value` where it is a JSON object, else an empty one: what is optional may be absent or an IRI."""
    return value if isinstance(value, dict) else {}


def time_in(value: object, *names: str) -> int | None:
    """The first of the named properties of `value` that is a time."""
    fields = fields_of(value)
    for name in names:
        time_us = parse_time(fields.get(name))
        if time_us is not None:
            return time_us
    return None
