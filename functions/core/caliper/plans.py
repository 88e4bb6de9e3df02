"""How an event of given context, type, action and profile is judged, worked out once and kept.

An event is judged part by part (actor, object, edApp …), each part by its bytes alone. Parts repeat verbatim from event
to event (the actor, the app, the course), so what was found on a part is remembered by its bytes: a pure function's
memo, bounded in bytes, and nothing else is shared between events.
"""

from collections.abc import Callable

import orjson

from functions.core.caliper import timeback
from functions.core.caliper.contexts import V1P0, V1P1, V1P1_EXTENDED, V1P2, version_of
from functions.core.caliper.enumerations import ACTION_SPELLINGS
from functions.core.caliper.events import (
    BY_ACTION,
    BY_PROFILE,
    COMMON_SLOTS,
    NOT_APPLICABLE_1_1,
    REQUIRED_BY_ACTION,
    EventType,
)
from functions.core.caliper.terms import is_timeback, term
from functions.core.caliper.verdicts import Finding, clip, json_type
from functions.core.caliper.vocabulary import Kind, Vocabulary, vocabulary
from functions.core.caliper.walk import ANY_ENTITY, Notes, Walk

MAX_DEPTH = 64  # of nesting in an item: what is deeper cannot be stored as canonical JSON
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

_MEMO_BYTES = 8_000_000  # over all plans; beyond it all is forgotten and learnt anew
_MEMO_PART_BYTES = 4_000
_PLANS_MAX = 512

Header = tuple[str, bool, bytes, bytes, bytes, bytes]  # data_version, house, @context, type, action, profile
_OBJECT = Kind("object", "", False)
_UNKNOWN_EVENT = EventType((), ("Agent",), (), ANY_ENTITY)


class Slot:
    """One part of an event: what may stand there, and what was found on the parts seen so far."""

    __slots__ = ("absent", "check", "name", "seen")

    def __init__(self, name: str, absent: tuple[Finding, ...], check: Callable[[object, Notes], None]) -> None:
        self.name = name
        self.absent = absent
        self.check = check
        self.seen: dict[bytes, tuple[Finding, ...]] = {}

    def judge(self, part: bytes) -> tuple[Finding, ...]:
        """The findings on a part that was not seen before."""
        found = judge_part(part, "/" + self.name, self.check)
        if len(part) <= _MEMO_PART_BYTES:
            _remember(self, part, found)
        return found


class Plan:
    """`findings`: on context, type, action and profile. `slots`: in the order of SLOTS."""

    __slots__ = ("findings", "foreign", "joint", "needs_id", "slots", "unknown", "vocabulary")

    def __init__(self, notes: Notes, slots: tuple[Slot, ...], vocabulary: Vocabulary | None, needs_id: bool) -> None:
        self.findings = tuple(notes.found)
        self.slots = slots
        self.vocabulary = vocabulary
        self.needs_id = needs_id
        self.foreign = False
        self.joint: Callable[[object, object, Notes], None] | None = None


_plans: dict[Header, Plan] = {}
_memo_bytes = 0


def plan_for(header: Header) -> Plan:
    """The plan for events of one kind, made on the first of them."""
    plan = _plans.get(header)
    if plan is None:
        plan = _make(*header)
        if len(_plans) >= _PLANS_MAX:
            forget()
        if sum(map(len, header[2:])) <= _MEMO_PART_BYTES:
            _plans[header] = plan
    return plan


def forget() -> None:
    """Drops every plan and what was remembered with it. Verdicts do not depend on it; tests show that."""
    global _memo_bytes
    _plans.clear()
    _memo_bytes = 0


def _remember(slot: Slot, part: bytes, found: tuple[Finding, ...]) -> None:
    global _memo_bytes
    _memo_bytes += len(part) + 200 * (1 + len(found))
    if _memo_bytes > _MEMO_BYTES:
        forget()
    slot.seen[part] = found


def judge_part(part: bytes, pointer: str, check: Callable[[object, Notes], None]) -> tuple[Finding, ...]:
    """What `check` finds on the parsed part, or why it cannot be parsed."""
    notes = Notes()
    try:
        value = orjson.loads(part)
    except orjson.JSONDecodeError as error:
        notes.reject("json", pointer, f"This is no JSON that can be kept: {error.msg.split(':')[0]}.", "RFC 8259")
        return tuple(notes.found)
    if too_deep(part, value):
        notes.reject("too-deep", pointer, f"This is nested deeper than {MAX_DEPTH} levels; send it flatter.", "size limit")
        return tuple(notes.found)
    check(value, notes)
    return tuple(notes.found)


def too_deep(raw: bytes, value: object) -> bool:
    """Whether the value parsed from `raw` is nested deeper than may be kept."""
    if raw.count(b"{") + raw.count(b"[") < MAX_DEPTH:
        return False
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


class Context:
    """What `@context` says: the version, and whether contexts besides Caliper's may define terms."""

    __slots__ = ("foreign", "version")

    def __init__(self, raw: bytes, data_version: str, notes: Notes) -> None:
        default = version_of(data_version) or V1P2
        self.version = default
        self.foreign = False
        at = "/@context"
        value = orjson.loads(raw) if raw else None
        if value is None:
            found = "is null" if raw else "is missing"
            notes.note("context", at, f"@context {found}; judged by the envelope's dataVersion.")
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


def _make(data_version: str, house: bool, raw_context: bytes, raw_type: bytes, raw_action: bytes, raw_profile: bytes) -> Plan:
    notes = Notes()
    context = Context(raw_context, data_version, notes)
    kind_of = _term("type", raw_type, notes)
    action = _term("action", raw_action, notes)
    action = ACTION_SPELLINGS.get(action, action)
    profile = _term("profile", raw_profile, notes, required=False)
    needs_id = version_of(data_version) != V1P0
    if context.version == V1P0:
        notes.note("caliper-1.0", "/@context", "This is Caliper 1.0; send 1.2. Only its six properties were judged.")
        return Plan(notes, tuple(_bare_slot(name) for name in SLOTS), None, needs_id)
    own = is_timeback(kind_of, profile)
    words = vocabulary(context.version, own or house)
    event = words.events.get(kind_of)
    if event is None and kind_of:
        notes.note(
            "unknown-type", "/type", f"{clip(kind_of)} is no event type of Caliper {words.number}.", words.source
        )
    elif event is not None:
        _judge_terms(words, event, kind_of, action, profile, raw_profile, context.version, notes)
    rules = timeback.rules_for(kind_of, action, profile) if own or house else timeback.NO_RULES
    slots = tuple(_slot(name, words, event, kind_of, action, profile, context, rules) for name in SLOTS)
    for rule in rules.header:
        rule(kind_of, action, profile, notes)
    plan = Plan(notes, slots, words, needs_id)
    plan.foreign = context.foreign
    plan.joint = rules.joint
    return plan


def _term(name: str, raw: bytes, notes: Notes, required: bool = True) -> str:
    """The short term in a part; a missing or wrongly typed one is an error where the property is required."""
    value = None
    if raw:
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            notes.reject("json", "/" + name, "This is no JSON that can be kept.", "RFC 8259")
            return ""
    if isinstance(value, str) and value.strip():
        return term(value)
    found = "is missing" if not raw else f"is {json_type(value)}"
    if required:
        notes.reject("required", "/" + name, f"{name} {found}; an event needs it as a string.")
    elif raw:
        notes.note("null" if value is None else "json-type", "/" + name, f"{name} {found}; expected a string.")
    return ""


def _judge_terms(
    words: Vocabulary,
    event: EventType,
    kind_of: str,
    action: str,
    profile: str,
    raw_profile: bytes,
    version: str,
    notes: Notes,
) -> None:
    if event.deprecated:
        notes.note("deprecated", "/type", f"{clip(kind_of)} is deprecated since 1.1.", "Caliper 1.1 Appendix")
    if action in event.deprecated_actions:
        notes.note("deprecated", "/action", f"{clip(action)} is deprecated since 1.1.", "Caliper 1.1 Appendix")
    elif action and action not in words.actions:
        notes.note("unknown-action", "/action", f"{clip(action)} is no action of Caliper {words.number}.", words.source)
    elif action and event.actions and action not in event.actions:
        expected = ", ".join(event.actions[:8]) + (" …" if len(event.actions) > 8 else "")
        notes.note(
            "wrong-action", "/action", f"{clip(kind_of)} has no action {clip(action)}; expected {expected}.", words.source
        )
    if not profile:
        return
    if version == V1P1:
        notes.note("unknown-property", "/profile", "An event of Caliper 1.1 has no profile.", words.source)
    elif profile not in words.profiles:
        notes.note("unknown-profile", "/profile", f"{clip(profile)} is no profile of Caliper {words.number}.", words.source)
    elif event.profiles and profile not in event.profiles:
        notes.note(
            "wrong-profile",
            "/profile",
            f"{clip(kind_of)} is not of {clip(profile)}; expected {' or '.join(event.profiles)}.",
            words.source,
        )


def _slot(
    name: str,
    words: Vocabulary,
    event: EventType | None,
    kind_of: str,
    action: str,
    profile: str,
    context: Context,
    rules: timeback.Rules,
) -> Slot:
    absent = Notes()
    required = name in REQUIRED
    if required:
        absent.reject("required", "/" + name, f"{name} is missing; an event needs it as an object or an IRI.")
    needed = REQUIRED_BY_ACTION.get((kind_of, action))
    if needed is not None and needed[0] == name and event is not None:
        absent.note("required", "/" + name, f"{name} is missing; {action} requires it.", needed[1])
    for rule in rules.slots.get(name, ()):
        rule(None, absent)
    allowed = _allowed(name, event or _UNKNOWN_EVENT, kind_of, action, profile)
    unused = context.version == V1P1 and NOT_APPLICABLE_1_1.get(kind_of) == name
    house = rules.slots.get(name, ())
    foreign = context.foreign

    def check(value: object, notes: Notes) -> None:
        if required and not (isinstance(value, dict) or (isinstance(value, str) and value.strip())):
            notes.reject("required", "/" + name, f"{name} is {json_type(value)}; an event needs an object or an IRI.")
            return
        if name == "extensions":
            Walk(words, notes, foreign).check_object(value, _OBJECT, "/extensions")
            return
        if unused:
            notes.note("not-applicable", "/" + name, f"{name} does not apply to {kind_of}.", words.source)
        Walk(words, notes, foreign).entity(value, allowed, "/" + name)
        for rule in house:
            rule(value, notes)

    return Slot(name, tuple(absent.found), check)


def _allowed(name: str, event: EventType, kind_of: str, action: str, profile: str) -> tuple[str, ...]:
    narrowed = BY_ACTION.get((kind_of, action), {}).get(name)
    if narrowed is None and name == "object":
        narrowed = BY_PROFILE.get((kind_of, profile))
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

    return Slot(name, tuple(absent.found), check)
