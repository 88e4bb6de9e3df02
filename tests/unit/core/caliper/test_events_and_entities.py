"""What is an event and what an entity, by the properties that an item has."""

from typing import Any

import pytest

from functions.core.apps import App
from functions.core.caliper.terms import is_event, is_timeback, text
from functions.core.caliper.validator.edapp import speaks_for


@pytest.mark.parametrize(
    ("item", "event"),
    [
        ({}, False),
        ({"type": "Person"}, False),
        ({"type": "ViewEvent"}, True),
        ({"@type": "http://purl.imsglobal.org/caliper/v1/ViewEvent"}, True),
        ({"type": "Person", "action": "Viewed"}, True),
        ({"type": "Person", "eventTime": "2026"}, True),
        ({"type": "Person", "action": "Viewed", "eventTime": "2026"}, True),
        ({"action": None}, True),
        ({"type": "Person", "actor": "urn:x:1"}, True),
        ({"actor": "urn:x:1"}, True),
        ({"type": 7, "actor": "urn:x:1"}, True),
        ({"type": "Attempt", "actor": "urn:x:1"}, False),
        ({"type": "Result", "actor": "urn:x:1"}, False),
        ({"type": "Session", "actor": "urn:x:1"}, False),
        ({"type": "LtiSession", "actor": "urn:x:1"}, False),
        ({"type": "http://purl.imsglobal.org/caliper/Attempt", "actor": "urn:x:1"}, False),
        ({"type": "FillinBlankResponse", "actor": "urn:x:1"}, False),
        ({"type": "ResponseX", "actor": "urn:x:1"}, True),
        ({"type": "Attempt", "actor": "urn:x:1", "eventTime": "2026"}, True),
    ],
)
def test_an_item_is_an_event_if_anything_of_an_event_is_in_it(item: dict[str, Any], event: bool) -> None:
    assert is_event(item) is event


@pytest.mark.parametrize(
    ("node", "key", "value"),
    [
        ({"id": "a"}, "id", "a"),
        ({"@id": "a"}, "id", "a"),
        ({"id": "a", "@id": "b"}, "id", "a"),
        ({"id": None, "@id": "b"}, "id", "b"),
        ({"id": 7, "@id": "b"}, "id", ""),
        ({"@type": "T"}, "type", "T"),
        ({"@name": "n"}, "name", ""),
        ({"name": ["n"]}, "name", ""),
        ({}, "id", ""),
    ],
)
def test_a_text_is_that_of_the_property_or_of_its_spelling_in_1_0(node: dict[str, Any], key: str, value: str) -> None:
    assert text(node, key) == value


@pytest.mark.parametrize(
    ("kind", "profile", "own"),
    [
        ("ActivityEvent", "", True),
        ("TimeSpentEvent", "", True),
        ("ViewEvent", "", False),
        ("ViewEvent", "TimebackProfile", True),
        ("ViewEvent", "AggregationProfile", True),
        ("ViewEvent", "http://purl.imsglobal.org/caliper/profiles/TimebackProfile", True),
        ("ActivityEvent", "GeneralProfile", False),
    ],
)
def test_an_event_is_timebacks_own_by_its_profile_or_without_one_by_its_type(
    kind: str, profile: str, own: bool
) -> None:
    assert is_timeback(kind, profile) is own


@pytest.mark.parametrize(
    ("allowed", "edapp", "speaks"),
    [
        ("urn:x:app", "urn:x:app", True),
        ("urn:x:app", "  urn:x:app\n", True),
        ("urn:x:app*", " urn:x:app:1 ", True),
        (" urn:x:app ", " urn:x:app ", True),
        (" urn:x:app ", "urn:x:app", False),
        ("urn:x:app", "urn:x: app", False),
        ("urn:x:app", "urn:x:other", False),
    ],
)
def test_an_app_speaks_for_an_edapp_whatever_white_space_stands_around_it(
    allowed: str, edapp: str, speaks: bool
) -> None:
    app = App(app_id="a", tenant="a", edapps=(allowed,))
    assert [speaks_for(app, edapp) for _ in range(2)] == [speaks, speaks], "asked again it says the same"
