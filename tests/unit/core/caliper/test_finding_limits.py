"""The limits of what validation says: how many findings, how long a pointer, how long a term."""

import json

import pytest

from functions.core.caliper.contexts import CONTEXT_1_0, CONTEXT_1_1, CONTEXT_1_2, V1P0, V1P1, V1P2, version_of
from functions.core.caliper.findings import (
    MAX_FINDINGS,
    Finding,
    FindingCollector,
    ItemKind,
    Severity,
    Verdict,
    bounded_pointer,
    clip,
    json_type,
    step,
)
from functions.core.caliper.schema.compiled import schema_for
from functions.core.caliper.schema.timeback import ACTION_OF_EVENT, ACTIONS, PROFILES
from functions.core.caliper.terms import term
from functions.core.caliper.validated_request import REPORT_BYTES, ValidatedRequest, beginning
from functions.core.caliper.validator.limits import MAX_DEPTH, is_too_deep
from tests.unit.core.caliper.samples import event, judged

WAYS = ("report", "add")


def collected(errors: int, warnings: int, way: str) -> FindingCollector:
    collector = FindingCollector()
    counts: tuple[tuple[Severity, int], ...] = (("warning", warnings), ("error", errors))
    for severity, count in counts:
        for number in range(count):
            if way == "add":
                collector.add(Finding(severity, f"{severity}{number}", "", "M.", "S"))
            elif severity == "warning":
                collector.warn(f"{severity}{number}", "", "M.", "S")
            else:
                collector.reject(f"{severity}{number}", "", "M.", "S")
    return collector


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("errors", "warnings", "codes"),
    [
        (0, 0, []),
        (1, 0, ["error0"]),
        (0, 5, [f"warning{number}" for number in range(5)]),
        (0, 6, [*(f"warning{number}" for number in range(5)), "more"]),
        (5, 0, [f"error{number}" for number in range(5)]),
        (6, 0, [*(f"error{number}" for number in range(5)), "more"]),
        (2, 3, ["error0", "error1", "warning0", "warning1", "warning2"]),
        (3, 3, ["error0", "error1", "error2", "warning0", "warning1", "more"]),
        (6, 6, [*(f"error{number}" for number in range(5)), "more"]),
    ],
)
def test_five_findings_are_told_errors_first_and_of_more_that_there_are_more(
    errors: int, warnings: int, codes: list[str], way: str
) -> None:
    collector = collected(errors, warnings, way)
    kind: ItemKind = "event"
    verdict = collector.verdict(kind, "urn:x:1")
    assert MAX_FINDINGS == 5
    assert [finding.code for finding in verdict.findings] == codes
    assert (verdict.kind, verdict.id, verdict.accepted) == (kind, "urn:x:1", errors == 0)
    assert collector.rejects is (errors > 0)
    assert collector.full is (max(errors, warnings) > MAX_FINDINGS)
    assert [finding.code for finding in verdict.errors] == [code for code in codes if code.startswith("error")]
    assert len(verdict.warnings) + len(verdict.errors) == len(verdict.findings)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "first", "more"), [(0, 5, False), (3, 2, False), (4, 2, True), (5, 1, True), (6, 0, True)]
)
def test_warnings_that_come_first_take_the_place_of_others(before: int, first: int, more: bool, way: str) -> None:
    collector = collected(0, before, way)
    collector.add_first([Finding("warning", f"first{number}", "", "M.", "S") for number in range(first)])
    codes = [finding.code for finding in collector.verdict("event", None).findings]
    expected = [*(f"first{number}" for number in range(first)), *(f"warning{number}" for number in range(before))][:5]
    assert codes == [*expected, *(["more"] if more else [])]


@pytest.mark.parametrize(
    ("pointer", "bounded"),
    [
        ("/a", "/a"),
        ("/" + "a" * 299, "/" + "a" * 299),
        ("/b/" + "a" * 297, "/b/" + "a" * 297),
        ("/b/" + "a" * 298, "/b"),
        ("/b/c/" + "a" * 500, "/b/c"),
        ("/" + "a" * 298 + "/b", "/" + "a" * 298),
        ("/" + "a" * 299 + "/b", "/" + "a" * 299),
        ("/b/" + "a" * 297 + "/c", "/b/" + "a" * 297),
        ("/" + "a" * 300, ""),
    ],
)
def test_a_pointer_of_over_300_characters_is_that_of_the_nearest_ancestor_within(pointer: str, bounded: str) -> None:
    assert bounded_pointer(pointer) == bounded
    collector = FindingCollector()
    collector.warn("c", pointer, "M.")
    assert [finding.pointer for finding in collector.findings] == [bounded]


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("", '""'),
        ("Viewed", '"Viewed"'),
        ("a" * 60, f'"{"a" * 60}"'),
        ("a" * 61, f'"{"a" * 59}…"'),
        ("a\nb\x00", '"a?b?"'),
    ],
)
def test_a_term_is_shown_in_quotes_short_and_printable(name: str, quoted: str) -> None:
    assert clip(name) == quoted


@pytest.mark.parametrize(
    ("key", "written"), [(0, "/0"), ("a", "/a"), ("a/b", "/a~1b"), ("a~b", "/a~0b"), ("~1", "/~01")]
)
def test_a_step_of_a_pointer_is_written_as_the_rfc_has_it(key: str | int, written: str) -> None:
    assert step(key) == written


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (0, "a number"),
        (1.5, "a number"),
        ("", "an empty string"),
        ("x", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_each_type_of_json_has_its_name(value: object, name: str) -> None:
    assert json_type(value) == name


@pytest.mark.parametrize(
    ("context", "version"),
    [
        (CONTEXT_1_0, V1P0),
        (CONTEXT_1_1, V1P1),
        (CONTEXT_1_2, V1P2),
        (CONTEXT_1_2 + "/", V1P2),
        (CONTEXT_1_2 + "#", V1P2),
        (CONTEXT_1_2.replace("http", "HTTPS").replace("caliper", "Caliper"), V1P2),
        (CONTEXT_1_2.replace("http", "ftp"), None),
        (CONTEXT_1_2.removeprefix("http://"), None),
        ("http://" + CONTEXT_1_2, None),
        (CONTEXT_1_2 + "/" * (200 - len(CONTEXT_1_2)), V1P2),
        (CONTEXT_1_2 + "/" * (201 - len(CONTEXT_1_2)), None),
        (CONTEXT_1_2.replace("purl", "purls"), None),
        ("http://purl.imsglobal.org/ctx/caliper/v2", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_context_names_a_version_whatever_its_scheme_case_slash_or_fragment(
    context: object, version: str | None
) -> None:
    assert version_of(context) == version


@pytest.mark.parametrize(
    ("spelled", "short"),
    [
        ("Viewed", "Viewed"),
        ("http://purl.imsglobal.org/caliper/Viewed", "Viewed"),
        ("https://purl.imsglobal.org/caliper/actions/Viewed", "Viewed"),
        ("http://purl.imsglobal.org/caliper/v1/deep/Viewed", "Viewed"),
        ("http://purl.imsglobal.org/vocab/caliper/v1/action#Viewed", "Viewed"),
        ("caliper:Viewed", "Viewed"),
        ("verb:Viewed", "Viewed"),
        ("https://x.example/caliper/Viewed", "https://x.example/caliper/Viewed"),
        ("http://purl.imsglobal.org/caliper/", "http://purl.imsglobal.org/caliper/"),
        ("http://purl.imsglobal.org/caliper/Viewed/", "http://purl.imsglobal.org/caliper/Viewed/"),
    ],
)
def test_a_term_in_any_spelling_is_its_short_one(spelled: str, short: str) -> None:
    assert term(spelled) == short


@pytest.mark.parametrize("version", [V1P1, V1P2])
def test_timebacks_terms_are_entities_with_their_properties(version: str) -> None:
    schema, plain = schema_for(version, timeback=True), schema_for(version, timeback=False)
    own = {
        "TimebackUser": ("Person", {"email", "role"}),
        "TimebackActivityContext": ("Entity", {"subject", "app", "course", "activity", "process"}),
        "TimebackActivityMetricsCollection": ("Entity", {"items", "attempt"}),
        "TimebackTimeSpentMetricsCollection": ("Entity", {"items", "attempt"}),
        "ActivityMetricsCollection": ("Entity", {"items", "attempt"}),
        "TimeSpentMetricsCollection": ("Entity", {"items", "attempt"}),
        "ActivityMetric": ("Entity", {"metricType", "metricValue"}),
        "TimeSpentMetric": ("Entity", {"metricType", "metricValue"}),
    }
    assert set(schema.entity_names) - set(plain.entity_names) == own.keys()
    for name, (above, properties) in own.items():
        entity, parent = schema.entity(name), schema.entity(above)
        assert entity is not None
        assert parent is not None
        assert entity.lineage == parent.lineage | {name}
        assert entity.properties.keys() - parent.properties.keys() == properties
        families = {(entity.properties[each].element or entity.properties[each]).family for each in properties}
        assert families == {"any"}
        assert plain.entity(name) is None
    assert schema.events.keys() - plain.events.keys() == ACTION_OF_EVENT.keys()
    assert (schema.actions - plain.actions, schema.profiles - plain.profiles) == (ACTIONS, PROFILES)
    assert ACTION_OF_EVENT == {"ActivityEvent": "Completed", "TimeSpentEvent": "SpentTime"}
    assert (set(ACTIONS), set(PROFILES)) == ({"SpentTime"}, {"TimebackProfile", "AggregationProfile"})


def test_once_an_answer_is_full_a_rejected_item_is_told_by_its_place_alone() -> None:
    request = ValidatedRequest()
    verdict = Verdict("event", accepted=False, id="urn:x:1")
    long = [{"severity": "error", "message": "M" * REPORT_BYTES, "pointer": "/a"}]
    warning = {"severity": "warning", "message": "W", "pointer": "/b"}
    request.add_rejected(verdict, [*long, warning], {"index": 0})
    request.add_rejected(verdict, long, {"index": 1})
    assert request.rejected == [
        {
            "index": 0,
            "id": "urn:x:1",
            "pointers": ["/a"],
            "message": "M" * REPORT_BYTES,
            "findings": long,
        },
        {"index": 1},
    ]


def test_a_different_warning_is_told_once_with_its_first_item_and_how_many_have_it() -> None:
    request = ValidatedRequest()
    first, second = (Finding("warning", code, "/a", "M.", "S") for code in ("one-of", "iri"))
    for number, findings in enumerate([(first,), (first, second), ()]):
        request.add_warnings(
            Verdict("event", accepted=True, id=f"urn:x:{number}", findings=findings), {"index": number}
        )
    assert request.warned == 2
    assert [(each["code"], each["index"], each["id"], each["items"]) for each in request.warnings.values()] == [
        ("one-of", 0, "urn:x:0", 2),
        ("iri", 1, "urn:x:1", 1),
    ]


def test_of_a_large_rejected_item_the_beginning_is_kept_in_whole_characters() -> None:
    assert beginning(b"x" * 262_144) == b"x" * 262_144
    assert beginning(b"x" * 262_145) == b"x" * 262_144
    assert beginning(b"x" * 262_143 + "é".encode()) == b"x" * 262_143


@pytest.mark.parametrize("text", ["", "[", "]]}", "(", "[" * 200])
@pytest.mark.parametrize(("levels", "too_deep"), [(1, False), (MAX_DEPTH, False), (MAX_DEPTH + 1, True)])
@pytest.mark.parametrize("kind", ["objects", "arrays"])
def test_the_depth_of_an_item_is_that_of_its_values_whatever_its_texts_hold(
    text: str, levels: int, too_deep: bool, kind: str
) -> None:
    value: object = text
    for _ in range(levels):
        value = {"a": value, "b": [text]} if kind == "objects" and value != text else [value, text]
    assert is_too_deep(json.dumps(value).encode(), value) is too_deep
    many = [value, *([[]] * MAX_DEPTH)]
    assert is_too_deep(json.dumps(many).encode(), many) is (levels + 1 > MAX_DEPTH)


def test_a_wrong_action_is_told_with_the_first_eight_that_are_right() -> None:
    right, wrong = event("ViewEvent", "Viewed"), "Started"
    (finding,) = judged(right | {"action": wrong}).findings
    assert (finding.code, finding.message) == ("wrong-action", '"ViewEvent" has no action "Started"; expected Viewed.')
    (finding,) = [each for each in judged(event("MediaEvent", "Viewed")).findings if each.code == "wrong-action"]
    assert finding.message.count(", ") == 7
    assert finding.message.endswith(" ….")
