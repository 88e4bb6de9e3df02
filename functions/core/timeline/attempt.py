"""What an Attempt is: the one place that finds the Attempts an event tells of, wherever they stand.

Read by the numbers (attempts and their time, the account of an activity) and by the insights. An Attempt stands in
`generated` (Started, Submitted), in `object` (Canvas; a grade), or as `attempt` of a Response, Score or Result. It is
known by its type in any spelling, or by a place where only an Attempt may stand (1.1 and 1.2, Appendix B).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from functions.core.caliper.terms import term, text
from functions.core.identity import child, identity
from functions.core.timeline.entry import Entry, fields_of
from functions.core.times import stated_time

_GENERATES_ATTEMPTS = frozenset({"AssessmentEvent", "AssignableEvent", "QuestionnaireEvent"})
_GRADES_ATTEMPTS = frozenset({"GradeEvent", "OutcomeEvent"})


class Attempt(Struct, frozen=True):
    """One Attempt as one event tells of it. Without an identity it is another one in each event.

    `key` tells Attempts apart. `activity` is what is attempted. A start or end that cannot be is none.
    """

    key: str
    identity: str | None
    node: object
    activity: str | None
    assignee: str | None
    start_us: int | None
    end_us: int | None


def attempts_of(entry: Entry) -> list[Attempt]:
    """The Attempts that an event is about, each once."""
    target = entry.event.get("object")
    attempts: dict[str, Attempt] = {}
    for pointer, node in attempt_nodes(entry.event, entry.attribution.type):
        named = identity(node)
        fields = fields_of(node)
        about = None if node is target else identity(target)
        attempt = Attempt(
            key=named or f"{entry.id} {entry.content} {pointer}",
            identity=named,
            node=node,
            activity=identity(fields.get("assignable")) or about,
            assignee=identity(fields.get("assignee") or fields.get("actor")),  # `actor`: 1.0
            start_us=stated_time(fields.get("startedAtTime")),
            end_us=stated_time(fields.get("endedAtTime")),
        )
        known = attempts.get(attempt.key)
        if known is None or not fields_of(known.node):  # an object tells more than its IRI
            attempts[attempt.key] = attempt
    return list(attempts.values())


def attempt_nodes(event: Mapping[str, Any], kind_of: str) -> Iterator[tuple[str, object]]:
    """Where Attempts stand in an event of the type `kind_of` (JSON pointers), as objects or IRIs."""
    if kind_of == "ActivityEvent":  # its `attempt` is a number
        return
    for slot, only_here in (("generated", kind_of in _GENERATES_ATTEMPTS), ("object", kind_of in _GRADES_ATTEMPTS)):
        node = event.get(slot)
        if is_attempt(node, only_here=only_here):
            yield f"/{slot}", node
        inner = child(node, "attempt")
        if is_attempt(inner, only_here=True):
            yield f"/{slot}/attempt", inner


def is_attempt(node: object, *, only_here: bool = False) -> bool:
    """Whether an entity is an Attempt. `only_here`: nothing else may stand in its place, so an IRI is one too."""
    if isinstance(node, str):
        return only_here and bool(node.strip())
    if not isinstance(node, dict):
        return False
    kind_of = term(text(node, "type"))
    return kind_of == "Attempt" or (only_here and not kind_of and identity(node) is not None)
