"""Digests that are stored, sent or logged: the same in every version, or what was stored is not found again."""

import pytest

from functions.core.ids import content_digest, derived_uuid, digest, id_digest, reserved_uuid
from functions.core.jobs import job_id, job_key
from functions.core.privacy.pseudonym import pseudonym, spellings
from functions.core.usage.audit import learner_digest

NUMBER = "6F1B0C3E-0d5b-4b1c-9c5d-0d4b6b1b2a11"
SECRET = b"s" * 32


@pytest.mark.parametrize(
    ("computed", "stored"),
    [
        (digest("a"), "J8NebpNzh38p5WJGTkZJfg"),
        (digest("é\ud800"), "gvCTr0j3j8zbZB4mnsYJ_g"),
        (id_digest(NUMBER), "7lCj2d9ct0V8yIDNNb755A"),
        (content_digest({"b": [1, 2.5, None], "a": "é"}), "MnY5O_ilqN8OXdy494MC7w"),
        (derived_uuid("a", "b"), "urn:uuid:d8ad5e29-e7b8-5b39-a9fa-c21dfd1d841d"),
        (reserved_uuid("a", "b"), "urn:uuid:d8ad5e29-e7b8-5b39-a9fa-046c35659cc2"),
        (job_key(1_700_000_000_000_000, bytes(range(8))), "AAYKJBgeQAAAAQIDBAUGBw"),
        (job_key(1_700_000_000_000_000, bytes(range(9))), "AAYKJBgeQAAAAQIDBAUGBw"),
        (job_id("k" * 22, ["urn:x:1"], 1), "kkkkkkkkkkkkkkkkkkkkkk.IXZJt_l7jLz-HavZmO7v7w"),
        (job_id("k" * 22, [], 3), "kkkkkkkkkkkkkkkkkkkkkk.p3"),
        (pseudonym(SECRET, tenant="t", identifier=f" {NUMBER} "), "p:pHuh36AR9UZ0pBMciV06PQ"),
        (learner_digest(b"k", " Ada@X.example"), "6c55764694546e07c55c03b1c6819c9e"),
        (learner_digest(b"k", NUMBER), "fa56e504fe99c538b6bd1e9551e011ae"),
    ],
)
def test_a_digest_is_what_it_was(computed: str, stored: str) -> None:
    assert computed == stored


@pytest.mark.parametrize(
    ("person", "held"),
    [
        (f"urn:uuid:{NUMBER}", {f"urn:uuid:{NUMBER.lower()}", NUMBER.lower()}),
        ("mailto:Ada@X.example", {"mailto:ada@x.example", "ada@x.example"}),
        ("https://x.example/Ada", {"https://x.example/ada"}),
        ("Ada.urn:uuid:", {"ada.urn:uuid:"}),
        (None, set()),
        ("", set()),
    ],
)
def test_a_person_is_known_in_other_ids_in_lower_case_with_the_scheme_and_without(
    person: str | None, held: set[str]
) -> None:
    assert spellings(person) == held
    assert spellings("urn:x:other", person) == {"urn:x:other", *held}
