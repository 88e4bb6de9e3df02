"""Applies TimeBack's house rules: the table is `timeback`, the tests that it asks for are `house_tests`."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from functions.core.caliper.findings import Notes, clip, json_type, step
from functions.core.caliper.rules.predicates import TESTS, score_type
from functions.core.caliper.rules.timeback import ITEMS_MAX, RULES, S0, S1, Rule
from functions.core.caliper.schema.timeback import ACTION_OF_EVENT, PROFILES
from functions.core.caliper.values import is_decimal
from functions.core.ids import canonical_id


class Rules(NamedTuple):
    """The rules that bind one kind of event, by the part they look at; `joint` looks at object and generated."""

    slots: dict[str, tuple[Callable[[object, Notes], None], ...]]
    joint: Callable[[object, object, Notes], None] | None = None


NO_RULES = Rules({})


@lru_cache(maxsize=256)
def rules_for(kind_of: str, action: str, profile: str) -> Rules:
    """The rules of the table that bind events of this type, action and profile."""
    own = is_own(kind_of, profile)
    lead = f"{profile or 'TimebackProfile'}:" if own else ""
    wanted = {f"{lead}{kind_of}/{action}", f"{lead}{kind_of}/*"}
    slots: dict[str, list[Callable[[object, Notes], None]]] = {}
    for rule in RULES:
        if not wanted.isdisjoint(rule.bind.split()):
            slots.setdefault(rule.at.split("/")[1], []).append(_applied(rule))
    return Rules(
        {name: tuple(rules) for name, rules in slots.items()},
        _judge_assignable if kind_of == "AssignableEvent" else None,
    )


def is_own(kind_of: str, profile: str) -> bool:
    """Whether it is one of TimeBack's own two events, under one of its profiles or none."""
    return kind_of in ACTION_OF_EVENT and (not profile or profile in PROFILES)


def _applied(rule: Rule) -> Callable[[object, Notes], None]:
    _, slot, *path = rule.at.split("/")
    name, _, argument = rule.must.partition(" ")

    passes = _all_pass(path, _test(name, argument))

    def apply(value: object, notes: Notes) -> None:
        if passes(value) or (rule.when and score_type(value) != rule.when):
            return
        for found, pointer in _places(value, path, "/" + slot):
            fault = _fault(name, argument, found)
            if fault is not None:
                notes.note("timeback." + rule.code, pointer, fault, rule.source, rule.severity)
                if notes.full:
                    return

    return apply


def _test(name: str, argument: str) -> Callable[[object], bool]:
    """The test as a rule means it: all but "given" and "absent" bind only what is given."""
    if name == "given":
        return lambda value: value is not None
    if name == "absent":
        return lambda value: value is None
    if name == "one-of":
        terms = frozenset(argument.split("|"))
        return lambda value: value is None or (type(value) is str and value in terms)
    passes = TESTS[name].passes
    return lambda value: value is None or passes(value, argument)


def _all_pass(path: list[str], test: Callable[[object], bool]) -> Callable[[object], bool]:
    """Whether every value that a path names passes, which is the rule; only where one does not are places named."""
    if not path:
        return test
    spellings, rest = path[0].split("|"), _all_pass(path[1:], test)
    if spellings == ["*"]:
        return lambda value: (
            all(rest(element) for element in value)
            if isinstance(value, list) and len(value) <= ITEMS_MAX
            else value is not None or test(None)
        )
    first, *others = spellings

    def passes(value: object) -> bool:
        if type(value) is not dict:
            return value is not None or test(None)
        found = value.get(first)
        for each in others:
            found = value.get(each) if found is None else found
        return rest(found)

    return passes


def _places(value: object, path: list[str], pointer: str) -> Iterator[tuple[object, str]]:
    """The values a path names, and where they stand; a missing ancestor stands for what it should hold.

    Nothing where an entity on the way is given by its IRI, or is of a wrong kind, which another rule tells.
    """
    if not path or value is None:
        yield value, pointer
    elif path[0] == "*":
        if isinstance(value, list) and len(value) <= ITEMS_MAX:
            for index, element in enumerate(value):
                yield from _places(element, path[1:], f"{pointer}/{index}")
    elif isinstance(value, dict):
        spellings = path[0].split("|")
        key = next((each for each in spellings if value.get(each) is not None), spellings[0])
        yield from _places(value.get(key), path[1:], pointer + step(key))


def _fault(name: str, argument: str, value: object) -> str | None:
    if name == "given":
        return "This is missing; it is required." if value is None else None
    if name == "absent":
        return None if value is None else "This must not be given here."
    if value is None or TESTS[name].passes(value, argument):
        return None
    expected = TESTS[name].expected.format(argument.replace("|", ", ")).strip()
    shown = f"This is {json_type(value)}"
    if name in ("one-of", "metric") and isinstance(value, str):
        shown = f"{clip(value)} is unknown"
    elif name in ("named", "score-type", "both-counts", "xp"):
        shown = "Something is missing here"
    elif name == "type" and isinstance(value, dict):
        shown = f"{clip(str(value.get('type')))} may not stand here"
    elif name == "number" and is_decimal(value):
        low, _, high = argument.partition(" ")
        shown, expected = "This number is out of bounds", low if low == high else f"{low} to {high}"
    return f"{shown}; expected {expected}."


def judge_header(kind_of: str, action: str, profile: str, notes: Notes) -> None:
    """What is wrong with type, action and profile of one of TimeBack's own events."""
    if not is_own(kind_of, profile):
        return
    if action and action != ACTION_OF_EVENT[kind_of]:
        message = f"{clip(kind_of)} has no action {clip(action)}; expected {ACTION_OF_EVENT[kind_of]}."
        notes.reject("timeback.action", "/action", message, S1)
    if not profile:
        notes.note("timeback.profile", "/profile", "profile is missing; expected TimebackProfile.", S1)


def _judge_assignable(target: object, generated: object, notes: Notes) -> None:
    """Seed 000: the Attempt's `assignable` should match the lesson."""
    ids = [_id_of(target), _id_of(generated.get("assignable")) if isinstance(generated, dict) else None]
    if None not in ids and ids[0] != ids[1]:
        message = "The Attempt is at something else than the event's object; expected the same id."
        notes.note("timeback.assignable", "/generated/assignable", message, S0)


def _id_of(entity: object) -> str | None:
    if isinstance(entity, dict):
        entity = entity.get("id")
    return canonical_id(entity) if isinstance(entity, str) else None
