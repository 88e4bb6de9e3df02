"""What is refused of a request about a person, with the reason that the route then gives."""

from typing import Any

import pytest

from tests.unit.privacy.test_continued_work import Runs, two_objects


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"learner": "no@one.example"}, "No learner of this address is stored: name the learner's IRI."),
        (
            {"kind": "erase", "code": "wrong"},
            "The code is not that of this erasure: ask without a code, and send the one of the answer.",
        ),
        (
            {"learner": "urn:unidentified-user"},
            "'urn:unidentified-user' is no one person's: many share it. Name the learner's own IRI or address.",
        ),
    ],
)
def test_a_refusal_says_what_to_do(known: dict[str, Any], reason: str) -> None:
    runs = Runs(two_objects())
    noted = runs.run(runs.work(**known))
    assert (noted.state, noted.reason, noted.counts, noted.code, noted.file) == ("refused", reason, {}, "", "")
    assert runs.sent == []
