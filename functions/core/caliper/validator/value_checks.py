"""Judges one plain value: a text, IRI, time, duration, number, truth value or free object."""

from collections.abc import Callable

from functions.core.caliper.findings import Notes, json_type
from functions.core.caliper.values import is_canonical_time, is_decimal, is_duration, is_integer, is_iri, time_fault


def check_string(value: object, pointer: str, notes: Notes) -> None:
    if not isinstance(value, str):
        wrong(value, pointer, "a string", notes)


def check_iri(value: object, pointer: str, notes: Notes) -> None:
    if not isinstance(value, str):
        wrong(value, pointer, "an IRI", notes)
    elif not is_iri(value):
        notes.note("iri", pointer, f"This is {json_type(value)} that is no IRI (RFC 3987).")


def check_time(value: object, pointer: str, notes: Notes) -> None:
    if not isinstance(value, str):
        wrong(value, pointer, "a DateTime as 2026-01-27T10:03:00.000Z", notes)
        return
    fault = time_fault(value)
    if fault == "time-form":
        notes.note(fault, pointer, "The time is not spelled as 2026-01-27T10:03:00.000Z.")
    elif fault:
        notes.note(fault, pointer, "This is no DateTime; write it as 2026-01-27T10:03:00.000Z.")


def check_duration(value: object, pointer: str, notes: Notes) -> None:
    if not isinstance(value, str):
        wrong(value, pointer, "a duration as PT34M1S", notes)
    elif not is_duration(value):
        notes.note("duration", pointer, "This is no ISO 8601 duration; write it as PT34M1S.")


def check_integer(value: object, pointer: str, notes: Notes) -> None:
    if not is_decimal(value):
        wrong(value, pointer, "an integer", notes)
    elif not is_integer(value):
        notes.note("integer", pointer, "This number has a fraction; expected an integer.")


def check_decimal(value: object, pointer: str, notes: Notes) -> None:
    if not is_decimal(value):
        wrong(value, pointer, "a number", notes)


def check_boolean(value: object, pointer: str, notes: Notes) -> None:
    if not isinstance(value, bool):
        wrong(value, pointer, "true or false", notes)


def check_object(value: object, pointer: str, notes: Notes) -> None:
    if not isinstance(value, dict):
        wrong(value, pointer, "an object", notes)


def check_nothing(_value: object, _pointer: str, _notes: Notes) -> None:
    """A nested context, or what another table judges."""


def wrong(value: object, pointer: str, expected: str, notes: Notes) -> None:
    """Note that the value is of another JSON type than was `expected`."""
    if value is None:
        notes.note("null", pointer, "This is null; leave the property out.")
    else:
        notes.note("json-type", pointer, f"This is {json_type(value)}; expected {expected}.")


VALUE_CHECKS: dict[str, Callable[[object, str, Notes], None]] = {
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


def _always(_: str) -> bool:
    return True


# What makes a string right, by family; of others a string is wrong, or needs a closer look.
FINE_STRINGS: dict[str, Callable[[str], bool]] = {
    "string": _always,
    "Term": _always,
    "any": _always,
    "IRI": is_iri,
    "entity": is_iri,
    "DateTime": is_canonical_time,
}
