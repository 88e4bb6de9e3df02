"""Which facts count: what every number and insight is made of, chosen before anything is added up.

Of a learner's facts count the events; each id with one content; exact copies once; not what another person did in the
learner's name, and not the TimedOut that this service emitted itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from functions.core.caliper.terms import term, text
from functions.core.identity import identity, is_anonymous
from functions.core.ids import content_digest
from functions.core.timeline.entry import Entry, fields_of, ids_in_conflict, in_order, one_content_per_id

_IDS = ("id", "@id")


class Counted(Struct, frozen=True):
    """The facts that count, by time and id, and the ids that were sent with more than one content."""

    facts: tuple[Entry, ...]
    conflicts: frozenset[str]


def counted(entries: Iterable[Entry]) -> Counted:
    """Which of `entries` count, in any order and with any copies."""
    events = [entry for entry in entries if entry.attribution.kind == "event"]
    single = one_content_per_id(events)
    facts = [fact for fact in single if not fact.attribution.masqueraded and not fact.system]
    return Counted(facts=tuple(_without_copies(facts)), conflicts=ids_in_conflict(events))


def attempt_number(event: Mapping[str, Any]) -> int:
    """Which attempt at an activity an ActivityEvent reports; the first if it does not say."""
    number = fields_of(event.get("generated")).get("attempt")
    return number if isinstance(number, int) and not isinstance(number, bool) else 1


def _without_copies(facts: list[Entry]) -> list[Entry]:
    """Exact copies once, whatever their ids: the TimeBack SDK gives a repeated submit a new event id.

    Of the copies the one with the lowest content counts.
    """
    alike: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for fact in facts:
        said = fact.attribution
        alike[fact.time_us, said.type, said.action, said.learner, said.run].append(fact)
    kept: list[Entry] = []
    for group in alike.values():
        if len(group) == 1:
            kept += group
            continue
        first: dict[str, Entry] = {}
        for fact in group:
            of_copies = _content_of_copies(fact)
            known = first.get(of_copies)
            if known is None or fact.content < known.content:
                first[of_copies] = fact
        kept += first.values()
    return in_order(kept)


def _content_of_copies(fact: Entry) -> str:
    """Equal for exact copies: the object, attempt and items; of an event without items all but its own id."""
    event = fact.event
    generated = event.get("generated")
    items = fields_of(generated).get("items")
    if isinstance(items, list):
        named = identity(event.get("object"))
        bare = sorted(content_digest(_without(item, _IDS)) for item in items)
        return content_digest([named or event.get("object"), attempt_number(event), bare])
    without_ids = _without(event, _IDS)
    if isinstance(generated, dict) and (term(text(generated, "type")) != "Attempt" or _is_blank(generated)):
        without_ids = {**without_ids, "generated": _without(generated, _IDS)}
    return content_digest(without_ids)


def _without(value: object, names: tuple[str, ...]) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: inner for key, inner in value.items() if key not in names}


def _is_blank(node: Mapping[str, Any]) -> bool:
    named = node.get("id", node.get("@id"))
    return not isinstance(named, str) or is_anonymous(named)
