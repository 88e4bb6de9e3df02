"""What is said of an event's header, word for word: its id, its time, its context, its type, action and profile."""

from typing import Any

import pytest

from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.findings import STANDARD
from functions.core.caliper.validator.common_findings import EVENT
from tests.unit.core.caliper.samples import EVENT_ID, event, judged, own

V1_2 = "Caliper 1.2"
FORM = "write it as 2026-01-27T10:03:00.000Z."
NEEDED = "an event needs it as 2026-01-27T10:03:00.000Z."
NO_ID = "an event needs it as a string, urn:uuid:<UUID>."
SDK = "TimeBack SDK: Events"
CASES: list[tuple[dict[str, Any], tuple[str, str, str, str, str]]] = [
    # an event; severity, code, pointer, message, source of its one finding
    (
        event(eventTime="2026-01-27T10:03:00"),
        ("error", "time", "/eventTime", f"eventTime does not say its time zone; {FORM}", EVENT),
    ),
    (
        event(eventTime="2026-01-27T10:03:00.000"),
        ("error", "time", "/eventTime", f"eventTime does not say its time zone; {FORM}", EVENT),
    ),
    (event(eventTime="2026-01-27"), ("error", "time", "/eventTime", f"eventTime is not a time; {FORM}", EVENT)),
    (event(eventTime="soon"), ("error", "time", "/eventTime", f"eventTime is not a time; {FORM}", EVENT)),
    (
        event(eventTime="2026-01-27T10:03:00Z"),
        ("warning", "time-form", "/eventTime", "eventTime is not spelled as 2026-01-27T10:03:00.000Z.", EVENT),
    ),
    (event(eventTime=...), ("error", "required", "/eventTime", f"eventTime is missing or null; {NEEDED}", EVENT)),
    (event(eventTime=None), ("error", "required", "/eventTime", f"eventTime is missing or null; {NEEDED}", EVENT)),
    (event(eventTime=7), ("error", "json-type", "/eventTime", f"eventTime is a number; {NEEDED}", EVENT)),
    (
        event(id=EVENT_ID[9:]),
        ("warning", "event-id", "/id", "The event's id is a bare UUID; expected urn:uuid: before it.", EVENT),
    ),
    (event(id="urn:x:1"), ("warning", "event-id", "/id", "The event's id is not the urn:uuid: URN of a UUID.", EVENT)),
    (event(id=...), ("error", "required", "/id", f"id is missing; {NO_ID}", EVENT)),
    (event(id=None), ("error", "required", "/id", f"id is null; {NO_ID}", EVENT)),
    (event(id=7), ("error", "required", "/id", f"id is a number; {NO_ID}", EVENT)),
    (event(id=""), ("error", "required", "/id", f"id is an empty string; {NO_ID}", EVENT)),
    (
        event(action=...),
        ("error", "required", "/action", "action is missing or null; an event needs it as a string.", STANDARD),
    ),
    (
        event(action=[]),
        ("error", "required", "/action", "action is an array; an event needs it as a string.", STANDARD),
    ),
    (event(profile=7), ("warning", "json-type", "/profile", "profile is a number; expected a string.", STANDARD)),
    (
        event(actor=...),
        ("error", "required", "/actor", "actor is missing; an event needs it as an object or an IRI.", STANDARD),
    ),
    (
        event(actor=7),
        ("error", "required", "/actor", "actor is a number; an event needs an object or an IRI.", STANDARD),
    ),
    (
        event(**{"@context": ...}),
        ("warning", "context", "/@context", "@context is missing; the envelope's dataVersion decides.", STANDARD),
    ),
    (
        event(**{"@context": None}),
        ("warning", "context", "/@context", "@context is missing; the envelope's dataVersion decides.", STANDARD),
    ),
    (
        event(**{"@context": 7}),
        (
            "warning",
            "context",
            "/@context",
            "@context is a number; expected a Caliper context IRI, or an array.",
            STANDARD,
        ),
    ),
    (
        event(**{"@context": "urn:x:1"}),
        (
            "warning",
            "context",
            "/@context",
            "@context does not name a Caliper context; the envelope's dataVersion decides.",
            STANDARD,
        ),
    ),
    (
        event(**{"@context": [CONTEXT_1_2, "urn:x:1"]}),
        ("warning", "context", "/@context", "The Caliper context must be the last of the array.", STANDARD),
    ),
    (
        event("LessonEvent"),
        ("warning", "unknown-type", "/type", '"LessonEvent" is not an event type of Caliper 1.2.', V1_2),
    ),
    (
        event(action="Jumped"),
        ("warning", "unknown-action", "/action", '"Jumped" is not an action of Caliper 1.2.', V1_2),
    ),
    (
        event(action="Started"),
        ("warning", "wrong-action", "/action", '"ViewEvent" has no action "Started"; expected Viewed.', V1_2),
    ),
    (
        event(profile="LessonProfile"),
        ("warning", "unknown-profile", "/profile", '"LessonProfile" is not a profile of Caliper 1.2.', V1_2),
    ),
    (
        event(lesson=1),
        (
            "warning",
            "unknown-property",
            "/lesson",
            "An event has no such property; put your own into extensions.",
            V1_2,
        ),
    ),
    (
        own(profile=...),
        ("warning", "timeback.profile", "/profile", "profile is missing; expected TimebackProfile.", SDK),
    ),
    (
        own(action="Started"),
        ("error", "timeback.action", "/action", '"ActivityEvent" has no action "Started"; expected Completed.', SDK),
    ),
]


@pytest.mark.parametrize(("sent", "finding"), CASES)
def test_of_a_header_it_is_said_what_is_wrong_where_and_by_whose_rule(
    sent: dict[str, Any], finding: tuple[str, str, str, str, str]
) -> None:
    findings = judged(sent).findings
    assert [(each.severity, each.code, each.pointer, each.message, each.source) for each in findings] == [finding]


def test_an_event_of_1_1_is_held_against_1_1() -> None:
    sent = event("FeedbackEvent", "Commented", **{"@context": CONTEXT_1_1})
    (finding,) = judged(sent, version=CONTEXT_1_1).findings
    assert (finding.code, finding.source) == ("unknown-type", "Caliper 1.1")


@pytest.mark.parametrize("kind", ["GradeEvent", "OutcomeEvent"])
def test_in_1_1_a_grade_has_no_target_and_in_1_2_it_may(kind: str) -> None:
    sent = event(kind, "Graded", actor="urn:x:1", object="urn:x:2", target="urn:x:3")

    def on_target(context: str) -> list[tuple[str, str, str, str]]:
        findings = judged(sent | {"@context": context}, version=context).findings
        return [(each.severity, each.code, each.message, each.source) for each in findings if each.pointer == "/target"]

    message = f"target does not apply to {kind}."
    assert on_target(CONTEXT_1_1) == [("warning", "not-applicable", message, "Caliper 1.1")]
    assert on_target(CONTEXT_1_2) == []
    wrong = judged(sent | {"@context": CONTEXT_1_1, "target": 7}, version=CONTEXT_1_1).findings
    assert [each.code for each in wrong if each.pointer == "/target"] == ["not-applicable", "json-type"]


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ({}, "is missing"),
        ({"type": None}, "is missing"),
        ({"type": 7}, "is a number"),
        ({"type": ""}, "is an empty string"),
    ],
)
def test_of_an_entity_without_a_type_it_is_said_why_there_is_none(kind: dict[str, Any], fault: str) -> None:
    (finding,) = judged(event(object={"id": "urn:x:1"} | kind)).findings
    assert (finding.code, finding.pointer) == ("required", "/object/type")
    assert finding.message == f"The entity's type {fault}; expected DigitalResource or Result."
    rejected = judged({"@context": CONTEXT_1_2, "id": "urn:x:1"} | kind)
    (error,) = rejected.findings
    assert (rejected.accepted, error.pointer) == (False, "/type")
    assert error.message.endswith(f"so it is an entity, and its type {fault}.")
