"""A certificate says what the judgement at length says, for everything that the vocabulary knows."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from functions.core.apps import App
from functions.core.caliper import DIAGNOSED, Verdict, judge_items
from functions.core.caliper.certificate import CERTIFY_AFTER, certify
from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2, V1P1, V1P2
from functions.core.caliper.judgement import judge_at_length
from functions.core.caliper.verdicts import MAX_ID_CHARS
from functions.core.caliper.vocabulary import Kind, vocabulary
from tests.unit.core.caliper.samples import ANY, HOUSE, LESSON, TIME, event, own

VERSIONS = {V1P1: CONTEXT_1_1, V1P2: CONTEXT_1_2}
SLOTS = ("actor", "object", "generated", "target", "referrer", "edApp", "group", "membership", "session")
VALUES: dict[str, list[Any]] = {
    "string": ["a text", 1],
    "Term": ["Term"],
    "IRI": ["https://x.example/1", "no iri"],
    "DateTime": [TIME, "2026-01-27T10:03:00Z", "2026-02-30T10:03:00.000Z", "soon"],
    "Duration": ["PT1M", "a minute"],
    "integer": [1, 1.5, 2**53, 2**63, "1"],
    "decimal": [1.5, 2, "1"],
    "boolean": [True, 0],
    "object": [{"a": [1, {"b": None}]}, "a"],
    "any": [1, "a", None],
}


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    for app in (ANY, HOUSE):
        judge_items([orjson.dumps(event())] * (CERTIFY_AFTER + 1), data_version=CONTEXT_1_2, app=app)


def values(kind: Kind, types: tuple[str, ...]) -> Iterator[Any]:
    """Right and wrong values for a property, every type of entity among them."""
    yield None
    if kind.family == "array":
        assert kind.element is not None
        yield from ([value] for value in values(kind.element, types))
        yield kind.element.name
    elif kind.family == "entity":
        yield from ({"id": "https://x.example/2", "type": name} for name in types)
        yield "https://x.example/2"
    elif kind.family == "enumeration":
        yield from ("Nothing", "Learner", "Active", 1)
    else:
        yield from VALUES[kind.family]


def differences(sent: list[dict[str, Any]], app: App) -> list[Any]:
    raws = [orjson.dumps(each) for each in sent]
    found: list[Verdict] = []
    for start in range(0, len(raws), DIAGNOSED):
        found += judge_items(raws[start : start + DIAGNOSED], data_version=CONTEXT_1_2, app=app)
    return [
        (each, short, judge_at_length(raw, CONTEXT_1_2, app))
        for each, raw, short in zip(sent, raws, found, strict=True)
        if short != judge_at_length(raw, CONTEXT_1_2, app)
    ]


@pytest.mark.parametrize("app", [ANY, HOUSE], ids=["standard", "house"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_value_in_every_property_of_every_entity_is_judged_alike(version: str, app: App) -> None:
    words, types = vocabulary(version, timeback=False), vocabulary(V1P2, timeback=False).entity_names
    sent = []
    for name in types:
        shape = words.shape(name)
        properties = shape.properties if shape else {"name": Kind("string")}
        for key, kind in properties.items():
            entities = ({"id": LESSON, "type": name, key: value} for value in values(kind, types))
            sent += [event(object=entity, **{"@context": VERSIONS[version]}) for entity in entities]
    assert len(sent) > 9_000
    assert differences(sent, app) == []


@pytest.mark.parametrize("app", [ANY, HOUSE], ids=["standard", "house"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_entity_in_every_slot_of_every_event_is_judged_alike(version: str, app: App) -> None:
    words, newest = vocabulary(version, timeback=False), vocabulary(V1P2, timeback=False)
    sent = []
    for name in newest.events:
        actions = (words.events[name].actions if name in words.events else ()) or ("Used", "Graded", "Nothing")
        for action in actions:
            made = event(name, action, **{"@context": VERSIONS[version]})
            sent += [made, *(made | {"profile": profile} for profile in sorted(newest.profiles))]
        made = event(name, actions[0], **{"@context": VERSIONS[version]})
        for slot in SLOTS:
            sent += [made | {slot: {"id": LESSON, "type": kind}} for kind in newest.entity_names]
    assert len(sent) > 9_000
    assert differences(sent, app) == []


LONG = "x" * (MAX_ID_CHARS + 1)
COURSES = [
    event(group={"id": "_:c", "type": "CourseOffering", "name": LONG}),
    event(object={"id": "_:c", "type": "DigitalResource", "mediaType": "curriculum/course", "name": LONG}),
    own(object=own()["object"] | {"course": {"name": "c", "id": LONG}}),
    own(object=own()["object"] | {"course": {"name": LONG}}),
    own(object=own()["object"] | {"activity": {"name": LONG}}),
]


@pytest.mark.parametrize("sent", COURSES)
def test_a_course_that_is_too_long_to_be_asked_for_is_found_on_either_way(sent: dict[str, Any]) -> None:
    for app in (ANY, HOUSE):
        assert differences([sent], app) == []
        assert certify([orjson.dumps(sent)], CONTEXT_1_2, app).withheld == [0]


@pytest.mark.parametrize("digits", [16, 17, 308, 309, 400, 4_400])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_that_no_parser_can_keep_is_no_clean_one(digits: int, sign: str) -> None:
    number = sign + "1" + "0" * (digits - 1)
    resource = {"id": LESSON, "type": "AssignableDigitalResource"}
    for made in (
        event(extensions={"n": 777}),
        event(object=resource | {"maxAttempts": 777}),
        event(object=resource | {"maxScore": 777}),
        own(generated=own()["generated"] | {"attempt": 777}),
    ):
        raw = orjson.dumps(made).replace(b"777", number.encode())
        for app in (ANY, HOUSE):
            assert [*judge_items([raw], data_version=CONTEXT_1_2, app=app)] == [judge_at_length(raw, CONTEXT_1_2, app)]
