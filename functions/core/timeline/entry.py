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
from functions.core.ids import DIGEST_CHARS, canonical_id
from functions.core.times import FUTURE_TOLERANCE_US, latest_possible_us, parse_time

if TYPE_CHECKING:
    from functions.core.timeline.attribution import Attribution

__all__ = [
    "FUTURE_TOLERANCE_US",
    "LOWEST",
    "Entry",
    "IdAndContent",
    "fields_of",
    "ids_in_conflict",
    "in_order",
    "one_content_per_id",
    "time_in",
]

LOWEST = "-" * DIGEST_CHARS  # no content sorts before it

type IdAndContent = tuple[str, str]  # which fact it is: two contents of one id are two, of which one may count


class Entry(Struct, frozen=True):
    """One stored fact: event, entity describe or heartbeat. `content` is the digest of its canonical JSON.

    `system`: this service emitted it. `wildcard`: no exact id of the registration names its edApp, only a pattern did
    when it arrived. Both are kept in the row, because neither can be read off the event.
    `rival` is the lowest other content that is known to be stored under the same id, wherever it lies; "" if none is.
    """

    time_us: int
    received_us: int
    id: str
    content: str
    attribution: "Attribution"
    event: Mapping[str, Any]
    system: bool = False
    wildcard: bool = False
    rival: str = ""

    @property
    def id_and_content(self) -> IdAndContent:
        """Its name among all facts of a learner."""
        return self.id, self.content

    @property
    def future(self) -> bool:
        """Dated over five minutes after it arrived: stored, but it opens, extends and closes nothing."""
        return self.time_us > latest_possible_us(self.received_us)

    @property
    def counts(self) -> bool:
        """Whether no rival displaces it."""
        return self.system or not self.rival or self.content < self.rival

    @property
    def in_conflict(self) -> bool:
        """Its id was sent with other content too."""
        return self.rival != ""


def one_content_per_id(entries: Iterable[Entry]) -> list[Entry]:
    """Each id once, by time and id. Of several contents under one id the one with the lowest digest counts.

    But one of this service counts before any other: its ids can be computed, so a client can send one. The entry that
    counts knows its `rival`; one whose known rival is lower does not count, so that a fold which is given only one of
    the contents decides as a fold of all of them does. Of equal contents the earliest arrival is kept. A fact without
    an id of its own (an entity describe, a blank node) is known by its content.
    """
    kept: dict[str, Entry] = {}
    for entry in entries:
        key = entry.content if not entry.id or is_anonymous(entry.id) else canonical_id(entry.id)
        known = kept.get(key)
        kept[key] = entry if known is None else _of_two(known, entry)
    return in_order(entry for entry in kept.values() if entry.counts)


def ids_in_conflict(entries: Iterable[Entry]) -> frozenset[str]:
    """The ids that were sent with several contents."""
    contents: dict[str, str] = {}
    conflicts: set[str] = set()
    for entry in entries:
        if entry.id and not is_anonymous(entry.id):
            identifier = canonical_id(entry.id)
            if entry.in_conflict or contents.setdefault(identifier, entry.content) != entry.content:
                conflicts.add(identifier)
    return frozenset(conflicts)


def _of_two(entry: Entry, other: Entry) -> Entry:
    """Which of two entries with one id counts, with the lowest rival that either knows."""
    first, last = (entry, other) if _precedence(entry) <= _precedence(other) else (other, entry)
    rivals = (rival for rival in (first.rival, last.rival, last.content) if rival and rival != first.content)
    rival = min(rivals, default="")
    return first if rival == first.rival else replace(first, rival=rival)


def _precedence(entry: Entry) -> tuple[bool, str, int, bool]:
    return not entry.system, entry.content, entry.received_us, entry.wildcard


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By time, then id: the order of a timeline."""
    return sorted(entries, key=lambda entry: (entry.time_us, entry.id, entry.content))


def fields_of(value: object) -> Mapping[str, Any]:
    """`value` if it is a JSON object, else an empty one: what is optional may be absent or an IRI."""
    return value if isinstance(value, dict) else {}


def time_in(value: object, *names: str) -> int | None:
    """The first of the named properties of `value` that is a time."""
    fields = fields_of(value)
    for name in names:
        time_us = parse_time(fields.get(name))
        if time_us is not None:
            return time_us
    return None
