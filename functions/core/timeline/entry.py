"""The stored facts about one learner, in the one order that every fold reads them in.

Stands between the table (which returns entries in pages, in any number of copies) and the folds: sessions,
runs, progress, insights. A fold that starts here cannot depend on the order, the number of copies or the
batching of what it was given.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from functions.core.ids import canonical_id
from functions.core.times import MINUTE_US, parse_time

if TYPE_CHECKING:
    from functions.core.timeline.attribution import Attribution

FUTURE_TOLERANCE_US = 5 * MINUTE_US


class Entry(Struct, frozen=True):
    """One stored fact: event, entity describe or heartbeat. `content` is the digest of its canonical JSON.

    `system`: this service emitted it. `wildcard`: no exact id of the registration names its edApp, only a pattern did
    when it arrived. Both are kept in the row, because neither can be read off the event.
    """

    time_us: int
    received_us: int
    id: str
    content: str
    attribution: "Attribution"
    event: Mapping[str, Any]
    system: bool = False
    wildcard: bool = False

    @property
    def future(self) -> bool:
        """Dated over five minutes after it arrived: stored, but it opens, extends and closes nothing."""
        return self.time_us > self.received_us + FUTURE_TOLERANCE_US


def one_content_per_id(entries: Iterable[Entry]) -> list[Entry]:
    """Each id once, by time and id. Of several contents under one id the one with the lowest digest counts.

    But one of this service counts before any other: its ids can be computed, so a client can send one. Of equal
    contents the earliest arrival is kept. A fact without an id (an entity describe) is known by its
    content.
    """
    kept: dict[str, Entry] = {}
    for entry in entries:
        key = canonical_id(entry.id) if entry.id else entry.content
        known = kept.get(key)
        if known is None or _precedence(entry) < _precedence(known):
            kept[key] = entry
    return in_order(kept.values())


def _precedence(entry: Entry) -> tuple[bool, str, int, bool]:
    return not entry.system, entry.content, entry.received_us, entry.wildcard


def ids_in_conflict(entries: Iterable[Entry]) -> frozenset[str]:
    """The ids that were sent with several contents."""
    contents: dict[str, str] = {}
    conflicts: set[str] = set()
    for entry in entries:
        if entry.id:
            identifier = canonical_id(entry.id)
            if contents.setdefault(identifier, entry.content) != entry.content:
                conflicts.add(identifier)
    return frozenset(conflicts)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By time, then id: the order of a timeline."""
    return sorted(entries, key=lambda entry: (entry.time_us, entry.id, entry.content))


def id_of(value: object) -> str | None:
    """The id of an entity given as IRI or as object, in its one spelling; None where there is none."""
    if isinstance(value, dict):
        value = value.get("id")
    value = value.strip() if isinstance(value, str) else ""
    return canonical_id(value) if value else None


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
