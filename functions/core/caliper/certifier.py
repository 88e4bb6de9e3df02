"""Certifiers: the types and looks of a version, ready to decode events with and to look at them.

The types are made on first use: 50 to 150 ms of CPU for a version.
"""

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import msgspec

from functions.core.caliper import remarks, values
from functions.core.caliper.batch import Batch
from functions.core.caliper.certifier_source import source_of
from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2, V1P1, V1P2
from functions.core.caliper.events import BY_ACTION, REQUIRED_BY_ACTION
from functions.core.caliper.house_certificate import HOUSE_LOOKS, bound_by_house_rules
from functions.core.caliper.verdicts import MAX_ID_CHARS, Finding
from functions.core.caliper.vocabulary import vocabulary

Look = Callable[[Any], bool]
See = Callable[[Any], tuple[Finding, ...] | None]


class Certifier(NamedTuple):
    """How events under the plain context of a version, or under none, are decoded and then looked at.

    Most events of the version begin with `usual_head`. `looks_at` gives, for the type of a decoded event, what tells
    its small faults, or None where it is to be judged at length, and what has to hold besides for each action.
    """

    usual_head: bytes
    decode: Callable[[bytes], Any]
    looks_at: Mapping[type, tuple[See, Mapping[str, Look]]]


def certifier(version: str, house: bool, batch: Batch) -> Certifier:
    """The certifier of 1.1 or 1.2, by TimeBack's rules or without; it gathers into `batch` what is left to look at."""
    context = {V1P1: CONTEXT_1_1, V1P2: CONTEXT_1_2}[version]
    names = _types(version, context, house, batch)
    extra = _extra_looks(names, house)
    no_looks: dict[str, Look] = {}
    return Certifier(
        b'{"@context":"%b"' % context.encode(),
        msgspec.json.Decoder(names["ANY_EVENT"]).decode,
        {kind: (see, extra.get(kind, no_looks)) for kind, see in names["see"].items()},
    )


def _types(version: str, context: str, house: bool, batch: Batch) -> dict[str, Any]:
    """The types of a version with the functions that look at them, as the names of a module made for them."""
    words = vocabulary(version, timeback=house)
    module = ModuleType(f"{__name__}_{version}_{house}")
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
        "see": {},
    }
    exec("\n".join(source_of(words, version, context)), names)  # noqa: S102 – of our own tables, no input in it
    for name, look in list(names.items()):
        if name.startswith("see_") and name[4:] in names:
            names["see"][names[name[4:]]] = look
    return names


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
