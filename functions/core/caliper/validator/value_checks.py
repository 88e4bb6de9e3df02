"""Checks one plain value: a text, IRI, time, duration, number, truth value or free object.

Most values are right. USUAL says so at the least cost; only for a value that is not usual is the check of VALUE_CHECKS
called, which words what is wrong with it, if anything is.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from functions.core.caliper.findings import FindingCollector, clip, json_type
from functions.core.caliper.schema.compiled import PropertyType
from functions.core.caliper.schema.enumerations import ENUMERATIONS
from functions.core.caliper.terms import term
from functions.core.caliper.values import (
    is_decimal,
    is_duration,
    is_integer,
    match_iri,
    match_usual_iri,
    match_usual_time,
    time_fault,
)

type ValueCheck = Callable[[object, str, FindingCollector], None]


class Usual(Struct, frozen=True):
    """The values that need no closer look: of this Python type and, if there is a check, passing it."""

    type: type
    accepts: Callable[[Any], object] | None = None  # its answer counts as true or false


USUAL: dict[str, Usual] = {
    "string": Usual(str),
    "Term": Usual(str),
    "IRI": Usual(str, match_usual_iri),
    "entity": Usual(str, match_usual_iri),
    "DateTime": Usual(str, match_usual_time),
    "Duration": Usual(str, is_duration),
    "integer": Usual(int),
    "decimal": Usual(int),
    "boolean": Usual(bool),
    "object": Usual(dict),
    "any": Usual(str),
}


def usual_values(expected: PropertyType) -> Usual:
    """The usual values of a property of this type."""
    if expected.family == "enumeration":
        return Usual(str, ENUMERATIONS[expected.name].__contains__)
    if expected.family == "array":
        assert expected.element is not None
        element = usual_values(expected.element)
        types = frozenset({element.type})
        check = _never if element.accepts else lambda elements: types.issuperset(map(type, elements))
        return Usual(list, check)
    return USUAL[expected.family]


def _never(_: object) -> bool:
    return False


def check_string(value: object, pointer: str, collector: FindingCollector) -> None:
    if not isinstance(value, str):
        warn_type(value, pointer, "a string", collector)


def check_iri(value: object, pointer: str, collector: FindingCollector) -> None:
    if not isinstance(value, str):
        warn_type(value, pointer, "an IRI", collector)
    elif not match_iri(value):
        collector.warn("iri", pointer, f"This is {json_type(value)}, but not an IRI (RFC 3987).")


def check_time(value: object, pointer: str, collector: FindingCollector) -> None:
    if not isinstance(value, str):
        warn_type(value, pointer, "a DateTime as 2026-01-27T10:03:00.000Z", collector)
        return
    fault = time_fault(value)
    if fault == "time-form":
        collector.warn(fault, pointer, "The time is not spelled as 2026-01-27T10:03:00.000Z.")
    elif fault:
        collector.warn(fault, pointer, "This is not a DateTime; write it as 2026-01-27T10:03:00.000Z.")


def check_duration(value: object, pointer: str, collector: FindingCollector) -> None:
    if not isinstance(value, str):
        warn_type(value, pointer, "a duration as PT34M1S", collector)
    elif not is_duration(value):
        collector.warn("duration", pointer, "This is not an ISO 8601 duration; write it as PT34M1S.")


def check_integer(value: object, pointer: str, collector: FindingCollector) -> None:
    if not is_decimal(value):
        warn_type(value, pointer, "an integer", collector)
    elif not is_integer(value):
        collector.warn("integer", pointer, "This number has a fraction; expected an integer.")


def check_decimal(value: object, pointer: str, collector: FindingCollector) -> None:
    if not is_decimal(value):
        warn_type(value, pointer, "a number", collector)


def check_boolean(value: object, pointer: str, collector: FindingCollector) -> None:
    if not isinstance(value, bool):
        warn_type(value, pointer, "true or false", collector)


def check_object(value: object, pointer: str, collector: FindingCollector) -> None:
    if not isinstance(value, dict):
        warn_type(value, pointer, "an object", collector)


def enumeration_check(name: str, source: str) -> ValueCheck:
    """The check of a term of an enumeration. `source` is the standard that has it."""
    terms, words = ENUMERATIONS[name], name.replace("_", " ")

    def check(value: object, pointer: str, collector: FindingCollector) -> None:
        if not isinstance(value, str):
            warn_type(value, pointer, "a " + words, collector)
        elif value not in terms and _tail(value) not in terms:
            message = f"{clip(value)} is not a {words} of the standard's list."
            collector.warn("enumeration", pointer, message, source)

    return check


def _tail(value: str) -> str:
    """A term given as IRI: a Caliper IRI, or a LIS role as 1.0 and LTI spell it."""
    for base in (
        "http://purl.imsglobal.org/vocab/lis/v2/membership#",
        "http://purl.imsglobal.org/vocab/lis/v2/membership/",
    ):
        if value.startswith(base):
            return value[len(base) :]
    return term(value)


def check_nothing(_value: object, _pointer: str, _collector: FindingCollector) -> None:
    """For a nested context, and for values that only house rules check."""


def warn_type(value: object, pointer: str, expected: str, collector: FindingCollector) -> None:
    """Warn that the value is not of the JSON type that was `expected`."""
    if value is None:
        collector.warn("null", pointer, "This is null; leave the property out.")
    else:
        collector.warn("json-type", pointer, f"This is {json_type(value)}; expected {expected}.")


VALUE_CHECKS: dict[str, ValueCheck] = {
    "string": check_string,
    "Term": check_string,
    "IRI": check_iri,
    "DateTime": check_time,
    "Duration": check_duration,
    "integer": check_integer,
    "decimal": check_decimal,
    "boolean": check_boolean,
    "object": check_object,
    "any": check_nothing,
}
