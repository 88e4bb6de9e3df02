"""Holds one parsed value against the vocabulary: the only place where the rules of entities are applied."""

from collections.abc import Callable

from functions.core.caliper import remarks
from functions.core.caliper.enumerations import ENUMERATIONS
from functions.core.caliper.terms import term
from functions.core.caliper.values import (
    is_canonical_time,
    is_decimal,
    is_duration,
    is_integer,
    is_iri,
    time_fault,
)
from functions.core.caliper.verdicts import Notes, clip, json_type, step
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind, Shape, Vocabulary


class Walk:
    """Judges values by one vocabulary. `foreign`: contexts besides Caliper's may define types and properties."""

    __slots__ = ("foreign", "vocabulary")

    def __init__(self, vocabulary: Vocabulary, foreign: bool) -> None:
        self.vocabulary = vocabulary
        self.foreign = foreign

    def entity(self, value: object, allowed: tuple[str, ...], pointer: str, notes: Notes) -> None:
        """An entity given as object or as IRI, of one of the `allowed` types or a subtype."""
        if isinstance(value, dict):
            self._node(value, allowed, pointer, notes)
        elif isinstance(value, str):
            if not is_iri(value):
                notes.note("iri", pointer, f"This is {json_type(value)} that is no IRI; name an entity by its IRI.")
        else:
            _wrong(value, pointer, "an entity or its IRI", notes)

    def _node(self, node: dict[str, object], allowed: tuple[str, ...], pointer: str, notes: Notes) -> None:
        named = node.get("type")
        shape = self.vocabulary.shape(named) if type(named) is str else None
        if shape is None:
            named, shape = self._unusual_type(node, allowed, pointer, notes)
            if shape is None:
                self._unknown_node(node, pointer, notes)
                return
        if allowed is not ANY_ENTITY and shape.lineage.isdisjoint(allowed):
            notes.add(remarks.of_type(str(named), allowed, pointer, self.vocabulary.source))
        if shape.deprecated:
            message = f"{clip(str(named))} is deprecated since 1.1."
            notes.note("deprecated", pointer + "/type", message, "Caliper 1.1 Appendix")
        for required in shape.required:
            if required not in node and not (required == "id" and "@id" in node):
                self._missing(required, str(named), pointer, notes)
        self._properties(node, str(named), shape, pointer, notes)

    def _properties(self, node: dict[str, object], named: str, shape: Shape, pointer: str, notes: Notes) -> None:
        kind_of = shape.properties.get
        for key, value in node.items():
            kind = kind_of(key)
            if kind is None:
                self._unknown_property(key, named, shape, pointer, notes)
            # most values are strings with nothing wrong in them; those need no call
            elif type(value) is not str or not _FINE_STRINGS[kind.family](value):
                _CHECKS[kind.family](self, value, kind, pointer + "/" + key, notes)
            else:
                continue
            if notes.full:
                return

    def _unusual_type(
        self, node: dict[str, object], allowed: tuple[str, ...], pointer: str, notes: Notes
    ) -> tuple[object, Shape | None]:
        """The type as it was meant and its shape; None, and a finding, where there is none."""
        named = node.get("type")
        at = pointer + "/type"
        if named is None and isinstance(node.get("@type"), str):
            named = node["@type"]
        if isinstance(named, str) and named:
            shape = self.vocabulary.shape(term(named))
            if shape is None and not self.foreign:
                message = f"{clip(named)} is no entity type of {self.vocabulary.source}; expected {_one_of(allowed)}."
                notes.note("unknown-type", at, message, self.vocabulary.source)
            return named, shape
        found = "is missing" if named is None else f"is {json_type(named)}"
        notes.note("required", at, f"The entity's type {found}; expected {_one_of(allowed)}.")
        return None, None

    def _unknown_node(self, node: dict[str, object], pointer: str, notes: Notes) -> None:
        """An entity of no known type: what every entity has is still judged."""
        shape = self.vocabulary.shape("Entity")
        assert shape is not None
        if "id" not in node and "@id" not in node:
            self._missing("id", "Entity", pointer, notes)
        for key, value in node.items():
            kind = shape.properties.get(key)
            if kind is not None and key != "type":
                _CHECKS[kind.family](self, value, kind, pointer + "/" + key, notes)

    def _missing(self, key: str, named: str, pointer: str, notes: Notes) -> None:
        notes.note(
            "required", pointer + step(key), f"{clip(named)} has no {key}; it is required.", self.vocabulary.source
        )

    def _unknown_property(self, key: str, named: str, shape: Shape, pointer: str, notes: Notes) -> None:
        if key in shape.deprecated_properties:
            notes.note("deprecated", pointer + step(key), f"{key} is deprecated since 1.1.", "Caliper 1.1 Appendix")
        elif not self.foreign:
            source = self.vocabulary.source
            message = f"{clip(named)} has no such property in {source}; put your own into extensions."
            notes.note("unknown-property", pointer + step(key), message, source)

    def check_array(self, value: object, kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, list):
            _wrong(value, pointer, "an array", notes)
            return
        element_kind = kind.element
        assert element_kind is not None
        if element_kind.family == "string":
            for index, element in enumerate(value):
                if type(element) is not str:
                    _wrong(element, f"{pointer}/{index}", "a string", notes)
                    if notes.full:
                        return
            return
        check = _CHECKS[element_kind.family]
        for index, element in enumerate(value):
            check(self, element, element_kind, f"{pointer}/{index}", notes)
            if notes.full:
                return

    def check_string(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, str):
            _wrong(value, pointer, "a string", notes)

    def check_iri(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, str):
            _wrong(value, pointer, "an IRI", notes)
        elif not is_iri(value):
            notes.note("iri", pointer, f"This is {json_type(value)} that is no IRI (RFC 3987).")

    def check_time(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, str):
            _wrong(value, pointer, "a DateTime as 2026-01-27T10:03:00.000Z", notes)
            return
        fault = time_fault(value)
        if fault == "time-form":
            notes.note(fault, pointer, "The time is not spelled as 2026-01-27T10:03:00.000Z.")
        elif fault:
            notes.note(fault, pointer, "This is no DateTime; write it as 2026-01-27T10:03:00.000Z.")

    def check_duration(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, str):
            _wrong(value, pointer, "a duration as PT34M1S", notes)
        elif not is_duration(value):
            notes.note("duration", pointer, "This is no ISO 8601 duration; write it as PT34M1S.")

    def check_integer(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not is_decimal(value):
            _wrong(value, pointer, "an integer", notes)
        elif not is_integer(value):
            notes.note("integer", pointer, "This number has a fraction; expected an integer.")

    def check_decimal(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not is_decimal(value):
            _wrong(value, pointer, "a number", notes)

    def check_boolean(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, bool):
            _wrong(value, pointer, "true or false", notes)

    def check_object(self, value: object, _kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, dict):
            _wrong(value, pointer, "an object", notes)

    def check_enumeration(self, value: object, kind: Kind, pointer: str, notes: Notes) -> None:
        terms = ENUMERATIONS[kind.name]
        if not isinstance(value, str):
            _wrong(value, pointer, "a " + kind.name.replace("_", " "), notes)
        elif value not in terms and _tail(value) not in terms:
            message = f"{clip(value)} is no {kind.name.replace('_', ' ')} of the standard's list."
            notes.note("enumeration", pointer, message, self.vocabulary.source)

    def check_entity(self, value: object, kind: Kind, pointer: str, notes: Notes) -> None:
        self.entity(value, kind.allowed, pointer, notes)

    def check_nothing(self, _value: object, _kind: Kind, _pointer: str, _notes: Notes) -> None:
        """A nested context, or what another table judges."""


_CHECKS: dict[str, Callable[[Walk, object, Kind, str, Notes], None]] = {
    "string": Walk.check_string,
    "Term": Walk.check_string,
    "IRI": Walk.check_iri,
    "DateTime": Walk.check_time,
    "Duration": Walk.check_duration,
    "integer": Walk.check_integer,
    "decimal": Walk.check_decimal,
    "boolean": Walk.check_boolean,
    "object": Walk.check_object,
    "enumeration": Walk.check_enumeration,
    "entity": Walk.check_entity,
    "array": Walk.check_array,
    "any": Walk.check_nothing,
}


def _always(_: str) -> bool:
    return True


def _never(_: str) -> bool:
    return False


# What makes a string right, by family; of the others a string is wrong, or needs a closer look.
_FINE_STRINGS: dict[str, Callable[[str], bool]] = dict.fromkeys(_CHECKS, _never) | {
    "string": _always,
    "Term": _always,
    "any": _always,
    "IRI": is_iri,
    "entity": is_iri,
    "DateTime": is_canonical_time,
}


def _wrong(value: object, pointer: str, expected: str, notes: Notes) -> None:
    if value is None:
        notes.note("null", pointer, "This is null; leave the property out.")
    else:
        notes.note("json-type", pointer, f"This is {json_type(value)}; expected {expected}.")


def _one_of(allowed: tuple[str, ...]) -> str:
    return " or ".join(allowed)


def _tail(value: str) -> str:
    """A term given as IRI: a Caliper IRI, or a LIS role as 1.0 and LTI spell it."""
    for base in (
        "http://purl.imsglobal.org/vocab/lis/v2/membership#",
        "http://purl.imsglobal.org/vocab/lis/v2/membership/",
    ):
        if value.startswith(base):
            return value[len(base) :]
    return term(value)
