"""Applies house rules to events: which rules bind a kind of event, and what they find in each of its properties.

The rules of one property are also merged into one check, which walks each path once. An event that passes it keeps all
of them; only for one that does not are the rules applied one by one, to word the findings.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from functions.core.caliper.findings import FindingCollector, clip, step
from functions.core.caliper.rules.predicates import BIND_MISSING, PREDICATES, Check, is_object, is_type_name, score_type
from functions.core.caliper.rules.timeback import ITEMS_MAX, S0, S1, Rule
from functions.core.caliper.schema.timeback import ACTION_OF_EVENT, PROFILES
from functions.core.ids import canonical_id

Report = Callable[[object, FindingCollector], None]


class PropertyRules(NamedTuple):
    """The rules on one property of an event, merged.

    `required`: a missing value breaks one. `keeps_all`: whether a given value keeps all of them; its one permitted
    error is to say no, which costs time but makes no finding. `report` adds the findings on a value, None if missing.
    """

    required: bool
    keeps_all: Check
    report: Report


class EventRules(NamedTuple):
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
            by_property.setdefault(rule.at.split("/")[1], []).append(rule)
    return EventRules(
        {name: PropertyRules(*_merged(bound), _reporter(name, bound)) for name, bound in by_property.items()},
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
    compiled = [(rule, _path(rule), _check(rule), _fault(rule)) for rule in rules]

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


def _path(rule: Rule) -> list[str]:
    """The path within the property."""
    return rule.at.split("/")[2:]


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
        key = next((each for each in spellings if value.get(each) is not None), spellings[0])
        yield from _targets(value.get(key), path[1:], pointer + step(key))


class _Leaf(NamedTuple):
    """One rule in a tree: the rest of its path, and the check of a value that is given. No check: it must be given."""

    path: list[str]
    check: Check | None


class _Tree(NamedTuple):
    """The rules on a value and all that is in it. `check` is of a given value; None if there is nothing to check."""

    required: bool
    check: Check | None


def _merged(rules: Sequence[Rule]) -> tuple[bool, Check]:
    """Whether a value is required, and one check of all rules on a given one."""
    required, always = _tree([_leaf(rule) for rule in rules if not rule.when])
    always = always or _passes
    by_score_type = {
        when: _tree([_leaf(rule) for rule in rules if rule.when == when]).check or _passes
        for when in {rule.when for rule in rules if rule.when}
    }
    if not by_score_type:
        return required, always

    def keeps_all(value: object) -> bool:
        return always(value) and by_score_type.get(score_type(value) or "", _passes)(value)

    return required, keeps_all


def _passes(_: object) -> bool:
    return True


def _leaf(rule: Rule) -> _Leaf:
    name, _, argument = rule.must.partition(" ")
    if name == "absent":
        return _Leaf(_path(rule), lambda _: False)
    if name == "type":
        return _Leaf([*_path(rule), "type"], is_type_name(argument))
    return _Leaf(_path(rule), None if name == "given" else PREDICATES[name].check(argument))


def _tree(leaves: Sequence[_Leaf]) -> _Tree:
    required = any(leaf.check is None for leaf in leaves)
    checks = tuple(leaf.check for leaf in leaves if not leaf.path and leaf.check is not None)
    below: dict[str, list[_Leaf]] = {}
    for leaf in leaves:
        if leaf.path:
            below.setdefault(leaf.path[0], []).append(_Leaf(leaf.path[1:], leaf.check))
    elements = _tree(below.pop("*")) if "*" in below else None
    branches = tuple((*_spellings(step), *_tree(rest)) for step, rest in below.items())
    if branches:
        must_be_object = is_object in checks
        checks = (*(check for check in checks if check is not is_object), _branches_check(branches, must_be_object))
    if elements is not None:
        checks += (_elements_check(elements),)
    if len(checks) < 2:
        return _Tree(required, checks[0] if checks else None)

    def keeps_all(value: object) -> bool:
        for check in checks:  # noqa: SIM110 -- all() of a generator costs three times as much
            if not check(value):
                return False
        return True

    return _Tree(required, keeps_all)


def _branches_check(branches: Sequence[tuple[str, str, bool, Check | None]], must_be_object: bool) -> Check:
    """The check of an object's properties; any other value passes, unless the rules want an object."""

    def keeps_all(value: object) -> bool:
        if type(value) is not dict:
            return not must_be_object
        for key, other_key, required, check in branches:
            child = value.get(key)
            if child is None and other_key:
                child = value.get(other_key)
            if child is None:
                if required:
                    return False
            elif check is not None and not check(child):
                return False
        return True

    return keeps_all


def _elements_check(element: _Tree) -> Check:
    required, check = element.required, element.check or _passes

    def keeps_all(value: object) -> bool:
        if type(value) is list and len(value) <= ITEMS_MAX:
            for each in value:
                if required if each is None else not check(each):
                    return False
        return True

    return keeps_all


def _spellings(step: str) -> tuple[str, str]:
    """The one or two names of a property, "" for no second one."""
    first, _, second = step.partition("|")
    return first, second


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
