"""A tail that runs for long forgets what came first, and shows nothing twice."""

import pytest

from functions.client.remote import tailing
from tests.unit.client.remote.test_tailing import Service, last_words, tail_of


@pytest.mark.parametrize("rejections", [True, False])
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_what_is_new_is_shown_once_however_much_was_shown_before(
    monkeypatch: pytest.MonkeyPatch, rejections: bool, at_once: int
) -> None:
    for name, value in (("PAGE", 2), ("DEEPEST", 6), ("REMEMBERED", 8)):
        monkeypatch.setattr(tailing, name, value)
    service = Service()
    tail = tail_of(service, rejections=rejections)
    assert list(tail.look()) == []
    shown_lines = 0
    for number in range(10):
        service.came(*(str(number * at_once + place) for place in range(at_once)))
        shown_lines += len(list(tail.look()))
        assert list(tail.look()) == []
    assert shown_lines == 10 * at_once
    service.came("1000")
    assert len(last_words(tail)) == 1
