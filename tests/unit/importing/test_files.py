"""The imported file, and the file with what was rejected: how they are read, written, known again and refused."""

import gzip
import io
import os
import zlib
from pathlib import Path
from typing import IO

import pytest

from functions.importing import files
from functions.importing.files import ImportRefused, Rejects, digest_of, lines_of, opened
from functions.importing.mark import Mark, Progress

START = Progress(received_us=1)


def lines(content: bytes, *, start: Progress = START) -> list[bytes]:
    return list(lines_of(io.BytesIO(content), Path("a.ndjson"), start))


def test_a_file_is_known_again_by_its_content_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    (tmp_path / "b").write_bytes(b"0123456789")
    (tmp_path / "c").write_bytes(b"012345678")
    first, again, other = (digest_of(tmp_path / name) for name in "abc")
    assert first == again == "379d21c10e31f80fcaffbd01"  # marks of earlier versions name it so
    assert other != first
    monkeypatch.setattr(files, "_READ_BYTES", 3)
    assert digest_of(tmp_path / "a") == first


@pytest.mark.parametrize("name", ["a.ndjson", "a.gz"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_file_is_unpacked_by_what_it_holds_and_not_by_its_name(tmp_path: Path, name: str, packed: bool) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"text") if packed else b"text")
    with opened(path) as file:
        assert file.read() == b"text"


@pytest.mark.parametrize("content", [b"", b"\x1f", b"\x1f\x8c"])
def test_a_file_that_begins_otherwise_is_no_gzip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with opened(path) as file:
        assert file.read() == content


def test_a_file_that_cannot_be_opened_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"a\.ndjson: No such file or directory\. Name the file to import"):
        opened(tmp_path / "a.ndjson")


def test_lines_keep_their_ends_and_the_last_needs_none() -> None:
    assert lines(b"a\r\n\nb") == [b"a\r\n", b"\n", b"b"]
    assert lines(b"") == []


def test_a_line_may_have_five_megabytes_and_no_byte_more() -> None:
    most = b"x" * 4_999_999 + b"\n"
    assert lines(most) == [most]
    with pytest.raises(ImportRefused, match=r"a\.ndjson: line 9 has over 5000000 bytes"):
        lines(b"ok\n" + b"x" + most, start=Progress(received_us=1, line=7))


class Damaged(io.BytesIO):
    """Text of which only so many lines can be read."""

    def __init__(self, content: bytes, error: Exception, *, after: int) -> None:
        super().__init__(content)
        self.error, self.left = error, after

    def readline(self, size: int | None = -1, /) -> bytes:
        if not self.left:
            raise self.error
        self.left -= 1
        return super().readline(size)


@pytest.mark.parametrize("error", [EOFError("cut"), gzip.BadGzipFile("cut"), zlib.error("cut")])
def test_where_a_file_is_damaged_is_said(error: Exception) -> None:
    damaged: IO[bytes] = Damaged(b"a\nb\nc\n", error, after=2)
    with pytest.raises(ImportRefused, match=r"a\.ndjson is cut or damaged after line 12: cut\. Fetch it again\."):
        list(lines_of(damaged, Path("a.ndjson"), Progress(received_us=1, line=10)))


def rejects_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.rejects")


def test_without_rejects_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    with Rejects(path, 0) as rejects:
        rejects.write([])
    assert rejects.size == 0
    assert not rejects_of(path).exists()


def test_rejects_are_on_disk_at_once_in_a_file_of_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    before = os.umask(0o022)
    try:
        with Rejects(path, 0) as rejects:
            rejects.write([b"one\n", b"two\n"])
            assert rejects_of(path).read_bytes() == b"one\ntwo\n"
            assert rejects.size == 8
            rejects.write([b"three\n"])
            assert rejects_of(path).read_bytes() == b"one\ntwo\nthree\n"
    finally:
        os.umask(before)
    assert rejects.size == 14
    assert rejects_of(path).stat().st_mode & 0o777 == 0o600


def test_what_no_mark_knows_of_is_cut_off_before_the_next_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    rejects_of(path).write_bytes(b"one\ntwo\nhalf")
    with Rejects(path, 8) as rejects:
        assert rejects_of(path).read_bytes() == b"one\ntwo\n"
        rejects.write([b"three\n"])
        assert rejects.size == 14
    assert rejects_of(path).read_bytes() == b"one\ntwo\nthree\n"


def test_a_file_of_rejects_of_before_is_begun_anew_by_the_first_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    rejects_of(path).write_bytes(b"of another import\n")
    with Rejects(path, 0) as rejects:
        rejects.write([b"one\n"])
    assert rejects_of(path).read_bytes() == b"one\n"


def test_the_file_of_rejects_is_closed_at_the_end(tmp_path: Path) -> None:
    with Rejects(tmp_path / "a", 0) as rejects:
        rejects.write([b"one\n"])
    with pytest.raises(ValueError, match="closed"):
        rejects.write([b"two\n"])


def test_a_mark_is_written_in_place_of_the_last_in_a_folder_that_need_not_be_there(tmp_path: Path) -> None:
    mark = Mark(tmp_path / "marks" / "import-1")
    assert mark.read() is None
    progress = Progress(
        received_us=1, offset=2, line=3, portions=4, accepted=5, rejected=6, archived=7, rejects_bytes=8, done=True
    )
    for written in (START, progress):
        mark.write(written)
        assert mark.read() == Mark(tmp_path / "marks" / "import-1").read() == written
    assert [path.name for path in (tmp_path / "marks").iterdir()] == ["import-1"]
    assert (
        Progress(
            received_us=1, offset=0, line=0, portions=0, accepted=0, rejected=0, archived=0, rejects_bytes=0, done=False
        )
        == START
    )
