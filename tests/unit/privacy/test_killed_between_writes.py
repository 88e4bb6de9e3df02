"""An erasure that is killed between two writes, and run again: what is of others is still there, and nothing else."""

from typing import Any

import pytest

from functions.core.messages import unpack
from tests.fakes import Crash
from tests.unit.privacy.erasing_world import ADA, BEN
from tests.unit.privacy.letter_box import LetterBox
from tests.unit.privacy.test_dead_letters import Letters
from tests.unit.privacy.test_dropped_files import OF_ADA, OF_BEN, Folder


def failing_once(holder: object, method: str) -> None:
    """The next call of this method of `holder` does nothing and raises."""
    whole = getattr(holder, method)

    def crash(*_: Any, **__: Any) -> Any:
        setattr(holder, method, whole)
        raise Crash(method)

    setattr(holder, method, crash)


def texts_in(box: LetterBox) -> str:
    """All that dead letters say, unpacked."""
    return " ".join(item.raw.decode() for body in box.bodies() for item in unpack(body).items)


@pytest.mark.parametrize("method", ["send_message", "delete_message_batch"])
def test_a_dead_letter_with_something_of_others_is_never_lost(method: str) -> None:
    letters = Letters()
    letters.put(letters.event(ADA), letters.event(BEN, id="urn:x:of-ben"))
    failing_once(letters.box, method)
    with pytest.raises(Crash):
        letters.erase()
    assert "urn:x:of-ben" in texts_in(letters.box)
    letters.erase()
    assert "urn:x:of-ben" in texts_in(letters.box)
    assert ADA not in texts_in(letters.box).replace(BEN, "")


@pytest.mark.parametrize("method", ["put", "delete"])
def test_rejected_lines_of_others_are_never_lost(method: str) -> None:
    folder = Folder()
    key = folder.reject("a.ndjson.rejects", OF_ADA + OF_BEN)
    failing_once(folder.versions, method)
    with pytest.raises(Crash):
        folder.erase()
    bodies = [folder.versions.read(version)[0] for version in folder.versions.of(key)]
    assert any(OF_BEN in body for body in bodies)
    folder.erase()
    assert [folder.versions.read(version)[0] for version in folder.versions.of(key)] == [OF_BEN]
