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
from functions.core.caliper.timeback import (
    ACTIVITY_METRICS,
    DAY_SECONDS,
    ITEMS_MAX,
    MEDIA_TYPES,
    OWN_ACTIONS,
    ROLES,
    RULES,
    SCORE_TYPES,
    SUBJECTS,
    TIME_CATEGORIES,
)
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind, Shape, Vocabulary, vocabulary
from functions.core.ids import canonical_id

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
# How a value v is looked at beyond its type; nothing for what the type says in full.
_LOOKS = {
    "IRI": "(v in known or is_iri(v))",
    "DateTime": "(v in times or is_time(v))",
    "Duration": "is_duration(v)",
    "object": "is_shallow(v)",
    "entity": "((v in known or is_iri(v)) if type(v) is str else see[type(v)](v))",
}
_STRUCT = 'Struct, tag_field="type", tag={name!r}, forbid_unknown_fields=True, gc=False, kw_only=True, eq=False'


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
    lines += [f"E_{name} = {_literal(terms)}" for name, terms in ENUMERATIONS.items()]
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
        lines += _TIMEBACK_SOURCE.replace("CONTEXT", repr(context)).splitlines()
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
        f"class {name}({_STRUCT.format(name=name)}):",
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
        f"class {name}_({_STRUCT.format(name=name)}):",
        "    id: str",
        f"    action: {_literal(actions)}",
        "    eventTime: str",
        f"    context: Literal[{context!r}] = field(name='@context')",
        "    extensions: dict = UNSET",
        f"    profile: {_literal(profiles)} = UNSET",
    ]
    looks = ["    v = x.id", "    if not is_event_id(v): return False", *_look_source("eventTime", Kind("DateTime"), required=True)]
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
        look = _LOOKS.get(kind.element.family)
        if look is None:
            return []
        test = f"all([{look} for v in v])"
    else:
        look = _LOOKS.get(kind.family)
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


def _literal(terms: Any) -> str:
    return f"Literal[{', '.join(repr(term) for term in sorted(terms))}]"


_CLASS = _STRUCT.replace(", tag={name!r}", "").replace('tag_field="type", ', "")
_TIMEBACK_SOURCE = f"""
class Named({_CLASS}):
    name: str
    id: str = UNSET
    extensions: dict = UNSET
class TimebackUser({_STRUCT.format(name="TimebackUser")}):
    id: str
    email: str
    name: str = UNSET
    role: {_literal(ROLES.split("|"))} = UNSET
    extensions: dict = UNSET
class TimebackActivityContext({_STRUCT.format(name="TimebackActivityContext")}):
    id: str
    subject: {_literal(SUBJECTS.split("|"))}
    app: Named
    course: Named = UNSET
    activity: Named = UNSET
    process: bool = UNSET
    name: str = UNSET
    extensions: dict = UNSET
class Metric({_CLASS}):
    type: {_literal(ACTIVITY_METRICS.split("|"))}
    value: float
class TimeSpent({_CLASS}):
    type: {_literal(TIME_CATEGORIES.split("|"))}
    value: Annotated[float, Meta(ge=0, le={DAY_SECONDS})]
    startDate: str = UNSET
    endDate: str = UNSET
class TimebackActivityMetricsCollection({_STRUCT.format(name="TimebackActivityMetricsCollection")}):
    id: str
    items: Annotated[list[Metric], Meta(max_length={ITEMS_MAX})]
    attempt: Annotated[int, Meta(ge=1)] = UNSET
    extensions: dict = UNSET
class TimebackTimeSpentMetricsCollection({_STRUCT.format(name="TimebackTimeSpentMetricsCollection")}):
    id: str
    items: Annotated[list[TimeSpent], Meta(max_length={ITEMS_MAX})]
    extensions: dict = UNSET
class OwnEvent({_CLASS}):
    id: str
    eventTime: str
    context: Literal[CONTEXT] = field(name='@context')
    profile: Literal['TimebackProfile']
    actor: TimebackUser
    object: TimebackActivityContext
    edApp: str = UNSET
    session: str = UNSET
    group: str = UNSET
    extensions: dict = UNSET
class ActivityEvent_(OwnEvent, tag_field="type", tag="ActivityEvent", forbid_unknown_fields=True, gc=False, kw_only=True, eq=False):
    action: Literal['Completed']
    generated: Union[TimebackActivityMetricsCollection]
class TimeSpentEvent_(OwnEvent, tag_field="type", tag="TimeSpentEvent", forbid_unknown_fields=True, gc=False, kw_only=True, eq=False):
    action: Literal['SpentTime']
    generated: Union[TimebackTimeSpentMetricsCollection]
def see_own(x):
    if not is_event_id(x.id): return False
    v = x.eventTime
    if not {_LOOKS["DateTime"]}: return False
    for v in (x.actor.id, x.object.id, x.generated.id, x.edApp, x.session, x.group):
        if v is not UNSET and not {_LOOKS["IRI"]}: return False
    if not 0 < x.actor.email.find('@') < len(x.actor.email) - 1: return False
    v = x.actor.name
    if v is not UNSET and not v.strip(): return False
    if not x.object.app.name.strip(): return False
    for v in (x.actor.extensions, x.object.extensions, x.object.app.extensions, x.generated.extensions):
        if v is not UNSET and not is_shallow(v): return False
    for v in (x.object.course, x.object.activity):
        if v is not UNSET and v.extensions is not UNSET and not is_shallow(v.extensions): return False
    v = x.extensions
    if v is not UNSET:
        if not is_shallow(v): return False
        for key in ('runId', 'courseId'):
            if key in v and not (type(v[key]) is str and v[key].strip()): return False
    return True
def see_ActivityEvent_(x):
    if not see_own(x): return False
    types = {{metric.type for metric in x.generated.items}}
    if 'xpEarned' not in types or ('totalQuestions' in types) != ('correctQuestions' in types): return False
    v = x.generated.extensions
    if v is UNSET or 'pctCompleteApp' not in v: return True
    v = v['pctCompleteApp']
    return type(v) in (int, float) and 0 <= v <= 100
def see_TimeSpentEvent_(x):
    if not see_own(x): return False
    for spent in x.generated.items:
        for v in (spent.startDate, spent.endDate):
            if v is not UNSET and not {_LOOKS["DateTime"]}: return False
    return True
"""


# ---- what hangs on the action, and the house rules of standard events


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
        for event, action in _bound_by_house_rules(names):
            add(event, action, _HOUSE_LOOKS.get((event, action), lambda x: False))
    return {
        kind: {action: found[0] if len(found) == 1 else _all_of(found) for action, found in by_action.items()}
        for kind, by_action in looks.items()
    }


def _all_of(looks: list[Callable[[Any], bool]]) -> Callable[[Any], bool]:
    return lambda event: all(look(event) for look in looks)


def _bound_by_house_rules(names: dict[str, Any]) -> set[tuple[str, str]]:
    bound = {bind for rule in RULES for bind in rule.bind.split() if ":" not in bind}
    pairs = set()
    for bind in bound:
        event, _, action = bind.partition("/")
        actions = names[event + "_"].__annotations__["action"].__args__ if action == "*" else (action,)
        pairs |= {(event, each) for each in actions}
    return pairs


def _is(entity: Any, name: str) -> bool:
    return type(entity).__name__ == name


def _same_assignable(event: Any) -> bool:
    target, at = event.object, event.generated.assignable
    if at is _UNSET:
        return True
    target = target if type(target) is str else target.id
    at = at if type(at) is str else at.id
    return target == at or canonical_id(target) == canonical_id(at)


def _media_type(event: Any, needed: bool) -> bool:
    if type(event.object) is str:
        return True
    given = event.object.mediaType
    return not needed if given is _UNSET else given in _MEDIA_TYPES


def _score(event: Any) -> bool:
    score = event.generated
    if not _is(score, "Score") or score.scoreType is _UNSET or score.scoreGiven is _UNSET:
        return False
    if score.extensions is not _UNSET and "scoreType" in score.extensions:
        return False
    if score.scoreType not in _SCORE_TYPES:
        return False
    return score.scoreType != "QUESTION_RESULT" or (score.maxScore == 1 and score.scoreGiven in (0, 1))


def _timed_attempt(attempt: Any, started: bool, ended: bool) -> bool:
    return (
        _is(attempt, "Attempt")
        and not (started and attempt.startedAtTime is _UNSET)
        and not (ended and attempt.endedAtTime is _UNSET)
    )


def _session_flags(session: Any) -> bool:
    extensions = session.extensions
    if extensions is _UNSET:
        return True
    return all(type(extensions.get(flag, False)) is bool for flag in ("requiresHeartbeat", "processInsights"))


_SCORE_TYPES = frozenset(SCORE_TYPES.split("|"))
_MEDIA_TYPES = frozenset(MEDIA_TYPES.split("|"))
_HOUSE_LOOKS: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("AssignableEvent", "Started"): lambda e: (
        _timed_attempt(e.generated, True, False) and _media_type(e, True) and _same_assignable(e)
    ),
    ("AssignableEvent", "Completed"): lambda e: (
        _timed_attempt(e.generated, False, True) and _media_type(e, False) and _same_assignable(e)
    ),
    ("AssessmentEvent", "Started"): lambda e: _timed_attempt(e.generated, True, False),
    ("AssessmentEvent", "Submitted"): lambda e: _timed_attempt(e.generated, False, True),
    ("AssessmentItemEvent", "Started"): lambda e: e.generated is _UNSET,
    ("AssessmentItemEvent", "Completed"): lambda e: (
        _is(e.generated, "Response") and _timed_attempt(e.generated.attempt, True, True)
    ),
    ("ViewEvent", "Viewed"): lambda e: _timed_attempt(e.generated, True, True),
    ("GradeEvent", "Graded"): _score,
    ("SessionEvent", "LoggedIn"): lambda e: (
        _is(e.actor, "Person")
        and _is(e.object, "SoftwareApplication")
        and _is(e.session, "Session")
        and e.session.startedAtTime is not _UNSET
        and _session_flags(e.session)
    ),
    ("SessionEvent", "LoggedOut"): lambda e: (
        _is(e.actor, "Person") and _is(e.session, "Session") and e.session.endedAtTime is not _UNSET
    ),
    ("SessionEvent", "TimedOut"): lambda e: _is(e.actor, "SoftwareApplication") and _is(e.object, "Session"),
}
