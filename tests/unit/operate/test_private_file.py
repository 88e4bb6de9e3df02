"""A file with learners' data is its owner's alone, and never written over another."""

import os
import stat
from pathlib import Path

import pytest

from functions.operate.errors import RecoveryError
from functions.operate.private_file import create_private_file


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_nobody_but_its_owner_may_read_it_whatever_the_shell_allows(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "out.ndjson"
    before = os.umask(mask)
    try:
        with create_private_file(str(path)) as file:
            file.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    path.write_bytes(b"corrections")
    with pytest.raises(RecoveryError, match="exists already"):
        create_private_file(str(path))
    assert path.read_bytes() == b"corrections"
