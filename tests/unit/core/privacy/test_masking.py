"""What an erasure leaves of an item that names the person: every other byte as it was sent."""

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.ids import content_digest, id_digest
from functions.core.messages import Item, Message, pack, unpack
from functions.core.privacy.erased import Erased, Erasure, Role
from functions.core.privacy.json_text import read_json_text
from functions.core.privacy.masking import masked_raw, without_erased

ADA = "https://school.example/users/1"
MAIL = "ada@school.example"
ALIAS = "urn:erased:5b"
TEACHER = "https://school.example/users/12"


def erasure(identifier: str, role: Role = "learner") -> Erasure:
    return Erasure(digest=id_digest(identifier), role=role, alias=ALIAS, before_us=100, request="r")


ERASED = Erased({of_person.digest: of_person for of_person in (erasure(ADA), erasure(f"mailto:{MAIL}", "address"))})


def comment(**changed: Any) -> dict[str, Any]:
    return {
        "id": "urn:uuid:0a0a0a0a-0000-4000-8000-00000000000e",
        "type": "MessageEvent",
        "actor": TEACHER,
        "action": "Posted",
        "eventTime": "2026-03-02T09:00:00Z",
        "object": {"id": "urn:x:1", "type": "Message"},
        **changed,
    }


def masked(text: str) -> str:
    return masked_raw(text.encode(), ERASED, received_us=100).decode()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (f'"{ADA}"', f'"{ALIAS}"'),
        ('"https:\\/\\/school.example\\/users\\/1"', f'"{ALIAS}"'),
        ('"https://school.example/users/\\u0031"', f'"{ALIAS}"'),
        (f'"{ADA}/posts/3"', f'"{ALIAS}/posts/3"'),
        (f'"see {ADA}."', f'"see {ALIAS}."'),
        (f'"{TEACHER}"', f'"{TEACHER}"'),
        ('"Ada@School.example"', f'"{ALIAS}"'),
        (f'"mailto:{MAIL}"', f'"{ALIAS}"'),
        (f'"write to {MAIL}, please"', f'"write to {ALIAS}, please"'),
        (f'"x{MAIL}"', f'"x{MAIL}"'),
        (f'{{"{MAIL}": 1.50}}', f'{{"{ALIAS}": 1.50}}'),
        (f'{{ "id":"{ADA}","name":"Ada","n":1.0 }}', f'{{"id":"{ALIAS}"}}'),
        (f'{{"type" : "Person","@id":"{ADA}","o":[{{"id":"{ADA}"}}]}}', f'{{"@id":"{ALIAS}","type" : "Person"}}'),
        ('{"id":"urn:y","type":"Person","email":"ada@school.example"}',) * 2,
    ],
)
def test_only_what_names_the_person_changes(sent: str, kept: str) -> None:
    assert masked(f'{{"a":  1.0, "v": {sent},\n"b":"\\u00e9"}}') == f'{{"a":  1.0, "v": {kept},\n"b":"\\u00e9"}}'


def test_a_longer_iri_stays_where_it_is_anothers_session() -> None:
    session = f"{ADA}/sessions/5"
    event = comment(session=session, object={"id": f"{ADA}/posts/3", "creator": ADA})
    assert json.loads(masked(json.dumps(event))) == event | {"object": {"id": f"{ADA}/posts/3", "creator": ALIAS}}


def test_what_is_kept_of_an_event_has_the_content_that_was_sent() -> None:
    event = comment(target=ADA)
    raw = json.dumps(event).encode()
    kept = without_erased(Item("event", raw), ERASED, received_us=100)
    assert kept.content == content_digest(event)
    assert without_erased(kept, ERASED, received_us=100) is kept
    message = Message(tenant="t", app_id="a", job="j", received_us=100, items=[Item("event", b"{}"), kept])
    assert unpack(pack(message)).items == message.items


def test_what_was_received_after_the_erasure_is_untouched() -> None:
    item = Item("event", json.dumps(comment(actor=ADA)).encode())
    assert without_erased(item, ERASED, received_us=101) is item


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("event", comment(actor=ADA)),
        ("event", comment(actor={"id": "urn:app", "type": "SoftwareApplication"}, object={"assignee": ADA})),
        ("heartbeat", {"sessionId": "urn:s", "learner": ADA}),
        ("entity", {"id": ADA, "type": "Person", "name": "Ada"}),
        ("entity", {"id": "urn:x", "type": "Attempt", "assignee": {"id": ADA}}),
        ("entity", {"id": "urn:x", "type": "Result", "attempt": {"id": "urn:y", "assignee": ADA}}),
        ("entity", {"id": "urn:x", "type": "Membership", "member": ADA}),
        ("rejection", {"actor": ADA, "type": "Event"}),
    ],
)
def test_nothing_is_left_of_what_is_the_persons_own(kind: Any, item: dict[str, Any]) -> None:
    assert without_erased(Item(kind, json.dumps(item).encode()), ERASED, received_us=100) == Item("erased", b"")


@pytest.mark.parametrize("raw", [b'{"actor": "%b' % ADA.encode(), b'["https:\\/\\/school.example\\/users\\/1", \xff'])
def test_a_rejection_that_is_no_json_is_dropped_if_it_names_the_person(raw: bytes) -> None:
    assert without_erased(Item("rejection", raw), ERASED, received_us=100) == Item("erased", b"")
    other = Item("rejection", b"{oops")
    assert without_erased(other, ERASED, received_us=100) is other


def test_findings_that_quote_the_person_are_masked() -> None:
    item = Item("event", json.dumps(comment()).encode(), [{"code": "c", "message": f"`{ADA}` is not an IRI"}])
    assert without_erased(item, ERASED, received_us=100).findings == [
        {"code": "c", "message": f"`{ALIAS}` is not an IRI"}
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text() | st.sampled_from([ADA, MAIL, TEACHER, f"{ADA}/x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["id", MAIL]), inner),
    max_leaves=12,
)


@given(value=JSON, ascii_only=st.booleans())
def test_a_masked_text_is_json_that_names_nobody(value: Any, ascii_only: bool) -> None:
    try:
        text = json.dumps({"v": value}, ensure_ascii=ascii_only)
        orjson.loads(text)
    except (UnicodeEncodeError, orjson.JSONDecodeError):
        return
    kept = orjson.loads(masked(text))
    words = [string.value for string in read_json_text(json.dumps(kept)).strings if string.name != "email"]
    assert ADA not in words
    assert MAIL not in words


@given(value=JSON)
def test_every_string_and_object_is_read_where_it_stands(value: Any) -> None:
    text = json.dumps({"v": value})
    read = read_json_text(text)
    strings = [json.loads(text[string.start : string.end]) for string in read.strings]
    assert strings == [string.value for string in read.strings]
    objects = [json.loads(text[span.start : span.end]) for span in read.objects]
    every = list(every_value({"v": value}))
    assert sorted(strings) == sorted(each for each in every if isinstance(each, str))
    assert sorted(map(str, objects)) == sorted(str(each) for each in every if isinstance(each, dict))


def every_value(value: Any) -> Iterator[Any]:
    """`value` and all that is in it, names of properties, too."""
    yield value
    yield from value if isinstance(value, dict) else ()
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from every_value(each)
