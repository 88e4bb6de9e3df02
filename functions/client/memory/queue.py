"""The queue as a list: it holds the packed messages until they are taken."""

from collections.abc import Sequence


class MemoryQueue:
    """Keeps `functions.store.queue.Queue`. What `take` gives out is no longer in it."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.groups: list[str] = []

    def send(self, bodies: Sequence[str], *, group: str) -> list[int]:
        """Takes every body; none is refused."""
        self.bodies += bodies
        self.groups += [group] * len(bodies)
        return []

    def waiting(self) -> int:
        """How many messages wait."""
        return len(self.bodies)

    def take(self) -> list[str]:
        """All that waits, in the order in which it was sent."""
        taken, self.bodies = self.bodies, []
        return taken
