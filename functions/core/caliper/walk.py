"""Holds one parsed value against the vocabulary: the only place where the rules of entities are applied."""

from collections.abc import Callable

from functions.core.caliper.enumerations import ENUMERATIONS
from functions.core.caliper.terms import term
from functions.core.caliper.values import is_decimal, is_duration, is_integer, is_iri, time_fault
from functions.core.caliper.verdicts import (
    MAX_FINDINGS,
    Finding,
    Severity,
    bounded_pointer,
    clip,
    json_type,
    step,
)
from functions.core.caliper.vocabulary import Kind, Shape, Vocabulary

ANY_ENTITY = ("Entity",)
_STANDARD = "Caliper 1.1 and 1.2"


class Notes:
    """Findings as they are made, bounded: errors are never crowded out by warnings."""

    __slots__ = ("found", "full", "rejected")

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self.full = False
        self.rejected = False

    def note(
        self, code: str, pointer: str, message: str, source: str = _STANDARD, severity: Severity = "warning"
    ) -> None:
        if severity == "error":
            self.rejected = True
            self.found.insert(0, Finding(severity, code, bounded_pointer(pointer), message, source))
            del self.found[MAX_FINDINGS:]
            return
        if len(self.found) >= MAX_FINDINGS:
            self.full = True
            return
        self.found.append(Finding(severity, code, bounded_pointer(pointer), message, source))

    def reject(self, code: str, pointer: str, message: str, source: str = _STANDARD) -> None:
        self.note(code, pointer, message, source, "error")


class Walk:
    """One value's judging. `foreign`: the item names contexts besides Caliper's, which may define properties."""

    __slots__ = ("foreign", "notes", "vocabulary")

    def __init__(self, vocabulary: Vocabulary, notes: Notes, foreign: bool) -> None:
        self.vocabulary = vocabulary
        self.notes = notes
        self.foreign = foreign

    def entity(self, value: object, allowed: tuple[str, ...], pointer: str) -> None:
        """An entity given as object or as IRI, of one of the `allowed` types or a subtype."""
        if isinstance(value, dict):
            self._node(value, allowed, pointer)
        elif isinstance(value, str):
            if not is_iri(value):
                self.notes.note("iri", pointer, f"This is {json_type(value)} that is no IRI; name an entity by its IRI.")
        elif value is None:
            self._null(pointer)
        else:
            self.notes.note("json-type", pointer, f"This is {json_type(value)}; expected an entity or its IRI.")

    def _node(self, node: dict[str, object], allowed: tuple[str, ...], pointer: str) -> None:
        named = node.get("type")
        if named is None and isinstance(node.get("@type"), str):
            named = node["@type"]
        vocabulary = self.vocabulary
        shape = vocabulary.shape(named) if type(named) is str else None
        if shape is None:
            shape = self._unusual_type(named, allowed, pointer)
            if shape is None:
                return self._unknown_node(node, pointer)
        if allowed is not ANY_ENTITY and shape.lineage.isdisjoint(allowed):
            self._wrong_type(str(named), allowed, pointer)
        if shape.deprecated:
            self.notes.note(
                "deprecated", pointer + "/type", f"{clip(str(named))} is deprecated since 1.1.", "Caliper 1.1 Appendix"
            )
        for required in shape.required:
            if node.get(required) is None and not (required == "id" and "@id" in node):
                self._missing(required, str(named), pointer)
        properties = shape.properties
        for key, value in node.items():
            kind = properties.get(key)
            if kind is None:
                self._unknown_property(key, str(named), shape, pointer)
            elif kind.array:
                self._array(value, kind, pointer + step(key))
            else:
                check = _CHECKS[kind.family]
                check(self, value, kind, pointer + "/" + key)
        return None

    def _unusual_type(self, named: object, allowed: tuple[str, ...], pointer: str) -> Shape | None:
        """The shape of a type spelled otherwise; None, and a finding, where there is none."""
        at = pointer + "/type"
        if isinstance(named, str) and named:
            shape = self.vocabulary.shape(term(named))
            if shape is None:
                self.notes.note(
                    "unknown-type",
                    at,
                    f"{clip(named)} is no entity type of Caliper {self.vocabulary.number}; "
                    f"expected {_one_of(allowed)}.",
                    self.vocabulary.source,
                )
            return shape
        found = "is missing" if named is None else f"is {json_type(named)}"
        self.notes.note("required", at, f"The entity's type {found}; expected {_one_of(allowed)}.")
        return None

    def _unknown_node(self, node: dict[str, object], pointer: str) -> None:
        """An entity of no known type: what every entity has is still judged."""
        shape = self.vocabulary.shape("Entity")
        assert shape is not None
        if "id" not in node and "@id" not in node:
            self._missing("id", "Entity", pointer)
        for key, value in node.items():
            kind = shape.properties.get(key)
            if kind is not None and key != "type" and not kind.array:
                _CHECKS[kind.family](self, value, kind, pointer + "/" + key)

    def _wrong_type(self, named: str, allowed: tuple[str, ...], pointer: str) -> None:
        self.notes.note(
            "wrong-entity-type",
            pointer,
            f"{clip(named)} may not stand here; expected {_one_of(allowed)}.",
            self.vocabulary.source,
        )

    def _missing(self, key: str, named: str, pointer: str) -> None:
        self.notes.note(
            "required", pointer + step(key), f"{clip(named)} has no {key}; it is required.", self.vocabulary.source
        )

    def _null(self, pointer: str) -> None:
        self.notes.note("null", pointer, "This is null; leave the property out.")

    def _unknown_property(self, key: str, named: str, shape: Shape, pointer: str) -> None:
        if key in shape.deprecated_properties:
            self.notes.note(
                "deprecated", pointer + step(key), f"{key} is deprecated since 1.1.", "Caliper 1.1 Appendix"
            )
        elif not self.foreign:
            self.notes.note(
                "unknown-property",
                pointer + step(key),
                f"{clip(named)} has no such property in Caliper {self.vocabulary.number}; put your own into extensions.",
                self.vocabulary.source,
            )

    def _array(self, value: object, kind: Kind, pointer: str) -> None:
        if isinstance(value, list):
            check = _CHECKS[kind.family]
            for index, element in enumerate(value):
                check(self, element, kind, f"{pointer}/{index}")
                if self.notes.full:
                    return
        elif value is None:
            self._null(pointer)
        else:
            self.notes.note("json-type", pointer, f"This is {json_type(value)}; expected an array.")

    def _wrong(self, value: object, pointer: str, expected: str) -> None:
        if value is None:
            self._null(pointer)
        else:
            self.notes.note("json-type", pointer, f"This is {json_type(value)}; expected {expected}.")

    def check_string(self, value: object, kind: Kind, pointer: str) -> None:
        if not isinstance(value, str):
            self._wrong(value, pointer, "a string")

    def check_iri(self, value: object, kind: Kind, pointer: str) -> None:
        if not isinstance(value, str):
            self._wrong(value, pointer, "an IRI")
        elif not is_iri(value):
            self.notes.note("iri", pointer, f"This is {json_type(value)} that is no IRI (RFC 3987).")

    def check_time(self, value: object, kind: Kind, pointer: str) -> None:
        if not isinstance(value, str):
            self._wrong(value, pointer, "a DateTime as 2026-01-27T10:03:00.000Z")
            return
        fault = time_fault(value)
        if fault == "time-form":
            self.notes.note("time-form", pointer, "The time is not spelled as 2026-01-27T10:03:00.000Z.")
        elif fault:
            self.notes.note("time", pointer, "This is no DateTime; write it as 2026-01-27T10:03:00.000Z.")

    def check_duration(self, value: object, kind: Kind, pointer: str) -> None:
        if not isinstance(value, str):
            self._wrong(value, pointer, "a duration as PT34M1S")
        elif not is_duration(value):
            self.notes.note("duration", pointer, "This is no ISO 8601 duration; write it as PT34M1S.")

    def check_integer(self, value: object, kind: Kind, pointer: str) -> None:
        if not is_decimal(value):
            self._wrong(value, pointer, "an integer")
        elif not is_integer(value):
            self.notes.note("integer", pointer, "This number has a fraction; expected an integer.")

    def check_decimal(self, value: object, kind: Kind, pointer: str) -> None:
        if not is_decimal(value):
            self._wrong(value, pointer, "a number")

    def check_boolean(self, value: object, kind: Kind, pointer: str) -> None:
        if not isinstance(value, bool):
            self._wrong(value, pointer, "true or false")

    def check_object(self, value: object, kind: Kind, pointer: str) -> None:
        if not isinstance(value, dict):
            self._wrong(value, pointer, "an object")

    def check_enumeration(self, value: object, kind: Kind, pointer: str) -> None:
        if not isinstance(value, str):
            self._wrong(value, pointer, f"a {kind.name.replace('_', ' ')}")
        elif value not in ENUMERATIONS[kind.name] and _tail(value) not in ENUMERATIONS[kind.name]:
            self.notes.note(
                "enumeration",
                pointer,
                f"{clip(value)} is no {kind.name.replace('_', ' ')} of the standard's list.",
                self.vocabulary.source,
            )

    def check_entity(self, value: object, kind: Kind, pointer: str) -> None:
        self.entity(value, ANY_ENTITY if kind.name == "Entity" else (kind.name,), pointer)

    def check_nothing(self, value: object, kind: Kind, pointer: str) -> None:
        """A nested context: read by nobody here."""


_CHECKS: dict[str, Callable[[Walk, object, Kind, str], None]] = {
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
    "any": Walk.check_nothing,
}


def _one_of(allowed: tuple[str, ...]) -> str:
    return " or ".join(allowed)


def _tail(value: str) -> str:
    """A term given as IRI: a Caliper IRI, or a LIS role as 1.0 and LTI spell it."""
    for base in ("http://purl.imsglobal.org/vocab/lis/v2/membership#", "http://purl.imsglobal.org/vocab/lis/v2/membership/"):
        if value.startswith(base):
            return value[len(base) :]
    return term(value)
