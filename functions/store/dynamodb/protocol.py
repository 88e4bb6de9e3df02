"""What the rest of the code asks of a table: pages of rows by key, and writes that depend on a version or on none."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Key, Row


class Page(Struct, frozen=True):
    """Rows of one query in key order, and where the next page starts (None at the end)."""

    rows: list[Row]
    next_key: Row | None


class Table(Protocol):
    """What the rest of the code asks of the table; `DynamoTable` and the tests' in-memory one keep it."""

    def put_all(self, rows: Iterable[Row]) -> None: ...
    def delete_all(self, unwanted: Iterable[Key]) -> None: ...
    def get_all(self, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Row]: ...
    def put_if(self, row: Row, version: int | None) -> bool: ...
    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool: ...
    def count_once(self, marker: Row, amounts: Mapping[Key, int]) -> bool: ...
    def count_up(self, key: Key, amounts: dict[str, int], *, expires_s: int) -> Row: ...
    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = key_parts.KEY_MAX,
        index: str = "",
        descending: bool = False,
        limit: int | None = None,
        after: Row | None = None,
        consistent: bool = False,
    ) -> Page: ...
    def scan(self, index: str, *, after: Row | None = None) -> Page: ...


def pages(table: Table, pk: str, **query: Any) -> Iterator[Page]:
    """Every page of one query, read as they are asked for."""
    after: Row | None = None
    while True:
        page = table.query(pk, after=after, **query)
        yield page
        after = page.next_key
        if after is None:
            return


def rows(table: Table, pk: str, **query: Any) -> Iterator[Row]:
    """Every row of one query, page by page."""
    return itertools.chain.from_iterable(page.rows for page in pages(table, pk, **query))
