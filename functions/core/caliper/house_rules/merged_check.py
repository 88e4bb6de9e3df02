"""Merges the house rules on one property into one check, which walks each path once and calls as little as it can."""

from collections.abc import Sequence

from msgspec import Struct

from functions.core.caliper.house_rules.predicates import PREDICATES, Check, is_object, is_type_name, score_type
from functions.core.caliper.house_rules.table import ITEMS_MAX, Rule


class _Leaf(Struct, frozen=True):
    """One rule in a tree: the rest of its path, and the check of a value that is given. No check: it must be given."""

    path: list[str]
    check: Check | None


class _Tree(Struct, frozen=True):
    """The rules on a value and all that is in it. `check` is of a given value; None if there is nothing to check."""

    required: bool
    check: Check | None


def merged(rules: Sequence[Rule]) -> tuple[bool, Check]:
    """Whether a value is required, and one check of all rules on a given one."""
    tree = _tree([_leaf(rule) for rule in rules if not rule.when])
    always = tree.check or _passes
    by_score_type = {
        when: _tree([_leaf(rule) for rule in rules if rule.when == when]).check or _passes
        for when in {rule.when for rule in rules if rule.when}
    }
    if not by_score_type:
        return tree.required, always

    def keeps_all(value: object) -> bool:
        return always(value) and by_score_type.get(score_type(value) or "", _passes)(value)

    return tree.required, keeps_all


def _passes(_: object) -> bool:
    return True


def _leaf(rule: Rule) -> _Leaf:
    name, _, argument = rule.must.partition(" ")
    if name == "absent":
        return _Leaf(path_of(rule), lambda _: False)
    if name == "type":
        return _Leaf([*path_of(rule), "type"], is_type_name(argument))
    return _Leaf(path_of(rule), None if name == "given" else PREDICATES[name].check(argument))


def _tree(leaves: Sequence[_Leaf]) -> _Tree:
    required = any(leaf.check is None for leaf in leaves)
    checks = tuple(leaf.check for leaf in leaves if not leaf.path and leaf.check is not None)
    below: dict[str, list[_Leaf]] = {}
    for leaf in leaves:
        if leaf.path:
            below.setdefault(leaf.path[0], []).append(_Leaf(leaf.path[1:], leaf.check))
    elements = _tree(below.pop("*")) if "*" in below else None
    trees = {step: _tree(subtree) for step, subtree in below.items()}
    branches = tuple((*_spellings(step), tree.required, tree.check) for step, tree in trees.items())
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


def path_of(rule: Rule) -> list[str]:
    """A rule's path within its property."""
    return rule.pointer.split("/")[2:]
