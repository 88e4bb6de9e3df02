"""Which identifiers are one person's, and whose an erasure is."""

import pytest

from functions.core.ids import id_digest
from functions.core.privacy.erased import Erased, Erasure, Role, digests_of
from functions.core.times import FIRST_US

LEARNER, ADDRESS = "urn:uuid:11111111-1111-4111-8111-111111111111", "ada@x.example"


@pytest.mark.parametrize(
    ("identifier", "as_address"),
    [
        (ADDRESS, ADDRESS),
        (f"mailto:{ADDRESS}", ADDRESS),
        (f" mailto:{ADDRESS} ", ADDRESS),
        ("Ada@X.example", ADDRESS),
        ("mailto:Ada@X.example", ADDRESS),
        (LEARNER, None),
        ("https://x.example/@ada", None),
        ("ada", None),
    ],
)
def test_an_identifier_is_noted_as_an_iri_and_as_an_address_if_it_can_be_one(
    identifier: str, as_address: str | None
) -> None:
    expected = [id_digest(identifier)] + ([id_digest(f"mailto:{as_address}")] if as_address else [])
    assert list(digests_of(identifier)) == expected


def erasure(role: Role, *, digest: str = id_digest(LEARNER), alias: str = "urn:erased:1", from_us: int = 5) -> Erasure:
    return Erasure(digest=digest, role=role, alias=alias, before_us=10, request="r", from_us=from_us)


def erased(*erasures: Erasure) -> Erased:
    return Erased({each.digest: each for each in erasures})


@pytest.mark.parametrize(
    ("role", "is_learner", "is_masked"),
    [("learner", True, True), ("address", False, True), ("describe", False, False), ("event", False, False)],
)
@pytest.mark.parametrize(("received_us", "in_time"), [(4, True), (10, True), (11, False)])
def test_the_role_of_an_erasure_says_what_it_takes_of_what_came_before_it(
    role: Role, is_learner: bool, is_masked: bool, received_us: int, in_time: bool
) -> None:
    people = erased(erasure(role))
    assert people.is_learner(LEARNER, received_us=received_us) is (is_learner and in_time)
    assert not people.is_learner(None, received_us=received_us)
    assert not people.is_learner("urn:x:other", received_us=received_us)
    expected = "urn:erased:1" if is_masked and in_time else None
    assert people.alias_of(LEARNER, received_us=received_us) == expected
    assert people.alias_of("urn:x:other", received_us=received_us) is None
    event = f'{{"id":"{LEARNER}"}}'.encode()
    assert people.is_event(event, received_us=received_us) is (role == "event" and in_time)
    assert not people.is_event(b'{"id":"urn:x:other"}', received_us=received_us)
    assert not people.is_event(b"[]", received_us=received_us)


@pytest.mark.parametrize(("received_us", "purged"), [(4, False), (5, True), (10, True), (11, False)])
def test_a_purge_is_of_what_one_credential_sent_in_a_span(received_us: int, purged: bool) -> None:
    people = erased(erasure("credential", alias="key"), erasure("learner", digest="d", alias="key2", from_us=0))
    assert people.is_purged("key", received_us=received_us) is purged
    assert not people.is_purged("key2", received_us=received_us)


def test_no_erasures_are_none() -> None:
    assert (bool(erased()), erased().until_us) == (False, FIRST_US)
    assert (bool(erased(erasure("learner"))), erased(erasure("learner")).until_us) == (True, 10)


@pytest.mark.parametrize(
    ("text", "whole", "with_parts"),
    [
        (LEARNER, "urn:erased:1", "urn:erased:1"),
        (f"by {LEARNER}.", "by urn:erased:1.", "by urn:erased:1."),
        (f"<{LEARNER}>, then", "<urn:erased:1>, then", "<urn:erased:1>, then"),
        (f"{LEARNER}/work", f"{LEARNER}/work", "urn:erased:1/work"),
        (f"{LEARNER}#a?b", f"{LEARNER}#a?b", "urn:erased:1#a?b"),
        (f"{LEARNER}-2", f"{LEARNER}-2", f"{LEARNER}-2"),
        (f"x{LEARNER}", f"x{LEARNER}", f"x{LEARNER}"),
    ],
)
def test_an_identifier_is_masked_as_a_word_or_as_the_beginning_of_an_iri(
    text: str, whole: str, with_parts: str
) -> None:
    people = erased(erasure("learner"))
    assert people.masked(text, received_us=1, parts=False) == whole
    assert people.masked(text, received_us=1) == with_parts
    assert people.masked(text, received_us=11) == text
