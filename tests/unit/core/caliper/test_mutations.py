"""Whatever is done to a good event, judging answers, soon, with findings that point at something."""

import copy
import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.apps import App
from functions.core.caliper.contexts import CONTEXT_1_0, CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.findings import MAX_FINDINGS, FindingCollector, Verdict
from functions.core.caliper.validator import DIAGNOSED, validate_item, validate_items
from functions.core.caliper.validator.header_validator import HeaderValidators
from functions.core.caliper.validator.item import HEADER_VALIDATORS, verdict_on
from functions.core.numbers.screening import arrival
from functions.core.timeline.attribution import attribute
from functions.core.times import parse_time
from tests.examples import examples
from tests.unit.core.caliper import test_house_rules
from tests.unit.core.caliper.samples import ANY, HOUSE, LEARNER, LESSON, OLD, TIME, event
from tests.work import calls_of

pytestmark = pytest.mark.slow

ARRIVAL = arrival(parse_time("2026-01-27T12:00:00Z") or 0, None)


def alone(raw: bytes, app: App, validators: HeaderValidators = HEADER_VALIDATORS, **how: Any) -> Verdict:
    """The verdict on one item by which nothing else was validated."""
    return verdict_on(raw, CONTEXT_1_2, app, validators, FindingCollector(ARRIVAL.latest), **how)


RICH = event(
    "AssessmentItemEvent",
    "Completed",
    profile="AssessmentProfile",
    object={
        "id": "https://x.example/q/1",
        "type": "AssessmentItem",
        "name": "A question",
        "maxScore": 1.0,
        "isTimeDependent": False,
        "creators": [LEARNER],
        "keywords": ["fractions"],
        "isPartOf": {"id": "https://x.example/t/1", "type": "Assessment", "items": [], "dateToSubmit": TIME},
    },
    generated={
        "id": "https://x.example/r/1",
        "type": "FillinBlankResponse",
        "attempt": {"id": "urn:x:a", "type": "Attempt", "assignee": LEARNER, "count": 1, "duration": "PT5M"},
        "values": ["one", "two"],
    },
    edApp={"id": "https://x.example", "type": "SoftwareApplication"},
    group={"id": "https://x.example/c/1", "type": "CourseSection", "courseNumber": "1"},
    membership={
        "id": "https://x.example/m/1",
        "type": "Membership",
        "member": LEARNER,
        "organization": "https://x.example/c/1",
        "roles": ["Learner"],
        "status": "Active",
    },
    federatedSession={"id": "urn:x:l", "type": "LtiSession", "user": LEARNER, "messageParameters": {"a": [1]}},
    session={"id": "urn:x:s", "type": "Session", "startedAtTime": TIME},
    referrer={"id": LESSON, "type": "AssessmentItem"},
    extensions={"runId": "f47ac10b-58cc-4372-a567-0e02b2c3d479", "x": {"y": [1, None, {"z": 1}]}},
)
GOOD = [RICH, *test_house_rules.KEPT.values(), {"id": LEARNER, "type": "Person", "otherIdentifiers": []}]
KEYS = st.sampled_from(
    (
        "id type @id @type @context action actor object generated assignee attempt items profile eventTime "
        "startedAtTime "
        "extensions runId session edApp isPartOf user a/b ~ name scoreType mediaType course value metricType group "
        "duration otherIdentifiers"
    ).split()
)
TERMS = st.sampled_from(
    [
        *"Person Event ViewEvent Attempt Session Started LoggedIn TimedOut TimebackProfile Score Viewed Frame".split(),
        *"AggregationProfile ActivityEvent TimebackUser Document http://x.example/T _:x PT1S".split(),
        "urn:tag:auto-attach",
        *"2024-02-29T10:00:00.000Z 2026-01-27T10:03:00Z http://purl.imsglobal.org/caliper/Person".split(),
        *(CONTEXT_1_0, CONTEXT_1_1, CONTEXT_1_2, TIME, "", "a:b\nc:d", "no iri", "\u2028", "x" * 2100),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TERMS
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Each (container, key) within a value."""
    places: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        node = stack.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                stack.append(node[key])
    return places


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good event with one to four things done to it."""
    value = copy.deepcopy(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 4))):
        spots = places(value)
        if not spots:
            break
        node, key = spots[draw(st.integers(0, len(spots) - 1))]
        match draw(st.sampled_from(["replace", "delete", "add", "copy"])):
            case "delete":
                del node[key]
            case "add" if isinstance(node, dict):
                node[draw(KEYS)] = draw(VALUES)
            case "copy":
                other, name = spots[draw(st.integers(0, len(spots) - 1))]
                node[key] = copy.deepcopy(other[name])
            case _:
                node[key] = draw(VALUES)
    return value


def resolves(value: Any, pointer: str) -> bool:
    """Whether a pointer names something in the value, or a property that an object there lacks."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    for position, token in enumerate(tokens):
        if isinstance(value, dict):
            if token not in value:
                return position == len(tokens) - 1
            value = value[token]
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return False
    return True


def strict_of(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    return [(finding.code, finding.pointer, finding.message, finding.source) for finding in verdict.findings]


@settings(max_examples=examples(400))
@given(
    value=mutated(),
    app=st.sampled_from([ANY, HOUSE, OLD]),
    version=st.sampled_from([CONTEXT_1_0, CONTEXT_1_1, CONTEXT_1_2]),
)
def test_any_mutation_is_answered_and_pointed_at(value: Any, app: Any, version: str) -> None:
    raw = json.dumps(value).encode()
    verdict = validate_item(raw, data_version=version, app=app)
    assert len(verdict.findings) <= MAX_FINDINGS + 1
    for finding in verdict.findings:
        assert resolves(value, finding.pointer), finding
        assert finding.message.endswith(".")
        assert finding.source
    strict = validate_item(raw, data_version=version, app=app, strict=True)
    assert strict.accepted == (not verdict.findings)
    assert strict_of(strict) == strict_of(verdict)
    if verdict.accepted:
        attribution = attribute(orjson.loads(raw), auto_attach=True)
        assert attribution.kind == verdict.kind
        assert verdict.kind == "entity" or attribution.id


@settings(max_examples=examples(200))
@given(values=st.lists(mutated(), max_size=30), app=st.sampled_from([ANY, HOUSE]))
def test_items_of_one_envelope_are_validated_as_each_alone(values: list[Any], app: Any) -> None:
    raws = [json.dumps(value).encode() for value in values]
    for when in (None, ARRIVAL):
        each = [alone(raw, app, arrival=when) for raw in raws]
        assert [*validate_items(raws, data_version=CONTEXT_1_2, app=app, arrival=when)] == each


@settings(max_examples=examples(200))
@given(value=mutated(), app=st.sampled_from([ANY, HOUSE]))
def test_a_brief_judgement_rejects_the_same_for_the_same_first_reason(value: Any, app: Any) -> None:
    raw = json.dumps(value).encode()
    brief, full = (alone(raw, app, brief=brief) for brief in (True, False))
    assert brief.accepted == full.accepted
    assert (brief.kind, brief.id) == (full.kind, full.id)
    assert full == brief if full.accepted else brief.errors[0] == full.errors[0]


def test_past_the_first_hundred_rejected_items_of_a_request_one_reason_is_told() -> None:
    raws = [json.dumps(RICH | {"eventTime": None, "actor": 1}).encode()] * (DIAGNOSED + 5)
    for before in (0, 7):
        verdicts = [*validate_items(raws, data_version=CONTEXT_1_2, app=ANY, rejected=before)]
        pointers = [[error.pointer for error in verdict.errors] for verdict in verdicts]
        assert pointers == [["/eventTime", "/actor"]] * (DIAGNOSED - before) + [["/eventTime"]] * (5 + before)


NARROW = App(app_id="urn:x:app", tenant="t", edapps=("https://x.example",))
WRONG_VALUES = {
    "id": ["urn:uuj" + RICH["id"][7:], RICH["id"][:-1] + "g", RICH["id"][:-1] + "é", "x" * 45, RICH["id"] + "\n"],
    "eventTime": ["2026-02-30T10:03:00.000Z", "2026-01-27T10:03:00-0500", "2026-01-27T10:03:00.00éZ", TIME + "\n"],
    "actor": ["learner 7", "https://x.example/a\nb", "https://x.example/é", "", "urn:", "https://" + "x" * 2_048],
    "session": [{"id": "urn:x:s", "type": "Session", "startedAtTime": "2026-13-27T10:03:00.000Z"}],
    "edApp": ["https://elsewhere.example"],
}


@pytest.mark.parametrize(("name", "wrong"), [(name, each) for name, wrong in WRONG_VALUES.items() for each in wrong])
def test_one_wrong_value_is_told_of_its_own_item_alone(name: str, wrong: Any) -> None:
    raws = [json.dumps(RICH).encode()] * 8
    raws[3] = json.dumps(RICH | {name: wrong}).encode()
    for _ in range(2):
        verdicts = [*validate_items(raws, data_version=CONTEXT_1_2, app=NARROW)]
        assert verdicts == [alone(raw, NARROW) for raw in raws]
        assert [verdict == verdicts[0] for verdict in verdicts].count(False) <= 1


@given(value=mutated())
def test_what_was_judged_before_changes_nothing(value: Any) -> None:
    raw = json.dumps(value).encode()
    after_others = validate_item(raw, data_version=CONTEXT_1_2, app=HOUSE)
    assert alone(raw, HOUSE, HeaderValidators()) == after_others


@given(raw=st.binary(max_size=200), position=st.integers(0, 600), length=st.integers(0, 5))
def test_any_bytes_are_answered(raw: bytes, position: int, length: int) -> None:
    good = orjson.dumps(RICH)
    for each in (raw, good[:position] + raw[:10] + good[position + length :]):
        validate_item(each, data_version=CONTEXT_1_2, app=ANY)
        open_envelopes(each, app=ANY)
        open_envelopes(b'{"sensor":"s","sendTime":"2026-01-27T10:03:00Z","data":[' + each + b"]}", app=ANY)


@pytest.mark.parametrize("part", ["object", "keywords", "extensions", "items"])
def test_an_event_of_the_largest_size_is_little_work(part: str) -> None:
    many: Any = {"object": [{}] * 60_000, "keywords": [1] * 60_000, "extensions": {}, "items": [{"type": "x"}] * 9_000}
    sent = event(object={"id": LESSON, "type": "Document", "keywords": many["keywords"]})
    if part == "items":
        sent = test_house_rules.ACTIVITY | {"generated": {"type": "x", "items": many["items"]}}
    elif part != "keywords":
        sent = event(**{part: many[part] or {str(number): [] for number in range(20_000)}})
    raw = orjson.dumps(sent)
    calls = calls_of(lambda: validate_item(raw, data_version=CONTEXT_1_2, app=HOUSE))
    assert calls < 10 * len(raw)
