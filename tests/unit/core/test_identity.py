"""What identifies an entity: one spelling, and nothing that stands for no one thing, in every slot that names one."""

from typing import Any

import pytest

from functions.core.identity import SYSTEM_ID, identity, is_anonymous, own_identity, written_id
from functions.core.timeline.attribution import attribute

BASES = ("http://purl.imsglobal.org/caliper/", "https://purl.imsglobal.org/caliper/", "caliper:")
NAMELESS = ["_:x", "_:", *(base + "Person" for base in BASES), "http://purl.imsglobal.org/caliper/v1/Session"]
APP = "https://app.example/"
NAMED = {
    "type": "ViewEvent",
    "action": "Viewed",
    "actor": {"id": "urn:x:learner", "type": "Person"},
    "object": {"id": "urn:x:page", "type": "DigitalResource"},
    "session": {"id": "urn:x:session", "type": "Session"},
    "edApp": APP,
    "group": {"id": "urn:x:course", "type": "CourseOffering"},
    "extensions": {"runId": "urn:x:run"},
    "eventTime": "2026-01-27T09:00:00Z",
    "id": "urn:uuid:c51570e4-f8ed-4c18-bb3a-dfe51b2cc594",
}


@pytest.mark.parametrize("name", NAMELESS)
@pytest.mark.parametrize("key", ["id", "@id", None])
def test_blank_nodes_and_type_iris_identify_nothing(name: str, key: str | None) -> None:
    node: Any = name if key is None else {key: name}
    assert is_anonymous(name)
    assert identity(node) is None
    assert own_identity(node) is None
    assert written_id(node) == name, "it is kept as it was sent all the same"


@pytest.mark.parametrize("name", ["urn:x:a", "https://purl.example.org/caliper/Person", "x_:", "calipers:Person"])
def test_any_other_id_identifies(name: str) -> None:
    assert identity(name) == identity({"id": f" {name} "}) == identity({"@id": name}) == name


@pytest.mark.parametrize("node", [None, "", "  ", 7, {}, {"id": None}, {"id": 7}, {"@id": ""}, ["urn:x:a"]])
def test_what_has_no_id_has_no_identity(node: object) -> None:
    assert identity(node) is None


SLOTS = {
    "learner": ("actor", "type"),
    "session": ("session", "type"),
    "edapp": ("edApp", "type"),
    "course": ("group", "type"),
}


@pytest.mark.parametrize("name", NAMELESS)
@pytest.mark.parametrize("field", [*SLOTS, "run"])
@pytest.mark.parametrize("spelled", ["iri", "id", "@id"])
def test_no_slot_of_an_event_takes_an_anonymous_id_for_a_name(name: str, field: str, spelled: str) -> None:
    event: dict[str, Any] = dict(NAMED)
    if field == "run":
        event["extensions"] = {"runId": name}
    else:
        slot = SLOTS[field][0]
        kind = NAMED[slot]["type"] if isinstance(NAMED[slot], dict) else "SoftwareApplication"  # type: ignore[index]
        event[slot] = name if spelled == "iri" else {spelled: name, "type": kind}
    before, after = attribute(NAMED, auto_attach=False), attribute(event, auto_attach=False)
    assert getattr(before, field) is not None
    assert getattr(after, field) is None


@pytest.mark.parametrize("name", NAMELESS)
def test_neither_an_assignee_nor_the_user_of_a_session_is_anonymous(name: str) -> None:
    service = {"id": APP, "type": "SoftwareApplication"}
    attempt = {"id": "urn:x:a", "type": "Attempt", "assignee": name}
    session = {"id": "urn:x:session", "type": "Session", "user": {"id": name, "type": "Person"}}
    event = NAMED | {"actor": service, "object": attempt, "session": session}
    assert attribute(event, auto_attach=False).learner is None


@pytest.mark.parametrize("name", NAMELESS)
def test_an_events_own_id_is_kept_as_it_was_sent(name: str) -> None:
    assert attribute(NAMED | {"id": name}, auto_attach=False).id == name


def test_the_id_of_this_service_never_changes_because_stored_events_name_it() -> None:
    assert SYSTEM_ID == "urn:uuid:a5f0cf2e-4a2b-5f0a-9d0c-6f2f0c6b7a10"
