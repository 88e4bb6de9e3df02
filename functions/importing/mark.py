"""How far a file was imported: kept beside the stack's other marks, so that a stopped import goes on there."""

from pathlib import Path

import msgspec


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`offset` and `line`: what of the unpacked file is queued. The rest counts what became of it."""

    received_us: int
    offset: int = 0
    line: int = 0
    portions: int = 0
    accepted: int = 0
    rejected: int = 0
    archived: int = 0
    rejects_bytes: int = 0
    done: bool = False


class Mark:
    """The file in which an import notes its progress."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Progress | None:
        return msgspec.json.decode(self._path.read_bytes(), type=Progress) if self._path.exists() else None

    def write(self, progress: Progress) -> None:
        """Note it in place of the last. A command that is killed meanwhile leaves the one or the other."""
        self._path.parent.mkdir(exist_ok=True)
        partial = self._path.with_name(f"{self._path.name}.new")
        partial.write_bytes(msgspec.json.encode(progress))
        partial.replace(self._path)
