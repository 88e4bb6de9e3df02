"""Judges what stands in one property of an event, and notes what is missing where nothing does."""

from collections.abc import Callable

from functions.core.caliper.contexts import V1P1
from functions.core.caliper.findings import Finding, Notes, json_type
from functions.core.caliper.rules import engine as house_rules
from functions.core.caliper.schema.compile import ANY_ENTITY
from functions.core.caliper.schema.events import (
    BY_ACTION,
    COMMON_SLOTS,
    NOT_APPLICABLE_1_1,
    REQUIRED_BY_ACTION,
    EventType,
)
from functions.core.caliper.validator.entity import Walk
from functions.core.caliper.validator.value_checks import check_object

SLOTS = (
    "actor",
    "object",
    "generated",
    "target",
    "referrer",
    "edApp",
    "group",
    "membership",
    "session",
    "federatedSession",
    "extensions",
)
REQUIRED = ("id", "type", "actor", "action", "object", "eventTime")
_UNKNOWN_EVENT = EventType((), ("Agent",), (), ANY_ENTITY)


class Slot:
    """One property of an event: `check` for what stands there, `absent` for where nothing does."""

    __slots__ = ("absent", "check")

    def __init__(self, absent: tuple[Finding, ...], check: Callable[[object, Notes], None]) -> None:
        self.absent = absent
        self.check = check


def slot_for(name: str, walk: Walk, version: str, kind_of: str, action: str, rules: house_rules.Rules) -> Slot:
    """The property `name` of events of this version, type and action, "" where they are unknown."""
    pointer = "/" + name
    words = walk.vocabulary
    absent = Notes()
    required = name in REQUIRED
    if required:
        absent.reject("required", pointer, f"{name} is missing; an event needs it as an object or an IRI.")
    needed = REQUIRED_BY_ACTION.get((kind_of, action))
    if needed is not None and needed[0] == name:
        absent.note("required", pointer, f"{name} is missing; {action} requires it.", needed[1])
    house = rules.slots.get(name, ())
    for rule in house if not required else ():
        rule(None, absent)
    allowed = _allowed(name, words.events.get(kind_of, _UNKNOWN_EVENT), kind_of, action)
    unused = version == V1P1 and NOT_APPLICABLE_1_1.get(kind_of) == name

    def check(value: object, notes: Notes) -> None:
        if required and type(value) is not dict and not (isinstance(value, str) and value.strip()):
            notes.reject("required", pointer, f"{name} is {json_type(value)}; an event needs an object or an IRI.")
            return
        if unused:
            notes.note("not-applicable", pointer, f"{name} does not apply to {kind_of}.", words.source)
        if not notes.full:  # what rejects is looked for all the same
            walk.entity(value, allowed, pointer, notes)
        for rule in house:
            rule(value, notes)

    def check_extensions(value: object, notes: Notes) -> None:
        check_object(value, pointer, notes)
        for rule in house:
            rule(value, notes)

    return Slot(absent.found, check_extensions if name == "extensions" else check)


def _allowed(name: str, event: EventType, kind_of: str, action: str) -> tuple[str, ...]:
    narrowed = BY_ACTION.get((kind_of, action), {}).get(name)
    allowed = narrowed or COMMON_SLOTS.get(name) or getattr(event, name, ())
    return ANY_ENTITY if not allowed or allowed == ANY_ENTITY else allowed


def bare_slot(name: str) -> Slot:
    """A part of a 1.0 event: only whether what is required is there."""
    absent = Notes()
    required = name in REQUIRED
    if required:
        absent.reject("required", "/" + name, f"{name} is missing; an event needs it as an object or an IRI.")

    def check(value: object, notes: Notes) -> None:
        if required and not (isinstance(value, dict) or (isinstance(value, str) and value.strip())):
            notes.reject("required", "/" + name, f"{name} is {json_type(value)}; an event needs an object or an IRI.")

    return Slot(absent.found, check)
