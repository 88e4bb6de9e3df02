"""The predicates that house rules name: whether a value passes, and the sentence for one that does not."""

from collections.abc import Callable

from msgspec import Struct

from functions.core.caliper.findings import clip, json_type
from functions.core.caliper.house_rules.table import ITEMS_MAX, SCORE_TYPES
from functions.core.caliper.values import is_decimal, is_integer, match_usual_time
from functions.core.times import parse_time

type Check = Callable[[object], bool]


class Predicate(Struct, frozen=True):
    """`check` makes the check from a rule's argument; `fault` words the failure of a value, given the same argument."""

    check: Callable[[str], Check]
    fault: Callable[[object, str], str]


def score_type(score: object) -> str | None:
    """The scoreType of a Score, which may stand under `extensions` too."""
    if type(score) is not dict:
        return None
    named = score.get("scoreType")
    if type(named) is str:
        return named
    extensions = score.get("extensions")
    named = extensions.get("scoreType") if type(extensions) is dict else None
    return named if type(named) is str else None


def _is_missing(_: str) -> Check:
    return lambda value: value is None


def _is_given(_: str) -> Check:
    return lambda value: value is not None


def is_object(value: object) -> bool:
    return type(value) is dict


def _is_string(_: str) -> Check:
    return lambda value: type(value) is str and value != "" and not value.isspace()


def _is_boolean(_: str) -> Check:
    return lambda value: type(value) is bool


def _is_number(bounds: str) -> Check:
    low, _, high = bounds.partition(" ")
    least, most = (float(low), float(high)) if bounds else (float("-inf"), float("inf"))
    return lambda value: (type(value) is int or type(value) is float) and least <= value <= most


def _is_count(_: str) -> Check:
    return lambda value: is_integer(value) and isinstance(value, int | float) and value >= 1


def _is_time(_: str) -> Check:
    return lambda value: type(value) is str and (match_usual_time(value) or parse_time(value)) is not None


def _is_email(_: str) -> Check:
    return lambda value: type(value) is str and 0 < value.find("@") < len(value) - 1


def _is_of_type(names: str) -> Check:
    """Whether an object that names its type is of one of these; other values pass."""
    is_named = is_type_name(names)
    return lambda value: type(value) is not dict or is_named(value.get("type"))


def is_type_name(names: str) -> Check:
    """Whether a value, if it is a string, is one of these types."""
    allowed = frozenset(names.split("|"))
    return lambda named: type(named) is not str or named in allowed or named.rsplit("/", 1)[-1] in allowed


def _is_one_of(terms: str) -> Check:
    allowed = frozenset(terms.split("|"))
    return lambda value: type(value) is str and value in allowed


def _is_metric(terms: str) -> Check:
    """One of the terms, whatever the case of its first letter."""
    allowed = {spelling for term in terms.split("|") for spelling in (term, term[:1].upper() + term[1:])}
    return lambda value: type(value) is str and value in allowed


def _has_name(_: str) -> Check:
    return lambda value: type(value) is not dict or type(value.get("name")) is str


def _is_metric_list(_: str) -> Check:
    return lambda value: type(value) is list and len(value) <= ITEMS_MAX


def _is_zero_or_one(_: str) -> Check:
    return lambda value: value in (0, 1)


def _has_score_type(_: str) -> Check:
    return lambda value: type(value) is not dict or score_type(value) is not None


def _metric_names(items: object) -> set[object]:
    if type(items) is not list:
        return set()
    names = [item.get("metricType", item.get("type")) for item in items if type(item) is dict]
    return {name[:1].lower() + name[1:] for name in names if type(name) is str}


def _has_both_counts(_: str) -> Check:
    return lambda items: len(_metric_names(items) & {"totalQuestions", "correctQuestions"}) != 1


def _has_xp(_: str) -> Check:
    return lambda items: type(items) is not list or "xpEarned" in _metric_names(items)


def _expected(expected: str) -> Callable[[object, str], str]:
    return lambda value, argument: f"This is {json_type(value)}; expected {_filled(expected, argument)}."


def _unknown_term(value: object, argument: str) -> str:
    subject = f"{clip(value)} is unknown" if isinstance(value, str) else f"This is {json_type(value)}"
    return f"{subject}; expected one of {argument.replace('|', ', ')}."


def _wrong_type(value: object, argument: str) -> str:
    assert isinstance(value, dict)  # anything else passes
    return f"{clip(value['type'])} may not stand here; expected type {argument.replace('|', ', ')}."


def _wrong_number(value: object, argument: str) -> str:
    if not is_decimal(value):
        return f"This is {json_type(value)}; expected {_filled('a number {}', argument)}."
    low, _, high = argument.partition(" ")
    return f"This number is out of bounds; expected {low if low == high else f'{low} to {high}'}."


def _incomplete(expected: str) -> Callable[[object, str], str]:
    return lambda _value, _argument: f"Something is missing here; expected {expected}."


def _filled(expected: str, argument: str) -> str:
    return expected.format(argument.replace("|", ", ")).strip()


# All but these two bind only a value that is given.
BIND_MISSING = frozenset({"given", "absent"})
PREDICATES: dict[str, Predicate] = {
    "given": Predicate(_is_given, lambda _value, _argument: "This is missing; it is required."),
    "absent": Predicate(_is_missing, lambda _value, _argument: "This must not be given here."),
    "object": Predicate(lambda _: is_object, _expected("an object")),
    "string": Predicate(_is_string, _expected("a string that is not blank")),
    "boolean": Predicate(_is_boolean, _expected("true or false")),
    "number": Predicate(_is_number, _wrong_number),
    "count": Predicate(_is_count, _expected("1 or more")),
    "time": Predicate(_is_time, _expected("a time as 2026-01-27T10:03:00.000Z")),
    "email": Predicate(_is_email, _expected("an email address")),
    "type": Predicate(_is_of_type, _wrong_type),
    "one-of": Predicate(_is_one_of, _unknown_term),
    "metric": Predicate(_is_metric, _unknown_term),
    "named": Predicate(_has_name, _incomplete("an object with a name")),
    "items": Predicate(_is_metric_list, _expected(f"an array of up to {ITEMS_MAX} metrics")),
    "zero-or-one": Predicate(_is_zero_or_one, _expected("0 for a wrong answer, 1 for a right one")),
    "score-type": Predicate(_has_score_type, _incomplete(f"a scoreType, {SCORE_TYPES}")),
    "both-counts": Predicate(_has_both_counts, _incomplete("totalQuestions and correctQuestions together, or neither")),
    "xp": Predicate(_has_xp, _incomplete("an xpEarned metric")),
}
