"""An administrator who acts in a learner's name is told from the learner."""

from typing import Any

import pytest

from functions.core.timeline.attribution import attribute
from functions.core.timeline.masquerade import is_masquerade

USER = "urn:instructure:canvas:user:21070000000987123"


def acted(real: Any, *, entity: Any = "21070000000987123", vendor: str = "com.instructure.canvas") -> dict[str, Any]:
    canvas = {"real_user_id": real} | ({} if entity is None else {"entity_id": entity})
    return {"actor": {"id": USER, "type": "Person", "extensions": {vendor: canvas}}}


@pytest.mark.parametrize("real", ["21070000000000001", 21070000000000001, "1", 1, "someone"])
@pytest.mark.parametrize("vendor", ["com.instructure.canvas", "canvas"])
@pytest.mark.parametrize("entity", ["21070000000987123", None])
def test_another_real_user_is_a_masquerade(real: Any, vendor: str, entity: Any) -> None:
    event = acted(real, vendor=vendor, entity=entity)
    assert is_masquerade(event)
    attribution = attribute({"type": "ViewEvent", "action": "Viewed", **event}, auto_attach=False)
    assert (attribution.masqueraded, attribution.learner) == (True, USER), "it is listed under the learner"


@pytest.mark.parametrize(
    "real", [None, "", " ", "21070000000987123", 21070000000987123, "987123", " 987123 ", True, {}]
)
@pytest.mark.parametrize("entity", ["21070000000987123", "987123", 987123, None])
def test_no_real_user_or_the_same_one_is_none(real: Any, entity: Any) -> None:
    assert not is_masquerade(acted(real, entity=entity))


def test_the_events_own_extensions_may_say_it() -> None:
    event = {"actor": USER, "extensions": {"com.instructure.canvas": {"real_user_id": "7"}}}
    assert is_masquerade(event)


@pytest.mark.parametrize("name", ["entity_id", "user_id"])
@pytest.mark.parametrize("vendor", ["com.instructure.canvas", "canvas", ""])
@pytest.mark.parametrize("of_actor", [True, False])
def test_the_actor_is_known_by_any_of_the_names_that_canvas_gives(name: str, vendor: str, of_actor: bool) -> None:
    for own, masquerades in (("21070000000000007", False), ("8", True)):
        canvas = {"real_user_id": "7", name: own}
        extensions = {"extensions": {vendor: canvas} if vendor else canvas}
        actor = {"id": USER, "type": "Person"}
        event = {"actor": actor | extensions} if of_actor else {"actor": actor, **extensions}
        assert is_masquerade(event) is masquerades


@pytest.mark.parametrize("event", [{}, {"actor": USER}, {"actor": {"id": USER, "extensions": []}}, {"extensions": "x"}])
def test_other_events_are_none(event: dict[str, Any]) -> None:
    assert not is_masquerade(event)
