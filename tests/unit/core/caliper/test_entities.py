"""Entities wherever they stand: each value in them, the terms of JSON-LD, and whose vocabulary a term is of."""

from typing import Any

import pytest

from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2, V1P1, V1P2
from functions.core.caliper.findings import FindingCollector
from functions.core.caliper.schema.compiled import schema_for
from functions.core.caliper.schema.timeback import ENTITIES
from functions.core.caliper.validator.entity import EntityValidator
from tests.unit.core.caliper.samples import HOUSE, LESSON, changed, codes_and_pointers, event, judged, own, rewritten

TYPES = [(version, name) for version in (V1P1, V1P2) for name in schema_for(version, timeback=False).entity_names]


def findings_on(version: str, node: dict[str, Any]) -> set[tuple[str, str]]:
    collector = FindingCollector()
    EntityValidator(schema_for(version, timeback=False), foreign=False).node(node, ("Entity",), "", collector)
    return {(finding.code, finding.pointer) for finding in collector.findings}


@pytest.mark.parametrize(("version", "name"), TYPES)
def test_what_stands_for_an_entity_or_a_list_is_judged_in_every_property_of_every_type(version: str, name: str) -> None:
    schema = schema_for(version, timeback=False).entity(name)
    assert schema is not None

    def codes_of(key: str, value: object) -> set[tuple[str, str]]:
        node = {"id": "urn:x:1", "type": name, key: value}
        return {
            (code, pointer.removeprefix(f"/{key}"))
            for code, pointer in findings_on(version, node)
            if pointer.startswith(f"/{key}")
        }

    properties = {key: expected for key, expected in schema.properties.items() if key != "@context"}
    entities = [key for key, expected in properties.items() if expected.family == "entity"]
    lists = [key for key, expected in properties.items() if expected.family == "array"]
    of_entities = [key for key in lists if getattr(properties[key].element, "family", "") == "entity"]
    assert [key for key in (*entities, *lists) if codes_of(key, 7) != {("json-type", "")}] == []
    assert [key for key in (*entities, *lists) if codes_of(key, None) != {("null", "")}] == []
    assert [key for key in entities if codes_of(key, "no iri") != {("iri", "")}] == []
    nonsense = {"id": "urn:x:2", "type": "Nonsense"}
    assert [key for key in entities if codes_of(key, nonsense) != {("unknown-type", "/type")}] == []
    assert [key for key in lists if codes_of(key, "urn:x:2") != {("json-type", "")}] == []
    assert [key for key in lists if codes_of(key, [7, None]) != {("json-type", "/0"), ("null", "/1")}] == []
    assert [key for key in of_entities if codes_of(key, ["urn:x:2", "no iri"]) != {("iri", "/1")}] == []
    assert [key for key in of_entities if codes_of(key, ["urn:x:2", nonsense]) != {("unknown-type", "/1/type")}] == []


LESSON_OF_1_0 = {"@id": LESSON, "@type": "Document"}
KEYWORDS = {"name": 7, "dateCreated": "soon", "extensions": [], "keywords": 7}


def test_an_entity_may_say_its_id_and_type_as_1_0_did() -> None:
    spelled = {("deprecated", "/object/@id"), ("deprecated", "/object/@type")}
    assert codes_and_pointers(judged(event(object=LESSON_OF_1_0))) == spelled
    assert codes_and_pointers(judged(event(object=LESSON_OF_1_0 | {"pages": 3}))) == spelled | {
        ("unknown-property", "/object/pages")
    }
    wrong = codes_and_pointers(judged(event(object=LESSON_OF_1_0 | {"@type": "Person"})))
    assert wrong == spelled | {("wrong-entity-type", "/object")}
    unknown = codes_and_pointers(judged(event(object=LESSON_OF_1_0 | {"@type": "Thing"})))
    assert unknown == {("unknown-type", "/object/type")}


def test_the_type_of_an_entity_counts_before_that_of_1_0() -> None:
    codes = codes_and_pointers(judged(event(object={"id": LESSON, "type": "Document", "@type": "Person"})))
    assert codes == {("deprecated", "/object/@type")}


def test_an_entity_describe_may_say_its_type_as_1_0_did() -> None:
    verdict = judged({"@context": CONTEXT_1_2, "@id": "urn:x:1", "@type": "Person", "name": 7})
    assert (verdict.kind, verdict.id) == ("entity", "urn:x:1")
    assert codes_and_pointers(verdict) == {("json-type", "/name"), ("deprecated", "/@id"), ("deprecated", "/@type")}


@pytest.mark.parametrize("kind", [{"type": "Thing"}, {"type": 7}, {"type": ""}, {}])
def test_of_an_entity_of_no_known_type_the_properties_of_every_entity_are_judged(kind: dict[str, Any]) -> None:
    on_type = ("unknown-type" if kind == {"type": "Thing"} else "required", "/object/type")
    codes = codes_and_pointers(judged(event(object=kind | KEYWORDS)))
    assert codes == {
        on_type,
        ("required", "/object/id"),
        ("json-type", "/object/name"),
        ("time", "/object/dateCreated"),
        ("json-type", "/object/extensions"),
    }


@pytest.mark.parametrize("name", ENTITIES)
def test_a_type_of_timeback_is_known_in_timebacks_events_and_to_apps_with_its_rules_alone(name: str) -> None:
    entity = {"id": "urn:x:1", "type": name}
    source = "Caliper 1.2"
    described = judged(entity | {"@context": CONTEXT_1_2})
    assert [(finding.code, finding.pointer, finding.source) for finding in described.findings] == [
        ("unknown-type", "/type", source)
    ]
    foreign = event("Event", "Created", object={"id": LESSON, "type": "Document", "isPartOf": entity})
    assert [(finding.code, finding.pointer, finding.source) for finding in judged(foreign).findings] == [
        ("unknown-type", "/object/isPartOf/type", source)
    ]
    assert judged(foreign, app=HOUSE).findings == ()
    assert codes_and_pointers(judged(own(group=entity))) == {("wrong-entity-type", "/group")}


@pytest.mark.parametrize("profile", ["TimebackProfile", "AggregationProfile"])
def test_the_action_and_profiles_of_timeback_are_unknown_elsewhere(profile: str) -> None:
    assert codes_and_pointers(judged(event("Event", "SpentTime"))) == {("unknown-action", "/action")}
    assert judged(event("Event", "SpentTime"), app=HOUSE).findings == ()
    assert codes_and_pointers(judged(event("TimeSpentEvent", "Viewed", profile="MediaProfile"))) == {
        ("unknown-type", "/type")
    }
    assert ("wrong-profile", "/profile") in codes_and_pointers(judged(event(profile=profile)))


@pytest.mark.parametrize(
    ("sent", "kind"),
    [(own(), "TimebackActivityMetricsCollection"), (rewritten(), "ActivityMetricsCollection")],
)
def test_what_timebacks_entities_have_beside_their_own_is_judged_as_of_any_entity(
    sent: dict[str, Any], kind: str
) -> None:
    assert sent["generated"]["type"] == kind
    assert judged(changed(sent, "/generated/attempt", 2)).findings == ()
    for name, value, code in (("surplus", 1, "unknown-property"), ("name", 7, "json-type"), ("items", {}, "json-type")):
        codes = codes_and_pointers(judged(changed(sent, f"/generated/{name}", value)))
        assert (code, f"/generated/{name}") in codes


CONTEXTS: list[tuple[object, bool]] = [
    # a context, whether another one than Caliper's may define terms
    (..., False),
    (None, False),
    (CONTEXT_1_2, False),
    ([CONTEXT_1_2], False),
    ([], False),
    (["http://x.example/context", CONTEXT_1_2], True),
    ([CONTEXT_1_2, "http://x.example/context"], True),
    ([{"lesson": "http://x.example/lesson"}, CONTEXT_1_2], True),
    ("http://x.example/context", True),
    ({}, True),
    (7, True),
]


@pytest.mark.parametrize(("context", "foreign"), CONTEXTS)
def test_terms_that_are_not_calipers_are_told_unless_another_context_may_define_them(
    context: object, foreign: bool
) -> None:
    thing = {"id": LESSON, "type": "Document", "pages": 3, "isPartOf": {"id": "urn:x:1", "type": "Lesson"}}
    sent = event(**{"@context": context}, lesson=1, object=thing)
    unknown = {
        ("unknown-property", "/lesson"),
        ("unknown-property", "/object/pages"),
        ("unknown-type", "/object/isPartOf/type"),
    }
    on_context = {("context", "/@context")}
    assert codes_and_pointers(judged(sent)) - on_context == (set() if foreign else unknown)
    described = {"@context": context} | thing if context is not ... else thing
    codes = codes_and_pointers(judged(described)) - on_context
    assert codes == (set() if foreign else {("unknown-property", "/pages"), ("unknown-type", "/isPartOf/type")})


@pytest.mark.parametrize("context", [context for context, _ in CONTEXTS if context is ... or context is None])
def test_an_item_without_a_context_is_of_the_version_of_its_envelope(context: object) -> None:
    sent = event("FeedbackEvent", "Commented", **{"@context": context})
    for version, known in ((CONTEXT_1_1, False), (CONTEXT_1_2, True), ("", True)):
        codes = codes_and_pointers(judged(sent, version=version))
        assert codes == {("context", "/@context")} | (set() if known else {("unknown-type", "/type")})
