"""TimeBack's house rules as one table, in the order of its documents (seeds 000 to 002).

They bind events of TimeBack's own profiles always, and standard event types for apps registered with house=timeback.
To add a rule, add a row to RULES; `engine` applies it. A rule rejects if its document says *must*, or gives a shape or
an enumeration. It warns if the document says *should*, or if TimeBack's own examples and clients break it.
Not checked: that 1 XP is one minute.
"""

from msgspec import Struct

from functions.core.caliper.findings import Severity
from functions.core.caliper.schema.entities import ENTITIES_1_2

REJECT: Severity = "error"
WARN: Severity = "warning"
# Seed 000, seeds 001 and 002, the official client: by the names that their readers know.
S0, S1, CLIENT = (
    "TimeBack Platform: Caliper Events Reference",
    "TimeBack SDK: Events",
    "TimeBack client: timeback-caliper",
)
DAY_SECONDS = 86_400
ITEMS_MAX = 500  # metrics of one collection; a collection holds one of a kind, so this is far beyond any use
SUBJECTS = "Reading|Language|Vocabulary|Social Studies|Writing|Science|FastMath|Math|None|Other"
ROLES = "student|teacher|admin|guide"
ACTIVITY_METRICS = "xpEarned|totalQuestions|correctQuestions|masteredUnits"
TIME_CATEGORIES = "active|inactive|waste|unknown|anti-pattern"
SCORE_TYPES = "QUESTION_RESULT|MASTERY|XP"
MEDIA_TYPES = "|".join(f"curriculum/{each}" for each in "lesson unit standard cluster domain course".split())
_RESPONSES = "|".join(sorted(name for name in ENTITIES_1_2 if name.endswith("Response") and name != "SearchResponse"))


class Rule(Struct, frozen=True):
    """One house rule.

    `bind` names events as type/action, led by the profile for TimeBack's own; `*` is any action. `pointer` is a path
    from the event: `a|b` are two spellings of one property, `*` is each element. `must` is one of
    `predicates.PREDICATES` with its argument; all but "given" and "absent" bind only a value that is given. A rule
    asks nothing of an entity that is given by its IRI. `when`: only for a Score of this scoreType.
    """

    code: str
    severity: Severity
    bind: str
    pointer: str
    must: str
    source: str
    when: str = ""


_B_ACTIVITY, _B_TIME = "TimebackProfile:ActivityEvent/*", "TimebackProfile:TimeSpentEvent/*"
_P_ACTIVITY, _P_TIME = "AggregationProfile:ActivityEvent/*", "AggregationProfile:TimeSpentEvent/*"
_B, _P = f"{_B_ACTIVITY} {_B_TIME}", f"{_P_ACTIVITY} {_P_TIME}"
_LOGIN, _LOGOUT, _TIMEOUT = "SessionEvent/LoggedIn", "SessionEvent/LoggedOut", "SessionEvent/TimedOut"
_PERCENTAGE = "/generated/extensions/pctCompleteApp"

RULES: tuple[Rule, ...] = (
    # seed 000, structured curriculum content
    Rule("attempt-started-at", REJECT, "AssignableEvent/Started", "/generated/startedAtTime", "given", S0),
    Rule("attempt-ended-at", REJECT, "AssignableEvent/Completed", "/generated/endedAtTime", "given", S0),
    Rule("attempt-time", REJECT, "AssignableEvent/Started", "/generated/startedAtTime", "time", S0),
    Rule("attempt-time", REJECT, "AssignableEvent/Completed", "/generated/endedAtTime", "time", S0),
    Rule("attempt", REJECT, "AssignableEvent/Started AssignableEvent/Completed", "/generated", "type Attempt", S0),
    Rule("attempt-by-iri", WARN, "AssignableEvent/Started AssignableEvent/Completed", "/generated", "object", S0),
    Rule("media-type", WARN, "AssignableEvent/Started", "/object/mediaType", "given", S0),
    Rule("media-type", WARN, "AssignableEvent/*", "/object/mediaType", "one-of " + MEDIA_TYPES, S0),
    # seed 000, learning resources
    Rule("attempt", WARN, "ViewEvent/Viewed", "/generated", "given", S0),
    Rule("attempt", REJECT, "ViewEvent/Viewed", "/generated", "type Attempt", S0),
    Rule("attempt-by-iri", WARN, "ViewEvent/Viewed", "/generated", "object", S0),
    Rule("attempt-started-at", WARN, "ViewEvent/Viewed", "/generated/startedAtTime", "given", S0),
    Rule("attempt-ended-at", WARN, "ViewEvent/Viewed", "/generated/endedAtTime", "given", S0),
    # seed 000, assessments: "should include"
    Rule("attempt", REJECT, "AssessmentEvent/Started AssessmentEvent/Submitted", "/generated", "type Attempt", S0),
    Rule("attempt-by-iri", WARN, "AssessmentEvent/Started AssessmentEvent/Submitted", "/generated", "object", S0),
    Rule("attempt-started-at", WARN, "AssessmentEvent/Started", "/generated/startedAtTime", "given", S0),
    Rule("attempt-ended-at", WARN, "AssessmentEvent/Submitted", "/generated/endedAtTime", "given", S0),
    # seed 000, questions
    Rule("item-started", REJECT, "AssessmentItemEvent/Started", "/generated", "absent", S0),
    Rule("response", REJECT, "AssessmentItemEvent/Completed", "/generated", "given", S0),
    Rule("response", REJECT, "AssessmentItemEvent/Completed", "/generated", "type " + _RESPONSES, S0),
    Rule("response-by-iri", WARN, "AssessmentItemEvent/Completed", "/generated", "object", S0),
    Rule("response-attempt", REJECT, "AssessmentItemEvent/Completed", "/generated/attempt", "given", S0),
    Rule("response-attempt", REJECT, "AssessmentItemEvent/Completed", "/generated/attempt", "type Attempt", S0),
    # the official client sends the Attempt as IRI
    Rule("attempt-by-iri", WARN, "AssessmentItemEvent/Completed", "/generated/attempt", "object", S0),
    Rule("attempt-started-at", WARN, "AssessmentItemEvent/Completed", "/generated/attempt/startedAtTime", "given", S0),
    Rule("attempt-ended-at", WARN, "AssessmentItemEvent/Completed", "/generated/attempt/endedAtTime", "given", S0),
    # seed 000, grading, mastery, XP; a live client gives scoreType under extensions
    Rule("score", WARN, "GradeEvent/Graded", "/generated", "given", S0),
    Rule("score", REJECT, "GradeEvent/Graded", "/generated", "type Score", S0),
    Rule("score-by-iri", WARN, "GradeEvent/Graded", "/generated", "object", S0),
    Rule("score-type", REJECT, "GradeEvent/Graded", "/generated/scoreType", "one-of " + SCORE_TYPES, S0),
    Rule("score-type", REJECT, "GradeEvent/Graded", "/generated/extensions/scoreType", "one-of " + SCORE_TYPES, S0),
    Rule("score-type", WARN, "GradeEvent/Graded", "/generated", "score-type", S0),
    Rule("score-given", WARN, "GradeEvent/Graded", "/generated/scoreGiven", "given", S0),
    Rule("score-given", REJECT, "GradeEvent/Graded", "/generated/scoreGiven", "number", S0),
    Rule("max-score", REJECT, "GradeEvent/Graded", "/generated/maxScore", "number", S0),
    Rule("max-score", WARN, "GradeEvent/Graded", "/generated/maxScore", "given", S0, "QUESTION_RESULT"),
    Rule("max-score", WARN, "GradeEvent/Graded", "/generated/maxScore", "number 1 1", S0, "QUESTION_RESULT"),
    Rule("score-given", WARN, "GradeEvent/Graded", "/generated/scoreGiven", "zero-or-one", S0, "QUESTION_RESULT"),
    # seed 000, session management: the musts
    Rule("session-actor", REJECT, f"{_LOGIN} {_LOGOUT}", "/actor", "type Person|TimebackUser", S0),
    Rule("session-actor", WARN, f"{_LOGIN} {_LOGOUT}", "/actor", "object", S0),
    Rule("session-object", REJECT, f"{_LOGIN} {_LOGOUT}", "/object", "type SoftwareApplication", S0),
    Rule("session-object", WARN, _LOGIN, "/object", "object", S0),
    Rule("session", REJECT, f"{_LOGIN} {_LOGOUT}", "/session", "given", S0),
    Rule("session", REJECT, f"{_LOGIN} {_LOGOUT}", "/session", "object", S0),
    Rule("session-id", REJECT, f"{_LOGIN} {_LOGOUT}", "/session/id", "given", S0),
    Rule("session-id", REJECT, f"{_LOGIN} {_LOGOUT}", "/session/id", "string", S0),
    Rule("session-type", REJECT, _LOGIN, "/session/type", "given", S0),
    Rule("session-type", REJECT, f"{_LOGIN} {_LOGOUT}", "/session", "type Session|LtiSession", S0),
    Rule("session-started-at", REJECT, _LOGIN, "/session/startedAtTime", "given", S0),
    Rule("session-started-at", REJECT, _LOGIN, "/session/startedAtTime", "time", S0),
    Rule("session-ended-at", REJECT, _LOGOUT, "/session/endedAtTime", "given", S0),
    Rule("session-ended-at", REJECT, _LOGOUT, "/session/endedAtTime", "time", S0),
    Rule("session-flag", REJECT, _LOGIN, "/session/extensions/requiresHeartbeat", "boolean", S0),
    Rule("session-flag", REJECT, _LOGIN, "/session/extensions/processInsights", "boolean", S0),
    Rule("session-actor", WARN, _TIMEOUT, "/actor", "type SoftwareApplication", S0),
    Rule("session-object", REJECT, _TIMEOUT, "/object", "type Session|LtiSession", S0),
    Rule("session-object", WARN, _TIMEOUT, "/object", "object", S0),
    # seeds 001 and 002: who
    Rule("user", REJECT, _B, "/actor", "object", S1),
    Rule("user", REJECT, _B, "/actor", "type TimebackUser", S1),
    Rule("user", REJECT, _B, "/actor/type", "given", S1),
    Rule("user-id", REJECT, _B, "/actor/id", "given", S1),
    Rule("user-id", REJECT, _B, "/actor/id", "string", S1),
    Rule("user-email", REJECT, _B, "/actor/email", "given", S1),
    Rule("user-email", REJECT, _B, "/actor/email", "email", S1),
    Rule("user-name", REJECT, _B, "/actor/name", "string", S1),
    Rule("user-role", REJECT, _B, "/actor/role", "one-of " + ROLES, S1),
    # seeds 001 and 002: on what
    Rule("activity-context", REJECT, _B, "/object", "object", S1),
    Rule("activity-context", REJECT, _B, "/object", "type TimebackActivityContext", S1),
    Rule("activity-context", REJECT, _B, "/object/type", "given", S1),
    Rule("activity-id", REJECT, _B, "/object/id", "given", S1),
    Rule("activity-id", REJECT, _B, "/object/id", "string", S1),
    Rule("subject", REJECT, _B, "/object/subject", "given", S1),
    Rule("subject", REJECT, _B, "/object/subject", "one-of " + SUBJECTS, S1),
    Rule("app", REJECT, _B, "/object/app", "given", S1),
    Rule("app", REJECT, _B, "/object/app", "object", S1),
    Rule("app-name", REJECT, _B, "/object/app/name", "given", S1),
    Rule("app-name", REJECT, _B, "/object/app/name", "string", S1),
    Rule("course", REJECT, _B, "/object/course", "object", S1),
    Rule("course-name", REJECT, _B, "/object/course", "named", S1),
    Rule("activity", REJECT, _B, "/object/activity", "object", S1),
    Rule("activity-name", REJECT, _B, "/object/activity", "named", S1),
    Rule("process", REJECT, _B, "/object/process", "boolean", S1),
    # seeds 001 and 002: the metrics of an activity, and of the time spent
    Rule("metrics", REJECT, f"{_B} {_P}", "/generated", "given", S1),
    Rule("metrics", REJECT, f"{_B} {_P}", "/generated", "object", S1),
    Rule("metrics", REJECT, f"{_B} {_P}", "/generated/type", "given", S1),
    Rule("metrics", REJECT, _B_ACTIVITY, "/generated", "type TimebackActivityMetricsCollection", S1),
    Rule("metrics", REJECT, _B_TIME, "/generated", "type TimebackTimeSpentMetricsCollection", S1),
    Rule("metrics", REJECT, _P_ACTIVITY, "/generated", "type ActivityMetricsCollection", CLIENT),
    Rule("metrics", REJECT, _P_TIME, "/generated", "type TimeSpentMetricsCollection", CLIENT),
    Rule("metrics-id", REJECT, _B, "/generated/id", "given", S1),
    Rule("metrics-id", REJECT, f"{_B} {_P}", "/generated/id", "string", S1),
    Rule("metrics-items", REJECT, f"{_B} {_P}", "/generated/items", "given", S1),
    Rule("metrics-items", REJECT, f"{_B} {_P}", "/generated/items", "items", S1),
    Rule("metrics-attempt", REJECT, f"{_B_ACTIVITY} {_P_ACTIVITY}", "/generated/attempt", "count", CLIENT),
    Rule("pct-complete", REJECT, f"{_B_ACTIVITY} {_P_ACTIVITY}", _PERCENTAGE, "number", S1),
    Rule("pct-complete", WARN, f"{_B_ACTIVITY} {_P_ACTIVITY}", _PERCENTAGE, "number 0 100", S1),
    Rule("metric", REJECT, f"{_B} {_P}", "/generated/items/*", "object", S1),
    Rule("metric-type", REJECT, _B, "/generated/items/*/type", "given", S1),
    Rule("metric-type", REJECT, _P, "/generated/items/*/metricType", "given", CLIENT),
    Rule("metric-type", REJECT, _B_ACTIVITY, "/generated/items/*/type", "one-of " + ACTIVITY_METRICS, S1),
    Rule("metric-type", REJECT, _P_ACTIVITY, "/generated/items/*/metricType", "metric " + ACTIVITY_METRICS, CLIENT),
    Rule("time-category", REJECT, _B_TIME, "/generated/items/*/type", "one-of " + TIME_CATEGORIES, S1),
    Rule("time-category", REJECT, _P_TIME, "/generated/items/*/metricType", "metric " + TIME_CATEGORIES, CLIENT),
    Rule("metric-value", REJECT, _B, "/generated/items/*/value", "given", S1),
    Rule("metric-value", REJECT, _P, "/generated/items/*/metricValue", "given", CLIENT),
    Rule("metric-value", REJECT, _B_ACTIVITY, "/generated/items/*/value", "number", S1),
    Rule("metric-value", REJECT, _P_ACTIVITY, "/generated/items/*/metricValue", "number", CLIENT),
    Rule("seconds", REJECT, _B_TIME, "/generated/items/*/value", f"number 0 {DAY_SECONDS}", S1),
    Rule("seconds", REJECT, _P_TIME, "/generated/items/*/metricValue", f"number 0 {DAY_SECONDS}", CLIENT),
    Rule("sub-type", REJECT, f"{_B_TIME} {_P_TIME}", "/generated/items/*/subType|sub_type", "string", S1),
    Rule("window", REJECT, f"{_B_TIME} {_P_TIME}", "/generated/items/*/startDate|start_date", "time", S1),
    Rule("window", REJECT, f"{_B_TIME} {_P_TIME}", "/generated/items/*/endDate|end_date", "time", S1),
    Rule("question-counts", REJECT, f"{_B_ACTIVITY} {_P_ACTIVITY}", "/generated/items", "both-counts", S1),
    Rule("xp-earned", WARN, f"{_B_ACTIVITY} {_P_ACTIVITY}", "/generated/items", "xp", S1),
    Rule("run-id", WARN, f"{_B} {_P}", "/extensions/runId", "string", S1),
    Rule("course-id", WARN, f"{_B} {_P}", "/extensions/courseId", "string", S1),
)
