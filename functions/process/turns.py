"""Turns: the messages of a batch in an order and in parts that let no tenant hold up another.

A batch may hold more than the time of one invocation. Its tenants take turns, a message each, and the batch is stored
part by part: what there is no time for is given back, and every tenant has come as far as the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from functions.process.batch import Waiting

PART_ITEMS = 5_000  # of a part, unless one message has more: some five seconds, if each begins a session


def in_turn(waiting: Iterable[Waiting]) -> list[Waiting]:
    """The first message of each tenant, then the second of each, and so on; a tenant's own keep their order."""
    by_tenant: dict[str, list[Waiting]] = defaultdict(list)
    for received in waiting:
        by_tenant[received.message.tenant].append(received)
    return [received for received in chain.from_iterable(zip_longest(*by_tenant.values())) if received is not None]


def parts(waiting: Sequence[Waiting], *, most_items: int = PART_ITEMS) -> Iterator[list[Waiting]]:
    """The messages in their order, as many at a time as have `most_items` together."""
    part: list[Waiting] = []
    items = 0
    for received in waiting:
        if part and items + len(received.message.items) > most_items:
            yield part
            part, items = [], 0
        part.append(received)
        items += len(received.message.items)
    if part:
        yield part
