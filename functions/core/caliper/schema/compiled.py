"""The tables of one version made ready for lookup: the properties of each entity type, inherited ones included.

Nothing is compiled on import; a type is compiled when its first example arrives (about 10 µs).
"""

from functools import lru_cache

from msgspec import Struct

from functions.core.caliper.contexts import V1P1, V1P1_EXTENDED, V1P2
from functions.core.caliper.schema import timeback as timeback_terms
from functions.core.caliper.schema.entities import (
    DEPRECATED_PROPERTIES,
    ENTITIES_1_1,
    ENTITIES_1_2,
    NO_ID,
    EntityType,
)
from functions.core.caliper.schema.enumerations import (
    ACTIONS_1_1,
    ACTIONS_1_2,
    ENUMERATIONS,
    PROFILES_1_1,
    PROFILES_1_2,
)
from functions.core.caliper.schema.events import EVENTS_1_1, EVENTS_1_2, EventType

_PLAIN = frozenset({"string", "DateTime", "Duration", "integer", "decimal", "boolean", "object", "IRI", "Term", "any"})
ANY_ENTITY = ("Entity",)


class PropertyType(Struct, frozen=True):
    """What a property holds: `family` is a plain value type, "enumeration", "entity" or "array" (of `element`).

    `name` is the enumeration's; `allowed` are the types that the entity may have.
    """

    family: str
    name: str = ""
    allowed: tuple[str, ...] = ()
    element: "PropertyType | None" = None


class EntitySchema(Struct, frozen=True):
    """An entity type with everything it inherits."""

    lineage: frozenset[str]  # itself and its ancestors
    properties: dict[str, PropertyType]
    required: tuple[str, ...]
    deprecated: bool
    deprecated_properties: frozenset[str]


class Schema:
    """The terms of one version. `source` is its name in messages."""

    def __init__(
        self,
        number: str,
        entities: dict[str, EntityType],
        events: dict[str, EventType],
        actions: frozenset[str],
        profiles: frozenset[str],
    ) -> None:
        self.events = events
        self.actions = actions
        self.profiles = profiles
        self.source = f"Caliper {number}"
        self.entity_names = tuple(entities)
        self._entities = entities
        self._compiled: dict[str, EntitySchema] = {}

    def entity(self, name: str) -> EntitySchema | None:
        """The entity type of that name, or None if the version has none."""
        if name not in self._entities:
            return None
        entity = self._compiled.get(name)
        if entity is None:
            entity = self._compiled[name] = self._compile(name)
        return entity

    def _compile(self, name: str) -> EntitySchema:
        row = self._entities[name]
        lineage = {name}
        properties: dict[str, PropertyType] = {}
        required: tuple[str, ...] = () if name in NO_ID else ("id",)
        deprecated_properties = set(DEPRECATED_PROPERTIES.get(name, ()))
        for supertype in row.supertypes:
            parent = self.entity(supertype)
            assert parent is not None
            lineage |= parent.lineage
            properties |= parent.properties
            deprecated_properties |= parent.deprecated_properties
        properties |= {key: _property_type(spelled) for key, spelled in row.own.items()}
        properties.setdefault("type", PropertyType("Term"))
        properties["@context"] = PropertyType("any")
        return EntitySchema(
            frozenset(lineage),
            properties,
            required + row.required,
            row.deprecated,
            frozenset(deprecated_properties - properties.keys()),
        )


@lru_cache(maxsize=128)
def _property_type(spelled: str) -> PropertyType:
    if spelled.startswith("["):
        return PropertyType("array", element=_property_type(spelled[1:-1]))
    if spelled in _PLAIN:
        return PropertyType(spelled)
    if spelled in ENUMERATIONS:
        return PropertyType("enumeration", spelled)
    return PropertyType("entity", spelled, ANY_ENTITY if spelled == "Entity" else (spelled,))


@lru_cache(maxsize=16)
def schema_for(version: str, timeback: bool) -> Schema:
    """The schema of a version; with `timeback`, the terms that TimeBack adds to it are in it too.

    Types that 1.1 deprecated stay known in 1.2, as deprecated types.
    """
    if version == V1P2:
        retired = {name: row for name, row in ENTITIES_1_1.items() if row.deprecated}
        tables = ("1.2", retired | ENTITIES_1_2, EVENTS_1_2, ACTIONS_1_2, PROFILES_1_2)
    elif version == V1P1_EXTENDED:
        tables = (
            "1.1 with a 1.2 profile",
            ENTITIES_1_1 | ENTITIES_1_2,
            EVENTS_1_1 | EVENTS_1_2,
            ACTIONS_1_2,
            PROFILES_1_1 | PROFILES_1_2,
        )
    else:
        assert version == V1P1
        tables = ("1.1", ENTITIES_1_1, EVENTS_1_1, ACTIONS_1_1, PROFILES_1_1)
    number, entities, events, actions, profiles = tables
    if timeback:
        entities, events = entities | timeback_terms.ENTITIES, events | timeback_terms.EVENTS
        actions, profiles = actions | timeback_terms.ACTIONS, profiles | timeback_terms.PROFILES
    return Schema(number, entities, events, actions, profiles)
