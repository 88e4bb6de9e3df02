"""Identifiers have one spelling, and keys one width."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.ids import (
    DIGEST_CHARS,
    canonical_id,
    content_digest,
    derived_uuid,
    digest,
    digest_at_rest,
    digest_from_rest,
    id_digest,
    id_in,
    is_reserved,
    reserved_uuid,
)
from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store.dynamodb import key_parts


@given(st.uuids())
def test_every_spelling_of_a_uuid_is_one_identifier(value: uuid.UUID) -> None:
    spellings = [str(value), value.urn, str(value).upper(), f"URN:UUID:{str(value).upper()}"]
    assert {canonical_id(text) for text in spellings} == {value.urn}
    assert len({id_digest(text) for text in spellings}) == 1


@given(st.text())
def test_other_identifiers_stay_as_they_are(text: str) -> None:
    if len(text) not in (36, 45):
        assert canonical_id(text) == text


@given(st.text(max_size=3000))
def test_a_digest_has_one_width_and_no_separator(text: str) -> None:
    assert len(digest(text)) == DIGEST_CHARS
    assert "#" not in digest(text)


def test_content_is_equal_if_only_order_and_spacing_differ() -> None:
    assert content_digest({"a": 1, "b": [1, {"c": 2, "d": 3}]}) == content_digest({"b": [1, {"d": 3, "c": 2}], "a": 1})
    assert content_digest({"a": 1}) != content_digest({"a": 2})


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"id": "a"}', "a"),
        (b'{"id": 1}', None),
        (b"{}", None),
        (b'["id"]', None),
        (b"no json", None),
        (b"\xff", None),
    ],
)
def test_the_id_of_an_item_is_read_off_any_bytes(raw: bytes, expected: str | None) -> None:
    assert id_in(raw) == expected


def test_a_derived_uuid_depends_on_where_its_parts_end() -> None:
    assert derived_uuid("ab", "c") != derived_uuid("a", "bc")
    assert uuid.UUID(derived_uuid("a").removeprefix("urn:uuid:")).version == 5


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_reserved_id_is_known_again_in_any_spelling_and_no_other_is(parts: list[str]) -> None:
    identifier = reserved_uuid(*parts)
    bare = identifier.removeprefix("urn:uuid:")
    assert uuid.UUID(bare).version == 5
    for spelling in (identifier, identifier.upper().replace("URN:UUID", "urn:uuid"), bare, f" {bare} "):
        assert is_reserved(spelling)
    changed = identifier[:-1] + ("0" if identifier[-1] != "0" else "1")
    assert not any(map(is_reserved, (derived_uuid(*parts), changed, bare[:-1], bare + "0")))


@given(st.integers(FIRST_US, LAST_US), st.integers(FIRST_US, LAST_US))
def test_instants_sort_as_keys_as_they_do_in_time(first: int, other: int) -> None:
    assert (first < other) == (key_parts.time_key(first) < key_parts.time_key(other))
    assert key_parts.time_from_key(key_parts.time_key(first)) == first


@given(st.text(), st.text(), st.integers(FIRST_US, LAST_US))
def test_no_identifier_makes_a_key_too_long(app: str, event_id: str, time_us: int) -> None:
    assert len(keys.event_sk(time_us, event_id, digest("content"))) == 66
    assert len(keys.learner_pk(keys.tenant_of(app), event_id)) == 47


@given(st.text())
def test_a_digest_rests_as_its_bytes_and_comes_back(text: str) -> None:
    rested = digest_at_rest(digest(text))
    assert isinstance(rested, bytes)
    assert len(rested) == 16
    assert digest_from_rest(rested) == digest(text)


@pytest.mark.parametrize("char", ["-", "_"])
def test_a_digest_of_any_of_its_characters_rests_as_bytes(char: str) -> None:
    text = char * (DIGEST_CHARS - 1) + "A"
    assert len(digest_at_rest(text)) == 16
    assert digest_from_rest(digest_at_rest(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "+" * 22,
        "/" * 22,
        "é" * 22,
        "A" * 21 + "B",
        "A" * 21,
        "A" * 23,
        "A" * 22 + "==",
        "AA AA" * 4 + "AA",
        "=",
    ],
)
def test_what_is_no_digest_rests_as_it_is(text: str) -> None:
    assert digest_at_rest(text) == text
    assert digest_from_rest(digest_at_rest(text)) == text
