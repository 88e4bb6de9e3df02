"""How an event of given context, type, action and profile is judged, worked out once and kept."""

from collections.abc import Callable

from functions.core.caliper.contexts import V1P0, version_of
from functions.core.caliper.findings import Finding, Notes, clip, json_type
from functions.core.caliper.rules import engine as house_rules
from functions.core.caliper.schema.compile import vocabulary
from functions.core.caliper.schema.enumerations import ACTION_SPELLINGS
from functions.core.caliper.terms import is_timeback
from functions.core.caliper.validator.entity import Walk
from functions.core.caliper.validator.header import Context, judge_terms, term_of
from functions.core.caliper.validator.properties import SLOTS, Slot, bare_slot, slot_for

_PLANS_MAX = 512
_KEY_CHARS = 2_000

# data_version, house, then @context, type, action and profile as they were sent; None where absent
Header = tuple[str, bool, object, object, object, object]


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
    kind_of = term_of("type", named_type, notes)
    action = term_of("action", named_action, notes)
    action = ACTION_SPELLINGS.get(action, action)
    profile = term_of("profile", named_profile, notes, required=False)
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
        judge_terms(words, event, kind_of, action, profile, notes)
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
            parts = Parts({name: bare_slot(name) for name in SLOTS}, None, foreign)
        else:
            words = vocabulary(version, house)
            rules = house_rules.rules_for(kind_of, action, profile) if house else house_rules.NO_RULES
            walk = Walk(words, foreign)
            slots = {name: slot_for(name, walk, version, kind_of, action, rules) for name in SLOTS}
            parts = Parts(slots, words.source, foreign, rules.joint)
        _parts[key] = parts
    return parts
