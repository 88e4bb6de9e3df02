"""How one sweep is shared among invocations, when more is due than one of them can evaluate in its minute.

The scheduled invocation counts what is due, keeps a share of the index's shards, and hands each other share to an
asynchronous invocation of its own function, which hands nothing on: Lambda's recursion guard counts a chain of 16.
"""

import heapq
from collections.abc import Mapping

TIMERS_EACH = 2_000  # due from which on another invocation pays: it takes seconds to start, and some 5,000 in its time


def shares(due_by_shard: Mapping[str, int], *, most: int) -> list[list[str]]:
    """The shards in up to `most` groups that have about as much due, one for each TIMERS_EACH; the first is kept."""
    count = max(1, min(most, sum(due_by_shard.values()) // TIMERS_EACH, len(due_by_shard)))
    groups: list[tuple[int, int, list[str]]] = [(0, number, []) for number in range(count)]
    for shard in sorted(due_by_shard, key=lambda shard: (-due_by_shard[shard], shard)):
        due, number, group = heapq.heappop(groups)
        heapq.heappush(groups, (due + due_by_shard[shard], number, [*group, shard]))
    return [sorted(group) for _, _, group in sorted(groups, key=lambda group: group[1])]
