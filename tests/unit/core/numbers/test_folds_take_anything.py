"""No event that was taken in makes a fold raise: not by an absurd number, a time at the end of days, or a gap."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.insights import detect as insights
from functions.core.numbers import progress, runs
from functions.core.numbers.time_spent import CATEGORIES
from functions.core.sessions.records import answer_of, record_of, subject_of
from functions.core.sessions.sitting import timed_out
from functions.core.sessions.timed_out import event as timed_out_event
from functions.core.timeline.course import course_of
from functions.core.timeline.entry import Entry
from tests.examples import examples
from tests.unit.core.sessions.timelines import LEARNER, RUN, TENANT, X, Y, sittings, stored

pytestmark = pytest.mark.slow

NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0, -1, 0.1, 1e11, 10**12, -(10**12), 1e300, 5e-324, -0.0, 86_400, 86_401, True, False]),
)
TIMES = st.sampled_from(
    [
        "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000001Z", "1969-12-31T23:59:60Z", "2026-01-27T09:00:00Z",
        "2026-01-27T09:00:01.5+0100", "2026-01-27T09:20:00Z", "9999-12-31T23:59:59.999999Z",
    ]
)  # fmt: skip
IDS = st.sampled_from(["urn:x:1", "urn:x:2", X, Y, RUN, LEARNER, "", " "])
SCALARS = st.one_of(NUMBERS, TIMES, IDS, st.none(), st.text(max_size=5))
SLOTS = (
    "id type value metricType metricValue metric_value startDate endDate start_date startedAtTime endedAtTime attempt"
    " assignable isPartOf scoreGiven maxScore scoreType extensions items runId courseId pctCompleteApp mediaType course"
    " name user requiresHeartbeat processInsights"
).split()
WORDS = st.sampled_from(
    [*CATEGORIES, "xpEarned", "MasteredUnits", "Attempt", "Score", "XP", "MASTERY", "QUESTION_RESULT", "Session"]
)
VALUES = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(SLOTS), inner, max_size=5),
    max_leaves=12,
)
METRICS = st.lists(
    st.fixed_dictionaries({"type": WORDS, "value": NUMBERS}, optional={"startDate": TIMES, "endDate": TIMES}),
    min_size=1,
    max_size=3,
)
KINDS = st.sampled_from(
    [
        ("TimeSpentEvent", "SpentTime"), ("ActivityEvent", "Completed"), ("GradeEvent", "Graded"),
        ("AssignableEvent", "Started"), ("AssignableEvent", "Completed"), ("AssessmentEvent", "Started"),
        ("AssessmentItemEvent", "Completed"), ("SessionEvent", "LoggedIn"), ("SessionEvent", "LoggedOut"),
        ("SessionEvent", "TimedOut"), ("ViewEvent", "Viewed"),
    ]
)  # fmt: skip
ASKING = st.fixed_dictionaries(
    {"id": st.sampled_from([X, Y]), "extensions": st.just({"processInsights": True})},
    optional={"startedAtTime": TIMES | SCALARS, "endedAtTime": TIMES | SCALARS},
)


@st.composite
def events(draw: st.DrawFn) -> Entry:
    kind, action = draw(KINDS)
    drawn: dict[str, Any] = {
        "type": kind,
        "action": action,
        "actor": LEARNER,
        "eventTime": draw(TIMES),
        "object": draw(VALUES),
        "generated": draw(VALUES | st.fixed_dictionaries({"items": METRICS})),
        "session": draw(ASKING | IDS | st.just("urn:tag:auto-attach")),
        "extensions": draw(VALUES),
    }
    event = orjson.loads(orjson.dumps(drawn))  # as the wire brings it: NaN and infinities are null there
    return stored(event, received=draw(st.sampled_from([None, "9:00"])))


@settings(max_examples=examples(500), deadline=None)
@given(st.lists(events(), min_size=1, max_size=6))
def test_no_event_makes_a_fold_raise(entries: list[Entry]) -> None:
    for sitting in sittings(*entries):
        over = timed_out(sitting)
        records = [record_of(each_sitting, learner=LEARNER, conflicts=()) for each_sitting in (sitting, over)]
        insight_rows = [insight.as_dict() for insight in insights.fold(subject_of(sitting, learner=LEARNER))]
        event = timed_out_event(over, tenant=TENANT, learner=LEARNER, system_id="urn:x:s")
        answers = [answer_of("x", learner=LEARNER, explicit=True, records=[record]) for record in records]
        orjson.dumps([answers, event, insight_rows])
    orjson.dumps({day: numbers.as_dict() for day, numbers in runs.per_day(entries).items()})
    orjson.dumps([course_of(entry.event) for entry in entries])
    orjson.dumps([course.as_dict() for course in progress.fold(entries, lessons={"urn:x:1": 3})])
