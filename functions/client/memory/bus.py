"""The bus as a list of the notices that subscribers would get."""

from collections.abc import Sequence

from functions.store.bus import Notice


class MemoryBus:
    """Keeps `functions.store.bus.Bus`."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def publish(self, notices: Sequence[Notice]) -> None:
        """Take every notice."""
        self.notices += notices
