"""What a line of a file is taken for: which items it gives, with which sensor and which version."""

import base64
import json
from copy import replace
from typing import Any

import pytest

from functions.core.caliper.contexts import CONTEXT_1_0, CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.findings import Refusal
from functions.importing.lines import envelopes_of, without_bson
from tests.payloads import V1P2, Json
from tests.unit.importing.test_import import GOOD, THE_APP

RAW = json.dumps(GOOD).encode()
ENTITY = {"id": "urn:uuid:1", "type": "Person"}
TEXT_64 = base64.b64encode(RAW).decode()
ALONE = [Envelope("urn:tag:import", "", V1P2, [RAW])]


def read(line: Json | bytes) -> list[Envelope] | Refusal:
    return envelopes_of(line if isinstance(line, bytes) else json.dumps(line).encode(), THE_APP)


def enveloped(**changed: Any) -> Json:
    envelope = {"sensor": "s", "sendTime": "2026-01-27T10:00:00Z", "dataVersion": CONTEXT_1_1, "data": [GOOD, GOOD]}
    return envelope | changed


OPENED = [Envelope("s", "2026-01-27T10:00:00Z", CONTEXT_1_1, [RAW, RAW])]


@pytest.mark.parametrize("more", [{}, {"kind": 5}, {"system": "yes"}, {"raw": "r", "kind": "event"}, {"event": 1}])
def test_an_envelope_is_opened_whatever_else_it_says(more: Json) -> None:
    assert read(enveloped(**more)) == OPENED
    assert read(b" [" + json.dumps(enveloped(**more)).encode() + b"]\n") == OPENED
    assert read(json.dumps(enveloped(**more)).encode() + b"\n") == OPENED


def test_an_envelope_that_cannot_be_opened_is_refused_as_over_http() -> None:
    refused = read(enveloped(data=5))
    assert isinstance(refused, Refusal)
    assert refused.code == "json-type"
    for several in (b"[]", b" [7]"):
        refused = read(several)
        assert isinstance(refused, Refusal)
        assert refused.code == "envelope"


def test_an_envelope_of_an_earlier_standard_is_taken_of_an_app_that_may_send_it() -> None:
    line = json.dumps(enveloped(dataVersion=CONTEXT_1_0)).encode()
    taken = envelopes_of(line, replace(THE_APP, caliper_1_0=True))
    assert isinstance(taken, list)
    assert isinstance(envelopes_of(line, THE_APP), Refusal)
    in_list = envelopes_of(b"[" + line + b"]", replace(THE_APP, caliper_1_0=True))
    assert in_list == taken
    odd = json.dumps(enveloped(dataVersion=CONTEXT_1_0, kind=5)).encode()
    assert envelopes_of(odd, replace(THE_APP, caliper_1_0=True)) == taken


@pytest.mark.parametrize("event", [GOOD, ENTITY, GOOD | {"kind": "event"}, GOOD | {"event": {"a": 1}}])
def test_an_event_or_entity_alone_is_taken_as_it_is(event: Json) -> None:
    text = json.dumps(event).encode()
    assert read(b"  " + text + b" \r\n") == [Envelope("urn:tag:import", "", V1P2, [text])]


@pytest.mark.parametrize("odd", [{"kind": 5}, {"system": "yes"}, {"kind": None}])
def test_an_event_whose_own_names_mean_something_else_is_taken_as_it_is(odd: Json) -> None:
    text = json.dumps(GOOD | odd).encode()
    assert read(b" " + text + b"\n") == [Envelope("urn:tag:import", "", V1P2, [text])]


@pytest.mark.parametrize("line", [b"not json", b"{oops", b'{"a": 1} {"b": 2}', b'{"data": ['])
def test_what_is_not_json_is_refused(line: bytes) -> None:
    refused = read(line)
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code, refused.pointer) == (400, "json", "")


@pytest.mark.parametrize("line", [b"5", b'"text"', b"null"])
def test_json_that_is_no_object_is_left_to_the_judge(line: bytes) -> None:
    assert read(line) == [Envelope("urn:tag:import", "", V1P2, [line])]


ARCHIVED = {"kind": "event", "tenant": "t", "sensor": "s", "dataVersion": CONTEXT_1_1, "raw": RAW.decode()}


def archived(**changed: Any) -> Json:
    return {name: value for name, value in (ARCHIVED | changed).items() if value is not None}


@pytest.mark.parametrize(
    ("line", "sensor", "version"),
    [
        (archived(), "s", CONTEXT_1_1),
        (archived(kind="entity"), "s", CONTEXT_1_1),
        (archived(kind="rejection"), "s", CONTEXT_1_1),
        (archived(system=False), "s", CONTEXT_1_1),
        (archived(raw=None, raw64=TEXT_64), "s", CONTEXT_1_1),
        (archived(tenant=None), "s", CONTEXT_1_1),
        (archived(sensor=None), "urn:tag:import", CONTEXT_1_1),
        (archived(sensor=""), "urn:tag:import", CONTEXT_1_1),
        (archived(sensor=7), "urn:tag:import", CONTEXT_1_1),
        (archived(dataVersion=None), "s", CONTEXT_1_2),
        (archived(dataVersion=""), "s", CONTEXT_1_2),
    ],
)
def test_a_line_of_the_archive_gives_what_was_sent_with_its_sensor_and_version(
    line: Json, sensor: str, version: str
) -> None:
    assert read(line) == [Envelope(sensor, "", version, [RAW])]


@pytest.mark.parametrize("changed", [{"system": True}, {"kind": "heartbeat"}, {"kind": "erased"}])
def test_a_line_of_the_archive_with_nothing_that_an_app_sends_gives_nothing(changed: Json) -> None:
    assert read(archived(**changed)) == []


def test_a_line_that_only_looks_like_one_of_the_archive_is_an_item() -> None:
    for line in (archived(kind=None), archived(raw=None)):
        text = json.dumps(line).encode()
        assert read(line) == [Envelope("urn:tag:import", "", V1P2, [text])]


@pytest.mark.parametrize(
    ("version", "judged_by"), [(CONTEXT_1_1, CONTEXT_1_1), ("", CONTEXT_1_2), (None, CONTEXT_1_2), (5, CONTEXT_1_2)]
)
def test_a_line_of_rejects_gives_its_item_by_its_version(version: Any, judged_by: str) -> None:
    line = {"line": 3, "version": version, "reasons": [], "item": GOOD}
    assert read(line) == [Envelope("urn:tag:import", "", judged_by, [RAW])]


def test_an_item_without_a_version_is_no_line_of_rejects() -> None:
    line = {"line": 3, "item": GOOD}
    assert read(line) == [Envelope("urn:tag:import", "", V1P2, [json.dumps(line).encode()])]


def test_a_row_of_openlrw_gives_its_event() -> None:
    assert read({"_id": {"$oid": "5f"}, "userId": "u", "event": GOOD}) == ALONE


DATE_MS, DATE = 1_759_312_800_123, "2025-10-01T10:00:00.123Z"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ({"$date": DATE_MS}, DATE),
        ({"$date": float(DATE_MS)}, DATE),
        ({"$date": {"$numberLong": str(DATE_MS)}}, DATE),
        ({"$date": DATE}, DATE),
        ({"$oid": "5f"}, "5f"),
        ({"$numberInt": "7"}, 7),
        ({"$numberLong": "-7"}, -7),
        ({"$numberDouble": "1.5"}, 1.5),
        ({"$numberDecimal": "2.25"}, 2.25),
        ({"$numberInt": 7}, {"$numberInt": 7}),
        ({"$numberDouble": 1.5}, {"$numberDouble": 1.5}),
        ({"$other": "7"}, {"$other": "7"}),
        ({"$oid": "5f", "n": 1}, {"$oid": "5f", "n": 1}),
        ([{"$numberInt": "7"}, [{"$numberLong": "8"}], "x", None], [7, [8], "x", None]),
        ({"a": {"b": {"$numberInt": "7"}, "_id": 1}}, {"a": {"b": 7}}),
        ({}, {}),
    ],
)
def test_each_type_of_mongodb_is_undone_wherever_it_stands(typed: Any, plain: Any) -> None:
    event = {"_id": {"$oid": "5f"}, "value": typed}
    assert json.loads(without_bson(json.dumps(event).encode())) == {"value": plain}
    opened = read({"userId": "u", "event": event})
    assert isinstance(opened, list)
    ((raw,),) = (envelope.items for envelope in opened)
    assert json.loads(raw) == {"value": plain}


def test_an_event_without_types_of_mongodb_keeps_its_bytes() -> None:
    raw = b'{ "_id" : 1, "price" : "5 $" }'
    assert without_bson(raw) == raw
