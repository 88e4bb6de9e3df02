"""Requests of nothing but rubbish, as a broken or a hostile sender makes them; no two items are alike.

The items are about as large as good ones: what a request may cost is bounded by its bytes, so these must not hide it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from tests.bench.samples import events
from tests.payloads import V1P2, envelope


def _request(items: Iterator[Any]) -> bytes:
    return orjson.dumps(envelope() | {"data": list(items)})


def _spoiled(count: int, seed: int, spoil: Callable[[dict[str, Any], int], Any]) -> bytes:
    stream = events(1000 + seed)
    return _request(spoil(orjson.loads(next(stream)), number) for number in range(count))


def numbers(count: int, seed: int) -> bytes:
    return _request(iter(range(seed, seed + count)))


def empty(count: int, seed: int) -> bytes:
    return _request({"n": seed + number} for number in range(count))


def headless(count: int, seed: int) -> bytes:
    """Good events without their time."""
    return _spoiled(count, seed, lambda event, _: {k: v for k, v in event.items() if k != "eventTime"})


def nulls(count: int, seed: int) -> bytes:
    """Good events with null for every value of the first level but the id."""
    return _spoiled(count, seed, lambda event, _: {k: v if k == "id" else None for k, v in event.items()})


def mistyped(count: int, seed: int) -> bytes:
    """Good events in which every string of an entity is a number."""

    def spoil(value: Any, number: int) -> Any:
        if isinstance(value, dict):
            return {k: v if k == "type" else spoil(v, number) for k, v in value.items()}
        return [number, 1.5] if isinstance(value, str) else value

    return _spoiled(count, seed, spoil)


def hollow(count: int, seed: int) -> bytes:
    """Good heads of events; every entity is an object that says nothing."""
    head = ("@context", "id", "type", "action", "eventTime", "profile")
    return _spoiled(count, seed, lambda event, n: {k: v if k in head else {"n": n} for k, v in event.items()})


def unknown(count: int, seed: int) -> bytes:
    """Every item of another type, action and profile: nothing that was worked out before applies."""
    return _request(
        {
            "@context": V1P2,
            "id": f"urn:x:{seed}-{number}",
            "type": f"T{seed}-{number}Event",
            "action": f"A{seed}-{number}",
            "profile": f"P{seed}-{number}",
            "eventTime": "now",
            "actor": {"type": f"E{number}"},
            "object": 1,
        }
        for number in range(count)
    )


def contexts(count: int, seed: int) -> bytes:
    """Every item under another context."""
    return _spoiled(count, seed, lambda event, n: event | {"@context": [f"http://x/{seed}/{n}"], "action": n})


def crowded(count: int, seed: int) -> bytes:
    """Events and entities crowded with properties that nobody knows."""

    def item(number: int) -> Any:
        crowd = {f"p{n}": None for n in range(25)}
        actor = {"id": f"urn:x:{number}", "type": "Person", **crowd}
        head = {"@context": V1P2, "id": f"urn:x:{number}", "type": "ViewEvent", "action": "Viewed", "eventTime": number}
        return head | {"actor": actor, "object": actor, "generated": actor} | crowd

    return _request(item(seed + number) for number in range(count))


def deep(count: int, seed: int) -> bytes:
    """Chains of entities, each with faults."""
    chain: Any = 1
    for _ in range(12):
        chain = {"id": "no iri", "type": "DigitalResource", "isPartOf": chain, "mediaType": 1}
    head = {"@context": V1P2, "type": "ViewEvent", "action": "Viewed", "eventTime": None, "actor": "urn:x:1"}
    return _request(head | {"id": f"urn:x:{seed}-{n}", "object": {"n": n, **chain}} for n in range(count))


def lists(count: int, seed: int) -> bytes:
    """Lists of faulty elements where a standard property wants a list."""
    head = {"@context": V1P2, "type": "ViewEvent", "action": "Viewed", "eventTime": None, "actor": "urn:x:1"}
    faulty = [[], {}, 1, None, "no iri"] * 40
    target = {"id": "urn:x:2", "type": "Document", "keywords": faulty, "creators": faulty}
    return _request(head | {"id": f"urn:x:{seed}-{n}", "object": target} for n in range(count))


def unreadable(count: int, seed: int) -> bytes:
    """Good events with a number that is not JSON."""
    return _spoiled(count, seed, lambda event, _: event | {"extensions": {"n": "NaN"}}).replace(b'"NaN"', b"NaN")


def repeated(count: int, seed: int) -> bytes:
    """Good events with a name given twice."""
    return _spoiled(count, seed, lambda event, _: event | {"x": 1, "y": 2}).replace(b'"y":', b'"x":')


_MAKERS = (
    unreadable,
    repeated,
    numbers,
    empty,
    headless,
    nulls,
    mistyped,
    hollow,
    unknown,
    contexts,
    crowded,
    deep,
    lists,
)
KINDS: dict[str, Callable[[int, int], bytes]] = {make.__name__: make for make in _MAKERS}
