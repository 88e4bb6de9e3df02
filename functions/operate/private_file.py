"""A new file with learners' data: readable by its owner only, and never in place of another."""

import os
from pathlib import Path
from typing import IO

from functions.operate.errors import RecoveryError


def create_private_file(name: str) -> IO[bytes]:
    """Open a new file for writing. Raises RecoveryError if it exists, or cannot be made."""
    try:
        return os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise RecoveryError(f"{name} exists already, perhaps with corrections: name another file.") from error
    except OSError as error:
        raise RecoveryError(f"{name}: {error.strerror}. Name a file that can be written: FILE=out.ndjson.") from error


def open_file(name: str) -> IO[bytes]:
    """Open a file for reading. Raises RecoveryError if that cannot be done."""
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise RecoveryError(f"{name}: {error.strerror}. Name the file that was written: FILE=out.ndjson.") from error
