"""What is killed while it saves how far it came goes on later as if it had come less far: nothing is lost or torn."""

import json
from collections.abc import Callable
from copy import replace
from pathlib import Path

import pytest

from functions.importer import dropped_import
from functions.importer.dropped_import import import_dropped
from functions.importing.mark import Mark, Progress
from functions.importing.portions import PORTION_ITEMS
from functions.operate.replaying.checkpoints import Checkpoints
from tests.unit.importing.test_dropped import DROPPED, NOW_US, Importer, MemoryDropFolder, events


class Killed(Exception):
    """What ends a run in a test."""


class DyingFolder(MemoryDropFolder):
    """A bucket whose caller is killed before its n-th put."""

    def __init__(self, last_put: int) -> None:
        super().__init__()
        self._left = last_put

    def put(self, key: str, path: Path) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed
        super().put(key, path)


@pytest.mark.slow
@pytest.mark.parametrize("last_put", [1, 2, 3, 4])
def test_a_run_that_is_killed_while_it_saves_loses_no_rejected_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last_put: int
) -> None:
    monkeypatch.setattr(dropped_import, "SAVED_PORTIONS", 1)
    importer = Importer(tmp_path)
    lines = [b"first wrong", *events(PORTION_ITEMS), b"second wrong", *events(3)]
    importer.drop(lines)
    folder = DyingFolder(last_put)
    folder.objects = importer.folder.objects
    doors = importer.dependencies.doors
    with pytest.raises(Killed):
        import_dropped(DROPPED, replace(doors, folder=folder), time_left=lambda: True)
    for path in tmp_path.iterdir():  # the next run is on another machine
        path.unlink()
    assert import_dropped(DROPPED, doors, time_left=lambda: True)
    rejects = importer.folder.objects[DROPPED.beside("rejects")].splitlines()
    assert [json.loads(line)["text"] for line in rejects] == ["first wrong", "second wrong"]
    assert (importer.answer()["accepted"], importer.answer()["rejected"]) == (PORTION_ITEMS + 3, 2)


def mark(folder: Path) -> tuple[Callable[[int], None], Callable[[], object]]:
    kept = Mark(folder / "a.mark")
    return lambda line: kept.write(Progress(received_us=NOW_US, line=line)), kept.read


def checkpoint(folder: Path) -> tuple[Callable[[int], None], Callable[[], object]]:
    kept = Checkpoints(folder / "marks")
    return lambda line: kept.write("20260302", f"archive/{line}"), lambda: kept.read("20260302")


@pytest.mark.parametrize("kind", [mark, checkpoint])
def test_what_was_noted_stays_whole_if_the_next_note_is_only_half_written(
    kind: Callable[[Path], tuple[Callable[[int], None], Callable[[], object]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, read = kind(tmp_path)
    write(1)
    noted = read()
    write_bytes, write_text = Path.write_bytes, Path.write_text

    def half_of_bytes(path: Path, content: bytes) -> None:
        write_bytes(path, content[: len(content) // 2])
        raise Killed

    def half_of_text(path: Path, content: str) -> None:
        write_text(path, content[: len(content) // 2])
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half_of_bytes)
        patch.setattr(Path, "write_text", half_of_text)
        with pytest.raises(Killed):
            write(2)
    assert read() == noted
    write(3)
    assert read() != noted
