"""The tables against themselves, and against the standard as data, where that is at hand."""

import json
from typing import Any

import pytest

from functions.core.caliper.contexts import EXTENSION_PROFILES, V1P1, V1P1_EXTENDED, V1P2, version_of
from functions.core.caliper.schema.compiled import schema_for
from functions.core.caliper.schema.entities import ENTITIES_1_1, ENTITIES_1_2
from functions.core.caliper.schema.enumerations import (
    ACTION_SPELLINGS,
    ACTIONS_1_1,
    ACTIONS_1_2,
    ENUMERATIONS,
    PROFILES_1_1,
    PROFILES_1_2,
)
from functions.core.caliper.schema.events import BY_ACTION, EVENTS_1_1, EVENTS_1_2, REQUIRED_BY_ACTION
from tests.bench.corpus import CORPUS
from tests.unit.core.caliper.table_digest import digest_of_table

STANDARD = CORPUS.parent / "standard"
here = pytest.mark.skipif(not STANDARD.is_dir(), reason="the shared standard is not beside this checkout")
# Of the tables as they were when the three tests below last held them to the standard. Who changes a table sees those
# pass with the standard at hand, and writes the digest that this one shows.
HELD_TO_THE_STANDARD = "JCvF4a4ovOd8kEcIbzVtBg"
DIGEST = digest_of_table(
    [
        *(ENTITIES_1_1, ENTITIES_1_2, EVENTS_1_1, EVENTS_1_2, BY_ACTION, REQUIRED_BY_ACTION, ENUMERATIONS),
        *(ACTION_SPELLINGS, ACTIONS_1_1, ACTIONS_1_2, PROFILES_1_1, PROFILES_1_2),
    ]
)
TABLES = {"v1p1": (ENTITIES_1_1, EVENTS_1_1), "v1p2": (ENTITIES_1_2, EVENTS_1_2)}


def data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((STANDARD / name).read_text())
    return loaded


def test_the_counts_are_those_of_the_standard() -> None:
    assert (len(EVENTS_1_1), len(EVENTS_1_2)) == (16, 24)
    assert sum(event.deprecated for event in EVENTS_1_2.values()) == 2
    assert (len(ENTITIES_1_1), len(ENTITIES_1_2)) == (50, 72)
    assert (len(PROFILES_1_1), len(PROFILES_1_2)) == (10, 15)
    assert (len(ACTIONS_1_1), len(ACTIONS_1_2)) == (64, 80)


@pytest.mark.parametrize("version", [V1P1, V1P2, V1P1_EXTENDED])
@pytest.mark.parametrize("house", [False, True])
def test_every_type_named_in_a_table_is_in_it(version: str, house: bool) -> None:
    schema = schema_for(version, house)
    assert schema.entity_names
    assert schema.events
    for name in schema.entity_names:
        entity = schema.entity(name)
        assert entity is not None
        for kind in entity.properties.values():
            for allowed in (kind.element or kind).allowed:
                assert schema.entity(allowed) is not None, (name, allowed)
    for event in schema.events.values():
        for slot in (event.actor, event.object, event.generated, event.target, event.referrer):
            assert all(schema.entity(name) is not None for name in slot)
        assert set(event.actions) <= schema.actions
        assert set(event.deprecated_actions) <= schema.actions
        assert set(event.profiles) <= schema.profiles | PROFILES_1_2


def test_the_conditions_speak_of_events_and_actions_that_exist() -> None:
    for event, action in [*BY_ACTION, *REQUIRED_BY_ACTION]:
        assert action in EVENTS_1_2[event].actions
    assert set(ACTION_SPELLINGS.values()) <= ACTIONS_1_1


def test_each_extension_context_is_known() -> None:
    for name in EXTENSION_PROFILES:
        iri = f"http://purl.imsglobal.org/ctx/caliper/v1p1/{name}Profile-extension"
        assert version_of(iri) == V1P1_EXTENDED
    assert version_of("http://purl.imsglobal.org/ctx/caliper/v1p1/NoProfile-extension") is None


def test_the_tables_are_those_that_were_held_to_the_standard() -> None:
    assert DIGEST == HELD_TO_THE_STANDARD


@here
@pytest.mark.parametrize("version", ["v1p1", "v1p2"])
def test_every_entity_type_has_the_supertypes_and_properties_of_the_standard(version: str) -> None:
    entities, _ = TABLES[version]
    schema = schema_for(version, timeback=False)
    published = data("entities.json")[version]
    assert entities.keys() == published.keys()
    for name, published_entity in published.items():
        entity = schema.entity(name)
        assert entity is not None
        ancestors = {ancestor for ancestor in published_entity["ancestors"] if not ancestor.startswith("Selector")}
        assert ancestors <= entity.lineage, name
        assert set(published_entity["own_properties"]) <= entity.properties.keys(), name
        assert (
            set(published_entity.get("deprecated_properties", ()))
            <= entity.deprecated_properties | entity.properties.keys()
        ), name


@here
@pytest.mark.parametrize("version", ["v1p1", "v1p2"])
def test_every_event_type_has_the_actions_and_types_of_the_standard(version: str) -> None:
    _, events = TABLES[version]
    schema = schema_for(version, timeback=False)
    published = data("profiles.json")[version]
    assert events.keys() == published["events"].keys()

    def admits(slot: tuple[str, ...], name: str) -> bool:
        entity = schema.entity(name)
        return entity is not None and (not slot or not entity.lineage.isdisjoint(slot))

    for name, published_event in published["events"].items():
        event = events[name]
        if event.actions:
            assert set(event.actions) == {
                ACTION_SPELLINGS.get(action, action) for action in published_event["actions"]
            }, name
        assert set(published_event.get("deprecated_actions", ())) <= set(event.deprecated_actions), name
        assert set(published_event["profiles"]) <= set(event.profiles), name
        for ours, theirs in ((event.actor, "actors"), (event.object, "objects"), (event.generated, "generated")):
            assert all(admits(ours, each) for each in published_event[theirs]), (name, theirs)
        assert all(admits(event.target, target) for target in published_event["targets"]), name


@here
def test_the_enumerations_are_those_of_the_standard() -> None:
    enums = data("entities.json")["v1p2_enums"]
    assert ENUMERATIONS["metric"] == set(enums["MetricEnum"])
    assert ENUMERATIONS["role"] == set(enums["LisRolesEnum"])
    assert ENUMERATIONS["status"] == set(enums["LisStatusEnum"])
    assert ENUMERATIONS["identifier_type"] == set(enums["SystemIdentifierTypeEnum"])
    assert ENUMERATIONS["message_type"] == set(enums["LtiMessageTypeEnum"])
    actions = data("profiles.json")
    assert set(actions["v1p1"]["actions"]["schema_enum"]) == ACTIONS_1_1
    assert set(actions["v1p2"]["actions"]["schema_enum"]) == ACTIONS_1_2
    assert set(actions["v1p1"]["profiles"]) == PROFILES_1_1
    assert set(actions["v1p2"]["profiles"]) == PROFILES_1_2
