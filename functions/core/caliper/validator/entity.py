"""Validates entities and the values in them against the schema: all rules of entities are applied here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from functions.core.caliper.findings import FindingCollector, clip, json_type, step
from functions.core.caliper.schema.compiled import ANY_ENTITY, EntitySchema, PropertyType, Schema, schema_for
from functions.core.caliper.schema.enumerations import ENUMERATIONS
from functions.core.caliper.terms import term
from functions.core.caliper.validator import common_findings
from functions.core.caliper.validator.value_checks import VALUE_CHECKS, usual_values, warn_type
from functions.core.caliper.values import match_iri

# How one property is checked: the type and the check of its usual values, then the types that an entity given as
# object may have (None if it holds no entity), then its type. A plain tuple, because only that is unpacked quickly.
type _Property = tuple[type, Callable[[Any], object] | None, tuple[str, ...] | None, PropertyType]


@dataclass(frozen=True, slots=True)
class _Entity:
    """An entity type as it is checked."""

    schema: EntitySchema
    properties: dict[str, _Property]


class EntityValidator:
    """Validates values by one schema. `foreign`: contexts besides Caliper's may define types and properties."""

    __slots__ = ("_entities", "foreign", "schema")

    def __init__(self, schema: Schema, foreign: bool) -> None:
        self.schema = schema
        self.foreign = foreign
        self._entities: dict[str, _Entity] = {}

    def value(self, value: object, allowed: tuple[str, ...], pointer: str, collector: FindingCollector) -> None:
        """Validate an entity given as object or as IRI, of one of the `allowed` types or a subtype."""
        if isinstance(value, dict):
            self.node(value, allowed, pointer, collector)
        elif isinstance(value, str):
            if not match_iri(value):
                message = f"This is {json_type(value)}, but not an IRI; name an entity by its IRI."
                collector.warn("iri", pointer, message)
        else:
            warn_type(value, pointer, "an entity or its IRI", collector)

    def node(
        self, node: dict[str, object], allowed: tuple[str, ...], pointer: str, collector: FindingCollector
    ) -> None:
        """Validate an entity given as object."""
        named = node.get("type")
        entity = self._entities.get(named) if type(named) is str else None
        if entity is None:
            named, entity = self._resolve_type(node, allowed, pointer, collector)
            if entity is None:
                self._unknown_node(node, pointer, collector)
                return
        schema, properties = entity.schema, entity.properties
        if allowed is not ANY_ENTITY and named not in allowed and schema.lineage.isdisjoint(allowed):
            collector.add(common_findings.on_entity_type(str(named), allowed, pointer, self.schema.source))
        if schema.deprecated:
            message = f"{clip(str(named))} is deprecated since 1.1."
            collector.warn("deprecated", pointer + "/type", message, "Caliper 1.1 Appendix")
        for required in schema.required:
            if required not in node and not (required == "id" and "@id" in node):
                self._warn_missing(required, str(named), pointer, collector)
        for key, value in node.items():
            if key not in properties:
                self._unknown_property(key, str(named), schema, pointer, collector)
            else:
                usual_type, usual_check, entity_types, property_type = properties[key]
                if type(value) is usual_type and (usual_check is None or usual_check(value)):
                    continue
                if entity_types is not None and type(value) is dict:
                    self.node(value, entity_types, pointer + "/" + key, collector)
                else:
                    self._check(value, property_type, pointer + "/" + key, collector)
            if collector.full:
                return

    def _entity(self, name: str) -> _Entity | None:
        entity = self._entities.get(name)
        if entity is None:
            schema = self.schema.entity(name)
            if schema is None:
                return None
            properties = {key: _described(each) for key, each in schema.properties.items()}
            entity = self._entities[name] = _Entity(schema, properties)
        return entity

    def _resolve_type(
        self, node: dict[str, object], allowed: tuple[str, ...], pointer: str, collector: FindingCollector
    ) -> tuple[object, _Entity | None]:
        """The type as it was sent and the entity type that it means; None, and a finding, if there is none."""
        named = node.get("type")
        type_pointer = pointer + "/type"
        if named is None and isinstance(node.get("@type"), str):
            named = node["@type"]
        if isinstance(named, str) and named:
            entity = self._entity(named) or self._entity(term(named))
            if entity is None and not self.foreign:
                source = self.schema.source
                message = f"{clip(named)} is not an entity type of {source}; expected {' or '.join(allowed)}."
                collector.warn("unknown-type", type_pointer, message, source)
            return named, entity
        fault = "is missing" if named is None else f"is {json_type(named)}"
        collector.warn("required", type_pointer, f"The entity's type {fault}; expected {' or '.join(allowed)}.")
        return None, None

    def _unknown_node(self, node: dict[str, object], pointer: str, collector: FindingCollector) -> None:
        """Validate an entity of an unknown type: the properties that every entity has."""
        schema = self.schema.entity("Entity")
        assert schema is not None
        if "id" not in node and "@id" not in node:
            self._warn_missing("id", "Entity", pointer, collector)
        for key, value in node.items():
            property_type = schema.properties.get(key)
            if property_type is not None and key != "type":
                self._check(value, property_type, pointer + "/" + key, collector)

    def _warn_missing(self, key: str, named: str, pointer: str, collector: FindingCollector) -> None:
        message = f"{clip(named)} has no {key}; it is required."
        collector.warn("required", pointer + step(key), message, self.schema.source)

    def _unknown_property(
        self, key: str, named: str, schema: EntitySchema, pointer: str, collector: FindingCollector
    ) -> None:
        if key in schema.deprecated_properties:
            message = f"{key} is deprecated since 1.1."
            collector.warn("deprecated", pointer + step(key), message, "Caliper 1.1 Appendix")
        elif not self.foreign:
            source = self.schema.source
            message = f"{clip(named)} has no such property in {source}; put your own into extensions."
            collector.warn("unknown-property", pointer + step(key), message, source)

    def _check(self, value: object, expected: PropertyType, pointer: str, collector: FindingCollector) -> None:
        check = VALUE_CHECKS.get(expected.family)
        if check is not None:
            check(value, pointer, collector)
        elif expected.family == "entity":
            self.value(value, expected.allowed, pointer, collector)
        elif expected.family == "array":
            self._check_array(value, expected.element, pointer, collector)
        else:
            self._check_enumeration(value, expected.name, pointer, collector)

    def _check_array(
        self, value: object, expected: PropertyType | None, pointer: str, collector: FindingCollector
    ) -> None:
        if not isinstance(value, list):
            warn_type(value, pointer, "an array", collector)
            return
        assert expected is not None
        usual_type, usual_check = usual_values(expected)
        for index, element in enumerate(value):
            if type(element) is usual_type and (usual_check is None or usual_check(element)):
                continue
            self._check(element, expected, f"{pointer}/{index}", collector)
            if collector.full:
                return

    def _check_enumeration(self, value: object, name: str, pointer: str, collector: FindingCollector) -> None:
        terms = ENUMERATIONS[name]
        if not isinstance(value, str):
            warn_type(value, pointer, "a " + name.replace("_", " "), collector)
        elif value not in terms and _tail(value) not in terms:
            message = f"{clip(value)} is not a {name.replace('_', ' ')} of the standard's list."
            collector.warn("enumeration", pointer, message, self.schema.source)


@lru_cache(maxsize=16)
def entity_validator(version: str, timeback: bool, foreign: bool) -> EntityValidator:
    """The validator of entities by the schema of a version."""
    return EntityValidator(schema_for(version, timeback), foreign)


def _described(expected: PropertyType) -> _Property:
    allowed = expected.allowed if expected.family == "entity" else None
    return (*usual_values(expected), allowed, expected)


def _tail(value: str) -> str:
    """A term given as IRI: a Caliper IRI, or a LIS role as 1.0 and LTI spell it."""
    for base in (
        "http://purl.imsglobal.org/vocab/lis/v2/membership#",
        "http://purl.imsglobal.org/vocab/lis/v2/membership/",
    ):
        if value.startswith(base):
            return value[len(base) :]
    return term(value)
