"""The fast way to the commonest verdict: this event is clean. Nothing else is decided here.

The vocabulary's tables become msgspec types, so that structure, types and enumerations are checked while the bytes are
decoded, in C; what is left (IRIs, times, what hangs on the action) is looked at on the decoded event. A certificate may
be withheld from a clean event, which is then judged at length; it is never given to one with a finding. A property test
holds the two against each other.

The types are made on first use, about 30 ms for a version.
"""

import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

import msgspec

from functions.core.apps import App
from functions.core.caliper import values
from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2, V1P1, V1P2
from functions.core.caliper.entities import NO_ID
from functions.core.caliper.enumerations import ENUMERATIONS, GENERAL_PROFILES
from functions.core.caliper.events import (
    BY_ACTION,
    COMMON_SLOTS,
    NOT_APPLICABLE_1_1,
    REQUIRED_BY_ACTION,
    EventType,
)
from functions.core.caliper.house_certificate import (
    HOUSE_LOOKS,
    LOOKS,
    OWN_SOURCE,
    STRUCT,
    bound_by_house_rules,
    literal,
)
from functions.core.caliper.timeback import OWN_ACTIONS
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind, Shape, Vocabulary, vocabulary

Certify = Callable[[bytes, App], str | None]
_UNSET = msgspec.UNSET
# An item of fewer bytes cannot hold entities nested so deeply that it would be too deep to keep.
_SHALLOW_BYTES = 1_500
_ENTITY_LEVELS, _FREE_LEVELS = 40, 20
_SPEAKS_MAX = 4_096
_speaks: dict[tuple[tuple[str, ...], str], bool] = {}
_SLOT_NAMES = ("actor", "object", "generated", "target", "referrer", *COMMON_SLOTS)
_RARE = frozenset({"otherIdentifiers", "learningObjectives"})  # an event that has these is judged at length
_WORDS = {
    "string": "str",
    "Term": "str",
    "IRI": "str",
    "DateTime": "str",
    "Duration": "str",
    "integer": "int",
    "decimal": "float",
    "boolean": "bool",
    "object": "dict",
    "any": "Any",
}


@lru_cache(maxsize=4)
def certifier(data_version: str, house: bool) -> Certify | None:
    """What certifies events under the plain context of a version; None where there is none.

    A certifier gives the id of an event that is clean for certain and that the app may send, else None.
    """
    version = {CONTEXT_1_1: V1P1, CONTEXT_1_2: V1P2}.get(data_version)
    if version is None:
        return None
    words = vocabulary(version, timeback=house)
    module = ModuleType(f"{__name__}_{version}_{house}")
    sys.modules[module.__name__] = module  # msgspec resolves the types' names there
    names = module.__dict__
    names |= {
        "Struct": msgspec.Struct,
        "Meta": msgspec.Meta,
        "UNSET": _UNSET,
        "known": values.known_iris,
        "times": values.known_times,
        "is_iri": values.is_iri,
        "field": msgspec.field,
        "is_event_id": values.is_event_id,
        "is_time": values.is_canonical_time,
        "is_duration": values.is_duration,
        "is_shallow": is_shallow,
        "see": {},
    }
    exec("\n".join(_source(words, version, data_version)), names)  # noqa: S102 – of our own tables, no input in it
    see = names["see"]
    for name, kind in list(names.items()):
        if name.startswith("see_") and name[4:] in names:
            see[names[name[4:]]] = kind
    extra = _extra_looks(names, house)
    decode = msgspec.json.Decoder(names["ANY_EVENT"]).decode

    def certify(raw: bytes, app: App) -> str | None:
        if len(raw) > _SHALLOW_BYTES and raw.count(b"{") > _ENTITY_LEVELS:
            return None
        try:
            event = decode(raw)
            kind = type(event)
            if not see[kind](event):
                return None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        looks = extra.get(kind)
        if looks is not None:
            look = looks.get(event.action)
            if look is not None and not look(event):
                return None
        edapp = event.edApp
        if edapp is not _UNSET and not speaks_for(app, edapp if type(edapp) is str else edapp.id):
            return None
        identifier: str = event.id
        return identifier

    return certify


def speaks_for(app: App, edapp: str) -> bool:
    """`app.speaks_for`, remembered: an app sends for the same few edApps all day."""
    key = (app.edapps, edapp)
    known = _speaks.get(key)
    if known is None:
        if len(_speaks) >= _SPEAKS_MAX:
            _speaks.clear()
        known = app.speaks_for(edapp) or app.speaks_for(edapp.strip())
        if len(edapp) <= 512:
            _speaks[key] = known
    return known


def _source(words: Vocabulary, version: str, context: str) -> list[str]:
    shapes = {name: words.shape(name) for name in words.entity_names}
    usable = {name: shape for name, shape in shapes.items() if shape is not None and not shape.deprecated}
    # TimeBack's own types have shapes of their own below.
    own = {name for name in usable if name.startswith(("Timeback", "ActivityMetric", "TimeSpentMetric"))}
    lines = ["from typing import Annotated, Any, Literal, Union"]
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
        lines.append(f"{_slot_name(allowed)} = Union[str, {', '.join(members)}]")
    if version == V1P2:
        lines += OWN_SOURCE.replace("CONTEXT", repr(context)).splitlines()
        events += list(OWN_ACTIONS)
    lines.append(f"ANY_EVENT = Union[{', '.join(f'{name}_' for name in events)}]")
    return lines


def _entity_source(name: str, shape: Shape, slots: set[tuple[str, ...]]) -> list[str]:
    fields, looks = [], []
    for key, kind in shape.properties.items():
        if key in ("type", "@context") or key in _RARE:
            continue
        required = key in shape.required
        fields.append(f"    {key}: {_annotation(kind, slots)}" + ("" if required else " = UNSET"))
        looks += _look_source(key, kind, required)
    return [
        f"class {name}({STRUCT.format(name=name)}):",
        *fields,
        f"def see_{name}(x):",
        *looks,
        "    return True",
    ]


def _event_source(
    name: str, event: EventType, words: Vocabulary, version: str, context: str, slots: set[tuple[str, ...]]
) -> list[str]:
    actions = event.actions or tuple(sorted(words.actions))
    profiles = set(event.profiles) | GENERAL_PROFILES & words.profiles
    lines = [
        f"class {name}_({STRUCT.format(name=name)}):",
        "    id: str",
        f"    action: {literal(actions)}",
        "    eventTime: str",
        f"    context: Literal[{context!r}] = field(name='@context')",
        "    extensions: dict = UNSET",
        f"    profile: {literal(profiles)} = UNSET",
    ]
    looks = [
        "    v = x.id",
        "    if not is_event_id(v): return False",
        *_look_source("eventTime", Kind("DateTime"), required=True),
    ]
    looks += _look_source("extensions", Kind("object"), required=False)
    for slot in _SLOT_NAMES:
        if version == V1P1 and NOT_APPLICABLE_1_1.get(name) == slot:
            continue
        allowed = COMMON_SLOTS.get(slot) or getattr(event, slot) or ANY_ENTITY
        kind = Kind("entity", "", allowed)
        required = slot in ("actor", "object")
        lines.append(f"    {slot}: {_annotation(kind, slots)}" + ("" if required else " = UNSET"))
        looks += _look_source(slot, kind, required)
    return [*lines, f"def see_{name}_(x):", *looks, "    return True"]


def _look_source(key: str, kind: Kind, required: bool) -> list[str]:
    if kind.family == "array":
        assert kind.element is not None
        look = LOOKS.get(kind.element.family)
        if look is None:
            return []
        test = f"all([{look} for v in v])"
    else:
        look = LOOKS.get(kind.family)
        if look is None:
            return []
        test = look
    given = "" if required else "v is not UNSET and "
    return [f"    v = x.{key}", f"    if {given}not {test}: return False"]


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


def is_shallow(value: object) -> bool:
    """Whether what stands in `extensions` adds no more than a few levels of nesting."""
    level = [value]
    for _ in range(_FREE_LEVELS):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node if type(node) is list else ())
            if type(child) in (dict, list)
        ]
        if not level:
            return True
    return False


def _extra_looks(names: dict[str, Any], house: bool) -> dict[type, dict[str, Callable[[Any], bool]]]:
    """Per event type and action: what has to hold besides. A house rule nobody certifies withholds the certificate."""
    looks: dict[type, dict[str, list[Callable[[Any], bool]]]] = {}

    def add(event: str, action: str, look: Callable[[Any], bool]) -> None:
        if event + "_" in names:
            looks.setdefault(names[event + "_"], {}).setdefault(action, []).append(look)

    for (event, action), narrowed in BY_ACTION.items():
        if event + "_" not in names:
            continue
        for slot, allowed in narrowed.items():
            members = {names[name] for name in allowed} | {str, msgspec.UnsetType}
            add(event, action, lambda x, slot=slot, members=members: type(getattr(x, slot)) in members)  # type: ignore[misc]
    for (event, action), (slot, _) in REQUIRED_BY_ACTION.items():
        add(event, action, lambda x, slot=slot: getattr(x, slot) is not _UNSET)  # type: ignore[misc]
    if house:
        for event, action in bound_by_house_rules(names):
            add(event, action, HOUSE_LOOKS.get((event, action), _withheld))
    return {
        kind: {action: found[0] if len(found) == 1 else _all_of(found) for action, found in by_action.items()}
        for kind, by_action in looks.items()
    }


def _withheld(_: Any) -> bool:
    return False


def _all_of(looks: list[Callable[[Any], bool]]) -> Callable[[Any], bool]:
    return lambda event: all(look(event) for look in looks)
