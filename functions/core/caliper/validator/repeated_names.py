"""Finds names that an object gives twice: parsers keep the last one and say nothing of the others."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from functions.core.caliper.findings import FindingCollector, step


class _Pairs(list[tuple[str, Any]]):
    """An object as the names and values that were sent, in order."""


_read_pairs = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=lambda _: 0, parse_float=lambda _: 0.0).decode


def warn_repeated_names(raw: bytes, item: dict[str, Any], collector: FindingCollector) -> None:
    """Warn of every name that an object of the item gives more than once. `item` is what was parsed from `raw`.

    Only if the item, written again, is not `raw`, nor has as many colons, is it read by a parser that keeps all names:
    every name has one colon, and colons in strings stay, if none is written as an escape.
    """
    written = orjson.dumps(item)
    if written == raw or (written.count(b":") == raw.count(b":") and b"\\u003" not in raw):
        return
    for pointer in _repeated(_read_pairs(raw.decode()), ""):
        message = "The name is given more than once; only its last value counts. Give it once."
        collector.warn("repeated-name", pointer, message, "RFC 8259")


def _repeated(value: object, pointer: str) -> Iterator[str]:
    """The pointers of the repeated names, each once. Only an object's last value of a name is looked into."""
    if isinstance(value, _Pairs):
        last = dict(value)
        if len(last) < len(value):
            times = Counter(name for name, _ in value)
            yield from (pointer + step(name) for name in last if times[name] > 1)
        for name, child in last.items():
            yield from _repeated(child, pointer + step(name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _repeated(child, f"{pointer}/{index}")
