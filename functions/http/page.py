"""How much fits into one answer of a list, in rows and bytes."""

from msgspec import Struct, field

# Lambda answers with at most 6 MB, and the body travels as a JSON string: quotes and backslashes count twice.
ANSWER_BYTES = 4_000_000


class PageBuilder(Struct):
    """The items of an answer, and how much still fits."""

    rows: int
    bytes_left: int = ANSWER_BYTES
    items: list[bytes] = field(default_factory=list)

    def add(self, item: bytes) -> bool:
        """Take `item`, or say that it no longer fits. The first item fits whatever its size."""
        size = len(item) + item.count(b'"') + item.count(b"\\")
        if self.full or (self.items and size > self.bytes_left):
            return False
        self.items.append(item)
        self.rows -= 1
        self.bytes_left -= size
        return True

    @property
    def full(self) -> bool:
        return self.rows <= 0
