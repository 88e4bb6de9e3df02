"""What 1.1 and 1.2 between them allow, as the source of msgspec types: one for each entity and each event.

1.2 knows all that 1.1 does, so one decoding serves both; what an event's own version does not allow is found by its
looks. The source is made of our own tables alone; no input is ever in it.
"""

from collections.abc import Iterable

from functions.core.caliper.certifier_terms import FREE, NO_TYPE, OWN_SOURCE, STRUCT, literal
from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2, V1P1, V1P2
from functions.core.caliper.entities import NO_ID
from functions.core.caliper.enumerations import ENUMERATIONS, GENERAL_PROFILES
from functions.core.caliper.events import COMMON_SLOTS, EventType
from functions.core.caliper.timeback import OWN_ACTIONS
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind, Shape, Vocabulary, vocabulary

VERSIONS = (V1P1, V1P2)
SLOT_NAMES = ("actor", "object", "generated", "target", "referrer", *COMMON_SLOTS)
RARE = frozenset({"otherIdentifiers"})  # an event that has these is judged at length
# As most senders write them: msgspec looks for the next key behind the last.
_EVENT_ORDER = (
    *("context", "id", "profile", "actor", "action", "object", "generated", "target", "referrer", "eventTime"),
    *(*COMMON_SLOTS, "extensions"),
)
_WORDS = {
    "string": "str",
    "Term": "str",
    "IRI": "str",
    "DateTime": "Annotated[str, Meta(min_length=24, max_length=24)]",
    "Duration": "str",
    "integer": "Integer",
    "decimal": "float",
    "boolean": "bool",
    "object": "Free",
    "any": "Any",
}


class Tables:
    """Both versions' vocabularies, with TimeBack's terms or without, less what is deprecated."""

    def __init__(self, *, house: bool) -> None:
        self.words = {version: vocabulary(version, timeback=house) for version in VERSIONS}
        self.entities = {version: _entities(words) for version, words in self.words.items()}
        self.events = {
            version: {
                name: event
                for name, event in words.events.items()
                if not event.deprecated and name not in OWN_ACTIONS  # these have types of their own
            }
            for version, words in self.words.items()
        }
        self.sets: dict[frozenset[str], str] = {}

    def decoded(self, name: str, key: str) -> Kind:
        """What a property of an entity is decoded as: whatever either version allows there."""
        older, newer = (self.entities[version].get(name) for version in VERSIONS)
        assert newer is not None
        kind = newer.properties[key]
        return kind if older is None else merged(older.properties.get(key, kind), kind)

    def decoded_slot(self, name: str, slot: str) -> Kind:
        """What a slot of an event is decoded as."""
        kinds = [slot_kind(self.events[version][name], slot) for version in self.knowing(name)]
        return merged(kinds[0], kinds[-1])

    def knowing(self, name: str) -> list[str]:
        """The versions that have an event of that name, the older first."""
        return [version for version in VERSIONS if name in self.events[version]]

    def set_of(self, members: frozenset[str]) -> str:
        """The name of the set of these types in the module that is made."""
        return self.sets.setdefault(members, f"IN_{len(self.sets)}")

    def actions(self, version: str, name: str) -> frozenset[str]:
        """What may be the action of an event of that name."""
        words = self.words[version]
        return frozenset(words.events[name].actions or words.actions)

    def profiles(self, version: str, name: str) -> frozenset[str]:
        words = self.words[version]
        return frozenset(words.events[name].profiles) | GENERAL_PROFILES & words.profiles

    def members(self, version: str, allowed: Iterable[str]) -> frozenset[str]:
        """The types that may stand where the `allowed` ones may."""
        return frozenset(
            name
            for name, shape in self.entities[version].items()
            if not shape.lineage.isdisjoint(allowed) and (name not in NO_ID or name in allowed)
        )


def _entities(words: Vocabulary) -> dict[str, Shape]:
    shapes = {name: words.shape(name) for name in words.entity_names}
    own = ("Timeback", "ActivityMetric", "TimeSpentMetric")  # types of their own, too
    return {
        name: shape
        for name, shape in shapes.items()
        if shape is not None and not shape.deprecated and not name.startswith(own)
    }


def types_of(tables: Tables) -> list[str]:
    """The lines that define the types; ANY_EVENT is the union of all events, EVENTS a list of such."""
    lines = ["from typing import Annotated, Any, Literal, Union", *NO_TYPE, *FREE]
    lines += [f"E_{name} = {literal(terms)}" for name, terms in ENUMERATIONS.items()]
    slots: set[tuple[str, ...]] = {ANY_ENTITY}
    for name, shape in tables.entities[V1P2].items():
        lines.append(f"class {name}({STRUCT.format(name=name)}):")
        for key in shape.properties:
            if key not in ("type", "@context") and key not in RARE:
                # A course may be known by its name, which then is an identifier.
                annotation = "Text" if key == "name" else _annotation(tables.decoded(name, key), slots)
                lines.append(f"    {key}: {annotation}" + ("" if key in shape.required else " = None"))
    for name in tables.events[V1P2]:
        lines += _event_type(name, tables, slots)
    for allowed in sorted(slots):
        members = sorted(tables.members(V1P2, allowed))
        lines.append(f"{_slot_name(allowed)} = Union[str, NoType, {', '.join(members)}]")
    lines += OWN_SOURCE.replace("[CONTEXT]", f"[{CONTEXT_1_2!r}]").splitlines()
    events = [*tables.events[V1P2], *OWN_ACTIONS]
    return [*lines, f"ANY_EVENT = Union[{', '.join(f'{name}_' for name in events)}]", "EVENTS = list[ANY_EVENT]"]


def _event_type(name: str, tables: Tables, slots: set[tuple[str, ...]]) -> list[str]:
    known = tables.knowing(name)
    fields = {
        "id": "str",
        "action": literal(frozenset().union(*[tables.actions(version, name) for version in known])),
        "eventTime": "str",
        "context": f"Literal[{CONTEXT_1_1!r}, {CONTEXT_1_2!r}] = field(name='@context', default=None)",
        "extensions": "Free = None",
        "profile": literal(frozenset().union(*[tables.profiles(version, name) for version in known])) + " = None",
    }
    for slot in SLOT_NAMES:
        fields[slot] = _annotation(tables.decoded_slot(name, slot), slots)
        if slot not in ("actor", "object"):
            fields[slot] += " = None"
    ordered = sorted(fields.items(), key=lambda item: _EVENT_ORDER.index(item[0]))
    return [
        f"class {name}_({STRUCT.format(name=name)}):",
        *[f"    {key}: {annotation}" for key, annotation in ordered],
    ]


def slot_allowed(event: EventType, slot: str) -> tuple[str, ...]:
    """The types that the standard allows in a slot of the event."""
    allowed: tuple[str, ...] = COMMON_SLOTS.get(slot) or getattr(event, slot)
    return allowed or ANY_ENTITY


def slot_kind(event: EventType, slot: str) -> Kind:
    """What a slot is decoded as. The two filled wrongly most often admit any entity: a wrong type is remarked on."""
    return Kind("entity", "", ANY_ENTITY if slot in ("actor", "object") else slot_allowed(event, slot))


def merged(older: Kind, newer: Kind) -> Kind:
    """What either allows. Only the types of entities ever differ between the versions."""
    if older == newer:
        return newer
    if older.element is not None and newer.element is not None:
        return Kind("array", element=merged(older.element, newer.element))
    assert older.family == newer.family == "entity", "a property became another kind of value"
    if ANY_ENTITY in (older.allowed, newer.allowed):
        return Kind("entity", "", ANY_ENTITY)
    return Kind("entity", "", tuple(dict.fromkeys(newer.allowed + older.allowed)))


def _annotation(kind: Kind, slots: set[tuple[str, ...]]) -> str:
    if kind.family == "array":
        assert kind.element is not None
        return f"list[{_annotation(kind.element, slots)}]"
    if kind.family == "enumeration":
        return f"E_{kind.name}"
    if kind.family == "entity":
        slots.add(kind.allowed)
        return f'"{_slot_name(kind.allowed)}"'
    return _WORDS[kind.family]


def _slot_name(allowed: tuple[str, ...]) -> str:
    return "SLOT_" + "_".join(allowed)
