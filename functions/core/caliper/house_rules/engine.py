"""Applies house rules to events: which rules bind a kind of event, and what they find in each of its properties.

The rules of one property are merged into one check (`merged`). An event that passes it keeps all of them; only for one
that does not are the rules applied one by one, to word the findings.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from functions.core.caliper.findings import FindingCollector, clip, step
from functions.core.caliper.house_rules.merged_check import merged, path_of
from functions.core.caliper.house_rules.predicates import BIND_MISSING, PREDICATES, Check, score_type
from functions.core.caliper.house_rules.table import ITEMS_MAX, S0, S1, Rule
from functions.core.caliper.schema.timeback import ACTION_OF_EVENT, PROFILES
from functions.core.ids import canonical_id

type Report = Callable[[object, FindingCollector], None]


class PropertyRules(Struct, frozen=True):
    """The rules on one property of an event, merged.

    `required`: a missing value breaks one. `keeps_all`: whether a given value keeps all of them; its one permitted
    error is to say no, which costs time but makes no finding. `report` adds the findings on a value, None if missing.
    """

    required: bool
    keeps_all: Check
    report: Report


class EventRules(Struct, frozen=True):
    """The rules that bind one kind of event, by property; `joint` compares `object` and `generated`."""

    properties: dict[str, PropertyRules]
    joint: Callable[[object, object, FindingCollector], None] | None = None


NO_PROPERTY_RULES = PropertyRules(required=False, keeps_all=lambda _: True, report=lambda _value, _collector: None)
NO_RULES = EventRules({})


def rules_for(rules: Sequence[Rule], event_type: str, action: str, profile: str) -> EventRules:
    """Those of the `rules` that bind events of this type, action and profile."""
    timeback = is_timeback_event(event_type, profile)
    lead = f"{profile or 'TimebackProfile'}:" if timeback else ""
    names = {f"{lead}{event_type}/{action}", f"{lead}{event_type}/*"}
    by_property: dict[str, list[Rule]] = {}
    for rule in rules:
        if not names.isdisjoint(rule.bind.split()):
            by_property.setdefault(rule.pointer.split("/")[1], []).append(rule)
    return EventRules(
        {name: PropertyRules(*merged(bound), _reporter(name, bound)) for name, bound in by_property.items()},
        _check_assignable if event_type == "AssignableEvent" else None,
    )


def is_timeback_event(event_type: str, profile: str) -> bool:
    """Whether it is one of TimeBack's own two events, under one of its profiles or none."""
    return event_type in ACTION_OF_EVENT and (not profile or profile in PROFILES)


def check_header(event_type: str, action: str, profile: str, collector: FindingCollector) -> None:
    """Check the action and profile of one of TimeBack's own events."""
    if not is_timeback_event(event_type, profile):
        return
    if action and action != ACTION_OF_EVENT[event_type]:
        message = f"{clip(event_type)} has no action {clip(action)}; expected {ACTION_OF_EVENT[event_type]}."
        collector.reject("timeback.action", "/action", message, S1)
    if not profile:
        collector.warn("timeback.profile", "/profile", "profile is missing; expected TimebackProfile.", S1)


def _reporter(name: str, rules: Sequence[Rule]) -> Report:
    """Applies the rules one by one, in the order of the table."""
    compiled = [(rule, path_of(rule), _check(rule), _fault(rule)) for rule in rules]

    def report(value: object, collector: FindingCollector) -> None:
        for rule, path, passes, fault in compiled:
            if rule.when and score_type(value) != rule.when:
                continue
            for target, pointer in _targets(value, path, "/" + name):
                if not passes(target):
                    collector.report(rule.severity, "timeback." + rule.code, pointer, fault(target), rule.source)
                    if collector.full:
                        break

    return report


def _check(rule: Rule) -> Check:
    name, _, argument = rule.must.partition(" ")
    check = PREDICATES[name].check(argument)
    return check if name in BIND_MISSING else lambda value: value is None or check(value)


def _fault(rule: Rule) -> Callable[[object], str]:
    name, _, argument = rule.must.partition(" ")
    return lambda value: PREDICATES[name].fault(value, argument)


def _targets(value: object, path: list[str], pointer: str) -> Iterator[tuple[object, str]]:
    """The values at a path and their pointers; a missing ancestor stands for the value that it should hold.

    Nothing if an entity on the way is given by its IRI, or is of a wrong JSON type, which another rule reports.
    """
    if not path or value is None:
        yield value, pointer
    elif path[0] == "*":
        if isinstance(value, list) and len(value) <= ITEMS_MAX:
            for index, element in enumerate(value):
                yield from _targets(element, path[1:], f"{pointer}/{index}")
    elif isinstance(value, dict):
        spellings = path[0].split("|")
        key = next((spelling for spelling in spellings if value.get(spelling) is not None), spellings[0])
        yield from _targets(value.get(key), path[1:], pointer + step(key))


def _check_assignable(target: object, generated: object, collector: FindingCollector) -> None:
    """Seed 000: the Attempt's `assignable` should be the lesson."""
    if type(generated) is not dict or generated.get("assignable") is None:
        return
    ids = _id_of(target), _id_of(generated["assignable"])
    if None not in ids and ids[0] != ids[1]:
        message = "The Attempt's assignable differs from the event's object; expected the same id."
        collector.warn("timeback.assignable", "/generated/assignable", message, S0)


def _id_of(entity: object) -> str | None:
    if isinstance(entity, dict):
        entity = entity.get("id")
    return canonical_id(entity) if isinstance(entity, str) else None
