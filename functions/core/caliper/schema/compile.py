"""The tables of one version made ready for lookup: what may stand in an entity of a given type, inherited and own.

Nothing is built at import; a type is compiled when its first example arrives (about 10 µs).
"""

from functools import lru_cache
from typing import NamedTuple

from functions.core.caliper.contexts import V1P1, V1P1_EXTENDED, V1P2
from functions.core.caliper.schema import timeback as timeback_terms
from functions.core.caliper.schema.entities import DEPRECATED_PROPERTIES, ENTITIES_1_1, ENTITIES_1_2, NO_ID, EntityType
from functions.core.caliper.schema.enumerations import (
    ACTIONS_1_1,
    ACTIONS_1_2,
    ENUMERATIONS,
    PROFILES_1_1,
    PROFILES_1_2,
)
from functions.core.caliper.schema.events import EVENTS_1_1, EVENTS_1_2, EventType

_PLAIN = frozenset({"string", "DateTime", "Duration", "integer", "decimal", "boolean", "object", "IRI", "Term", "any"})


class Kind(NamedTuple):
    """What a property holds: `family` is a plain value type, "enumeration", "entity" or "array" (of `element`).

    `name` is the enumeration's; `allowed` are the entity's types.
    """

    family: str
    name: str = ""
    allowed: tuple[str, ...] = ()
    element: "Kind | None" = None


ANY_ENTITY = ("Entity",)


class Shape(NamedTuple):
    """An entity type with all it inherits."""

    lineage: frozenset[str]  # itself and its ancestors
    properties: dict[str, Kind]
    required: tuple[str, ...]
    deprecated: bool
    deprecated_properties: frozenset[str]


class Vocabulary:
    """The terms of one version. `number` is how messages name it."""

    def __init__(
        self,
        number: str,
        entities: dict[str, EntityType],
        events: dict[str, EventType],
        actions: frozenset[str],
        profiles: frozenset[str],
    ) -> None:
        self.number = number
        self.events = events
        self.actions = actions
        self.profiles = profiles
        self.source = f"Caliper {number}"
        self.entity_names = tuple(entities)
        self._entities = entities
        self._shapes: dict[str, Shape | None] = {}

    def shape(self, name: str) -> Shape | None:
        """The entity type of that name, or None where the version has none."""
        if name in self._entities:
            shape = self._shapes.get(name)
            if shape is None:
                shape = self._shapes[name] = self._compile(name)
            return shape
        return None

    def _compile(self, name: str) -> Shape:
        own = self._entities[name]
        lineage = {name}
        properties: dict[str, Kind] = {}
        required: tuple[str, ...] = () if name in NO_ID else ("id",)
        deprecated_properties = set(DEPRECATED_PROPERTIES.get(name, ()))
        for supertype in own.supertypes:
            above = self.shape(supertype)
            assert above is not None
            lineage |= above.lineage
            properties |= above.properties
            deprecated_properties |= above.deprecated_properties
        properties |= {key: _kind(spelled) for key, spelled in own.own.items()}
        properties.setdefault("type", Kind("Term"))
        properties["@context"] = Kind("any")
        return Shape(
            frozenset(lineage),
            properties,
            required + own.required,
            own.deprecated,
            frozenset(deprecated_properties - properties.keys()),
        )


@lru_cache(maxsize=128)
def _kind(spelled: str) -> Kind:
    if spelled.startswith("["):
        return Kind("array", element=_kind(spelled[1:-1]))
    if spelled in _PLAIN:
        return Kind(spelled)
    if spelled in ENUMERATIONS:
        return Kind("enumeration", spelled)
    return Kind("entity", spelled, ANY_ENTITY if spelled == "Entity" else (spelled,))


@lru_cache(maxsize=16)
def vocabulary(version: str, timeback: bool) -> Vocabulary:
    """The vocabulary of a version; with `timeback`, and the terms TimeBack adds to it.

    Types that 1.1 deprecated stay known in 1.2, and are told as deprecated.
    """
    retired = {name: each for name, each in ENTITIES_1_1.items() if each.deprecated}
    if version == V1P2:
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
    return Vocabulary(number, entities, events, actions, profiles)
