"""The fast way to the commonest verdicts: this event is clean, or has one of a few well-known small faults.

The vocabulary's tables become msgspec types, so that structure, types and enumerations are checked while the bytes are
decoded, in C; what is left is looked at on the decoded event, IRIs and times on many at a time. A certificate may be
withheld for whatever reason: the event is then judged at length. One that is given says exactly what the judgement
at length would say; a property test holds the two against each other.

The types are made on first use, about 30 ms for a version.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import msgspec

from functions.core.caliper import batch, remarks, values
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
    FREE,
    HEADER_LOOKS,
    HOUSE_LOOKS,
    LOCALS,
    LOOKS,
    NO_TYPE,
    OWN_SOURCE,
    STRUCT,
    bound_by_house_rules,
    literal,
)
from functions.core.caliper.timeback import OWN_ACTIONS
from functions.core.caliper.verdicts import MAX_ID_CHARS, MAX_ITEM_BYTES, Finding, Verdict
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind, Shape, Vocabulary, vocabulary

Certify = Callable[[bytes], Verdict | None]
Look = Callable[[Any], bool]
_UNSET = msgspec.UNSET
# An item of fewer bytes cannot hold entities nested so deeply that it would be too deep to keep.
_SHALLOW_BYTES = 1_500
_ENTITY_LEVELS = 40
_SLOT_NAMES = ("actor", "object", "generated", "target", "referrer", *COMMON_SLOTS)
_RARE = frozenset({"otherIdentifiers"})  # an event that has these is judged at length
_WORDS = {
    "string": "str",
    "Term": "str",
    "IRI": "str",
    "DateTime": "str",
    "Duration": "str",
    "integer": "int",
    "decimal": "float",
    "boolean": "bool",
    "object": "Free",
    "any": "Any",
}


def certifier(version: str, house: bool) -> Certify:
    """What certifies events under the plain context of version 1.1 or 1.2, or under none.

    A certifier gives a certificate to an event of which all is known, else None. It counts where `batch.all_hold` says
    so after it.
    """
    names = _types(version, house)
    decode = msgspec.json.Decoder(names["ANY_EVENT"]).decode
    extra = _extra_looks(names, house)
    no_looks: dict[str, Look] = {}
    looks_at = {kind: (see, extra.get(kind, no_looks)) for kind, see in names["see"].items()}
    edapp_of = batch.edapps.add

    def certify(raw: bytes) -> Verdict | None:
        if len(raw) > _SHALLOW_BYTES and (len(raw) > MAX_ITEM_BYTES or raw.count(b"{") > _ENTITY_LEVELS):
            return None
        try:
            event = decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        see, looks = looks_at[type(event)]
        remarked = see(event)
        if remarked is None:
            return None
        if looks:
            look = looks.get(event.action)
            if look is not None and ((remarked and _on_a_slot(remarked)) or not look(event)):
                return None
        edapp = event.edApp
        if edapp is not _UNSET:
            edapp_of(edapp if type(edapp) is str else edapp.id)
        return Verdict("event", accepted=True, id=event.id, findings=remarked)

    return certify


def _types(version: str, house: bool) -> dict[str, Any]:
    """The types of a version with the functions that look at them, as the names of a module made for them."""
    context = {V1P1: CONTEXT_1_1, V1P2: CONTEXT_1_2}[version]
    words = vocabulary(version, timeback=house)
    module = ModuleType(f"{__name__}_{version}_{house}")
    sys.modules[module.__name__] = module  # msgspec resolves the types' names there
    names = module.__dict__
    names |= {
        "Struct": msgspec.Struct,
        "Meta": msgspec.Meta,
        "UNSET": _UNSET,
        "MAX_ID_CHARS": MAX_ID_CHARS,
        "NO_CONTEXT": remarks.NO_CONTEXT,
        "field": msgspec.field,
        "iri": batch.iris.append,
        "time": batch.times.append,
        "event_id": batch.event_ids.append,
        "is_time": values.is_canonical_time,
        "is_event_id": values.is_event_id,
        "is_duration": values.is_duration,
        "remarks": remarks,
        "see": {},
    }
    exec("\n".join(_source(words, version, context)), names)  # noqa: S102 – of our own tables, no input in it
    for name, look in list(names.items()):
        if name.startswith("see_") and name[4:] in names:
            names["see"][names[name[4:]]] = look
    return names


def _on_a_slot(remarked: tuple[Finding, ...]) -> bool:
    return bool(remarked) and remarked[-1].code == "wrong-entity-type"


def _source(words: Vocabulary, version: str, context: str) -> list[str]:
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
        fields.append(f"    {key}: {_annotation(kind, slots)}" + ("" if required else " = UNSET"))
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
    lines = [
        f"class {name}_({STRUCT.format(name=name)}):",
        "    id: str",
        f"    action: {literal(actions)}",
        "    eventTime: str",
        f"    context: Literal[{context!r}] = field(name='@context', default=UNSET)",
        "    extensions: Free = UNSET",
        f"    profile: {literal(profiles)} = UNSET",
    ]
    looks = [*HEADER_LOOKS]
    for slot in _SLOT_NAMES:
        if version == V1P1 and NOT_APPLICABLE_1_1.get(name) == slot:
            continue
        allowed = COMMON_SLOTS.get(slot) or getattr(event, slot) or ANY_ENTITY
        required = slot in ("actor", "object")
        # The two slots that are filled wrongly most often admit any entity here; the type is then remarked on.
        free = required and allowed != ANY_ENTITY
        kind = Kind("entity", "", ANY_ENTITY if free else allowed)
        lines.append(f"    {slot}: {_annotation(kind, slots)}" + ("" if required else " = UNSET"))
        looks += _look_source(slot, kind, required, withheld="None")
        if free:
            slots.add(allowed)
            looks += [
                f"    if type(v) is not str and type(v) not in IN_{_slot_name(allowed)}:",
                "        if remarked and remarked[-1].code == 'wrong-entity-type': return None",
                f"        v = remarks.of_type(type(v).__name__, {allowed!r}, '/{slot}', {words.source!r})",
                "        remarked += (v,)",
            ]
    return [*lines, f"def see_{name}_(x, {LOCALS}):", *looks, "    return remarked"]


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
    lines = [f"v = x.{key}", *lines]
    if not required:
        lines = [f"if x.{key} is not U:", *_indented(lines)]
    return _indented(lines)


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
    return {kind: {action: _all_of(found) for action, found in by_action.items()} for kind, by_action in looks.items()}


def _withheld(_: Any) -> bool:
    return False


def _all_of(looks: list[Callable[[Any], bool]]) -> Callable[[Any], bool]:
    first, *others = looks
    if not others:
        return first
    rest = _all_of(others)
    return lambda event: first(event) and rest(event)
