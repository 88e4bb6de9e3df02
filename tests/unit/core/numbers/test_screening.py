"""What is passed over without a closer look has no finding, through the validator too."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.apps import App
from functions.core.caliper.contexts import CONTEXT_1_2
from functions.core.caliper.terms import term, text
from functions.core.caliper.validator import validate_item
from functions.core.numbers.findings import SENTENCES, number_findings
from functions.core.numbers.screening import Arrival, arrival, is_plain
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US, parse_time
from tests.examples import examples
from tests.payloads import Payloads
from tests.unit.core.numbers.test_folds_take_anything import events

RECEIVED_US = parse_time("2026-03-02T12:00:00.500Z") or 0
ARRIVAL = arrival(RECEIVED_US, RECEIVED_US)
APPS = (
    App(app_id="urn:uuid:a", tenant="t", edapps=("*",), caliper_1_0=True),
    App(app_id="urn:uuid:a", tenant="t", edapps=("*",), house="timeback"),
)
TIMES: list[Any] = [
    *("2026-03-02T11:59:00.000Z", "2026-03-02T11:58:00.000Z", "2026-03-01T23:00:00.000Z", "2026-03-02T12:05:00.400Z"),
    *("2026-03-02T12:05:00.600Z", "2026-03-02T12:06:00.000Z", "2027-01-01T00:00:00.000Z", "1999-12-31T23:59:59.999Z"),
    *(
        "2026-03-02 12:30:00.000Z",
        "2026-03-02T23:00:00.00+0900",
        "2026-03-02T11:00:00.000-05:00",
        "2026-03-02T11:00:00Z",
    ),
    *("2000-01-01T00:00:00.000Z", "2026-03-02T23:59:60.000Z", "0001-01-01T00:00:00.000Z", "soon", "", None, 5, {}),
    "2026-03-02T11:00:00Z",
]
NUMBERS: list[Any] = [0, 1, 2, -1, 0.5, 86_400, 86_401, 10**13, 1e300, "3", "x", "", None, True, [], {}]
SPAN = st.fixed_dictionaries(
    {}, optional={"startedAtTime": st.sampled_from(TIMES), "endedAtTime": st.sampled_from(TIMES)}
)
TYPED = st.sampled_from(["Attempt", "Session", "LtiSession", "Score", "Response", "Document", "Person", None, 7])
NODE = st.builds(
    lambda span, kind, inner, more: span | ({} if kind is None else {"type": kind}) | inner | more,
    SPAN,
    TYPED,
    st.one_of(st.just({}), st.builds(lambda span, kind: {"attempt": {**span, "type": kind}}, SPAN, TYPED)),
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.just("urn:x:n"),
            "scoreGiven": st.sampled_from(NUMBERS),
            "maxScore": st.sampled_from(NUMBERS),
            "scoreType": st.sampled_from(["XP", "MASTERY", "xp ", 4]),
            "items": st.lists(
                st.fixed_dictionaries(
                    {"value": st.sampled_from(NUMBERS)},
                    optional={
                        "type": st.sampled_from(["active", "totalQuestions", "correctQuestions", "xpEarned", 3]),
                        "metricType": st.sampled_from(["TotalQuestions", "Active"]),
                        "metric_value": st.sampled_from(NUMBERS),
                        "startDate": st.sampled_from(TIMES),
                        "endDate": st.sampled_from(TIMES),
                        "end_date": st.sampled_from(TIMES),
                    },
                ),
                max_size=3,
            ),
            "extensions": st.sampled_from(
                [{"pctCompleteApp": 50}, {"pctCompleteApp": 101}, {"pctCompleteApp": "5"}, {"real_user_id": "9"}, {}, 4]
            ),
        },
    ),
)
SLOTS = ("generated", "object", "session", "federatedSession", "actor", "target")
KINDS = [
    "GradeEvent",
    "TimeSpentEvent",
    "ActivityEvent",
    "ViewEvent",
    "SessionEvent",
    "AssessmentEvent",
    "OutcomeEvent",
]
EVENTS = st.builds(
    lambda event, nodes: event | nodes,
    st.fixed_dictionaries(
        {
            "id": st.just("urn:uuid:0e0e0e0e-0000-4000-8000-000000000001"),
            "type": st.sampled_from([*KINDS, "http://purl.imsglobal.org/caliper/GradeEvent", "FooEvent"]),
            "action": st.sampled_from(["Graded", "Viewed", "LoggedIn", "Completed"]),
            "eventTime": st.sampled_from(TIMES),
            "actor": st.just("urn:x:actor"),
            "object": st.just("urn:x:object"),
        },
        optional={
            "@context": st.sampled_from([CONTEXT_1_2, "http://purl.imsglobal.org/ctx/caliper/v1/Context", ["urn:x:v"]]),
            "extensions": st.sampled_from([{"real_user_id": "1"}, {"com.instructure.canvas": {"real_user_id": 4}}, {}]),
        },
    ),
    st.dictionaries(st.sampled_from(SLOTS), NODE, max_size=3),
)


def codes_of(event: Any, app: App, when: Arrival) -> list[str]:
    verdict = validate_item(orjson.dumps(event), data_version=CONTEXT_1_2, app=app, arrival=when)
    return [finding.code for finding in verdict.findings if finding.code in SENTENCES]


@pytest.mark.slow
@settings(max_examples=examples(600))
@given(st.one_of(EVENTS, events().map(lambda entry: dict(entry.event))))
def test_what_is_plain_has_no_finding(event: Any) -> None:
    if is_plain(event, term(text(event, "type")), ARRIVAL.latest):
        assert number_findings(event, received_us=RECEIVED_US, sent_us=RECEIVED_US) == []


@pytest.mark.slow
@settings(max_examples=examples(600))
@given(EVENTS, st.sampled_from(APPS))
def test_the_validator_tells_all_that_the_numbers_cannot_use(event: Any, app: App) -> None:
    verdict = validate_item(orjson.dumps(event), data_version=CONTEXT_1_2, app=app, arrival=ARRIVAL)
    if verdict.errors:
        return
    expected = number_findings(event, received_us=RECEIVED_US, sent_us=RECEIVED_US)
    assert codes_of(event, app, ARRIVAL) == [finding.code for finding in expected[:5]]


UNUSABLE: list[tuple[str, Any]] = [
    ("GradeEvent", {"id": "urn:x:n", "type": "Score", "scoreType": "MASTERY", "scoreGiven": 10**15}),
    ("GradeEvent", {"id": "urn:x:n", "type": "Score", "scoreGiven": 10**13}),
    ("ViewEvent", {"id": "urn:x:n", "type": "Attempt", "startedAtTime": TIMES[0], "endedAtTime": TIMES[1]}),
]


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize(("kind", "generated"), UNUSABLE)
def test_a_number_that_cannot_be_used_is_told_of_whatever_else_the_event_is(
    app: App, kind: str, generated: dict[str, Any]
) -> None:
    payloads = Payloads(3)
    event = payloads.lesson_started(payloads.urn()) | {"type": kind, "action": "Graded", "generated": generated}
    expected = [finding.code for finding in number_findings(event, received_us=RECEIVED_US, sent_us=RECEIVED_US)]
    assert expected
    assert codes_of(event, app, ARRIVAL) == expected


@pytest.mark.parametrize("app", APPS)
def test_nothing_is_told_of_good_events(app: App) -> None:
    payloads = Payloads(3)
    codes = {name: codes_of(make(payloads.urn()), app, ARRIVAL) for name, make in payloads.mix().items()}
    assert codes
    assert {name: each for name, each in codes.items() if each} == {}


@given(events())
def test_no_event_makes_it_raise(entry: Entry) -> None:
    assert is_plain(entry.event, entry.attribution.type, ARRIVAL.latest) in (True, False)


def test_a_span_over_midnight_is_looked_at_and_not_told() -> None:
    event = Payloads(3).lesson_completed(Payloads(4).urn())
    event["generated"] |= {"startedAtTime": "2026-03-01T23:00:00.000Z", "endedAtTime": "2026-03-02T01:00:00.000Z"}
    assert not is_plain(event, event["type"], ARRIVAL.latest)
    assert codes_of(event, APPS[0], ARRIVAL) == []


def test_the_arrival_is_of_the_envelope() -> None:
    event = Payloads(3).lesson_started(Payloads(4).urn()) | {"eventTime": "2026-03-03T12:05:00.400Z"}
    assert codes_of(event, APPS[0], ARRIVAL) == ["event-time-ahead"]
    assert codes_of(event, APPS[0], arrival(RECEIVED_US + DAY_US, None)) == []
