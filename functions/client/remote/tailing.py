"""Follows what an app sends: what came since the last look, oldest first."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from functions.client.remote.columns import SENT, cell
from functions.client.remote.connection import Connection
from functions.http.paths import REJECTIONS, TIMEBACK_EVENTS

PAGE = 100
DEEPEST = 1000  # rows of one look; what came before them is left out, and that is said
REMEMBERED = 10_000


class Tail:
    """Remembers what was shown. The first look shows nothing of the past but its last few rows."""

    def __init__(self, connection: Connection, *, rejections: bool, past: int = 10) -> None:
        self._connection = connection
        self._rejections = rejections
        self._past = past
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._looked = False

    def look(self) -> Iterator[str]:
        """A line for each row that is new since the look before."""
        page_of = self._rejected if self._rejections else self._sent
        fresh: list[tuple[str, str]] = []
        for rows in page_of():
            new = [row for row in rows if row[0] not in self._seen]
            fresh += new
            if not self._looked or len(new) < len(rows) or len(rows) < PAGE:
                break
            if len(fresh) >= DEEPEST:
                yield f"… more than {DEEPEST} came at once; the oldest of them are left out"
                break
        for key, _ in fresh:
            self._seen[key] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        to_show = fresh[: self._past] if not self._looked else fresh
        self._looked = True
        yield from (line for _, line in reversed(to_show))

    def _sent(self) -> Iterator[list[tuple[str, str]]]:
        for offset in range(0, DEEPEST, PAGE):
            events = self._connection.get(TIMEBACK_EVENTS.template, limit=str(PAGE), offset=str(offset))["events"]
            yield [(str(event["id"]), "  ".join(cell(event, path) for _, path in SENT)) for event in events]

    def _rejected(self) -> Iterator[list[tuple[str, str]]]:
        cursor = ""
        for _ in range(0, DEEPEST, PAGE):
            page = self._connection.get(REJECTIONS.template, limit=str(PAGE), cursor=cursor)
            yield [(f"{row['jobId']} {row['index']}", _rejection(row)) for row in page["rejections"]]
            cursor = page["cursor"] or ""
            if not cursor:
                return


def _rejection(row: dict[str, Any]) -> str:
    errors = [finding for finding in row["findings"] if finding["severity"] == "error"]
    reasons = "; ".join(f"{finding['pointer'] or '/'}: {finding['message']}" for finding in errors)
    identifier = cell(row, "item.id") if isinstance(row["item"], dict) else "-"
    return f"{row['receivedAt']}  {identifier}  {reasons}"


def follow(tail: Tail, *, tell: Callable[[str], None], pause: Callable[[], bool]) -> None:
    """Tell what is new until `pause`, which waits, says that it is enough."""
    while True:
        for line in tail.look():
            tell(line)
        if not pause():
            return
