"""Payloads in the shapes of real senders, and real ones if they are at hand: what is stored, and what strictness says
of examples of the standard.
"""

import json
import re
from pathlib import Path

import pytest

from functions.client.validating.judgement import judge_payload
from functions.core.caliper.findings import Refusal
from functions.core.timeline.attribution import attribute
from tests.bench.corpus import APP, CORPORA, HOUSE, outcome, payloads, table

# STANDARD §9.10 names the official examples that break the text: UUIDs of version 1 (which pass here), two without a
# context, one with an inline context, one with an identifier type of no list.
NO_PAYLOAD = {"caliperEndpointConfigPayload.json"}
NOT_JSON = {"content-events__01__AS_PUBLISHED_not_json.json"}
LEXICAL_ONLY = {
    "caliperEntityAggregateMeasure-MalformedMaxMetricValueNotAnInt.json",
    "caliperEntityAggregateMeasure-MalformedMetricValueNotAnInt.json",
    "caliperEntityAssignableDigitalResource-MalformedMaxScoreNotAFloat.json",
    "caliperEntityScore-MalformedMaxScoreNotAnInt.json",
}


def files(*folders: str) -> list[tuple[Path, bytes]]:
    return [
        payload
        for corpus in CORPORA
        for folder in folders
        for payload in payloads(corpus / folder)
        if payload[0].name not in NO_PAYLOAD
    ]


def name_of(value: object) -> str | None:
    return value.name if isinstance(value, Path) else ""


@pytest.mark.parametrize(
    ("path", "body"),
    files("v1p1", "v1p2", "canvas", "blackboard", "openedx", "edgenuity", "timeback", "requests"),
    ids=name_of,
)
def test_whatever_real_senders_send_is_stored(path: Path, body: bytes) -> None:
    judged = judge_payload(body, app=APP)
    if path.name in NOT_JSON:
        assert isinstance(judged, Refusal)
        return
    assert not isinstance(judged, Refusal), judged
    assert all(verdict.accepted for verdict in judged), judged


@pytest.mark.parametrize(("path", "body"), files("timeback"), ids=name_of)
def test_what_timeback_publishes_is_stored_under_its_house_rules(path: Path, body: bytes) -> None:
    assert outcome(body, app=HOUSE) in ("clean", "warnings")


@pytest.mark.parametrize(
    ("path", "body"), files("requests/timeback_py_beyond", "requests/timeback_py_lwai"), ids=name_of
)
def test_what_timebacks_client_sends_is_stored_under_its_house_rules(path: Path, body: bytes) -> None:
    assert outcome(body, app=HOUSE) in ("clean", "warnings")


@pytest.mark.parametrize(("path", "body"), files("v1p1", "v1p2"), ids=name_of)
def test_strictness_takes_the_official_examples_save_those_that_break_the_text(path: Path, body: bytes) -> None:
    judged = judge_payload(body, app=APP, strict=True)
    assert not isinstance(judged, Refusal)
    findings = {(finding.code, finding.message) for verdict in judged for finding in verdict.findings}
    if b"CaseItemUri" in body:
        assert {code for code, _ in findings} == {"enumeration"}
    elif b'"@context"' not in body or b'"@context": {' in body:
        assert {code for code, _ in findings} <= {"context"}
    else:
        assert not findings, path


def reason(name: str) -> tuple[str, set[str]]:
    """What a file name of the must-reject examples says: the property, and the codes that mean that fault."""
    fault = name.removesuffix(".json").split("-", 1)[1]
    if fault == "UnknownAction":
        return "action", {"unknown-action"}
    if fault == "WrongAction":
        return "action", {"wrong-action"}
    if match := re.fullmatch(r"(?:No|Null)(\w+)", fault):
        return match[1][0].lower() + match[1][1:], {"required"}
    match = re.fullmatch(
        r"Mal(?:formed|fromed)(\w+?)((?:Not|Wrong|Invalid|Contains?|ListElement|EntityType|Unknown|CreationDate|$)\w*)",
        fault,
    )
    assert match, name
    name_of_property, kind = match[1][0].lower() + match[1][1:], match[2]
    codes = {"json-type", "integer", "iri"}
    if "EntityType" in kind or "WrongEntity" in kind:
        codes = {"wrong-entity-type"}
    elif "DateTime" in kind or name_of_property.endswith("Date"):
        codes = {"time"}
    elif "Duration" in kind:
        codes = {"duration"}
    elif "NotAnIRI" in kind:
        codes = {"iri"}
    elif "Unknown" in kind:
        codes = {"enumeration"}
    elif "NotPresent" in kind:
        codes = {"required"}
    elif "Contain" in kind:
        codes = {"json-type", "wrong-entity-type"}
    renamed = {"creationDate": "dateCreated", "modifiedDate": "dateModified"}
    return renamed.get(name_of_property, name_of_property), codes


@pytest.mark.parametrize(("path", "body"), files("v1p2_errors"), ids=name_of)
def test_strictness_rejects_each_must_reject_example_for_the_reason_in_its_name(path: Path, body: bytes) -> None:
    judged = judge_payload(body, app=APP, strict=True)
    if path.name in LEXICAL_ONLY:
        assert not isinstance(judged, Refusal)
        assert all(verdict.accepted for verdict in judged)
        return
    if isinstance(judged, Refusal):
        assert judged.code == "json"
        return
    [verdict] = judged
    assert not verdict.accepted
    name, codes = reason(path.name)
    assert [f for f in verdict.errors if f.pointer.split("/")[1] == name and f.code in codes], (name, codes, verdict)


@pytest.mark.parametrize(("path", "body"), files("canvas", "blackboard", "timeback", "requests"), ids=name_of)
def test_every_stored_event_of_a_real_sender_can_be_attributed(path: Path, body: bytes) -> None:
    judged = judge_payload(body, app=APP)
    if isinstance(judged, Refusal):
        return
    value = json.loads(body)
    items = value.get("data", [value])
    assert items
    for item, verdict in zip(items, judged, strict=True):
        attribution = attribute(item, auto_attach=True, received_us=1)
        assert attribution.kind == verdict.kind
        assert attribution.time_us


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.parent.name)
def test_the_table_counts_every_file(corpus: Path) -> None:
    rows = table(corpus)
    assert sum(sum(row.values()) for row in rows.values()) == sum(1 for _ in payloads(corpus)) > 50


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.parent.name)
def test_a_verdict_is_made_for_each_item_of_a_mixed_envelope(corpus: Path) -> None:
    body = (corpus / "v1p2" / "caliperEnvelopeMixedBatch.json").read_bytes()
    judged = judge_payload(body)
    assert isinstance(judged, list)
    assert {verdict.kind for verdict in judged} == {"event", "entity"}
    assert all(verdict.accepted for verdict in judged)
