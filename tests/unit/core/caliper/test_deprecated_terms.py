"""Each term that Caliper 1.1 deprecated: it is stored with a warning that says where it stands and whose rule it is."""

from typing import Any

import pytest

from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.findings import Verdict
from functions.core.caliper.schema.entities import DEPRECATED_PROPERTIES, ENTITIES_1_1, ENTITIES_1_2
from tests.unit.core.caliper.samples import LESSON, event, judged

VERSIONS = [CONTEXT_1_1, CONTEXT_1_2]
TYPES = ["EpubChapter", "EpubPart", "EpubSubChapter", "EpubVolume", "Reading"]
EVENT_TYPES = [("ReadingEvent", "Viewed"), ("OutcomeEvent", "Graded")]
ACTIONS = [
    *[("AssessmentItemEvent", action) for action in ("Reviewed", "Viewed")],
    *[("AssignableEvent", action) for action in ("Abandoned", "Hid", "Showed")],
    ("MediaEvent", "Rewound"),
    *[
        ("AnnotationEvent", action)
        for action in "Attached Classified Commented Described Disliked Identified Liked Linked Questioned Ranked "
        "Recommended Subscribed".split()
    ],
]
PROPERTIES = [
    *[("Document", name) for name in ("objectType", "alignedLearningObjective", "@id", "@type")],
    *[("Attempt", name) for name in ("actor", "@id", "@type")],
    *[("Response", name) for name in ("actor", "assignable")],
    *[("FillinBlankResponse", name) for name in ("actor", "assignable")],
    *[
        ("Result", name)
        for name in "actor assignable normalScore penaltyScore extraCreditScore totalScore curvedTotalScore "
        "curveFactor @type".split()
    ],
    *[("Session", "actor"), ("LtiSession", "actor"), ("Person", "@id"), ("Person", "@type")],
]


def findings_of(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    assert {finding.code for finding in verdict.findings} <= {"deprecated"}
    return [(finding.severity, finding.pointer, finding.message, finding.source) for finding in verdict.findings]


def warning(pointer: str, term: str) -> tuple[str, str, str, str]:
    return "warning", pointer, f"{term} is deprecated since 1.1.", "Caliper 1.1 Appendix"


def entity(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": "urn:x:1", "type": kind} | fields


def test_every_deprecated_type_and_property_is_tried() -> None:
    assert {name for name, row in (ENTITIES_1_1 | ENTITIES_1_2).items() if row.deprecated} == set(TYPES)
    tried = {name for _, name in PROPERTIES}
    assert {name for names in DEPRECATED_PROPERTIES.values() for name in names} == tried


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", TYPES)
def test_a_deprecated_type_of_entity_is_told_wherever_it_stands(name: str, version: str) -> None:
    context = {"@context": version}
    quoted = f'"{name}"'
    assert findings_of(judged(entity(name) | context, version=version)) == [warning("/type", quoted)]
    iri = f"http://purl.imsglobal.org/caliper/{name}"
    assert findings_of(judged(event(object=entity(iri), **context))) == [warning("/object/type", f'"{iri}"')]
    held = entity("Document", isPartOf=entity(name))
    assert findings_of(judged(event(object=held, **context))) == [warning("/object/isPartOf/type", quoted)]
    collected = entity("DigitalResourceCollection", items=[LESSON, entity("Document"), entity(name)])
    assert findings_of(judged(event(object=collected, **context))) == [warning("/object/items/2/type", quoted)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("kind", "name"), PROPERTIES)
def test_a_deprecated_property_of_an_entity_is_told_wherever_it_stands(kind: str, name: str, version: str) -> None:
    context = {"@context": version}
    described = entity(kind, **{name: "urn:x:2"})
    assert findings_of(judged(described | context, version=version)) == [warning(f"/{name}", name)]
    sent = event("Event", "Created", object=entity("Document", isPartOf=described), **context)
    assert findings_of(judged(sent)) == [warning(f"/object/isPartOf/{name}", name)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("kind", "action"), EVENT_TYPES)
def test_a_deprecated_type_of_event_is_told(kind: str, action: str, version: str) -> None:
    sent = event(kind, action, actor="urn:x:1", object=LESSON, **{"@context": version})
    assert findings_of(judged(sent, version=version)) == [warning("/type", f'"{kind}"')]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("kind", "action"), ACTIONS)
def test_a_deprecated_action_is_told(kind: str, action: str, version: str) -> None:
    sent = event(kind, action, actor="urn:x:1", object=LESSON, **{"@context": version})
    assert findings_of(judged(sent, version=version)) == [warning("/action", f'"{action}"')]


@pytest.mark.parametrize(("name", "instead"), [("@id", "id"), ("@type", "type"), ("navigatedFrom", "referrer")])
def test_of_a_deprecated_property_of_an_event_it_is_told_what_to_send_instead(name: str, instead: str) -> None:
    assert findings_of(judged(event(**{name: "urn:x:1"}))) == [
        ("warning", f"/{name}", f"{name} is deprecated since 1.1; send {instead}.", "Caliper 1.1 Appendix")
    ]
