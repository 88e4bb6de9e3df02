"""The fast way to the commonest verdicts: this event is clean, or has one of a few well-known small faults.

The vocabulary's tables become msgspec types, so that structure, types and enumerations are checked while the bytes are
decoded, in C; what is left is looked at on the decoded event, IRIs and times on many at a time. A certificate may be
withheld for whatever reason: the event is then judged at length. One that is given says exactly what the judgement
at length would say; a property test holds the two against each other.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import contains
from typing import Any, NamedTuple

import msgspec

from functions.core.apps import App
from functions.core.caliper.batch import Batch
from functions.core.caliper.certifier import Certifier, Look, certifier
from functions.core.caliper.contexts import V1P1, V1P2, version_of
from functions.core.caliper.remarks import NO_CONTEXT
from functions.core.caliper.verdicts import MAX_ITEM_BYTES, Finding

# A cold start judges its first events of a version at length, for a certifier costs as much as some thousand of them.
CERTIFY_AFTER = 100
# An item of fewer bytes cannot hold entities nested so deeply that it would be too deep to keep.
_SHALLOW_BYTES = 1_500
_ENTITY_LEVELS = 40
_BACKSLASH = ord("\\")
_CONTEXT_HEAD = b"ctx/caliper/v1p"
_HEAD_CHARS = len(_CONTEXT_HEAD)
_HEAD_BYTES = 100
_HEAD_VERSIONS = {b"1": V1P1, b"2": V1P2}
_VERSIONS_MAX = 64
_versions: dict[str, str | None] = {}
_at_length = {V1P1: 0, V1P2: 0}
_batch = Batch()


class _Certifiers(NamedTuple):
    """Those made so far, by version."""

    house: bool
    by_version: dict[str | None, Certifier]


_STANDARD = _Certifiers(house=False, by_version={})
_HOUSE = _Certifiers(house=True, by_version={})


class Certificates(NamedTuple):
    """Of some items: ids in their order, small faults by index, and the indexes of those to be judged at length."""

    ids: list[str | None]
    remarks: dict[int, tuple[Finding, ...]]
    withheld: list[int]


def certify(raws: Sequence[bytes], data_version: str, app: App) -> Certificates:
    """The certificates of those items that get one; of the others the id is None and the index is withheld."""
    try:
        certificates = _certify_each(raws, data_version, _HOUSE if app.house == "timeback" else _STANDARD)
        if _batch.all_hold(app, escaped=any(map(contains, raws, repeat(_BACKSLASH)))):
            return certificates
    finally:
        _batch.forget()
    if len(raws) == 1:
        return Certificates([None], {}, [0])
    # Something is wrong with one of them at least.
    alone = [certify([raw], data_version, app) for raw in raws]
    return Certificates(
        [one.ids[0] for one in alone],
        {index: one.remarks[0] for index, one in enumerate(alone) if one.remarks},
        [index for index, one in enumerate(alone) if one.withheld],
    )


def _certify_each(raws: Sequence[bytes], data_version: str, certifiers: _Certifiers) -> Certificates:
    """Certificates that count once all that was gathered on the way holds. Written out: it runs for every event."""
    certificates = ids, remarks, withheld = Certificates([], {}, [])
    gather_edapp = _batch.edapps.add
    default = certifiers.by_version.get(_version_of(data_version))
    usual_head = default.usual_head if default else b" "
    for index, raw in enumerate(raws):
        found = default if raw.startswith(usual_head) else _named(raw, data_version, certifiers)
        ids.append(None)
        if found is None or (len(raw) > _SHALLOW_BYTES and _maybe_too_deep(raw)):
            withheld.append(index)
            continue
        _, decode, looks_at = found
        try:
            event = decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            withheld.append(index)
            continue
        see, looks = looks_at[type(event)]
        remarked = see(event)
        if remarked is None or (looks and not _holds(event, looks, remarked)):
            withheld.append(index)
            continue
        if remarked:
            if remarked[0] is NO_CONTEXT and found is not default:
                withheld.append(index)  # what stood near its head was no context
                continue
            remarks[index] = remarked
        edapp = event.edApp
        if edapp is not None:
            gather_edapp(edapp if type(edapp) is str else edapp.id)
        ids[index] = event.id
    return certificates


def _maybe_too_deep(raw: bytes) -> bool:
    return len(raw) > MAX_ITEM_BYTES or raw.count(b"{") > _ENTITY_LEVELS


def _holds(event: Any, looks: Mapping[str, Look], remarked: tuple[Finding, ...]) -> bool:
    """Whether what depends on its action holds, too. On a slot with a wrong type it cannot be told from here."""
    look = looks.get(event.action)
    return look is None or (not (remarked and remarked[-1].code == "wrong-entity-type") and look(event))


def _named(raw: bytes, data_version: str, certifiers: _Certifiers) -> Certifier | None:
    """The certifier for the context that an event names near its head, or else for the envelope's version."""
    at = raw.find(_CONTEXT_HEAD, 0, _HEAD_BYTES)
    digit = at + _HEAD_CHARS
    version = _version_of(data_version) if at < 0 else _HEAD_VERSIONS.get(raw[digit : digit + 1])
    known = certifiers.by_version.get(version)
    if known is not None:
        return known
    if version != V1P1 and version != V1P2:
        return None
    _at_length[version] += 1
    if _at_length[version] <= CERTIFY_AFTER:
        return None
    made = certifier(version, certifiers.house, _batch)
    certifiers.by_version[version] = made
    return made


def _version_of(data_version: str) -> str | None:
    if data_version not in _versions:
        if len(_versions) >= _VERSIONS_MAX:
            _versions.clear()
        _versions[data_version] = version_of(data_version)
    return _versions[data_version]
