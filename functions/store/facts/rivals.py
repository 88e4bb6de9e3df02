"""Rows that tell of a *rival*: another content that is stored under the id of an event, wherever that one lies.

Such a row stands in the partition of the event, right before it, so whoever reads a timeline comes upon it first and at
no cost. `process` puts rivals of one batch, the sweep those of one slice, the walk of the ids all others
(`functions.timeout.ids.walk`); `functions.store.slices` reads them. A row says one thing that stays true, so it may be
put again, in any order.
"""

from collections.abc import Iterable, Mapping, Sequence

from functions.core.identity import is_anonymous
from functions.core.ids import canonical_id
from functions.core.timeline.entry import LOWEST
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Key, Row
from functions.store.rows.events import StoredFact

_MARK = "!"  # sorts before every digest
_CONTENT_AT = len(keys.event_sk(0, "", ""))  # in a sort key: behind the time and the digest of the id


def is_rival(sk: str) -> bool:
    """Whether a row with this sort key tells of a rival."""
    return sk[_CONTENT_AT : _CONTENT_AT + 1] == _MARK


def moment(sk: str) -> str:
    """What all sort keys begin with that are of one id at one time."""
    return sk[:_CONTENT_AT]


def rivals_at(sk: str) -> tuple[str, str]:
    """Between which sort keys the rows lie that tell of the rivals of an event."""
    first = f"{moment(sk)}{_MARK}"
    return first, first + key_parts.KEY_MAX


def rival_in(sk: str) -> str:
    """The content that a row tells of."""
    return sk[_CONTENT_AT + 1 :]


def contents_by_id(facts: Iterable[StoredFact]) -> Mapping[str, Sequence[StoredFact]]:
    """The events of the ids that have several contents among `facts`, each content once; mostly there is none."""
    by_id: dict[str, dict[str, StoredFact]] = {}
    for fact in facts:
        entry = fact.entry
        if entry.attribution.kind == "event" and entry.id and not is_anonymous(entry.id):
            by_id.setdefault(canonical_id(entry.id), {}).setdefault(entry.content, fact)
    return {name: list(contents.values()) for name, contents in by_id.items() if len(contents) > 1}


def losing(contents: Sequence[StoredFact]) -> list[StoredFact]:
    """Those of one id that do not count, because another one does; all, if that one lies elsewhere."""
    counting = _counting(contents)
    return [fact for fact in contents if fact.entry.content != counting]


def rival_rows(contents: Sequence[StoredFact], *, expires_s: int) -> list[Row]:
    """A row for each of the contents of one id: beside the one that counts the lowest other, beside others that one.

    What this service emitted counts before any other, however low that is: its rivals are told of the lowest.
    """
    counting = _counting(contents)
    emitted = any(fact.entry.system and fact.entry.content == counting for fact in contents)
    others = min(content for content in _known(contents) if content != counting)
    rows: list[Row] = []
    for fact in contents:
        rival = others if fact.entry.content == counting else LOWEST if emitted else counting
        pk, sk = _beside((fact.pk, fact.sk), rival)
        rows.append({keys.PK: pk, keys.SK: sk, keys.TTL: expires_s, "kind": "rival"})
    return rows


def _counting(contents: Sequence[StoredFact]) -> str:
    """The content that counts, of these and of what they know to lie elsewhere."""
    emitted = [fact.entry.content for fact in contents if fact.entry.system]
    return min(emitted or _known(contents))


def _known(contents: Sequence[StoredFact]) -> list[str]:
    entries = [fact.entry for fact in contents]
    return [entry.content for entry in entries] + [entry.rival for entry in entries if entry.rival]


def _beside(event: Key, rival: str) -> Key:
    pk, sk = event
    return pk, f"{moment(sk)}{_MARK}{rival}"
