"""Source that certifiers are put together from: what types and looks share, and TimeBack's own events.

TimeBack's own two events have types and looks of their own, written out; nothing of the standard is like them.
"""

from collections.abc import Iterable

from functions.core.caliper.timeback import (
    ACTIVITY_METRICS,
    DAY_SECONDS,
    ITEMS_MAX,
    ROLES,
    SUBJECTS,
    TIME_CATEGORIES,
)

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
    "Text = Annotated[str, Meta(max_length=MAX_ID_CHARS)]",
    "Integer = Annotated[int, Meta(ge=-(2**53), le=2**53)]",  # what is larger may be larger than any float
    "F_0 = Union[Text, Integer, float, bool, None]",
    *[f"F_{n} = Union[F_0, list[F_{n - 1}], dict[str, F_{n - 1}]]" for n in range(1, _FREE_LEVELS + 1)],
    f"Free = dict[str, F_{_FREE_LEVELS}]",
]
OWN_SOURCE = f"""
class Named({_CLASS}):
    name: Text
    id: Text = None
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
    attempt: Annotated[int, Meta(ge=1, le=2**53)] = None
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
