"""What TimeBack's rules add to a certificate: its own two events as types, the house rules on standard events as looks.

Each look is true only where no rule of `timeback` can have a finding; a binding rule without a look withholds it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from functions.core.caliper.timeback import (
    ACTIVITY_METRICS,
    DAY_SECONDS,
    ITEMS_MAX,
    MEDIA_TYPES,
    ROLES,
    RULES,
    SCORE_TYPES,
    SUBJECTS,
    TIME_CATEGORIES,
)
from functions.core.ids import canonical_id

STRUCT = 'Struct, tag_field="type", tag={name!r}, forbid_unknown_fields=True, gc=False, kw_only=True, eq=False'


# What is looked at first on any event; `remarked` is what is found there, in the order of the judgement at length.
HEADER_LOOKS = """\
    remarked = ()
    if x.context is None: remarked = (NO_CONTEXT,)
    v = x.id
    if len(v) == 45: event_id(v)
    elif not is_event_id(v):
        if not v.strip() or len(v) > MAX_ID_CHARS: return None
        remarked += (remarks.of_id(v),)
    v = x.eventTime
    if len(v) == 24 and v[23] == 'Z': time(v)
    elif not is_time(v):
        v = remarks.of_time(v)
        if v.severity == 'error': return None
        remarked += (v,)
""".splitlines()


def literal(terms: Iterable[str]) -> str:
    return f"Literal[{', '.join(repr(term) for term in sorted(terms))}]"


_CLASS = STRUCT.replace(", tag={name!r}", "").replace('tag_field="type", ', "")
# Of a union with one tagged type alone msgspec does not require the tag; so this one, which nothing is, joins all.
NO_TYPE = f"""\
class NoType({STRUCT.format(name="no type")}):
    id: str = None
""".splitlines()
# Free content: a few levels of it, and no text longer than an identifier may be.
_FREE_LEVELS = 3  # each doubles the time the types take to make
FREE = [
    "F_0 = Union[Annotated[str, Meta(max_length=MAX_ID_CHARS)], int, float, bool, None]",
    *[f"F_{n} = Union[F_0, list[F_{n - 1}], dict[str, F_{n - 1}]]" for n in range(1, _FREE_LEVELS + 1)],
    f"Free = dict[str, F_{_FREE_LEVELS}]",
]
OWN_SOURCE = f"""
class Named({_CLASS}):
    name: str
    id: str = None
    extensions: Free = None
class TimebackUser({STRUCT.format(name="TimebackUser")}):
    id: str
    email: str
    name: str = None
    role: {literal(ROLES.split("|"))} = None
    extensions: Free = None
class TimebackActivityContext({STRUCT.format(name="TimebackActivityContext")}):
    id: str
    subject: {literal(SUBJECTS.split("|"))}
    app: Named
    course: Named = None
    activity: Named = None
    process: bool = None
    name: str = None
    extensions: Free = None
class Metric({_CLASS}):
    type: {literal(ACTIVITY_METRICS.split("|"))}
    value: float
class TimeSpent({_CLASS}):
    type: {literal(TIME_CATEGORIES.split("|"))}
    value: Annotated[float, Meta(ge=0, le={DAY_SECONDS})]
    startDate: str = None
    endDate: str = None
class TimebackActivityMetricsCollection({STRUCT.format(name="TimebackActivityMetricsCollection")}):
    id: str
    items: Annotated[list[Metric], Meta(max_length={ITEMS_MAX})]
    attempt: Annotated[int, Meta(ge=1)] = None
    extensions: Free = None
class TimebackTimeSpentMetricsCollection({STRUCT.format(name="TimebackTimeSpentMetricsCollection")}):
    id: str
    items: Annotated[list[TimeSpent], Meta(max_length={ITEMS_MAX})]
    extensions: Free = None
class OwnEvent({_CLASS}):
    id: str
    eventTime: str
    context: Literal[CONTEXT] = field(name='@context', default=None)
    profile: Literal['TimebackProfile']
    actor: Union[TimebackUser, NoType]
    object: Union[TimebackActivityContext, NoType]
    edApp: str = None
    session: str = None
    group: str = None
    extensions: Free = None
class ActivityEvent_(OwnEvent, {STRUCT.format(name="ActivityEvent")[8:]}):
    action: Literal['Completed']
    generated: Union[TimebackActivityMetricsCollection, NoType]
class TimeSpentEvent_(OwnEvent, {STRUCT.format(name="TimeSpentEvent")[8:]}):
    action: Literal['SpentTime']
    generated: Union[TimebackTimeSpentMetricsCollection, NoType]
def see_own(x):
{chr(10).join(HEADER_LOOKS)}
    for v in (x.actor.id, x.object.id, x.generated.id, x.edApp, x.session, x.group):
        if v is not None: iri(v)
    if not 0 < x.actor.email.find('@') < len(x.actor.email) - 1: return None
    v = x.actor.name
    if v is not None and not v.strip(): return None
    if not x.object.app.name.strip(): return None
    for v in (x.object.course, x.object.activity):
        if v is not None and len(v.name) > MAX_ID_CHARS: return None
    v = x.extensions
    if v is not None:
        for key in ('runId', 'courseId'):
            if key in v and not (type(v[key]) is str and v[key].strip()): return None
    return remarked
def see_v1p2_ActivityEvent_(x):
    remarked = see_own(x)
    if remarked is None: return None
    types = {{metric.type for metric in x.generated.items}}
    if 'xpEarned' not in types or ('totalQuestions' in types) != ('correctQuestions' in types): return None
    v = x.generated.extensions
    if v is None or 'pctCompleteApp' not in v: return remarked
    v = v['pctCompleteApp']
    return remarked if type(v) in (int, float) and 0 <= v <= 100 else None
def see_v1p2_TimeSpentEvent_(x):
    remarked = see_own(x)
    if remarked is None: return None
    for spent in x.generated.items:
        for v in (spent.startDate, spent.endDate):
            if v is not None: time(v)
    return remarked
"""


def bound_by_house_rules(names: dict[str, Any]) -> set[tuple[str, str]]:
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
    if at is None:
        return True
    target = target if type(target) is str else target.id
    at = at if type(at) is str else at.id
    return target == at or canonical_id(target) == canonical_id(at)


def _media_type(event: Any) -> bool:
    return type(event.object) is str or event.object.mediaType is None or event.object.mediaType in _MEDIA_TYPES


def _has_media_type(event: Any) -> bool:
    return type(event.object) is str or event.object.mediaType is not None


def _score(event: Any) -> bool:
    score = event.generated
    if not _is(score, "Score") or score.scoreType is None or score.scoreGiven is None:
        return False
    if score.extensions is not None and "scoreType" in score.extensions:
        return False
    if score.scoreType not in _SCORE_TYPES:
        return False
    return score.scoreType != "QUESTION_RESULT" or (score.maxScore == 1 and score.scoreGiven in (0, 1))


def _started(attempt: Any) -> bool:
    return _is(attempt, "Attempt") and attempt.startedAtTime is not None


def _ended(attempt: Any) -> bool:
    return _is(attempt, "Attempt") and attempt.endedAtTime is not None


def _session_flags(session: Any) -> bool:
    extensions = session.extensions
    if extensions is None:
        return True
    return all(type(extensions.get(flag, False)) is bool for flag in ("requiresHeartbeat", "processInsights"))


_SCORE_TYPES = frozenset(SCORE_TYPES.split("|"))
_MEDIA_TYPES = frozenset(MEDIA_TYPES.split("|"))
HOUSE_LOOKS: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("AssignableEvent", "Started"): lambda e: (
        _started(e.generated) and _media_type(e) and _has_media_type(e) and _same_assignable(e)
    ),
    ("AssignableEvent", "Completed"): lambda e: _ended(e.generated) and _media_type(e) and _same_assignable(e),
    ("AssessmentEvent", "Started"): lambda e: _started(e.generated),
    ("AssessmentEvent", "Submitted"): lambda e: _ended(e.generated),
    ("AssessmentItemEvent", "Started"): lambda e: e.generated is None,
    ("AssessmentItemEvent", "Completed"): lambda e: (
        _is(e.generated, "Response") and _started(e.generated.attempt) and _ended(e.generated.attempt)
    ),
    ("ViewEvent", "Viewed"): lambda e: _started(e.generated) and _ended(e.generated),
    ("GradeEvent", "Graded"): _score,
    ("SessionEvent", "LoggedIn"): lambda e: (
        _is(e.actor, "Person")
        and _is(e.object, "SoftwareApplication")
        and _is(e.session, "Session")
        and e.session.startedAtTime is not None
        and _session_flags(e.session)
    ),
    ("SessionEvent", "LoggedOut"): lambda e: (
        _is(e.actor, "Person") and _is(e.session, "Session") and e.session.endedAtTime is not None
    ),
    ("SessionEvent", "TimedOut"): lambda e: _is(e.actor, "SoftwareApplication") and _is(e.object, "Session"),
}
