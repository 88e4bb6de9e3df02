"""Which credential a request shows, in each of the spellings that senders use."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.authorize.credential_in_request import KeyCandidates, Token, credential_in_request

KEY = "40dI6P62Q_qrWxpTk95z8w"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"


def request(authorization: str | None = None, path_key: str | None = None) -> dict[str, Any]:
    return {
        "version": "2.0",
        "headers": {} if authorization is None else {"authorization": authorization},
        "pathParameters": None if path_key is None else {"key": path_key},
    }


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("header", [f"Bearer {JWT}", f"bearer  {JWT} ", JWT])
def test_a_json_web_token_is_known_by_its_look(header: str) -> None:
    assert credential_in_request(request(header)) == Token(JWT)


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"BEARER {KEY}", KEY, f"Token {KEY}", f" {KEY} "])
def test_anything_else_is_a_key_with_a_scheme_or_bare(header: str) -> None:
    assert credential_in_request(request(header)) == KeyCandidates((KEY,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"anything:{KEY}", (KEY, "anything")),
        (f"{KEY}:", (KEY,)),
        (f":{KEY}", (KEY,)),
        (f"a:{KEY}:b", (f"{KEY}:b", "a")),
        (KEY, (KEY,)),
    ],
)
def test_basic_may_carry_the_key_as_password_or_as_user(text: str, expected: tuple[str, ...]) -> None:
    candidates = credential_in_request(request(basic(text)))
    assert isinstance(candidates, KeyCandidates)
    assert candidates.texts[: len(expected)] == expected


def test_basic_may_carry_the_key_unencoded_as_open_edx_does() -> None:
    candidates = credential_in_request(request(f"Basic {KEY}"))
    assert isinstance(candidates, KeyCandidates)
    assert KEY in candidates.texts


def test_a_key_in_the_path_counts_before_a_header() -> None:
    assert credential_in_request(request(path_key=KEY)) == KeyCandidates((KEY,))
    assert credential_in_request(request(f"Bearer {JWT}", path_key=KEY)) == KeyCandidates((KEY,))


@pytest.mark.parametrize("header", [None, "", "  ", "Bearer", "Bearer ", "basic  "])
def test_no_credential_is_none(header: str | None) -> None:
    assert credential_in_request(request(header)) is None
    assert credential_in_request({}) is None


@given(st.text(max_size=200))
def test_any_header_can_be_read(header: str) -> None:
    assert credential_in_request(request(header)) is None or header.strip()
    credential_in_request(request("Basic " + header))


def test_what_is_shown_cannot_be_printed_by_accident() -> None:
    assert KEY not in repr(credential_in_request(request(KEY)))
    assert JWT not in repr(credential_in_request(request(JWT)))
