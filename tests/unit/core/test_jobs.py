"""A job id says what it has to answer for."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.ids import id_digest
from functions.core.jobs import CARRIED_IDS, Job, decode_job_id, encode_job_id, job_id, job_key, parse_job_id

KEY = job_key(1_700_000_000_000_000, b"12345678")


@pytest.mark.slow
@given(st.lists(st.uuids().map(uuid.UUID.urn.fget), min_size=1, max_size=CARRIED_IDS))  # type: ignore[attr-defined]
def test_a_small_job_carries_the_digest_of_every_event(ids: list[str]) -> None:
    assert parse_job_id(job_id(KEY, ids, 1)) == Job(KEY, tuple(id_digest(event_id) for event_id in ids))


def test_a_large_job_carries_the_number_of_its_messages() -> None:
    ids = [f"urn:uuid:{number}" for number in range(CARRIED_IDS + 1)]
    assert parse_job_id(job_id(KEY, ids, 5)) == Job(KEY, (), 5)


def test_a_job_of_which_nothing_was_accepted_names_its_messages() -> None:
    assert parse_job_id(job_id(KEY, [], 1)) == Job(KEY, (), 1)


@pytest.mark.parametrize(
    "text", ["", "6", KEY, "x" * 23, KEY + ".p0", KEY + ".", KEY + ".p", KEY + ".p123456", KEY + "." + "a" * 21]
)
def test_what_is_no_job_id_is_none(text: str) -> None:
    assert parse_job_id(text) is None


def test_two_requests_of_one_moment_have_two_keys() -> None:
    assert job_key(1, b"aaaaaaaa") != job_key(1, b"bbbbbbbb")


@given(st.lists(st.text(), max_size=CARRIED_IDS + 1), st.integers(1, 9))
def test_a_job_id_at_rest_is_read_as_it_was(ids: list[str], parts: int) -> None:
    text = job_id(KEY, ids, parts)
    assert decode_job_id(encode_job_id(text)) == text
    assert len(encode_job_id(text)) == (16 * (1 + len(ids)) if 0 < len(ids) <= CARRIED_IDS else len(text))


@given(st.from_regex(r"[A-Za-z0-9_-]{22}\.([A-Za-z0-9_-]{22}){1,3}", fullmatch=True) | st.text())
def test_any_text_in_the_place_of_a_job_id_is_read_as_it_was(text: str) -> None:
    assert decode_job_id(encode_job_id(text)) == text
