"""Filters: whether an event is one that a webhook wants.

A filter's key is a path of property names from the event's root, joined by dots. A name may itself hold dots: the
longest property that fits is taken. Of an array each element counts. An entity that is given as an IRI answers to its
`id` too. What is absent satisfies `neq`, `notContains` and `notIn`, and nothing else.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from functions.core.times import parse_time
from functions.core.webhooks.patterns import pattern_fault, searches
from functions.core.webhooks.webhook import Filter, FilterType, Operator

PATTERN_CHARS = 256
_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?", re.ASCII)
_NEGATED = {"neq": "eq", "notContains": "contains", "notIn": "in"}
_ONLY_OF_STRINGS = ("contains", "notContains", "startsWith", "endsWith", "regexp")
_OF_BOOLEANS = ("eq", "neq", "in", "notIn")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}

type Test = Callable[[Any], bool]
type Matcher = Callable[[bytes], bool]


class _Written(str):
    """A number as it is written in an event: 1.50 stays apart from 1.5."""

    __slots__ = ()


_decode = msgspec.json.Decoder(float_hook=_Written).decode


def matcher_of(filters: Sequence[Filter]) -> Matcher:
    """Whether all active filters hold for an event, given as the bytes that were sent.

    The filters are those that `filter_fault` found nothing wrong with.
    """
    tests = [(stored.key, *_test_of(stored)) for stored in filters if stored.active]

    def matches(raw: bytes) -> bool:
        if not tests:
            return True
        try:
            event = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        return all(any(map(test, values_at(event, key.split(".")))) is not negated for key, test, negated in tests)

    return matches


def filter_fault(kind: FilterType, operator: Operator, value: str) -> tuple[str, str] | None:
    """The field of a filter that is wrong, and why."""
    if kind != "string" and operator in _ONLY_OF_STRINGS:
        return "filterOperator", f"cannot be {operator} with filterType {kind}: it compares strings."
    if kind == "boolean" and operator not in _OF_BOOLEANS:
        return "filterOperator", f"of a boolean is one of {', '.join(_OF_BOOLEANS)}."
    if operator == "regexp":
        if len(value) > PATTERN_CHARS:
            return "filterValue", f"is a pattern of more than {PATTERN_CHARS} characters: send a shorter one."
        wrong = pattern_fault(value)
        return ("filterValue", wrong) if wrong else None
    values = _listed(value) if operator in ("in", "notIn") else [value]
    if not values:
        return "filterValue", "is no list: send values separated by commas, or a JSON array."
    if kind == "number" and not all(map(_NUMBER.fullmatch, values)):
        return "filterValue", "must be a JSON number, such as 80 or 0.5."
    if kind == "boolean" and not all(text.lower() in ("true", "false") for text in values):
        return "filterValue", "must be true or false."
    return None


def values_at(node: Any, names: Sequence[str]) -> Iterator[Any]:
    """What lies at a path: nothing, one value, or of arrays several. Null is nothing."""
    if isinstance(node, list):
        for element in node:
            yield from values_at(element, names)
    elif not names:
        if node is not None:
            yield node
    elif isinstance(node, dict):
        for length in range(len(names), 0, -1):
            name = ".".join(names[:length])
            if name in node:
                yield from values_at(node[name], names[length:])
                return
    elif isinstance(node, str) and not isinstance(node, _Written) and list(names) == ["id"]:
        yield node


def _test_of(stored: Filter) -> tuple[Test, bool]:
    """The test of one value, and whether no value may pass it."""
    operator = _NEGATED.get(stored.operator, stored.operator)
    test = {"string": _string_test, "number": _number_test, "boolean": _boolean_test}[stored.type](
        operator, stored.value
    )
    return test, stored.operator in _NEGATED


def _string_test(operator: str, wanted: str) -> Test:
    if operator in _ORDERS:
        return lambda value: (text := _text(value)) is not None and _ordered(operator, text, wanted)
    choices = frozenset(_listed(wanted))
    search = searches(wanted) if operator == "regexp" else None
    tests: dict[str, Callable[[str], bool]] = {
        "eq": lambda text: text == wanted,
        "contains": lambda text: wanted in text,
        "in": lambda text: text in choices,
        "startsWith": lambda text: text.startswith(wanted),
        "endsWith": lambda text: text.endswith(wanted),
    }
    test = tests[operator] if search is None else search
    return lambda value: (text := _text(value)) is not None and test(text)


def _ordered(operator: str, text: str, wanted: str) -> bool:
    """As instants if both are times, else by code point."""
    left, right = parse_time(text), parse_time(wanted)
    if left is not None and right is not None:
        return _ORDERS[operator](left, right)
    return _ORDERS[operator](text, wanted)


def _number_test(operator: str, wanted: str) -> Test:
    if operator in _ORDERS:
        bound = Decimal(wanted)
        return lambda value: (number := _number(value)) is not None and _ORDERS[operator](number, bound)
    choices = [Decimal(text) for text in (_listed(wanted) if operator == "in" else [wanted])]
    return lambda value: _number(value) in choices


def _boolean_test(operator: str, wanted: str) -> Test:
    choices = {text.lower() for text in (_listed(wanted) if operator == "in" else [wanted])}
    return lambda value: (text := _text(value)) is not None and text.lower() in choices


def _text(value: Any) -> str | None:
    """A string, or the JSON text of a number or boolean; None of an object."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def _number(value: Any) -> Decimal | None:
    text = None if isinstance(value, bool) else _text(value)
    return Decimal(text) if text is not None and _NUMBER.fullmatch(text) else None


def _listed(value: str) -> list[str]:
    """The values of `in`: separated by commas and trimmed, or a JSON array; [] if that cannot be read."""
    if not value.lstrip().startswith("["):
        return [text.strip() for text in value.split(",") if text.strip()]
    try:
        elements = _decode(value)
    except msgspec.DecodeError:
        return []
    texts = [_text(element) for element in elements]
    return [text for text in texts if text is not None] if None not in texts else []
