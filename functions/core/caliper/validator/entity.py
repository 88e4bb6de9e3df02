"""Validates entities and the values in them against the schema: all rules of entities are applied here."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import Struct

from functions.core.caliper.findings import FindingCollector, clip, json_type, step
from functions.core.caliper.schema.compiled import ANY_ENTITY, EntitySchema, PropertyType, Schema, schema_for
from functions.core.caliper.terms import term
from functions.core.caliper.validator import common_findings
from functions.core.caliper.validator.value_checks import (
    VALUE_CHECKS,
    ValueCheck,
    enumeration_check,
    usual_values,
    warn_type,
)
from functions.core.caliper.values import match_iri

# How one property is checked: the type and the check of its usual values, then the types that an entity given as
# object may have (None if it holds no entity), then the check of any value. A plain tuple, because only that is
# unpacked quickly.
type _Property = tuple[type, Callable[[Any], object] | None, tuple[str, ...] | None, ValueCheck]


class _Entity(Struct, frozen=True):
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
        named: Any
        entity: _Entity | None
        try:
            named = node["type"]
            entity = self._entities[named]
        except (KeyError, TypeError):  # met for the first time, or no type's name
            named, entity = self._resolve_type(node, allowed, pointer, collector)
            if entity is None:
                self._unknown_node(node, pointer, collector)
                return
        schema, properties = entity.schema, entity.properties
        is_allowed = allowed is ANY_ENTITY or named in allowed or not schema.lineage.isdisjoint(allowed)
        if schema.deprecated or not is_allowed:
            self._warn_of_type(str(named), schema, None if is_allowed else allowed, pointer, collector)
        for required in schema.required:
            if required not in node and not (required == "id" and "@id" in node):
                self._warn_missing(required, str(named), pointer, collector)
        for key, value in node.items():
            try:
                usual_type, usual_check, entity_types, check = properties[key]
            except KeyError:
                self._unknown_property(key, str(named), schema, pointer, collector)
            else:
                if type(value) is usual_type and (usual_check is None or usual_check(value)):
                    continue
                if entity_types is not None and type(value) is dict:
                    self.node(value, entity_types, pointer + "/" + key, collector)
                else:
                    check(value, pointer + "/" + key, collector)
            if collector.full:
                return

    def _entity(self, name: str) -> _Entity | None:
        entity = self._entities.get(name)
        if entity is None:
            schema = self.schema.entity(name)
            if schema is None:
                return None
            properties = {key: self._property(expected) for key, expected in schema.properties.items()}
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
        entity = self._entity("Entity")
        assert entity is not None
        if "id" not in node and "@id" not in node:
            self._warn_missing("id", "Entity", pointer, collector)
        for key, value in node.items():
            if key in entity.properties and key != "type":
                *_, check = entity.properties[key]
                check(value, pointer + "/" + key, collector)

    def _warn_of_type(
        self,
        named: str,
        schema: EntitySchema,
        expected: tuple[str, ...] | None,
        pointer: str,
        collector: FindingCollector,
    ) -> None:
        """Warn of a type that may not stand here, if others are `expected`, and of one that is deprecated."""
        if expected is not None:
            collector.add(common_findings.on_entity_type(named, expected, pointer, self.schema.source))
        if schema.deprecated:
            message = f"{clip(named)} is deprecated since 1.1."
            collector.warn("deprecated", pointer + "/type", message, "Caliper 1.1 Appendix")

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

    def _property(self, expected: PropertyType) -> _Property:
        usual, allowed = usual_values(expected), expected.allowed if expected.family == "entity" else None
        return usual.type, usual.accepts, allowed, self._check_of(expected)

    def _check_of(self, expected: PropertyType) -> ValueCheck:
        """The check of a value of this type, compiled once for all values."""
        if expected.family == "entity":
            return lambda value, pointer, collector: self.value(value, expected.allowed, pointer, collector)
        if expected.family == "array":
            assert expected.element is not None
            return self._array_check(self._property(expected.element))
        if expected.family == "enumeration":
            return enumeration_check(expected.name, self.schema.source)
        return VALUE_CHECKS[expected.family]

    def _array_check(self, element_property: _Property) -> ValueCheck:
        usual_type, usual_check, entity_types, check_element = element_property

        def check(value: object, pointer: str, collector: FindingCollector) -> None:
            if not isinstance(value, list):
                warn_type(value, pointer, "an array", collector)
                return
            for index, element in enumerate(value):
                if type(element) is usual_type and (usual_check is None or usual_check(element)):
                    continue
                if entity_types is not None and type(element) is dict:
                    self.node(element, entity_types, f"{pointer}/{index}", collector)
                else:
                    check_element(element, f"{pointer}/{index}", collector)
                if collector.full:
                    return

        return check


@lru_cache(maxsize=16)
def entity_validator(version: str, timeback: bool, foreign: bool) -> EntityValidator:
    """The validator of entities by the schema of a version."""
    return EntityValidator(schema_for(version, timeback), foreign)
