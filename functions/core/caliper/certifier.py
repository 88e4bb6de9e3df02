"""Certifiers: types and looks, ready to decode events with and to look at them.

The types are made on first use: some 60 ms of CPU.
"""

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import msgspec

from functions.core.caliper import remarks, values
from functions.core.caliper.batch import Batch
from functions.core.caliper.certifier_looks import look_of
from functions.core.caliper.certifier_types import VERSIONS, Tables, types_of
from functions.core.caliper.events import BY_ACTION, REQUIRED_BY_ACTION
from functions.core.caliper.house_certificate import HOUSE_LOOKS, bound_by_house_rules
from functions.core.caliper.verdicts import MAX_ID_CHARS, Finding

Look = Callable[[Any], bool]
See = Callable[[Any], tuple[Finding, ...] | None]


class Certifier(NamedTuple):
    """How events under the plain contexts of 1.1 and 1.2, or under none, are decoded and then looked at.

    `looks_at` gives, by version and by the type of a decoded event, what tells its small faults, or None where it is to
    be judged at length, and what has to hold besides for each action.
    """

    decode: Callable[[bytes], Any]
    decode_array: Callable[[bytes], list[Any]]
    looks_at: Mapping[str, Mapping[type, tuple[See, Mapping[str, Look]]]]


def certifier(*, house: bool, batch: Batch) -> Certifier:
    """The certifier by TimeBack's rules or without; it gathers into `batch` what is left to look at."""
    tables = Tables(house=house)
    names = _module(batch)
    exec("\n".join(types_of(tables)), names)  # noqa: S102 – of our own tables, no input in it
    extra = _extra_looks(names, house)
    looks_at = {version: _EventLooks(_Looks(version, tables, names), extra) for version in VERSIONS}
    return Certifier(
        msgspec.json.Decoder(names["ANY_EVENT"]).decode, msgspec.json.Decoder(names["EVENTS"]).decode, looks_at
    )


def _module(batch: Batch) -> dict[str, Any]:
    """The names of a new module, and in it what types and looks need."""
    module = ModuleType(f"{__name__}_{len(sys.modules)}")
    sys.modules[module.__name__] = module  # msgspec resolves the types' names there
    names = module.__dict__
    names |= {
        "Struct": msgspec.Struct,
        "Meta": msgspec.Meta,
        "MAX_ID_CHARS": MAX_ID_CHARS,
        "NO_CONTEXT": remarks.NO_CONTEXT,
        "field": msgspec.field,
        "iri": batch.iris.append,
        "time": batch.times.append,
        "event_id": batch.event_ids.append,
        "is_time": values.is_canonical_time,
        "is_event_id": values.is_event_id,
        "is_duration": values.is_duration,
        "remarks": remarks,
    }
    return names


class _Looks(dict[type, Any]):
    """A version's look at each type, compiled when the first such value comes: half a millisecond."""

    def __init__(self, version: str, tables: Tables, names: dict[str, Any]) -> None:
        self._version, self._tables, self._names = version, tables, names
        names[f"see_{version}"] = self

    def __missing__(self, kind: type) -> Any:
        names, name = self._names, f"see_{self._version}_{kind.__name__}"
        source = look_of(kind.__name__, self._version, self._tables)
        if source is not None:
            for members, set_name in self._tables.sets.items():
                names.setdefault(set_name, frozenset(names[member] for member in members))
            exec(source, names)  # noqa: S102 – of our own tables, no input in it
        self[kind] = names.get(name, _unknown)
        return self[kind]


class _EventLooks(dict[type, tuple[See, Mapping[str, Look]]]):
    """The look at each type of event, and what has to hold besides for each action."""

    def __init__(self, see: _Looks, extra: Mapping[type, Mapping[str, Look]]) -> None:
        self._see, self._extra = see, extra

    def __missing__(self, kind: type) -> tuple[See, Mapping[str, Look]]:
        self[kind] = self._see[kind], self._extra.get(kind, {})
        return self[kind]


def _unknown(*_: Any) -> None:
    """The look at what the version does not know."""


def _extra_looks(names: dict[str, Any], house: bool) -> dict[type, dict[str, Look]]:
    """Per event type and action: what has to hold besides. A house rule nobody certifies withholds the certificate."""
    looks: dict[type, dict[str, list[Look]]] = {}

    def add(event: str, action: str, look: Look) -> None:
        if event + "_" in names:
            looks.setdefault(names[event + "_"], {}).setdefault(action, []).append(look)

    for (event, action), narrowed in BY_ACTION.items():
        if event + "_" not in names:
            continue
        for slot, allowed in narrowed.items():
            members = {names[name] for name in allowed} | {str, type(None)}
            add(event, action, lambda x, slot=slot, members=members: type(getattr(x, slot)) in members)  # type: ignore[misc]
    for (event, action), (slot, _) in REQUIRED_BY_ACTION.items():
        add(event, action, lambda x, slot=slot: getattr(x, slot) is not None)  # type: ignore[misc]
    if house:
        for event, action in bound_by_house_rules(names):
            add(event, action, HOUSE_LOOKS.get((event, action), _withheld))
    return {kind: {action: _all_of(found) for action, found in by_action.items()} for kind, by_action in looks.items()}


def _withheld(_: Any) -> bool:
    return False


def _all_of(looks: list[Look]) -> Look:
    first, *others = looks
    if not others:
        return first
    rest = _all_of(others)
    return lambda event: first(event) and rest(event)
