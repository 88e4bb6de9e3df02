"""A request with nothing unusual about it is judged in one go, and as it would be at length."""

import itertools
import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.core.apps import App
from functions.core.caliper import MAX_ITEM_BYTES, judge_items, judge_plain, open_envelopes
from functions.core.caliper import plain as plain_module
from functions.core.caliper.certificate import CERTIFY_AFTER
from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.plain import PlainEnvelope
from functions.core.caliper.verdicts import Verdict
from tests.payloads import Payloads, envelope
from tests.unit.core.caliper.samples import ANY, HOUSE, LESSON, event
from tests.unit.core.caliper.test_mutations import mutated

GOOD = event(object={"id": LESSON, "type": "Document", "name": "A lesson"}, extensions={"a key": ["a value"]})
BODY = orjson.dumps({"sensor": "s", "sendTime": "2026-01-27T10:03:00.000Z", "dataVersion": CONTEXT_1_2, "data": [GOOD]})
STRICT = App(app_id="urn:x:strict", tenant="t", edapps=("*",), strict=True)


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    for app in (ANY, HOUSE):
        judge_items([orjson.dumps(GOOD)] * (CERTIFY_AFTER + 1), data_version=CONTEXT_1_2, app=app)


@pytest.fixture(autouse=True)
def tried_each_time() -> None:
    plain_module._pauses.clear()


def judged(body: bytes, app: App = ANY) -> tuple[PlainEnvelope, list[str | None], dict[int, Verdict]] | None:
    """What the plain way says, as the other way tells it; tried afresh."""
    plain_module._pauses.clear()
    found = judge_plain(body, app=app)
    if found is None:
        return None
    opened, (ids, remarks, withheld) = found
    assert withheld == []
    return opened, ids, {n: Verdict("event", accepted=True, id=ids[n], findings=noted) for n, noted in remarks.items()}


def agree(body: bytes, app: App = ANY) -> bool:
    """Whether the plain way judged `body`; if so, both ways say the same."""
    short = judged(body, app)
    if short is None:
        return False
    opened, ids, noted = short
    envelopes = open_envelopes(body, app=app)
    assert isinstance(envelopes, list), envelopes
    (long,) = envelopes
    assert (opened.sensor, opened.send_time, opened.data_version) == (long.sensor, long.send_time, long.data_version)
    assert orjson.loads(opened.data) == [orjson.loads(item) for item in long.items]
    tally = judge_items(long.items, data_version=long.data_version, app=app)
    assert (ids, noted) == (tally.ids, tally.noted)
    return True


def test_a_request_of_good_events_of_both_versions_is_judged_in_one_go() -> None:
    payloads = Payloads(5)
    sent = [make(payloads.urn()) for make in payloads.mix().values()]
    assert {each["@context"] for each in sent} == {CONTEXT_1_1, CONTEXT_1_2}
    for version in (CONTEXT_1_1, CONTEXT_1_2):
        assert agree(orjson.dumps(envelope(*sent) | {"dataVersion": version}))


@settings(max_examples=400)
@given(
    values=st.lists(mutated(), min_size=1, max_size=5),
    app=st.sampled_from([ANY, HOUSE]),
    version=st.sampled_from([CONTEXT_1_1, CONTEXT_1_2, CONTEXT_1_2 + "/"]),
    pretty=st.booleans(),
)
def test_what_is_judged_in_one_go_is_judged_as_one_by_one(
    values: list[Any], app: App, version: str, pretty: bool
) -> None:
    body = json.dumps(envelope() | {"dataVersion": version, "data": values}, indent=2 if pretty else None)
    agree(body.encode(), app)


PIECES = [
    *(b'"data":', b'"data":0,', b"[", b"]", b"[]", b"{", b"}", b",", b'"', b"\\", b'\\"', b"0", b" ", b":", b"\xff"),
    *(
        b"NaN",
        b'"x":1e999,',
        rb"\ud83d",
        b'"x":{',
        b'"sensor":"t",',
        b'"x":[1],',
        b',"data":[]',
        b'"a":"]",',
        b'"a":"[",',
        b"null",
    ),
    *(orjson.dumps([GOOD]), orjson.dumps([GOOD]) + b',"data":', b'{"data":', b'"\\"data":'),
]
EDITS = st.lists(
    st.tuples(
        st.integers(0, len(BODY)),
        st.one_of(st.integers(0, 12), st.just(len(orjson.dumps([GOOD])))),
        st.sampled_from(PIECES),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=1_500)
@given(EDITS)
@example([(0, 0, b"[")])
@example([(BODY.index(b"[{"), len(orjson.dumps([GOOD])), b"[]")])
@example([(len(BODY) - 1, 0, b',"data":[]')])
@example([(len(BODY) - 1, 0, b',"data":' + orjson.dumps([GOOD]))])
@example([(BODY.index(b'"data"'), 0, b'"x":[1],')])
@example([(BODY.index(b'"data"'), 0, b'"x":{'), (len(BODY) - 1, 0, b'},"data":0')])
@example([(BODY.index(b'"s"'), 3, b'"a\\"data":')])
@example([(BODY.index(b'"s"'), 3, b'"s","sensor":"t"')])
def test_however_an_envelope_is_spoilt_both_ways_say_the_same_of_it(edits: list[tuple[int, int, bytes]]) -> None:
    body = BODY
    for at, length, piece in edits:
        body = body[:at] + piece + body[at + length :]
    agree(body)


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(orjson.dumps([GOOD]), b"[]"),
        BODY.replace(orjson.dumps([GOOD]), b"[ ]"),
        BODY[:-1] + b',"data":[]}',
        BODY[:-1] + b',"sensor":"t"}',
        BODY.replace(b'"data":', b'"x":{"data":').replace(b"]}", b']},"data":0}'),
        BODY[:-1] + b',"x":NaN}',
        BODY[:-1] + b',"x":-Infinity}',
        BODY[:-1].replace(b'"sensor":"s",', b"") + b',"sensor":"a\\ud83d"}',
        BODY[:-1] + b',"x":"\\ud83d"}',
        BODY.replace(b"10:03:00.000Z", b"10:03:00." + b"0" * 2_048 + b"Z", 1),
        BODY + b"]",
        b"[" + BODY + b"]",
        BODY.replace(b'"s"', b'" "'),
        BODY.replace(b'"data"', b'"date"'),
        BODY.replace(b"v1p2", b"v9p9", 1),
        BODY.replace(b'"sendTime":"2026-01-27', b'"sendTime":"2026-02-30'),
        BODY.replace(b"A lesson", b"A lesson\xff"),
        BODY.replace(b"a key", b"a key\xff"),
        BODY.replace(b"a value", b"a value\xc3"),
        BODY.replace(b'"s"', b'"s\xff"'),
        BODY.replace(b'"data":[', b'"data":[' + b" " * MAX_ITEM_BYTES),
    ],
)
def test_an_unusual_envelope_is_left_to_be_opened_at_length(body: bytes) -> None:
    assert judged(BODY) is not None
    assert judged(body) is None


def test_warnings_of_a_strict_app_are_left_to_be_judged_at_length() -> None:
    body = orjson.dumps(envelope(GOOD | {"id": "b9c2ee1c-1d0b-4b1c-9a8d-8ef25a10ca0b"}))
    assert judged(body) is not None
    assert judged(body, STRICT) is None


def test_after_a_request_that_was_not_plain_its_apps_next_ones_are_not_tried() -> None:
    bad, good = orjson.dumps(envelope({"type": "x"})), orjson.dumps(envelope(GOOD))
    assert judge_plain(bad, app=ANY) is None
    other = App(app_id="urn:x:other", tenant="t", edapps=("*",))
    assert judge_plain(good, app=other) is not None
    tried = [judge_plain(good, app=ANY) is not None for _ in range(10)]
    assert tried == [False] * 8 + [True] * 2


def test_the_apps_to_be_left_alone_for_a_while_are_bounded() -> None:
    bad = orjson.dumps(envelope({"type": "x"}))
    for number in itertools.islice(itertools.count(), 3_000):
        judge_plain(bad, app=App(app_id=f"urn:x:{number}", tenant="t", edapps=("*",)))
    assert len(plain_module._pauses) <= 1_024
