"""How far a replay came, kept in a file for each day, so that it goes on there when it is run again."""

from pathlib import Path


class Checkpoints:
    """A folder with a file for each day (`20260127`): the last archive object of it that is in the table."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def days(self) -> list[str]:
        """The days of which something is noted."""
        return sorted(path.name for path in self._folder.glob("????????")) if self._folder.exists() else []

    def read(self, day: str) -> str:
        """The key of that object; empty if none is noted."""
        path = self._folder / day
        return path.read_text() if path.exists() else ""

    def write(self, day: str, key: str) -> None:
        """Note `key` in place of the last one. A command that is killed meanwhile leaves the one or the other."""
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{day}.new"
        partial.write_text(key)
        partial.replace(self._folder / day)

    def clear(self) -> None:
        """Forget everything: the replay is done, or begins anew."""
        for path in list(self._folder.glob("*")) if self._folder.exists() else []:
            path.unlink()
        if self._folder.exists():
            self._folder.rmdir()
