"""Each type of plain value: which are right, which finding any other gets, and that usual values are right."""

import pytest

from functions.core.caliper.findings import FindingCollector
from functions.core.caliper.schema.compiled import PropertyType
from functions.core.caliper.validator.value_checks import USUAL, VALUE_CHECKS, enumeration_check, usual_values

TIME, ROLE = "2026-01-27T10:03:00.000Z", "http://purl.imsglobal.org/vocab/lis/v2/membership"
NO_NUMBER = [("1", "json-type"), (True, "json-type"), ({}, "json-type"), (None, "null")]
NO_TEXT = [(7, "json-type"), (True, "json-type"), ([], "json-type"), (None, "null")]
CASES: dict[str, list[tuple[object, str]]] = {
    # value, the code of its finding; "" if there is none
    "string": [("x", ""), ("", ""), *NO_TEXT],
    "Term": [("Viewed", ""), *NO_TEXT],
    "IRI": [("urn:x:1", ""), ("https://x.example/1?a#b", ""), ("x", "iri"), ("", "iri"), *NO_TEXT],
    "DateTime": [
        (TIME, ""),
        ("2026-01-27T10:03:00Z", "time-form"),
        ("soon", "time"),
        ("2026-13-27T10:03:00.000Z", "time"),
        *NO_TEXT,
    ],
    "Duration": [("PT34M1S", ""), ("P1D", ""), ("34 minutes", "duration"), ("", "duration"), *NO_TEXT],
    "integer": [(1, ""), (-1, ""), (2.0, ""), (1.5, "integer"), *NO_NUMBER],
    "decimal": [(1, ""), (1.5, ""), *NO_NUMBER],
    "boolean": [(True, ""), (False, ""), (1, "json-type"), ("true", "json-type"), (None, "null")],
    "object": [({}, ""), ([], "json-type"), ("x", "json-type"), (None, "null")],
    "any": [("x", ""), (7, ""), (None, ""), ({}, "")],
}


def findings_on(family: str, value: object) -> list[tuple[str, str, str]]:
    collector = FindingCollector()
    VALUE_CHECKS[family](value, "/x", collector)
    assert all(finding.message.endswith(".") for finding in collector.findings)
    return [(finding.severity, finding.code, finding.pointer) for finding in collector.findings]


@pytest.mark.parametrize(
    ("family", "value", "code"), [(family, value, code) for family, rows in CASES.items() for value, code in rows]
)
def test_of_a_value_of_another_type_or_form_it_is_told_what_was_expected(family: str, value: object, code: str) -> None:
    assert findings_on(family, value) == ([("warning", code, "/x")] if code else [])
    usual = USUAL[family]
    if type(value) is usual.type and (usual.accepts is None or usual.accepts(value)):
        assert code == "", "a usual value is a right one"


def test_every_type_of_value_is_tried() -> None:
    assert CASES.keys() == VALUE_CHECKS.keys() == USUAL.keys() - {"entity"}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("status", "Active", ""),
        ("status", "http://purl.imsglobal.org/caliper/Active", ""),
        ("status", "Asleep", "enumeration"),
        ("status", "", "enumeration"),
        ("status", None, "null"),
        ("status", 7, "json-type"),
        ("role", "Learner", ""),
        ("role", "Learner#GuestLearner", ""),
        ("role", "Administrator", ""),
        ("role", "Administrator#Support", ""),
        ("role", f"{ROLE}#Learner", ""),
        ("role", f"{ROLE}/Learner#GuestLearner", ""),
        ("role", f"{ROLE}#Pupil", "enumeration"),
        ("role", "https://x.example/Learner", "enumeration"),
        ("role", "Learner#Grader", "enumeration"),
        ("metric", "MinutesOnTask", ""),
        ("metric", "minutesOnTask", "enumeration"),
    ],
)
def test_a_term_of_a_list_may_be_given_by_its_iri(name: str, value: object, code: str) -> None:
    collector = FindingCollector()
    enumeration_check(name, "Caliper 1.2")(value, "/x", collector)
    assert [finding.code for finding in collector.findings] == ([code] if code else [])
    if code == "enumeration":
        assert [finding.source for finding in collector.findings] == ["Caliper 1.2"]
    usual = usual_values(PropertyType("enumeration", name))
    assert usual.type is str
    assert usual.accepts is not None
    if type(value) is str and usual.accepts(value):
        assert code == ""


@pytest.mark.parametrize(
    ("element", "values", "usual"),
    [
        ("string", ["x", "y"], True),
        ("string", [], True),
        ("string", ["x", 7], False),
        ("integer", [1, 2], True),
        ("integer", [1, True], False),
        ("IRI", ["urn:x:1"], False),
    ],
)
def test_a_list_is_usual_if_its_elements_need_no_closer_look(element: str, values: list[object], usual: bool) -> None:
    of_list = usual_values(PropertyType("array", element=PropertyType(element)))
    assert of_list.type is list
    assert of_list.accepts is not None
    assert bool(of_list.accepts(values)) is usual
