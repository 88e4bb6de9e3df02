"""The fast way to the commonest verdicts: this event is clean, or has one of a few well-known small faults.

The vocabulary's tables become msgspec types, so that structure, types and enumerations are checked while the bytes are
decoded, in C; what is left is looked at on the decoded event, IRIs and times on many at a time. A certificate may be
withheld for whatever reason: the event is then judged at length. One that is given says exactly what the judgement
at length would say; a property test holds the two against each other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import contains
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from functions.core.apps import App
from functions.core.caliper.batch import Batch
from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2, V1P1, V1P2, version_of
from functions.core.caliper.verdicts import MAX_ITEM_BYTES, Finding

if TYPE_CHECKING:
    from functions.core.caliper.certifier import Certifier, Look

# A cold start judges its first events at length, for a certifier costs as much as some thousand of them.
CERTIFY_AFTER = 100
_BACKSLASH = ord("\\")
_NOT_OURS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_version_of = lru_cache(maxsize=64)(version_of)
_certifiers: dict[bool, "Certifier"] = {}
_at_length = 0
_batch = Batch()


class Certificates(NamedTuple):
    """Of some items: ids in their order, small faults by index, and the indexes of those to be judged at length."""

    ids: list[str | None]
    remarks: dict[int, tuple[Finding, ...]]
    withheld: list[int]


def certify(raws: Sequence[bytes], data_version: str, app: App) -> Certificates:
    """The certificates of those items that get one; of the others the id is None and the index is withheld."""
    made = _certifier(len(raws), app)
    if made is None:
        return Certificates([None] * len(raws), {}, [*range(len(raws))])
    escaped = any(map(contains, raws, repeat(_BACKSLASH)))
    found = _looked_at([_decoded(raw, made.decode) for raw in raws], made, data_version, app, escaped)
    if found is not None:
        return found
    if len(raws) == 1:
        return Certificates([None], {}, [0])
    # Something is wrong with one of them at least.
    alone = [certify([raw], data_version, app) for raw in raws]
    return Certificates(
        [one.ids[0] for one in alone],
        {index: one.remarks[0] for index, one in enumerate(alone) if one.remarks},
        [index for index, one in enumerate(alone) if one.withheld],
    )


def certify_array(data: bytes, data_version: str, app: App) -> Certificates | None:
    """The certificates of all items of a JSON array, decoded in one go; None unless every one gets one.

    The array may be as large as one item may, for all of it may be one.
    """
    made = _certifier(0, app)
    if made is None or len(data) > MAX_ITEM_BYTES:
        return None
    try:
        events = made.decode_array(data)
    except _NOT_OURS:
        return None
    found = _looked_at(events, made, data_version, app, _BACKSLASH in data)
    return None if found is None or found.withheld else found


def can_certify(app: App) -> bool:
    """Whether there is a certifier for the app's events: not yet after a cold start."""
    return (app.house == "timeback") in _certifiers


def _certifier(items: int, app: App) -> "Certifier | None":
    """The app's certifier; none before so many items were judged that making it pays."""
    global _at_length  # noqa: PLW0603
    house = app.house == "timeback"
    if house not in _certifiers:
        _at_length += items
        if _at_length <= CERTIFY_AFTER:
            return None
        from functions.core.caliper.certifier import certifier  # a cold start does without it

        _certifiers[house] = certifier(house=house, batch=_batch)
    return _certifiers[house]


def _decoded(raw: bytes, decode: Callable[[bytes], Any]) -> Any:
    """The decoded event, or None."""
    if len(raw) > MAX_ITEM_BYTES:
        return None
    try:
        return decode(raw)
    except _NOT_OURS:
        return None


def _looked_at(
    events: Iterable[Any], made: "Certifier", data_version: str, app: App, escaped: bool
) -> Certificates | None:
    """The certificates of decoded events; None if something that was gathered from them does not hold."""
    certificates = ids, remarks, withheld = Certificates([], {}, [])
    looks_at, gather_edapp = made.looks_at, _batch.edapps.add
    by_context = {
        None: looks_at.get(_version_of(data_version) or ""),
        CONTEXT_1_1: looks_at[V1P1],
        CONTEXT_1_2: looks_at[V1P2],
    }
    try:
        for event in events:
            if event is None or (known := by_context[event.context]) is None:
                withheld.append(len(ids))
                ids.append(None)
                continue
            see, looks = known[type(event)]
            remarked = see(event)
            if remarked is None or (looks and not _holds(event, looks, remarked)):
                withheld.append(len(ids))
                ids.append(None)
                continue
            if remarked:
                remarks[len(ids)] = remarked
            edapp = event.edApp
            if edapp is not None:
                gather_edapp(edapp if type(edapp) is str else edapp.id)
            ids.append(event.id)
        return certificates if _batch.all_hold(app, escaped=escaped) else None
    finally:
        _batch.forget()


def _holds(event: Any, looks: "Mapping[str, Look]", remarked: tuple[Finding, ...]) -> bool:
    """Whether what depends on its action holds, too. On a slot with a wrong type it cannot be told from here."""
    look = looks.get(event.action)
    return look is None or (not (remarked and remarked[-1].code == "wrong-entity-type") and look(event))
