"""The tests that TimeBack's rules ask for by name: whether a value passes, and in words what was expected."""

from collections.abc import Callable
from typing import NamedTuple

from functions.core.caliper.rules.timeback import ITEMS_MAX, SCORE_TYPES
from functions.core.caliper.values import is_integer
from functions.core.times import parse_time


def _of_type(value: object, names: str) -> bool:
    """Of one of these types, where the value is an object that names its type."""
    named = value.get("type") if isinstance(value, dict) else None
    return not isinstance(named, str) or named.rsplit("/", 1)[-1] in names.split("|")


def _between(value: object, bounds: str) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    low, _, high = bounds.partition(" ")
    return not bounds or float(low) <= value <= float(high)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _metric_names(items: object) -> set[str]:
    names = set()
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            name = item.get("metricType", item.get("type"))
            if isinstance(name, str):
                names.add(_lower_first(name))
    return names


def score_type(value: object) -> str | None:
    """The scoreType of a Score, which may stand under `extensions` too."""
    if not isinstance(value, dict):
        return None
    extensions = value.get("extensions")
    for given in (value.get("scoreType"), extensions.get("scoreType") if isinstance(extensions, dict) else None):
        if isinstance(given, str):
            return given
    return None


class Test(NamedTuple):
    passes: Callable[[object, str], bool]
    expected: str  # `{}` is the argument


TESTS: dict[str, Test] = {
    "object": Test(lambda value, _: isinstance(value, dict), "an object"),
    "string": Test(lambda value, _: isinstance(value, str) and bool(value.strip()), "a string that is not blank"),
    "boolean": Test(lambda value, _: isinstance(value, bool), "true or false"),
    "number": Test(_between, "a number {}"),
    "count": Test(lambda value, _: is_integer(value) and _between(value, "1 inf"), "1 or more"),
    "time": Test(lambda value, _: parse_time(value) is not None, "a time as 2026-01-27T10:03:00.000Z"),
    "email": Test(lambda value, _: isinstance(value, str) and 0 < value.find("@") < len(value) - 1, "an email address"),
    "type": Test(_of_type, "type {}"),
    "one-of": Test(lambda value, terms: isinstance(value, str) and value in terms.split("|"), "one of {}"),
    "metric": Test(
        lambda value, terms: isinstance(value, str) and _lower_first(value) in terms.split("|"), "one of {}"
    ),
    "named": Test(
        lambda value, _: not isinstance(value, dict) or isinstance(value.get("name"), str), "an object with a name"
    ),
    "items": Test(
        lambda value, _: isinstance(value, list) and len(value) <= ITEMS_MAX, f"an array of up to {ITEMS_MAX} metrics"
    ),
    "zero-or-one": Test(lambda value, _: value in (0, 1), "0 for a wrong answer, 1 for a right one"),
    "score-type": Test(
        lambda value, _: not isinstance(value, dict) or score_type(value) is not None, f"a scoreType, {SCORE_TYPES}"
    ),
    "both-counts": Test(
        lambda items, _: len(_metric_names(items) & {"totalQuestions", "correctQuestions"}) != 1,
        "totalQuestions and correctQuestions together, or neither",
    ),
    "xp": Test(
        lambda items, _: not isinstance(items, list) or "xpEarned" in _metric_names(items), "an xpEarned metric"
    ),
}
