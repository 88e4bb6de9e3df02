"""In which order the timers that are due are evaluated, so that none waits for a backlog or for another tenant.

The next one is of the tenant whose evaluations have cost least so far; of a tenant the latest and the longest due take
turns. So a live session behind a backlog is among the first, and a tenant with many timers, or with costly ones, delays
only itself.

If more is due than one invocation can evaluate in its minute, the scheduled invocation counts what is due, keeps some
shards of the index, and hands the others to asynchronous invocations of its own function. They hand nothing on:
Lambda's recursion guard counts a chain of 16.
"""

import heapq
import threading
from collections import deque
from collections.abc import Iterable, Mapping

from functions.store import keys
from functions.store.rows.timers import DueEntry

TIMERS_EACH = 2_000  # due from which on another invocation pays: it takes seconds to start, and some 5,000 in its time
EVALUATION_ROWS = 400  # what an evaluation costs besides its rows, in rows: some eight calls


def shares(due_by_shard: Mapping[str, int], *, most: int) -> list[list[str]]:
    """The shards in up to `most` groups that have about as much due, one for each TIMERS_EACH; the first is kept."""
    count = max(1, min(most, sum(due_by_shard.values()) // TIMERS_EACH, len(due_by_shard)))
    groups: list[tuple[int, int, list[str]]] = [(0, number, []) for number in range(count)]
    for shard in sorted(due_by_shard, key=lambda shard: (-due_by_shard[shard], shard)):
        due, number, group = heapq.heappop(groups)
        heapq.heappush(groups, (due + due_by_shard[shard], number, [*group, shard]))
    return [sorted(group) for _, _, group in sorted(groups, key=lambda group: group[1])]


class Turns:
    """The timers of one round. Several workers take from it at once."""

    def __init__(self, due: Iterable[DueEntry]) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[DueEntry]] = {}
        for timer in sorted(due):
            self._waiting.setdefault(keys.tenant_in(timer.pk), deque()).append(timer)
        self._takes_latest = dict.fromkeys(self._waiting, True)
        self._cost_rows = dict.fromkeys(self._waiting, 0)
        # Of tenants that have cost the same, the one is next that was served longer ago; at first the longest due.
        self._order = [(0, number, tenant) for number, tenant in enumerate(self._waiting)]  # a heap: it is in order
        self._taken = len(self._order)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self, count: int) -> list[DueEntry]:
        """The next timers, `count` at most, none if none waits. Each is taken to cost what a short evaluation does."""
        with self._lock:
            taken: list[DueEntry] = []
            while self._waiting and len(taken) < count:
                taken.append(self._next())
            return taken

    def charge(self, pk: str, rows: int) -> None:
        """The evaluation of the timer of `pk` read that many rows."""
        with self._lock:
            self._cost_rows[keys.tenant_in(pk)] += rows

    def _next(self) -> DueEntry:
        cost_rows, _, tenant = heapq.heappop(self._order)
        while cost_rows < self._cost_rows[tenant]:  # it was charged since
            cost_rows, _, tenant = heapq.heappushpop(self._order, (self._cost_rows[tenant], self._taken, tenant))
        waiting = self._waiting[tenant]
        timer = waiting.pop() if self._takes_latest[tenant] else waiting.popleft()
        self._takes_latest[tenant] = not self._takes_latest[tenant]
        self._cost_rows[tenant] += EVALUATION_ROWS
        self._taken += 1
        if waiting:
            heapq.heappush(self._order, (self._cost_rows[tenant], self._taken, tenant))
        else:
            del self._waiting[tenant]
        return timer
