"""One event that keeps each of TimeBack's rules, and one or more that break it."""

from typing import Any

import orjson
import pytest

from functions.core.caliper.contexts import CONTEXT_1_2
from functions.core.caliper.house_rules.predicates import is_type_name
from functions.core.caliper.house_rules.table import ITEMS_MAX, RULES, Rule
from functions.core.caliper.validator import validate_items
from functions.core.caliper.validator.header_validator import HeaderValidators
from tests.unit.core.caliper.samples import (
    APP_IRI,
    HOUSE,
    LEARNER,
    LESSON,
    TIME,
    changed,
    codes_and_pointers,
    errors,
    event,
    judged,
    own,
    rewritten,
)

PERSON = {"id": LEARNER, "type": "Person"}
APP = {"id": APP_IRI, "type": "SoftwareApplication"}
SESSION = "urn:uuid:11111111-2222-4333-8444-555555555555"
ATTEMPT = {"id": "urn:x:attempt", "type": "Attempt", "assignee": LEARNER, "assignable": LESSON}
LESSON_STARTED = event(
    "AssignableEvent",
    "Started",
    actor=LEARNER,
    object={"id": LESSON, "type": "AssignableDigitalResource", "mediaType": "curriculum/lesson"},
    generated=ATTEMPT | {"startedAtTime": TIME},
    session="urn:tag:auto-attach",
)
LESSON_COMPLETED = event("AssignableEvent", "Completed", object=LESSON, generated=ATTEMPT | {"endedAtTime": TIME})
VIEWED = event("ViewEvent", "Viewed", generated=ATTEMPT | {"startedAtTime": TIME, "endedAtTime": TIME})
TEST_STARTED = event("AssessmentEvent", "Started", object="urn:x:test", generated=ATTEMPT | {"startedAtTime": TIME})
TEST_SUBMITTED = event("AssessmentEvent", "Submitted", object="urn:x:test", generated=ATTEMPT | {"endedAtTime": TIME})
ITEM_STARTED = event("AssessmentItemEvent", "Started", object={"id": "urn:x:q", "type": "AssessmentItem"})
ITEM_COMPLETED = event(
    "AssessmentItemEvent",
    "Completed",
    object="urn:x:q",
    generated={
        "id": "urn:x:r",
        "type": "Response",
        "attempt": ATTEMPT | {"startedAtTime": TIME, "endedAtTime": TIME},
    },
)
SCORE = {"id": "urn:x:s", "type": "Score", "scoreType": "QUESTION_RESULT", "maxScore": 1, "scoreGiven": 1}
GRADED = event("GradeEvent", "Graded", actor=LEARNER, object="urn:x:attempt", generated=SCORE)
XP = changed(GRADED, "/generated", {"id": "urn:x:s", "type": "Score", "scoreType": "XP", "scoreGiven": 150})
LOGGED_IN = event(
    "SessionEvent",
    "LoggedIn",
    actor=PERSON,
    object=APP,
    edApp=APP_IRI,
    session={
        "id": SESSION,
        "type": "Session",
        "startedAtTime": TIME,
        "extensions": {"requiresHeartbeat": True, "processInsights": False},
    },
)
LOGGED_OUT = event(
    "SessionEvent",
    "LoggedOut",
    actor=PERSON,
    object=APP_IRI,
    session={"id": SESSION, "type": "Session", "endedAtTime": TIME},
)
TIMED_OUT = event("SessionEvent", "TimedOut", actor=APP, object={"id": SESSION, "type": "Session", "endedAtTime": TIME})
ACTIVITY, TIMES = own(), own("TimeSpentEvent")
ACTIVITY_P, TIMES_P = rewritten(), rewritten("TimeSpentEvent")
KEPT = {
    name: value for name, value in globals().items() if isinstance(value, dict) and value.get("@context") is not None
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT.keys())
def test_an_event_that_keeps_the_rules_is_clean(kept: dict[str, Any]) -> None:
    assert judged(kept, app=HOUSE).findings == ()


REJECTED: list[tuple[str, dict[str, Any], str, Any, str]] = [
    # code, a kept event, where it is changed, to what, and where that is told
    ("attempt-started-at", LESSON_STARTED, "/generated/startedAtTime", ..., "/generated/startedAtTime"),
    ("attempt-started-at", LESSON_STARTED, "/generated", ..., "/generated"),
    ("attempt-ended-at", LESSON_COMPLETED, "/generated/endedAtTime", ..., "/generated/endedAtTime"),
    ("attempt-time", LESSON_STARTED, "/generated/startedAtTime", "soon", "/generated/startedAtTime"),
    ("attempt-time", LESSON_COMPLETED, "/generated/endedAtTime", 7, "/generated/endedAtTime"),
    ("attempt", LESSON_STARTED, "/generated/type", "Result", "/generated"),
    ("attempt", VIEWED, "/generated/type", "Result", "/generated"),
    ("attempt", TEST_STARTED, "/generated/type", "Result", "/generated"),
    ("item-started", ITEM_STARTED, "/generated", ATTEMPT, "/generated"),
    ("response", ITEM_COMPLETED, "/generated", ..., "/generated"),
    ("response", ITEM_COMPLETED, "/generated/type", "Attempt", "/generated"),
    ("response-attempt", ITEM_COMPLETED, "/generated/attempt", ..., "/generated/attempt"),
    ("response-attempt", ITEM_COMPLETED, "/generated/attempt/type", "Person", "/generated/attempt"),
    ("score", GRADED, "/generated/type", "Result", "/generated"),
    ("score-type", GRADED, "/generated/scoreType", "POINTS", "/generated/scoreType"),
    ("score-type", GRADED, "/generated/extensions", {"scoreType": "POINTS"}, "/generated/extensions/scoreType"),
    ("score-given", XP, "/generated/scoreGiven", "150", "/generated/scoreGiven"),
    ("max-score", GRADED, "/generated/maxScore", "1", "/generated/maxScore"),
    ("session-actor", LOGGED_IN, "/actor/type", "SoftwareApplication", "/actor"),
    ("session-actor", LOGGED_OUT, "/actor/type", "Group", "/actor"),
    ("session-object", LOGGED_IN, "/object/type", "Session", "/object"),
    ("session-object", LOGGED_OUT, "/object", {"id": SESSION, "type": "Session"}, "/object"),
    ("session-object", TIMED_OUT, "/object/type", "SoftwareApplication", "/object"),
    ("session", LOGGED_IN, "/session", ..., "/session"),
    ("session", LOGGED_IN, "/session", "urn:tag:auto-attach", "/session"),
    ("session", LOGGED_OUT, "/session", SESSION, "/session"),
    ("session-id", LOGGED_IN, "/session/id", ..., "/session/id"),
    ("session-id", LOGGED_OUT, "/session/id", 7, "/session/id"),
    ("session-type", LOGGED_IN, "/session/type", ..., "/session/type"),
    ("session-type", LOGGED_OUT, "/session/type", "Person", "/session"),
    ("session-started-at", LOGGED_IN, "/session/startedAtTime", ..., "/session/startedAtTime"),
    ("session-started-at", LOGGED_IN, "/session/startedAtTime", "soon", "/session/startedAtTime"),
    ("session-ended-at", LOGGED_OUT, "/session/endedAtTime", ..., "/session/endedAtTime"),
    ("session-ended-at", LOGGED_OUT, "/session/endedAtTime", "soon", "/session/endedAtTime"),
    (
        "session-flag",
        LOGGED_IN,
        "/session/extensions/requiresHeartbeat",
        "yes",
        "/session/extensions/requiresHeartbeat",
    ),
    ("session-flag", LOGGED_IN, "/session/extensions/processInsights", 1, "/session/extensions/processInsights"),
    ("action", ACTIVITY, "/action", "Started", "/action"),
    ("action", TIMES, "/action", "Completed", "/action"),
    ("user", ACTIVITY, "/actor", LEARNER, "/actor"),
    ("user", ACTIVITY, "/actor/type", "Person", "/actor"),
    ("user", TIMES, "/actor/type", ..., "/actor/type"),
    ("user-id", ACTIVITY, "/actor/id", ..., "/actor/id"),
    ("user-id", ACTIVITY, "/actor/id", 7, "/actor/id"),
    ("user-email", ACTIVITY, "/actor/email", ..., "/actor/email"),
    ("user-email", TIMES, "/actor/email", "nobody", "/actor/email"),
    ("user-name", ACTIVITY, "/actor/name", 7, "/actor/name"),
    ("user-role", ACTIVITY, "/actor/role", "pupil", "/actor/role"),
    ("activity-context", ACTIVITY, "/object", LESSON, "/object"),
    ("activity-context", ACTIVITY, "/object/type", "Document", "/object"),
    ("activity-context", ACTIVITY, "/object/type", ..., "/object/type"),
    ("activity-id", TIMES, "/object/id", ..., "/object/id"),
    ("activity-id", TIMES, "/object/id", 7, "/object/id"),
    ("subject", ACTIVITY, "/object/subject", ..., "/object/subject"),
    ("subject", TIMES, "/object/subject", "Algebra", "/object/subject"),
    ("app", ACTIVITY, "/object/app", ..., "/object/app"),
    ("app", ACTIVITY, "/object/app", "An app", "/object/app"),
    ("app-name", ACTIVITY, "/object/app", {}, "/object/app/name"),
    ("app-name", ACTIVITY, "/object/app/name", 7, "/object/app/name"),
    ("course", ACTIVITY, "/object/course", "Algebra", "/object/course"),
    ("course-name", ACTIVITY, "/object/course", {"id": "urn:x:1"}, "/object/course"),
    ("activity", ACTIVITY, "/object/activity", [], "/object/activity"),
    ("activity-name", ACTIVITY, "/object/activity", {}, "/object/activity"),
    ("process", ACTIVITY, "/object/process", "true", "/object/process"),
    ("metrics", ACTIVITY, "/generated", ..., "/generated"),
    ("metrics", ACTIVITY, "/generated", "urn:x:1", "/generated"),
    ("metrics", ACTIVITY, "/generated/type", ..., "/generated/type"),
    ("metrics", ACTIVITY, "/generated/type", "TimebackTimeSpentMetricsCollection", "/generated"),
    ("metrics", TIMES, "/generated/type", "TimebackActivityMetricsCollection", "/generated"),
    ("metrics", ACTIVITY_P, "/generated/type", "TimeSpentMetricsCollection", "/generated"),
    ("metrics", TIMES_P, "/generated/type", "ActivityMetricsCollection", "/generated"),
    ("metrics-id", ACTIVITY, "/generated/id", ..., "/generated/id"),
    ("metrics-id", ACTIVITY_P, "/generated/id", 7, "/generated/id"),
    ("metrics-items", ACTIVITY, "/generated/items", ..., "/generated/items"),
    ("metrics-items", TIMES_P, "/generated/items", {}, "/generated/items"),
    (
        "metrics-items",
        TIMES,
        "/generated/items",
        [{"type": "active", "value": 1}] * (ITEMS_MAX + 1),
        "/generated/items",
    ),
    ("metrics-attempt", ACTIVITY, "/generated/attempt", 0, "/generated/attempt"),
    ("metrics-attempt", ACTIVITY_P, "/generated/attempt", "1", "/generated/attempt"),
    (
        "pct-complete",
        ACTIVITY,
        "/generated/extensions",
        {"pctCompleteApp": "67"},
        "/generated/extensions/pctCompleteApp",
    ),
    ("metric", ACTIVITY, "/generated/items/0", "xpEarned", "/generated/items/0"),
    ("metric-type", ACTIVITY, "/generated/items/0/type", ..., "/generated/items/0/type"),
    ("metric-type", ACTIVITY, "/generated/items/0/type", "xp", "/generated/items/0/type"),
    ("metric-type", ACTIVITY_P, "/generated/items/0/metricType", ..., "/generated/items/0/metricType"),
    ("metric-type", ACTIVITY_P, "/generated/items/0/metricType", "Xp", "/generated/items/0/metricType"),
    ("time-category", TIMES, "/generated/items/0/type", "idle", "/generated/items/0/type"),
    ("time-category", TIMES_P, "/generated/items/0/metricType", "Idle", "/generated/items/0/metricType"),
    ("metric-value", ACTIVITY, "/generated/items/0/value", ..., "/generated/items/0/value"),
    ("metric-value", ACTIVITY, "/generated/items/0/value", "12", "/generated/items/0/value"),
    ("metric-value", ACTIVITY_P, "/generated/items/0/metricValue", ..., "/generated/items/0/metricValue"),
    ("metric-value", ACTIVITY_P, "/generated/items/0/metricValue", True, "/generated/items/0/metricValue"),
    ("seconds", TIMES, "/generated/items/0/value", -1, "/generated/items/0/value"),
    ("seconds", TIMES, "/generated/items/0/value", 86_400.5, "/generated/items/0/value"),
    ("seconds", TIMES_P, "/generated/items/0/metricValue", 86_401, "/generated/items/0/metricValue"),
    ("sub-type", TIMES, "/generated/items/0/subType", 7, "/generated/items/0/subType"),
    ("sub-type", TIMES, "/generated/items/0/sub_type", 7, "/generated/items/0/sub_type"),
    ("window", TIMES, "/generated/items/0/startDate", "soon", "/generated/items/0/startDate"),
    ("window", TIMES, "/generated/items/0/endDate", 7, "/generated/items/0/endDate"),
    ("question-counts", ACTIVITY, "/generated/items", [{"type": "totalQuestions", "value": 1}], "/generated/items"),
    ("question-counts", ACTIVITY, "/generated/items", [{"type": "correctQuestions", "value": 1}], "/generated/items"),
]

WARNED: list[tuple[str, dict[str, Any], str, Any, str]] = [
    ("attempt-by-iri", LESSON_STARTED, "/generated", "urn:x:attempt", "/generated"),
    ("attempt-by-iri", ITEM_COMPLETED, "/generated/attempt", "urn:x:attempt", "/generated/attempt"),
    ("attempt-by-iri", VIEWED, "/generated", "urn:x:attempt", "/generated"),
    ("attempt-by-iri", TEST_STARTED, "/generated", "urn:x:attempt", "/generated"),
    ("attempt", VIEWED, "/generated", ..., "/generated"),
    ("attempt-started-at", VIEWED, "/generated/startedAtTime", ..., "/generated/startedAtTime"),
    ("attempt-ended-at", VIEWED, "/generated/endedAtTime", ..., "/generated/endedAtTime"),
    ("attempt-started-at", TEST_STARTED, "/generated/startedAtTime", ..., "/generated/startedAtTime"),
    ("attempt-ended-at", TEST_SUBMITTED, "/generated/endedAtTime", ..., "/generated/endedAtTime"),
    (
        "attempt-started-at",
        ITEM_COMPLETED,
        "/generated/attempt/startedAtTime",
        ...,
        "/generated/attempt/startedAtTime",
    ),
    ("attempt-ended-at", ITEM_COMPLETED, "/generated/attempt/endedAtTime", ..., "/generated/attempt/endedAtTime"),
    ("assignable", LESSON_STARTED, "/generated/assignable", "urn:x:other", "/generated/assignable"),
    ("media-type", LESSON_STARTED, "/object/mediaType", ..., "/object/mediaType"),
    ("media-type", LESSON_STARTED, "/object/mediaType", "text/html", "/object/mediaType"),
    ("response-by-iri", ITEM_COMPLETED, "/generated", "urn:x:response", "/generated"),
    ("score", GRADED, "/generated", ..., "/generated"),
    ("score-by-iri", GRADED, "/generated", "urn:x:score", "/generated"),
    ("score-type", GRADED, "/generated/scoreType", ..., "/generated"),
    ("score-given", XP, "/generated/scoreGiven", ..., "/generated/scoreGiven"),
    ("score-given", GRADED, "/generated/scoreGiven", 0.5, "/generated/scoreGiven"),
    ("max-score", GRADED, "/generated/maxScore", 3, "/generated/maxScore"),
    ("max-score", GRADED, "/generated/maxScore", ..., "/generated/maxScore"),
    ("session-actor", LOGGED_IN, "/actor", LEARNER, "/actor"),
    ("session-object", LOGGED_IN, "/object", APP_IRI, "/object"),
    ("session-actor", TIMED_OUT, "/actor", PERSON, "/actor"),
    ("session-object", TIMED_OUT, "/object", SESSION, "/object"),
    ("xp-earned", ACTIVITY, "/generated/items", [{"type": "masteredUnits", "value": 1}], "/generated/items"),
    ("xp-earned", ACTIVITY_P, "/generated/items", [], "/generated/items"),
    (
        "pct-complete",
        ACTIVITY,
        "/generated/extensions",
        {"pctCompleteApp": 101},
        "/generated/extensions/pctCompleteApp",
    ),
    ("profile", ACTIVITY, "/profile", ..., "/profile"),
    ("run-id", ACTIVITY, "/extensions", {"runId": 7}, "/extensions/runId"),
    ("course-id", TIMES_P, "/extensions", {"courseId": 7}, "/extensions/courseId"),
]


@pytest.mark.parametrize(("code", "kept", "pointer", "to", "told_at"), REJECTED)
def test_an_event_that_breaks_a_must_is_rejected(
    code: str, kept: dict[str, Any], pointer: str, to: Any, told_at: str
) -> None:
    verdict = judged(changed(kept, pointer, to), app=HOUSE)
    assert not verdict.accepted
    assert (f"timeback.{code}", told_at) in errors(verdict)


@pytest.mark.parametrize(("code", "kept", "pointer", "to", "told_at"), WARNED)
def test_an_event_that_breaks_a_should_is_stored_with_a_warning(
    code: str, kept: dict[str, Any], pointer: str, to: Any, told_at: str
) -> None:
    verdict = judged(changed(kept, pointer, to), app=HOUSE)
    assert verdict.accepted, verdict
    assert (f"timeback.{code}", told_at) in codes_and_pointers(verdict)


def test_every_rule_of_the_table_is_broken_here() -> None:
    broken = {(code, "error") for code, *_ in REJECTED} | {(code, "warning") for code, *_ in WARNED}
    assert {(rule.code, rule.severity) for rule in RULES} <= broken


@pytest.mark.parametrize("kept", [LESSON_STARTED, LOGGED_IN, GRADED, ITEM_STARTED])
def test_the_house_rules_bind_standard_events_of_apps_that_asked_for_them_only(kept: dict[str, Any]) -> None:
    broken = [changed(kept, "/generated", {"id": "urn:x:1", "type": "Score", "scoreType": "POINTS"})]
    broken.append(changed(kept, "/session", SESSION))
    assert any(not judged(each, app=HOUSE).accepted for each in broken)
    assert all(judged(each).accepted for each in broken)


@pytest.mark.parametrize("kept", [ACTIVITY, TIMES, ACTIVITY_P, TIMES_P])
def test_the_rules_of_timebacks_own_events_bind_every_app(kept: dict[str, Any]) -> None:
    assert judged(kept).findings == ()
    assert not judged(changed(kept, "/generated/items", "none")).accepted


def test_both_spellings_of_the_time_items_are_read() -> None:
    spelled = changed(TIMES, "/generated/items/0", {"type": "active", "value": 1, "start_date": TIME, "end_date": TIME})
    assert judged(spelled).findings == ()
    assert errors(judged(changed(spelled, "/generated/items/0/start_date", "soon"))) == {
        ("timeback.window", "/generated/items/0/start_date")
    }


def test_score_type_under_extensions_counts() -> None:
    score = {
        "id": "urn:x:s",
        "type": "Score",
        "maxScore": 1,
        "scoreGiven": 0,
        "extensions": {"scoreType": "QUESTION_RESULT"},
    }
    assert judged(changed(GRADED, "/generated", score), app=HOUSE).findings == ()
    told_of = codes_and_pointers(judged(changed(GRADED, "/generated", score | {"maxScore": 3}), app=HOUSE))
    assert told_of == {("timeback.max-score", "/generated/maxScore")}


def test_negative_xp_and_decimals_are_fine() -> None:
    items = [{"type": "xpEarned", "value": -3.5}, {"type": "masteredUnits", "value": 0.5}]
    assert judged(changed(ACTIVITY, "/generated/items", items)).findings == ()


def test_a_raw_space_in_the_id_of_a_timeback_events_object_is_a_warning_even_if_strict() -> None:
    sent = changed(ACTIVITY, "/object/id", "https://x.example/Social Studies/1")
    for strict in (False, True):
        verdict = judged(sent, strict=strict)
        assert (verdict.accepted, codes_and_pointers(verdict)) == (True, {("iri", "/object/id")})
        assert [finding.severity for finding in verdict.findings] == ["warning"]
    for other in (
        changed(ACTIVITY, "/object/id", "Social Studies"),
        changed(ACTIVITY, "/object/id", "https://x.example/Social Studies/<1>"),
        changed(ACTIVITY, "/generated/id", "https://x.example/Social Studies/1"),
        changed(ACTIVITY_P, "/object/id", "https://x.example/Social Studies/1"),
        changed(VIEWED, "/object/id", "https://x.example/Social Studies/1"),
    ):
        assert judged(other).accepted
        assert not judged(other, strict=True).accepted
    spoilt = sent | {"surplus": 1}
    verdict = judged(spoilt, strict=True)
    assert not verdict.accepted
    assert {(finding.severity, finding.pointer) for finding in verdict.findings} == {
        ("warning", "/object/id"),
        ("error", "/surplus"),
    }


OWN_ACTIVITY = "TimebackProfile:ActivityEvent/*"


@pytest.mark.parametrize(
    ("row", "sent"),
    [
        (Rule("score-attempt", "warning", "GradeEvent/Graded", "/generated/attempt", "given", "this test"), GRADED),
        (
            Rule("course", "warning", "TimebackProfile:ActivityEvent/*", "/object/course", "given", "this test"),
            ACTIVITY,
        ),
        (Rule("login-group", "error", "SessionEvent/LoggedIn", "/group", "given", "this test"), LOGGED_IN),
        (Rule("flags", "error", "SessionEvent/*", "/session/extensions", "absent", "this test"), LOGGED_IN),
        (
            Rule(
                "item-names",
                "warning",
                "TimebackProfile:ActivityEvent/*",
                "/generated/items/*/name|label",
                "string",
                "x",
            ),
            changed(ACTIVITY, "/generated/items/0/label", 7),
        ),
        (
            Rule("xp-bound", "error", "GradeEvent/Graded", "/generated/scoreGiven", "number 0 100", "this test", "XP"),
            XP,
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Rule) else None,
)
def test_a_row_that_is_added_to_the_table_binds_every_item_from_the_first(row: Rule, sent: dict[str, Any]) -> None:
    validators = HeaderValidators((*RULES, row))
    raws = [orjson.dumps(sent)] * 100
    for _ in range(3):
        results = [*validate_items(raws, data_version=CONTEXT_1_2, app=HOUSE, validators=validators)]
        assert len(results) == 100
        for verdict in results:
            assert ("timeback." + row.code, row.severity) in {
                (finding.code, finding.severity) for finding in verdict.findings
            }
            assert verdict.accepted == (row.severity == "warning")
        assert not any(
            "timeback." + row.code in str(verdict)
            for verdict in validate_items(raws, data_version=CONTEXT_1_2, app=HOUSE)
        )


@pytest.mark.parametrize(
    ("named", "is_one"),
    [
        ("Person", True),
        ("http://purl.imsglobal.org/caliper/Person", True),
        ("Session", False),
        ("http://purl.imsglobal.org/caliper/Session", False),
        (7, True),
        (None, True),
    ],
)
def test_a_type_is_named_by_its_term_or_by_its_iri_and_what_is_no_text_is_judged_elsewhere(
    named: object, is_one: bool
) -> None:
    assert is_type_name("Person|SoftwareApplication")(named) is is_one
