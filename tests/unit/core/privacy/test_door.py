"""Fields that are left out at the door: the named ones go, every other byte stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.apps import App
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.validated_request import validate_envelopes
from functions.core.caliper.validator import validate_item
from functions.core.privacy.door import FIELDS, all_without_fields, names_given, without_fields
from functions.core.privacy.keeping import Keeping
from functions.core.times import parse_time
from functions.store.keys import tenant_of
from tests.payloads import APP, Payloads, envelope

ALL = tuple(FIELDS)
PERSON = {"id": "urn:x:1", "type": "Person", "name": "Ada", "email": "a@x.example"}
NOW_US = parse_time("2026-03-02T12:00:00Z") or 0


@pytest.mark.parametrize(
    ("sent", "kept", "kinds"),
    [
        (b'{"id":"u","type":"Person","name":"Ada"}', b'{"id":"u","type":"Person"}', {"name"}),
        (b'{"name":"Ada","type":"Person"}', b'{"type":"Person"}', {"name"}),
        (b'{ "name" : "A" , "email":"e" , "type":"Person" }', b'{"type":"Person" }', {"name", "email"}),
        (b'{"type":"Person","email":"e","name":"A"}', b'{"type":"Person"}', {"name", "email"}),
        (b'{"email":"e"}', b"{}", {"email"}),
        (b'{"id":1.50,"email":"e","z":[1, 2]}', b'{"id":1.50,"z":[1, 2]}', {"email"}),
        (b'{"e\\u006dail":"e","z":1}', b'{"z":1}', {"email"}),
        (
            b'{"session":{"client":{"ipAddress":"1.2.3.4","userAgent":"M"}}}',
            b'{"session":{"client":{}}}',
            {"client-ip", "user-agent"},
        ),
        (b'{"type":"http://purl.imsglobal.org/caliper/Person","name":"A"}', None, {"name"}),
        (b'{"type":"Document","name":"A lesson"}', b'{"type":"Document","name":"A lesson"}', set()),
        (b'{"type":"Person","name":["A"],"email":null}', b'{"type":"Person","name":["A"],"email":null}', set()),
        (b'{"email":', b'{"email":', set()),
    ],
)
def test_named_members_go_and_all_other_bytes_stay(sent: bytes, kept: bytes | None, kinds: set[str]) -> None:
    left, given_kinds = without_fields(sent, ALL)
    assert given_kinds == kinds
    if kept is not None:
        assert left.replace(b" ", b"") == kept.replace(b" ", b"")
    if kinds:
        json.loads(left)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "type", "name", "email", "ip", "x"]), inner, max_size=5),
    ),
    max_leaves=20,
)


def expected(value: Any) -> Any:
    """The same, worked out on the parsed item."""
    if isinstance(value, list):
        return [expected(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    person = value.get("type") == "Person"
    gone = {"email", "ip", *(["name"] if person else [])}
    return {
        name: expected(inner)
        for name, inner in value.items()
        if not (name in gone and isinstance(inner, str) and inner.strip())
    }


@given(
    value=st.dictionaries(st.sampled_from(["type", "name", "email", "ip", "x"]), VALUES, max_size=6),
    person=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_it_is_what_the_parsed_item_without_them_is(value: dict[str, Any], person: bool, indent: int | None) -> None:
    item = value | ({"type": "Person"} if person else {})
    left, _ = without_fields(json.dumps(item, indent=indent).encode(), ALL)
    assert json.loads(left) == expected(item)


def opened(app: App, *items: dict[str, Any]) -> list[Envelope]:
    envelopes = open_envelopes(json.dumps(envelope(*items)).encode(), app=app)
    assert isinstance(envelopes, list)
    return envelopes


def app_that_keeps(**keeping: Any) -> App:
    return App(app_id=APP, tenant=tenant_of(APP), edapps=("*",), keeping=Keeping(**keeping))


def test_a_request_is_judged_and_kept_without_what_the_app_leaves_out() -> None:
    app = app_that_keeps(left_out=("email", "name"))
    event = Payloads(1).question_started("urn:x:1") | {"actor": PERSON}
    request = validate_envelopes(opened(app, event), app=app, credential="", now_us=NOW_US)
    (item,) = request.messages[0].items
    assert (item.kind, request.left_out) == ("event", {"email", "name"})
    assert json.loads(item.raw)["actor"] == {"id": "urn:x:1", "type": "Person"}


def test_an_app_that_keeps_all_keeps_the_exact_bytes() -> None:
    app = app_that_keeps()
    event = Payloads(1).question_started("urn:x:1") | {"actor": PERSON}
    request = validate_envelopes(opened(app, event), app=app, credential="", now_us=NOW_US)
    assert request.messages[0].items[0].raw == json.dumps(event).encode()
    assert request.left_out == set()


def test_an_item_that_gives_a_name_is_rejected_if_the_app_is_pseudonymous() -> None:
    app = app_that_keeps(pseudonymous=True)
    payloads = Payloads(1)
    named, plain = payloads.question_started("urn:x:1") | {"actor": PERSON}, payloads.question_started("urn:x:1")
    request = validate_envelopes(opened(app, named, plain), app=app, credential="", now_us=NOW_US)
    assert [item.kind for item in request.messages[0].items] == ["rejection", "event"]
    assert request.rejected[0]["findings"][0]["code"] == "names-a-person"
    assert "Ada" not in request.rejected[0]["message"]


def test_left_out_first_a_name_does_not_reject() -> None:
    app = app_that_keeps(pseudonymous=True, left_out=("email", "name"))
    event = Payloads(1).question_started("urn:x:1") | {"actor": PERSON}
    request = validate_envelopes(opened(app, event), app=app, credential="", now_us=NOW_US)
    assert (request.accepted, request.left_out) == (1, {"email", "name"})


def test_a_name_of_something_else_than_a_person_is_none() -> None:
    event = Payloads(1).lesson_started("urn:x:1") | {"object": {"id": "urn:x:o", "type": "Document", "name": "One"}}
    raw = json.dumps(event).encode()
    assert names_given(raw) == ()
    verdict = validate_item(raw, data_version=envelope()["dataVersion"], app=app_that_keeps(pseudonymous=True))
    assert verdict.accepted


@pytest.mark.parametrize(
    ("item", "names"),
    [
        (b'{"type":"Person","name":"Ada"}', ("name",)),
        (b'{"type":"Person","givenName":"Ada","familyName":"L"}', ("givenName", "familyName")),
        (b'{"type":"Person","n\\u0061me":"Ada"}', ("name",)),
        (b'{"type":"Person","firstNam\\u0065":"Ada"}', ("firstName",)),
        (b'{"email":"a@x.example"}', ("email",)),
        (b'{"e\\u006dail":"a@x.example"}', ("email",)),
        (b'{"a":{"email":"a"},"b":[{"email":"b"}]}', ("email",)),
        (b'{"type":"TimebackUser","name":"Ada","email":"a"}', ("name", "email")),
        (b'{"type":"Document","name":"Ada"}', ()),
        (b'{"name":"Ada"}', ()),
        (b'{"type":"Person","name":" ","email":""}', ()),
        (b'{"type":"Person","ipAddress":"1.2.3.4"}', ()),
        (b'{"x":"name","y":"\\u0061"}', ()),
        (b'{"email":', ()),
        (b'{"type":7,"name":"Ada"}', ()),
    ],
)
def test_the_members_that_name_a_person_are_told_however_they_are_written(item: bytes, names: tuple[str, ...]) -> None:
    assert tuple(names_given(item)) == names


@pytest.mark.parametrize(
    ("kind", "member"), [(kind, member) for kind, members in FIELDS.items() for member in sorted(members)]
)
def test_each_member_of_a_kind_goes_with_it_and_with_no_other(kind: str, member: str) -> None:
    item = json.dumps({"type": "Person", member: "x", "z": 1}).encode()
    assert json.loads(without_fields(item, [kind])[0]) == {"type": "Person", "z": 1}
    assert without_fields(item, [kind])[1] == {kind}
    assert without_fields(item, [other for other in ALL if other != kind]) == (item, set())


def test_of_an_envelope_every_kind_that_any_item_has_is_told() -> None:
    items = [b'{"type":"Person","name":"A"}', b'{"email":"e"}', b'{"id":"u"}']
    for raws in (items, items[::-1]):
        kept, kinds = all_without_fields(raws, ALL)
        assert sorted(kept) == [b'{"id":"u"}', b'{"type":"Person"}', b"{}"]
        assert kinds == {"name", "email"}
    assert all_without_fields(items, ["email"]) == ([items[0], b"{}", items[2]], frozenset({"email"}))
    assert all_without_fields([], ALL) == ([], frozenset())
