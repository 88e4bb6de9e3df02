"""Event ids that one request sends with several contents, so that its sender hears of it in the answer.

What came with another request is not looked up at the door: it is noticed behind it (functions.timeout.ids.walk).
"""

from collections import defaultdict
from collections.abc import Sequence

import orjson
from msgspec.structs import replace

from functions.core.caliper.findings import Verdict
from functions.core.identity import is_anonymous
from functions.core.ids import canonical_id, content_digest, id_in


def in_conflict(events: Sequence[bytes]) -> list[int]:
    """The positions of the events whose id another one has with other content."""
    same_id: dict[str, list[int]] = defaultdict(list)
    for position, raw in enumerate(events):
        identifier = id_in(raw)
        if identifier and not is_anonymous(identifier):
            same_id[canonical_id(identifier)].append(position)
    return sorted(
        position
        for positions in same_id.values()
        if len(positions) > 1 and len({content_digest(orjson.loads(events[position])) for position in positions}) > 1
        for position in positions
    )


def with_conflicts(verdicts: Sequence[Verdict], items: Sequence[bytes]) -> list[Verdict]:
    """The verdicts on the items of a request; those on accepted events whose id is in conflict say so."""
    events = [number for number, verdict in enumerate(verdicts) if verdict.accepted and verdict.kind == "event"]
    conflicting = {events[position] for position in in_conflict([items[number] for number in events])}
    if not conflicting:
        return list(verdicts)
    from functions.core.numbers.findings import conflict_finding  # most requests do without

    finding = conflict_finding()
    return [
        replace(verdict, findings=(*verdict.findings, finding)) if number in conflicting else verdict
        for number, verdict in enumerate(verdicts)
    ]
