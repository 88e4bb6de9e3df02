"""Holds one parsed value against the vocabulary: the only place where the rules of entities are applied."""

from functions.core.caliper.findings import Notes, clip, json_type, step
from functions.core.caliper.schema.compile import ANY_ENTITY, Kind, Shape, Vocabulary
from functions.core.caliper.schema.enumerations import ENUMERATIONS
from functions.core.caliper.terms import term
from functions.core.caliper.validator import common_findings
from functions.core.caliper.validator.value_checks import FINE_STRINGS, VALUE_CHECKS, wrong
from functions.core.caliper.values import is_iri


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
            wrong(value, pointer, "an entity or its IRI", notes)

    def _node(self, node: dict[str, object], allowed: tuple[str, ...], pointer: str, notes: Notes) -> None:
        named = node.get("type")
        shape = self.vocabulary.shape(named) if type(named) is str else None
        if shape is None:
            named, shape = self._unusual_type(node, allowed, pointer, notes)
            if shape is None:
                self._unknown_node(node, pointer, notes)
                return
        if allowed is not ANY_ENTITY and shape.lineage.isdisjoint(allowed):
            notes.add(common_findings.of_type(str(named), allowed, pointer, self.vocabulary.source))
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
            elif type(value) is not str or kind.family not in FINE_STRINGS or not FINE_STRINGS[kind.family](value):
                self._value(value, kind, pointer + "/" + key, notes)
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
                self._value(value, kind, pointer + "/" + key, notes)

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

    def _value(self, value: object, kind: Kind, pointer: str, notes: Notes) -> None:
        check = VALUE_CHECKS.get(kind.family)
        if check is not None:
            check(value, pointer, notes)
        elif kind.family == "entity":
            self.entity(value, kind.allowed, pointer, notes)
        elif kind.family == "array":
            self._array(value, kind, pointer, notes)
        else:
            self._enumeration(value, kind, pointer, notes)

    def _array(self, value: object, kind: Kind, pointer: str, notes: Notes) -> None:
        if not isinstance(value, list):
            wrong(value, pointer, "an array", notes)
            return
        element_kind = kind.element
        assert element_kind is not None
        if element_kind.family == "string":
            for index, element in enumerate(value):
                if type(element) is not str:
                    wrong(element, f"{pointer}/{index}", "a string", notes)
                    if notes.full:
                        return
            return
        for index, element in enumerate(value):
            self._value(element, element_kind, f"{pointer}/{index}", notes)
            if notes.full:
                return

    def _enumeration(self, value: object, kind: Kind, pointer: str, notes: Notes) -> None:
        terms = ENUMERATIONS[kind.name]
        if not isinstance(value, str):
            wrong(value, pointer, "a " + kind.name.replace("_", " "), notes)
        elif value not in terms and _tail(value) not in terms:
            message = f"{clip(value)} is no {kind.name.replace('_', ' ')} of the standard's list."
            notes.note("enumeration", pointer, message, self.vocabulary.source)


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
