import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.identity import is_anonymous
from functions.core.timeline.attribution import attribute
from functions.core.times import parse_time

TIME = "2026-01-27T10:03:00.000Z"
LEARNER = "urn:uuid:6f1b0c3e-0d5b-4b1c-9c5d-0d4b6b1b2a11"
OTHER = "https://x.example/users/2"
APP = "https://app.example"
SESSION = "urn:uuid:11111111-2222-4333-8444-555555555555"
RUN = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
PERSON = {"id": LEARNER, "type": "Person"}
SOFTWARE = {"id": APP, "type": "SoftwareApplication"}
ATTEMPT = {"id": "urn:x:a", "type": "Attempt", "assignee": OTHER}
EVENT: dict[str, Any] = {
    "id": "urn:uuid:c51570e4-f8ed-4c18-bb3a-dfe51b2cc594",
    "type": "ViewEvent",
    "actor": PERSON,
    "action": "Viewed",
    "object": "https://x.example/lessons/1",
    "eventTime": TIME,
}


def attributed(**parts: Any) -> Any:
    auto_attach = parts.pop("auto_attach", False)
    sent = {key: value for key, value in (EVENT | parts).items() if value is not ...}
    before = copy.deepcopy(sent)
    attribution = attribute(sent, auto_attach=auto_attach)
    assert sent == before
    return attribution


def test_an_event_is_what_it_says() -> None:
    attribution = attributed(edApp=SOFTWARE)
    assert (attribution.kind, attribution.type, attribution.action, attribution.id) == (
        "event",
        "ViewEvent",
        "Viewed",
        EVENT["id"],
    )
    assert (attribution.time_us, attribution.edapp) == (parse_time(TIME), APP)


def test_ids_come_out_in_their_one_spelling() -> None:
    bare = "6F1B0C3E-0D5B-4B1C-9C5D-0D4B6B1B2A11"
    attribution = attributed(
        id=bare, actor=bare, session="urn:uuid:" + bare, extensions={"runId": bare, "courseId": bare}
    )
    assert {attribution.id, attribution.learner, attribution.session, attribution.run, attribution.course} == {
        "urn:uuid:" + bare.lower()
    }
    assert attributed(edApp=bare).edapp == "urn:uuid:" + bare.lower()
    assert attributed(actor=LEARNER + " ").learner == LEARNER


def test_terms_given_as_iri_come_out_short() -> None:
    attribution = attributed(
        type="http://purl.imsglobal.org/caliper/ViewEvent", action="http://purl.imsglobal.org/caliper/actions/Viewed"
    )
    assert (attribution.type, attribution.action) == ("ViewEvent", "Viewed")


@pytest.mark.parametrize(
    ("parts", "learner"),
    [
        ({}, LEARNER),
        ({"actor": LEARNER}, LEARNER),
        ({"actor": {"id": OTHER, "type": "TimebackUser"}}, OTHER),
        ({"actor": {"id": OTHER, "type": "User"}}, OTHER),
        # a person who grades is the learner of the act: the event stands in her session
        ({"object": ATTEMPT}, LEARNER),
        ({"actor": LEARNER, "object": ATTEMPT}, OTHER),
        ({"actor": LEARNER, "generated": ATTEMPT}, OTHER),
        ({"actor": LEARNER, "generated": {"type": "Response", "attempt": ATTEMPT}}, OTHER),
        ({"actor": LEARNER, "generated": {"type": "Attempt", "assignee": {"id": LEARNER, "type": "Person"}}}, LEARNER),
        ({"actor": SOFTWARE, "object": ATTEMPT}, OTHER),
        ({"actor": APP, "edApp": APP, "object": ATTEMPT}, OTHER),
        ({"actor": APP, "edApp": SOFTWARE}, None),
        ({"actor": SOFTWARE}, None),
        ({"actor": {"id": "urn:x:g", "type": "CourseSection"}}, None),
        ({"actor": SOFTWARE, "session": {"id": SESSION, "type": "Session", "user": OTHER}}, OTHER),
        ({"actor": SOFTWARE, "federatedSession": {"id": "urn:x:l", "type": "LtiSession", "user": PERSON}}, LEARNER),
        ({"actor": SOFTWARE, "session": {"id": SESSION, "type": "Session", "actor": PERSON}}, LEARNER),
        ({"actor": {"id": "urn:instructure:canvas:user:0", "type": "Person"}}, None),
        ({"actor": "urn:tag:auto-attach"}, None),
        ({"actor": {"id": "http://purl.imsglobal.org/caliper/Person", "type": "Person"}}, None),
        ({"actor": "_:someone"}, None),
        ({"actor": {"type": "Person"}}, None),
        ({"actor": {"id": 7, "type": "Person"}, "session": {"id": SESSION, "user": OTHER}}, OTHER),
        ({"actor": {"@id": OTHER, "@type": "http://purl.imsglobal.org/caliper/v1/lis/Person"}}, OTHER),
    ],
)
def test_the_learner_is_found(parts: dict[str, Any], learner: str | None) -> None:
    assert attributed(**parts).learner == learner


@pytest.mark.parametrize(
    ("parts", "session", "auto"),
    [
        ({}, None, False),
        ({"session": SESSION}, SESSION, False),
        ({"session": {"id": SESSION, "type": "Session"}}, SESSION, False),
        ({"session": "urn:tag:auto-attach"}, None, True),
        ({"session": {"id": "urn:tag:auto-attach", "type": "Session"}}, None, True),
        ({"auto_attach": True}, None, True),
        ({"session": SESSION, "auto_attach": True}, SESSION, False),
        ({"session": None, "auto_attach": True}, None, True),
        (
            {"federatedSession": {"id": "https://bb.example/sessions/1", "type": "LtiSession"}},
            "https://bb.example/sessions/1",
            False,
        ),
        ({"session": SESSION, "federatedSession": "urn:x:l"}, SESSION, False),
        ({"session": "_:b1"}, None, False),
        ({"session": {"id": "http://purl.imsglobal.org/caliper/Session", "type": "Session"}}, None, False),
        ({"session": {"type": "Session"}}, None, False),
        ({"session": {"id": None}, "federatedSession": "urn:x:l"}, "urn:x:l", False),
    ],
)
def test_the_session_is_found(parts: dict[str, Any], session: str | None, auto: bool) -> None:
    attribution = attributed(**parts)
    assert (attribution.session, attribution.auto) == (session, auto)


@pytest.mark.parametrize("target", [SESSION, {"id": SESSION, "type": "Session", "user": PERSON}])
def test_the_session_of_a_time_out_is_its_object(target: Any) -> None:
    attribution = attributed(
        type="SessionEvent", action="TimedOut", actor=SOFTWARE, object=target, edApp=APP, auto_attach=True
    )
    assert (attribution.session, attribution.auto) == (SESSION, False)
    assert attribution.learner == (LEARNER if isinstance(target, dict) else None)


def test_the_session_of_a_log_in_is_its_session_or_else_its_object() -> None:
    parts = {"type": "SessionEvent", "action": "LoggedIn", "object": {"id": SESSION, "type": "Session"}}
    assert attributed(**parts).session == SESSION
    assert attributed(**parts, session="urn:x:s").session == "urn:x:s"
    assert attributed(**parts | {"object": SOFTWARE}).session is None


@pytest.mark.parametrize(
    ("parts", "run"),
    [
        ({}, None),
        ({"session": SESSION}, None),
        ({"extensions": {"runId": RUN}}, "urn:uuid:" + RUN),
        ({"extensions": {"runId": "run one"}}, "run one"),
        ({"extensions": {"runId": 7}}, None),
        ({"profile": "TimebackProfile", "session": SESSION}, SESSION),
        ({"profile": "AggregationProfile", "session": SESSION}, SESSION),
        ({"type": "ActivityEvent", "session": SESSION}, SESSION),
        ({"profile": "TimebackProfile", "session": SESSION, "extensions": {"runId": RUN}}, "urn:uuid:" + RUN),
        ({"profile": "TimebackProfile", "session": "https://x.example/s/1"}, None),
        ({"profile": "AggregationProfile", "session": "urn:tag:auto-attach"}, None),
    ],
)
def test_the_run_is_found(parts: dict[str, Any], run: str | None) -> None:
    assert attributed(**parts).run == run


COURSE = {"id": "https://x.example/c/1", "type": "CourseSection"}
CHAIN = {"id": "urn:x:1", "type": "AssignableDigitalResource", "isPartOf": {"id": "urn:x:2", "type": "Thing"}}


@pytest.mark.parametrize(
    ("parts", "course"),
    [
        ({}, None),
        ({"extensions": {"courseId": "MATH-3"}}, "MATH-3"),
        ({"extensions": {"courseId": 3}}, "3"),
        ({"extensions": {"courseId": True}}, None),
        ({"extensions": {"courseId": "MATH-3"}, "group": COURSE}, "MATH-3"),
        ({"group": COURSE}, "https://x.example/c/1"),
        ({"group": "https://x.example/g/1"}, "https://x.example/g/1"),
        ({"group": {"id": "urn:x:g", "type": "Group"}}, None),
        (
            {"object": {"id": "urn:x:1", "type": "Document", "isPartOf": CHAIN | {"isPartOf": COURSE}}},
            "https://x.example/c/1",
        ),
        (
            {
                "object": ATTEMPT
                | {"assignable": CHAIN | {"isPartOf": {"id": "urn:x:c", "mediaType": "curriculum/course"}}}
            },
            "urn:x:c",
        ),
        ({"object": {"id": "urn:x:1", "type": "TimebackActivityContext", "course": {"name": "Algebra"}}}, "Algebra"),
        ({"object": {"id": "urn:x:1", "course": {"name": "Algebra", "id": "urn:x:alg"}}}, "urn:x:alg"),
        ({"object": CHAIN | {"isPartOf": {"id": None, "type": "CourseOffering", "name": "Algebra"}}}, "Algebra"),
        ({"membership": {"organization": COURSE}}, "https://x.example/c/1"),
        ({"membership": {"extensions": {"bb:course.id": "_1_1"}}}, "_1_1"),
        (
            {"object": {"id": "urn:c:1", "extensions": {"com.instructure.canvas": {"asset_type": "course"}}}},
            "urn:c:1",
        ),
        (
            {
                "object": {
                    "id": "urn:x:1",
                    "extensions": {"com.instructure.canvas": {"context_type": "course", "context_id": "17"}},
                }
            },
            "urn:instructure:canvas:course:17",
        ),
    ],
)
def test_the_course_is_found(parts: dict[str, Any], course: str | None) -> None:
    assert attributed(**parts).course == course


def test_a_chain_that_never_ends_is_followed_for_a_while() -> None:
    chain: dict[str, Any] = {"id": "urn:x:0", "type": "Document"}
    for number in range(200):
        chain = {"id": f"urn:x:{number}", "type": "Document", "isPartOf": chain}
    assert attributed(object=chain).course is None


JSON = st.recursive(
    st.sampled_from([None, True, 7, "", " ", "urn:x:1", "CourseOffering", "curriculum/course", "Course"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                "id type name mediaType isPartOf assignable attempt course extensions courseId organization "
                "com.instructure.canvas asset_type context_type context_id bb:course.id".split()
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(st.dictionaries(st.sampled_from("object generated group membership extensions".split()), JSON))
def test_whatever_an_event_says_of_its_course_is_read_or_passed_over(parts: dict[str, Any]) -> None:
    assert attributed(**parts).course != ""


def test_an_entity_without_a_time_of_change_has_the_time_at_which_it_was_sent() -> None:
    described = {"id": LEARNER, "type": "Person", "dateCreated": "2026-01-01T00:00:00Z"}
    times = [attribute(described, auto_attach=False, received_us=late, sent_us=7).time_us for late in (9, 10)]
    assert times == [7, 7]
    unsent = attribute(described, auto_attach=False, received_us=9)
    assert unsent.time_us == parse_time("2026-01-01T00:00:00Z")
    changed = described | {"dateModified": "2026-02-01T00:00:00Z"}
    assert attribute(changed, auto_attach=False, sent_us=7).time_us == parse_time("2026-02-01T00:00:00Z")


def test_an_entity_belongs_to_nobody_and_has_the_time_it_was_changed() -> None:
    sent = {"id": LEARNER, "type": "Person", "dateCreated": TIME}
    attribution = attribute(sent, auto_attach=True, received_us=5)
    assert (attribution.kind, attribution.id, attribution.learner, attribution.session, attribution.auto) == (
        "entity",
        LEARNER,
        None,
        None,
        False,
    )
    assert attribution.time_us == parse_time(TIME)
    assert attribute(sent | {"dateModified": "2026-02-01T00:00:00Z"}, auto_attach=False).time_us > attribution.time_us
    assert attribute({"type": "Person"}, auto_attach=False, received_us=5).time_us == 5
    assert attribute({"type": "Person"}, auto_attach=False).id == ""


def test_an_event_of_caliper_1_0_gets_an_id_of_its_content() -> None:
    sent = {key: value for key, value in EVENT.items() if key not in ("id", "type")}
    sent |= {"@type": "http://purl.imsglobal.org/caliper/v1/NavigationEvent"}
    attribution = attribute(sent, auto_attach=False)
    assert attribution.type == "NavigationEvent"
    assert attribution.id == attribute(dict(reversed(sent.items())), auto_attach=False).id
    assert attribution.id != attribute(sent | {"action": "x"}, auto_attach=False).id


def test_anonymous_ids_are_told_from_others() -> None:
    assert is_anonymous("http://purl.imsglobal.org/caliper/Person")
    assert is_anonymous("_:b0")
    assert not is_anonymous("https://x.example/users/1")
