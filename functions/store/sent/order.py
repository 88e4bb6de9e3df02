"""The order of a list of what an app sent: where an event stands in it, as a cursor says it, and merging by it."""

import heapq
from collections.abc import Iterable, Iterator

from msgspec import Struct

from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store.rows.manifests import Arrival, Manifest

POSITION = r"-?[0-9]{1,18}\|(?:E#[0-9]{18}#[\w-]{22}#[\w-]{22})?\|(?:[A-Z]#[\w-]{2,22})?"  # that `position_of` writes

type Order = tuple[int, str, str]  # (−time or received, sort key, partition key) of an event
type Group = tuple[int, Iterable[tuple[Order, Arrival]] | None]


class Span(Struct, frozen=True, kw_only=True):
    """Instants from `start_us` on, before `end_us`."""

    start_us: int = FIRST_US
    end_us: int = LAST_US + 1

    def __contains__(self, us: int) -> bool:
        return self.start_us <= us < self.end_us


def order_of(arrival: Arrival, *, by_arrival: bool) -> Order:
    """Where an event stands in a list."""
    return (arrival.received_us if by_arrival else -arrival.time_us, arrival.key[1], arrival.key[0])


def position_of(order: Order) -> str:
    """The same as text, for a cursor. It says nothing of the tenant."""
    return f"{order[0]}|{order[1]}|{keys.place_of(order[2])}"


def order_in(position: str, tenant: str) -> Order | None:
    """The order that `position_of` wrote; None of an empty one."""
    if not position:
        return None
    us, sk, place = position.split("|")
    return int(us), sk, f"{tenant}#{place}"


def in_order(groups: Iterable[Group]) -> Iterator[Arrival]:
    """Arrivals by their order. Each group comes with what nothing in it, or in a later group, is before.

    None in place of a group: what comes after is not known.
    """
    held: list[tuple[Order, int, Arrival]] = []
    number = 0
    for bound, group in groups:
        while held and held[0][0][0] < bound:
            yield heapq.heappop(held)[2]
        if group is None:
            return
        for order, arrival in group:
            number += 1
            heapq.heappush(held, (order, number, arrival))
    while held:
        yield heapq.heappop(held)[2]


def ordered(manifest: Manifest, *, by_arrival: bool, after: Order | None) -> Iterator[tuple[Order, Arrival]]:
    """The arrivals of a manifest that stand in a list after `after`, each with its place."""
    places = ((order_of(arrival, by_arrival=by_arrival), arrival) for arrival in manifest.arrivals())
    return ((order, arrival) for order, arrival in places if after is None or order > after)
