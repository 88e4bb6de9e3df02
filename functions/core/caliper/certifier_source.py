"""The vocabulary's tables as the source of a module: a msgspec type for each entity and event, and a look at each.

What a type cannot say is looked at by its `see_` function: the form of durations at once, while ids, times and IRIs are
gathered for `Batch`. The source is made of our own tables alone; no input is ever in it.
"""

from functions.core.caliper.contexts import V1P1, V1P2
from functions.core.caliper.entities import NO_ID
from functions.core.caliper.enumerations import ENUMERATIONS, GENERAL_PROFILES
from functions.core.caliper.events import COMMON_SLOTS, NOT_APPLICABLE_1_1, EventType
from functions.core.caliper.house_certificate import (
    FREE,
    HEADER_LOOKS,
    LOCALS,
    LOOKS,
    NO_TYPE,
    OWN_SOURCE,
    STRUCT,
    literal,
)
from functions.core.caliper.timeback import OWN_ACTIONS
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind, Shape, Vocabulary

_SLOT_NAMES = ("actor", "object", "generated", "target", "referrer", *COMMON_SLOTS)
# As most senders write them: msgspec looks for the next key behind the last.
_EVENT_ORDER = (
    *("context", "id", "profile", "actor", "action", "object", "generated", "target", "referrer", "eventTime"),
    *(*COMMON_SLOTS, "extensions"),
)
_RARE = frozenset({"otherIdentifiers"})  # an event that has these is judged at length
_WORDS = {
    "string": "str",
    "Term": "str",
    "IRI": "str",
    "DateTime": "Annotated[str, Meta(min_length=24, max_length=24)]",
    "Duration": "str",
    "integer": "int",
    "decimal": "float",
    "boolean": "bool",
    "object": "Free",
    "any": "Any",
}


def source_of(words: Vocabulary, version: str, context: str) -> list[str]:
    """The lines of a version's module, with the house's own events in 1.2."""
    shapes = {name: words.shape(name) for name in words.entity_names}
    usable = {name: shape for name, shape in shapes.items() if shape is not None and not shape.deprecated}
    # TimeBack's own types have shapes of their own below.
    own = {name for name in usable if name.startswith(("Timeback", "ActivityMetric", "TimeSpentMetric"))}
    lines = ["from typing import Annotated, Any, Literal, Union", *NO_TYPE, *FREE]
    lines += [f"E_{name} = {literal(terms)}" for name, terms in ENUMERATIONS.items()]
    slots: set[tuple[str, ...]] = {ANY_ENTITY}
    for name, shape in usable.items():
        if name not in own:
            lines += _entity_source(name, shape, slots)
    for name, event in words.events.items():
        if not event.deprecated and name not in OWN_ACTIONS:
            lines += _event_source(name, event, words, version, context, slots)
    events = [name for name, event in words.events.items() if not event.deprecated and name not in OWN_ACTIONS]
    for allowed in sorted(slots):
        members = [
            name
            for name, shape in usable.items()
            if name not in own and not shape.lineage.isdisjoint(allowed) and (name not in NO_ID or name in allowed)
        ]
        lines.append(f"{_slot_name(allowed)} = Union[str, NoType, {', '.join(members)}]")
        lines.append(f"IN_{_slot_name(allowed)} = frozenset({_slot_name(allowed)}.__args__)")
    if version == V1P2:
        lines += OWN_SOURCE.replace("[CONTEXT]", f"[{context!r}]").splitlines()
        events += list(OWN_ACTIONS)
    lines.append(f"ANY_EVENT = Union[{', '.join(f'{name}_' for name in events)}]")
    return lines


def _entity_source(name: str, shape: Shape, slots: set[tuple[str, ...]]) -> list[str]:
    fields, looks = [], []
    for key, kind in shape.properties.items():
        if key in ("type", "@context") or key in _RARE:
            continue
        required = key in shape.required
        fields.append(f"    {key}: {_annotation(kind, slots)}" + ("" if required else " = None"))
        looks += _look_source(key, kind, required)
    return [
        f"class {name}({STRUCT.format(name=name)}):",
        *fields,
        f"def see_{name}(x, {LOCALS}):",
        *looks,
        "    return True",
    ]


def _event_source(
    name: str, event: EventType, words: Vocabulary, version: str, context: str, slots: set[tuple[str, ...]]
) -> list[str]:
    actions = event.actions or tuple(sorted(words.actions))
    profiles = set(event.profiles) | GENERAL_PROFILES & words.profiles
    header = {
        "id": "str",
        "action": literal(actions),
        "eventTime": "str",
        "context": f"Literal[{context!r}] = field(name='@context', default=None)",
        "extensions": "Free = None",
        "profile": f"{literal(profiles)} = None",
    }
    fields = {}
    looks = [*HEADER_LOOKS]
    for slot in _SLOT_NAMES:
        if version == V1P1 and NOT_APPLICABLE_1_1.get(name) == slot:
            continue
        allowed = COMMON_SLOTS.get(slot) or getattr(event, slot) or ANY_ENTITY
        required = slot in ("actor", "object")
        # The two slots that are filled wrongly most often admit any entity here; the type is then remarked on.
        free = required and allowed != ANY_ENTITY
        kind = Kind("entity", "", ANY_ENTITY if free else allowed)
        fields[slot] = _annotation(kind, slots) + ("" if required else " = None")
        looks += _look_source(slot, kind, required, withheld="None")
        if free:
            slots.add(allowed)
            looks += [
                f"    if type(v) is not str and type(v) not in IN_{_slot_name(allowed)}:",
                "        if remarked and remarked[-1].code == 'wrong-entity-type': return None",
                f"        v = remarks.of_type(type(v).__name__, {allowed!r}, '/{slot}', {words.source!r})",
                "        remarked += (v,)",
            ]
    ordered = sorted((header | fields).items(), key=lambda item: _EVENT_ORDER.index(item[0]))
    return [
        f"class {name}_({STRUCT.format(name=name)}):",
        *[f"    {key}: {annotation}" for key, annotation in ordered],
        f"def see_{name}_(x, {LOCALS}):",
        *looks,
        "    return remarked",
    ]


def _look_source(key: str, kind: Kind, required: bool, withheld: str = "False") -> list[str]:
    """The lines that look at one property beyond its type; none where the type says all."""
    array = kind.family == "array"
    element = kind.element if array else kind
    assert element is not None
    look = LOOKS.get(element.family)
    if look is None:
        return []
    lines = [line.replace("WITHHELD", withheld) for line in look]
    if array:
        lines = ["for v in v:", *_indented(lines)]
    if not required:
        lines = ["if v is not None:", *_indented(lines)]
    return _indented([f"v = x.{key}", *lines])


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


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
