"""How an event of given context, type, action and profile is judged, worked out once and kept."""

from collections.abc import Callable

from functions.core.caliper import house as house_rules
from functions.core.caliper import remarks
from functions.core.caliper.contexts import V1P0, V1P1, V1P2, version_of
from functions.core.caliper.enumerations import ACTION_SPELLINGS, GENERAL_PROFILES, PROFILES_1_2
from functions.core.caliper.events import (
    BY_ACTION,
    COMMON_SLOTS,
    NOT_APPLICABLE_1_1,
    REQUIRED_BY_ACTION,
    EventType,
)
from functions.core.caliper.terms import is_timeback, term
from functions.core.caliper.verdicts import Finding, Notes, clip, json_type
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind, Vocabulary, vocabulary
from functions.core.caliper.walk import Walk

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

_PLANS_MAX = 512
_KEY_CHARS = 2_000

# data_version, house, then @context, type, action and profile as they were sent; None where absent
Header = tuple[str, bool, object, object, object, object]
_OBJECT = Kind("object")
_UNKNOWN_EVENT = EventType((), ("Agent",), (), ANY_ENTITY)


class Slot:
    """One property of an event: `check` for what stands there, `absent` for where nothing does."""

    __slots__ = ("absent", "check")

    def __init__(self, absent: tuple[Finding, ...], check: Callable[[object, Notes], None]) -> None:
        self.absent = absent
        self.check = check


class Plan:
    """How events of one header are judged. `findings`: on the header itself. `slots`: by the property's name."""

    __slots__ = ("absent", "findings", "foreign", "joint", "needs_id", "slots", "source")

    def __init__(self, findings: tuple[Finding, ...], parts: "Parts", needs_id: bool) -> None:
        self.findings = findings
        self.needs_id = needs_id
        self.slots = parts.slots
        self.absent = parts.absent
        self.joint = parts.joint
        self.foreign = parts.foreign
        self.source = parts.source


class Parts:
    """What plans share whose headers differ only in what is wrong with them. `source` is None for 1.0."""

    __slots__ = ("absent", "foreign", "joint", "slots", "source")

    def __init__(
        self,
        slots: dict[str, Slot],
        source: str | None,
        foreign: bool,
        joint: Callable[[object, object, Notes], None] | None = None,
    ) -> None:
        self.slots = slots
        self.absent = tuple((name, slot.absent) for name, slot in slots.items() if slot.absent)
        self.source = source
        self.foreign = foreign
        self.joint = joint


_plans: dict[tuple[object, ...], Plan] = {}
_parts: dict[tuple[str, bool, str, str, str, bool], Parts] = {}


def plan_for(header: Header) -> Plan:
    """The plan for events of one header, made on the first of them; kept where its strings are of bearable length."""
    named = header[2]
    context = _versions_of(named) if isinstance(named, list) else named
    terms = (context, *header[3:])
    key = header[:2] + tuple(
        each if type(each) is str or type(each) is tuple or each is None else _shape_of(each) for each in terms
    )
    plan = _plans.get(key)
    if plan is None:
        plan = _make(*header)
        if len(_plans) >= _PLANS_MAX:
            _plans.clear()
        if len(repr(key)) <= _KEY_CHARS:
            _plans[key] = plan
    return plan


def _versions_of(contexts: list[object]) -> tuple[str | None, ...]:
    """What of an array of contexts decides anything: the version that each names, None for a vendor's."""
    return ("[", *map(version_of, contexts))


def _shape_of(value: object) -> tuple[str | None, ...]:
    """What of a header's value that is no string decides anything: the texts of an array, else its JSON type."""
    if isinstance(value, list):
        return ("[", *(each if isinstance(each, str) else None for each in value))
    return (json_type(value),)


class Context:
    """What `@context` says: the version, and whether contexts besides Caliper's may define terms."""

    __slots__ = ("foreign", "version")

    def __init__(self, value: object, data_version: str, notes: Notes) -> None:
        default = version_of(data_version) or V1P2
        self.version = default
        self.foreign = False
        at = "/@context"
        if value is None:
            notes.add(remarks.NO_CONTEXT)
            return
        listed = value if isinstance(value, list) else [value]
        versions = [version_of(each) for each in listed]
        named = [each for each in versions if each]
        self.foreign = any(each is None for each in versions)
        if named:
            self.version = named[-1]
        if not isinstance(value, str | list):
            notes.note("context", at, f"@context is {json_type(value)}; expected a Caliper context IRI, or an array.")
        elif not named:
            notes.note("context", at, "@context names no Caliper context; judged by the envelope's dataVersion.")
        elif versions[-1] is None:
            notes.note("context", at, "The Caliper context must be the last of the array.")


def _make(
    data_version: str,
    house: bool,
    named_context: object,
    named_type: object,
    named_action: object,
    named_profile: object,
) -> Plan:
    notes = Notes()
    context = Context(named_context, data_version, notes)
    kind_of = _term("type", named_type, notes)
    action = _term("action", named_action, notes)
    action = ACTION_SPELLINGS.get(action, action)
    profile = _term("profile", named_profile, notes, required=False)
    needs_id = version_of(data_version) != V1P0
    if context.version == V1P0:
        notes.note("caliper-1.0", "/@context", "This is Caliper 1.0; send 1.2. Only its six properties were judged.")
        return Plan(
            notes.found, _parts_for(V1P0, house=False, kind_of="", action="", profile="", foreign=False), needs_id
        )
    own = is_timeback(kind_of, profile)
    words = vocabulary(context.version, own or house)
    event = words.events.get(kind_of)
    if event is not None:
        _judge_terms(words, event, kind_of, action, profile, notes)
    elif kind_of:
        notes.note("unknown-type", "/type", f"{clip(kind_of)} is no event type of {words.source}.", words.source)
    if own or house:
        house_rules.judge_header(kind_of, action, profile, notes)
    known = event is not None and action in (event.actions or words.actions)
    parts = _parts_for(
        context.version,
        own or house,
        kind_of if event is not None else "",
        action if known else "",
        profile if own else "",
        context.foreign,
    )
    return Plan(notes.found, parts, needs_id)


def _parts_for(version: str, house: bool, kind_of: str, action: str, profile: str, foreign: bool) -> Parts:
    """The slots for an event type and action, "" where they are unknown; made once for all headers that come to it."""
    key = (version, house, kind_of, action, profile, foreign)
    parts = _parts.get(key)
    if parts is None:
        if version == V1P0:
            parts = Parts({name: _bare_slot(name) for name in SLOTS}, None, foreign)
        else:
            words = vocabulary(version, house)
            rules = house_rules.rules_for(kind_of, action, profile) if house else house_rules.NO_RULES
            walk = Walk(words, foreign)
            slots = {name: _slot(name, walk, version, kind_of, action, rules) for name in SLOTS}
            parts = Parts(slots, words.source, foreign, rules.joint)
        _parts[key] = parts
    return parts


def _term(name: str, value: object, notes: Notes, required: bool = True) -> str:
    """The short term; a missing or wrongly typed one is an error where the property is required."""
    if isinstance(value, str) and value.strip():
        return term(value)
    found = "is missing" if value is None else f"is {json_type(value)}"
    if required:
        notes.reject("required", "/" + name, f"{name} {found}; an event needs it as a string.")
    elif value is not None:
        notes.note("json-type", "/" + name, f"{name} {found}; expected a string.")
    return ""


def _judge_terms(
    words: Vocabulary,
    event: EventType,
    kind_of: str,
    action: str,
    profile: str,
    notes: Notes,
) -> None:
    if event.deprecated:
        notes.note("deprecated", "/type", f"{clip(kind_of)} is deprecated since 1.1.", "Caliper 1.1 Appendix")
    if action in event.deprecated_actions:
        notes.note("deprecated", "/action", f"{clip(action)} is deprecated since 1.1.", "Caliper 1.1 Appendix")
    elif action and action not in words.actions:
        notes.note("unknown-action", "/action", f"{clip(action)} is no action of {words.source}.", words.source)
    elif action and event.actions and action not in event.actions:
        expected = ", ".join(event.actions[:8]) + (" …" if len(event.actions) > 8 else "")
        notes.note(
            "wrong-action",
            "/action",
            f"{clip(kind_of)} has no action {clip(action)}; expected {expected}.",
            words.source,
        )
    if not profile:
        return
    # 1.1 has no property profile; official 1.1 examples give one all the same.
    if profile not in words.profiles and profile not in PROFILES_1_2:
        notes.note("unknown-profile", "/profile", f"{clip(profile)} is no profile of {words.source}.", words.source)
    elif event.profiles and profile not in event.profiles and profile not in GENERAL_PROFILES:
        notes.note(
            "wrong-profile",
            "/profile",
            f"{clip(kind_of)} is not of {clip(profile)}; expected {' or '.join(event.profiles)}.",
            words.source,
        )


def _slot(name: str, walk: Walk, version: str, kind_of: str, action: str, rules: house_rules.Rules) -> Slot:
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
        walk.check_object(value, _OBJECT, pointer, notes)
        for rule in house:
            rule(value, notes)

    return Slot(absent.found, check_extensions if name == "extensions" else check)


def _allowed(name: str, event: EventType, kind_of: str, action: str) -> tuple[str, ...]:
    narrowed = BY_ACTION.get((kind_of, action), {}).get(name)
    allowed = narrowed or COMMON_SLOTS.get(name) or getattr(event, name, ())
    return ANY_ENTITY if not allowed or allowed == ANY_ENTITY else allowed


def _bare_slot(name: str) -> Slot:
    """A part of a 1.0 event: only whether what is required is there."""
    absent = Notes()
    required = name in REQUIRED
    if required:
        absent.reject("required", "/" + name, f"{name} is missing; an event needs it as an object or an IRI.")

    def check(value: object, notes: Notes) -> None:
        if required and not (isinstance(value, dict) or (isinstance(value, str) and value.strip())):
            notes.reject("required", "/" + name, f"{name} is {json_type(value)}; an event needs an object or an IRI.")

    return Slot(absent.found, check)
