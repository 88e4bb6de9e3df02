import json
from typing import Any

import orjson
import pytest

from functions.core.caliper.contexts import CONTEXT_1_0, CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.envelope.request_body import MAX_BODY_BYTES, open_envelopes
from functions.core.caliper.findings import Refusal
from functions.core.caliper.validator import validate_item
from tests.unit.core.caliper.samples import ANY, OLD, event

GOOD: dict[str, Any] = {
    "sensor": "https://x.example/sensor",
    "sendTime": "2026-01-27T10:03:00.000Z",
    "dataVersion": CONTEXT_1_2,
    "data": [{"a": 1}],
}


def body(**parts: Any) -> bytes:
    return json.dumps({key: value for key, value in (GOOD | parts).items() if value is not ...}).encode()


def refused(raw: bytes, **options: Any) -> Refusal:
    opened = open_envelopes(raw, app=options.pop("app", ANY), **options)
    assert isinstance(opened, Refusal), opened
    return opened


def opened(raw: bytes, **options: Any) -> list[Envelope]:
    envelopes = open_envelopes(raw, app=options.pop("app", ANY), **options)
    assert isinstance(envelopes, list), envelopes
    return envelopes


def test_the_items_are_the_exact_bytes_that_were_sent() -> None:
    items = [b'{"b" : 1.0,\n "a":"\\u00e9"}', b"17", b'"x, \\"y\\""', b"[ ]"]
    for between in (b",", b" ,\n  "):
        raw = b'{"sensor":"s","sendTime":"2026-01-27T10:03:00Z","dataVersion":"%s","data":[ ' % CONTEXT_1_2.encode()
        assert opened(raw + between.join(items) + b" ]}")[0].items == items


def test_an_envelope_keeps_its_strings_as_they_were_sent() -> None:
    [envelope] = opened(body(sendTime="2026-11-21T18:56:33.985+0000"))
    assert (envelope.sensor, envelope.send_time) == ("https://x.example/sensor", "2026-11-21T18:56:33.985+0000")


@pytest.mark.parametrize("version", [CONTEXT_1_1, CONTEXT_1_2, CONTEXT_1_2 + "/", "https" + CONTEXT_1_1[4:]])
def test_both_versions_are_taken_with_a_slash_or_under_https(version: str) -> None:
    assert opened(body(dataVersion=version))[0].data_version == version


def test_properties_of_ones_own_are_let_through() -> None:
    assert opened(body(custom={"a": 1}))[0].items == [b'{"a": 1}']


@pytest.mark.parametrize(
    ("raw", "status", "code", "pointer"),
    [
        (b"", 400, "empty", ""),
        (b"  \n", 400, "empty", ""),
        (b"{", 400, "json", ""),
        (b'{"sensor": NaN}', 400, "json", ""),
        (b"hello", 400, "json", ""),
        (b'{"sensor": "\xff"}', 400, "utf-8", ""),
        (b"[" * 10_000 + b"]" * 10_000, 400, "too-deep", ""),
        (body(data=["DEEP"]).replace(b'"DEEP"', b"[" * 10_000 + b"]" * 10_000), 400, "too-deep", ""),
        (body(more="DEEP").replace(b'"DEEP"', b"[" * 10_000 + b"]" * 10_000), 400, "too-deep", ""),
        (b"17", 400, "envelope", ""),
        (b"null", 400, "envelope", ""),
        (b"[]", 400, "envelope", ""),
        (b"[1]", 400, "envelope", "/0"),
        (json.dumps([event()]).encode(), 400, "envelope", "/0"),
        (json.dumps(event()).encode(), 400, "envelope", ""),
        (b"{}", 400, "required", "/data"),
        (body(data=...), 400, "required", "/data"),
        (body(data={}), 400, "json-type", "/data"),
        (body(data=None), 400, "json-type", "/data"),
        (body(data=[]), 400, "empty", "/data"),
        (body(sensor=...), 400, "required", "/sensor"),
        (body(sensor=7), 400, "json-type", "/sensor"),
        (body(sensor=" "), 400, "json-type", "/sensor"),
        (body(sensor="é" * 1_025), 400, "too-long", "/sensor"),
        (body(sendTime=...), 400, "required", "/sendTime"),
        (body(sendTime=1700000000), 400, "json-type", "/sendTime"),
        (body(sendTime="1700000000"), 400, "time", "/sendTime"),
        (body(sendTime="yesterday"), 400, "time", "/sendTime"),
        (body(dataVersion=...), 400, "required", "/dataVersion"),
        (body(dataVersion=1.2), 400, "json-type", "/dataVersion"),
        (body(dataVersion="http://purl.imsglobal.org/ctx/caliper/v9p9"), 422, "data-version", "/dataVersion"),
        (body(dataVersion=CONTEXT_1_0), 422, "caliper-1.0", "/dataVersion"),
        (body(dataVersion=..., data=[{"@type": "x", "@id": "y"}]), 422, "caliper-1.0", "/dataVersion"),
        (body()[:-1] + b', "sensor": "again"}', 400, "duplicate-key", ""),
        (body()[:-1] + b', "data": [{"a": 1}]}', 400, "duplicate-key", ""),
        (body()[:-1] + b', "\\u0064ata": [{"a": 1}]}', 400, "duplicate-key", ""),
        (b"[" + body() + b"," + body(sensor=...) + b"]", 400, "required", "/1/sensor"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, bytes) else None,
)
def test_what_is_no_envelope_is_refused_with_its_place(raw: bytes, status: int, code: str, pointer: str) -> None:
    refusal = refused(raw)
    assert (refusal.status, refusal.code, refusal.pointer) == (status, code, pointer)
    assert refusal.message.endswith(".")
    assert len(refusal.message) < 400


def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_not() -> None:
    padded = body(data=["x"]).replace(b'"x"', b'"' + b"x" * (MAX_BODY_BYTES - len(body(data=["x"])) + 1) + b'"')
    assert len(padded) == MAX_BODY_BYTES
    assert len(opened(padded)[0].items) == 1
    assert refused(padded + b" ").status == 413


def test_dust_is_refused_before_it_is_sliced() -> None:
    assert refused(body(data=[0] * 10_001)).status == 413
    assert refused(b'{"data":[' + b"1," * 2_000_000 + b"1]}").status == 413


def test_a_number_that_no_number_can_hold_is_left_to_the_item() -> None:
    assert opened(body(data=["X"]).replace(b'"X"', b"1e999"))[0].items == [b"1e999"]


def test_caliper_1_0_is_taken_from_an_app_that_is_registered_for_it() -> None:
    raw = body(dataVersion=..., data=[{"@context": CONTEXT_1_0, "@type": "x"}])
    assert opened(raw, app=OLD)[0].data_version == CONTEXT_1_0
    assert "caliper_1_0" in refused(raw).message


def test_a_bare_event_is_taken_if_that_is_allowed() -> None:
    raw = json.dumps(event() | {"@context": CONTEXT_1_1}).encode()
    [envelope] = opened(b" " + raw + b"\n", bare_event=True)
    assert (envelope.items, envelope.data_version, envelope.send_time) == ([raw], CONTEXT_1_1, "")
    assert refused(json.dumps({"@type": "x", "@context": CONTEXT_1_0}).encode(), bare_event=True).status == 422
    assert opened(body(), bare_event=True)[0].items == [b'{"a": 1}']
    assert refused(b'{"sensor": "s"}', bare_event=True).pointer == "/data"


def test_no_value_of_the_body_is_told_in_a_refusal() -> None:
    for raw in (b'{"sensor": "jane@x.example"', body(sensor=["jane@x.example"]), body(sendTime="jane@x.example")):
        assert "jane" not in refused(raw).message


UNREADABLE = [
    rb'{"a":"cut in a smile \ud83d"}',
    rb'{"a":"\uDE00"}',
    rb'{"a":"\ud83d\ud83d\ude00"}',
    rb'{"\udabc":"\\\\\udabc"}',
    b'{"a":NaN}',
    b'{"a":[{"b": -Infinity }]}',
    b"Infinity",
    rb'{"a":"\ud83d","b":"\ue83d"}',
    '{"é":"ü","a":NaN}'.encode(),
]
READABLE = [
    rb'{"b":"\ud83d\ude00"}',
    rb'{"c":"\\\\ud83d"}',
    rb'{"d":"\u00e9\n"}',
    b'{"e":"NaN, Infinity"}',
    b"1e999",
    b"1" * 5_000,
    b"0",
]


@pytest.mark.parametrize("unreadable", UNREADABLE)
@pytest.mark.parametrize("pretty", [False, True])
def test_an_item_that_no_strict_parser_reads_spoils_only_itself(unreadable: bytes, pretty: bool) -> None:
    items = [READABLE[0], unreadable, *READABLE[1:], unreadable]
    separator = b" ,\n " if pretty else b","
    raw = body(data=[], x={"data": [1]}).replace(b'"data": []', b'"data": [ ' + separator.join(items) + b" ]")
    for sent in (raw, b"[" + body() + b", " + raw + b"]", b"\xef\xbb\xbf" + raw):
        assert opened(sent)[-1].items == items
    verdict = validate_item(unreadable, data_version=CONTEXT_1_2, app=ANY)
    assert [error.code for error in verdict.errors] == ["json"]


@pytest.mark.parametrize("fault", [b"undefined", b"nan", b"'a'", b"{a:1}", b"01", b"[1,]", b'"\x01"', b"[" * 5_000])
def test_a_fault_that_hides_where_an_item_ends_refuses_the_body(fault: bytes) -> None:
    raw = body(data=[]).replace(b"[]", b"[" + UNREADABLE[4] + b"," + fault + b"]")
    assert refused(raw).code in ("json", "too-deep")


def test_a_byte_order_mark_does_not_count() -> None:
    assert opened(b"\xef\xbb\xbf" + body())[0].items == [b'{"a": 1}']


def test_half_a_surrogate_pair_in_the_envelope_itself_refuses_it() -> None:
    raw = body(data=[1], sensor="HALF").replace(b"HALF", rb"\ud83d")
    assert "surrogate" in refused(raw).message


def test_version_1_0_is_recognised_however_it_is_written() -> None:
    for name in ("v1p0", "v1", "v1/Context"):
        assert refused(body(dataVersion=f"http://purl.imsglobal.org/ctx/caliper/{name}")).code == "caliper-1.0"


def test_an_envelope_with_very_many_properties_of_its_own_is_opened_and_a_repeated_one_found() -> None:
    many = {f"p{number}": number for number in range(80_000)}
    assert opened(body(x=[1], **many))[0].items == [b'{"a": 1}']
    again = body(x=[1], **many)[:-1] + b',"p79999":0}'
    assert refused(again).code == "duplicate-key"


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_no_json_refuses_the_body(constant: str) -> None:
    assert refused(body()[:-1] + f',"x":{constant}}}'.encode()).code == "json"


def test_a_number_of_very_many_digits_is_let_through() -> None:
    assert opened(body()[:-1] + b',"x":1' + b"0" * 5_000 + b"}")[0].items == [b'{"a": 1}']


@pytest.mark.parametrize("data", ["data", "sensor", 7, None, {"data": [1]}])
def test_data_that_is_no_array_is_told_as_such(data: Any) -> None:
    assert refused(body(data=data)).code == "json-type"


@pytest.mark.parametrize("after", [False, True])
def test_half_a_surrogate_pair_in_the_sensor_refuses_the_envelope_wherever_it_stands(after: bool) -> None:
    parts = [rb'"sensor":"a\ud83d"', b'"data":' + orjson.dumps([event()])]
    head = b'{"sendTime":"2026-01-27T10:03:00.000Z","dataVersion":"%s",' % CONTEXT_1_2.encode()
    assert "surrogate" in refused(head + b",".join(reversed(parts) if after else parts) + b"}").message


@pytest.mark.parametrize(
    ("item", "is_1_0"),
    [
        ({"@context": CONTEXT_1_0, "type": "x"}, True),
        ({"@context": ["urn:x:v", CONTEXT_1_0], "type": "x"}, True),
        ({"@context": ["urn:x:v"], "type": "x"}, False),
        ({"@context": CONTEXT_1_1, "type": "x"}, False),
        ({"@type": "x"}, True),
        ({"@type": "x", "type": "x"}, False),
        ({"type": "x"}, False),
        ("x", False),
        ([], False),
    ],
)
def test_without_a_data_version_the_first_item_says_whether_it_is_1_0(item: Any, is_1_0: bool) -> None:
    raw = body(dataVersion=..., data=[item, {"@type": "x"}])
    if is_1_0:
        assert opened(raw, app=OLD)[0].data_version == CONTEXT_1_0
        assert refused(raw).code == "caliper-1.0"
    else:
        assert refused(raw, app=OLD).pointer == refused(raw).pointer == "/dataVersion"


@pytest.mark.parametrize(
    ("context", "version"),
    [
        (CONTEXT_1_1, CONTEXT_1_1),
        ([CONTEXT_1_1], CONTEXT_1_1),
        ([CONTEXT_1_2, CONTEXT_1_1, "urn:x:v"], CONTEXT_1_1),
        (["urn:x:v"], CONTEXT_1_2),
        ("urn:x:v", CONTEXT_1_2),
        (None, CONTEXT_1_2),
        (CONTEXT_1_0, CONTEXT_1_0),
    ],
)
def test_the_last_known_context_of_a_bare_event_says_its_version(context: Any, version: str) -> None:
    raw = json.dumps({"type": "x", "@context": context}).encode()
    assert opened(raw, app=OLD, bare_event=True)[0].data_version == version


def test_why_a_body_is_no_json_is_told_in_one_sentence() -> None:
    assert refused(b"hello").message == (
        "The body is not JSON: unexpected character, expected a JSON value: line 1 column 1 (char 0). "
        "Send one JSON envelope, UTF-8."
    )
    assert ".." not in refused(b"{").message
