"""What an erasure leaves of an item: nothing of the person's own, the rest with a random IRI in their place.

Called before anything is archived, and for each line of the archive when a person is erased. A pure function of the
item and the erasures, so that whatever comes again gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from functions.core.caliper.terms import is_event
from functions.core.identity import child, own_identity, written_id
from functions.core.ids import content_digest, digest
from functions.core.messages import Item
from functions.core.privacy.erased import Erased, Erasure
from functions.core.privacy.json_text import JsonObject, JsonString, read_json_text
from functions.core.timeline.attribution import attribute

# What an item of any shape can make of the code that reads it.
UNREADABLE = (LookupError, ArithmeticError, AttributeError, TypeError, ValueError, RecursionError)


def without_erased(item: Item, erased: Erased, *, received_us: int) -> Item:
    """What may be kept of an item that was received then; the same object if all of it may.

    An item of an erased person becomes one of the kind `erased` without bytes, so that its neighbours keep their
    places. One that names such a person keeps the digest of what was sent: its key and its rank do not change.
    """
    if item.kind == "erased":
        return item
    parsed = _parsed(item.raw)
    if parsed is None:
        text = item.raw.decode("utf-8", "replace")
        unread = _plain(text)
        return ERASED if erased.masked(unread, received_us=received_us) != unread else item
    if _is_theirs(item.kind, parsed, erased, received_us=received_us):
        return ERASED
    raw = masked_raw(item.raw, erased, received_us=received_us)
    findings = _masked_findings(item.findings, erased, received_us=received_us)
    if raw == item.raw and findings is item.findings:
        return item
    return Item(item.kind, raw, findings, content_of(item, parsed))


ERASED = Item("erased", b"")


def content_of(item: Item, parsed: object) -> str:
    """The digest of what was sent: of the JSON of what is stored, of the bytes of what was rejected."""
    if item.content:
        return item.content
    return digest(item.raw.decode("utf-8", "replace")) if item.kind == "rejection" else content_digest(parsed)


def masked_raw(raw: bytes, erased: Erased, *, received_us: int) -> bytes:
    """The bytes of an item with the alias in place of each erased person; unchanged if it names none.

    Of an entity that is such a person only the id and the type stay. A longer IRI that begins with the person's is left
    alone if another person's session or run would get another name by it.
    """
    masked = _masked(raw, erased, received_us=received_us, parts=True)
    if masked == raw or _names_the_same(raw, masked):
        return masked
    return _masked(raw, erased, received_us=received_us, parts=False)


def addresses_in(raw: bytes, erased: Erased, *, received_us: int) -> dict[str, Erasure]:
    """The e-mail addresses that an item gives with erased people, each with the erasure of that person's IRI."""
    if _parsed(raw) is None:
        return {}
    erasures: dict[str, Erasure] = {}
    for string in read_json_text(raw.decode()).strings:
        node = _entity_of(string)
        if string.name == "email" and "@" in string.value and node is not None and node.id is not None:
            erasure = erased.erasure_of(node.id, received_us=received_us)
            if erasure is not None:
                erasures["mailto:" + string.value.strip().lower()] = erasure
    return erasures


def _masked(raw: bytes, erased: Erased, *, received_us: int, parts: bool) -> bytes:
    text = raw.decode()
    read = read_json_text(text)
    changes: list[tuple[int, int, str]] = []
    for node in read.objects:
        alias = None if node.id is None else erased.alias_of(node.id, received_us=received_us)
        if alias is not None:
            changes.append((node.start, node.end, _person(text, node, alias)))
    for string in read.strings:
        if _is_anothers_address(string):
            continue
        masked = erased.masked(string.value, received_us=received_us, parts=parts)
        if masked != string.value:
            changes.append((string.start, string.end, orjson.dumps(masked).decode()))
    return _changed(text, changes).encode()


def _person(text: str, node: JsonObject, alias: str) -> str:
    kept = "" if node.type is None else "," + text[slice(*node.type)]
    return f'{{"{node.id_name}":"{alias}"{kept}}}'


def _is_anothers_address(string: JsonString) -> bool:
    """An e-mail address that two people share, in the entity of the other: it is that person's own."""
    node = _entity_of(string)
    return string.name == "email" and node is not None and node.parent is not None


def _entity_of(string: JsonString) -> JsonObject | None:
    """The nearest object around a string that has an id."""
    node = string.within
    while node is not None and node.id is None:
        node = node.parent
    return node


def _changed(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    """`text` after the changes; one within another is of no account."""
    parts: list[str] = []
    reached = 0
    for start, end, new in sorted(changes):  # no two begin at one place
        if start >= reached:
            parts += [text[reached:start], new]
            reached = end
    return "".join([*parts, text[reached:]])


def _names_the_same(raw: bytes, masked: bytes) -> bool:
    """Whether both are of the same learner, session, run and app."""

    def names(parsed: Any) -> tuple[object, ...]:
        attribution = attribute(parsed, auto_attach=False)
        return attribution.id, attribution.learner, attribution.session, attribution.run, attribution.edapp

    try:
        return names(orjson.loads(raw)) == names(orjson.loads(masked))
    except UNREADABLE:  # a rejection: nothing is attributed
        return True


def _is_theirs(kind: str, parsed: object, erased: Erased, *, received_us: int) -> bool:
    """Whether an item is of an erased person; what cannot be told is, if it is a rejection."""
    try:
        return any(erased.is_learner(owner, received_us=received_us) for owner in owners(kind, parsed))
    except UNREADABLE:
        text = _plain(str(parsed))
        return erased.masked(text, received_us=received_us) != text


def owners(kind: str, parsed: Any) -> list[str | None]:
    """Whose an item is: the learner of an event, whom an entity is or belongs to."""
    if not isinstance(parsed, Mapping):
        return []
    if kind == "heartbeat":
        return [parsed.get("learner")]
    if is_event(parsed):
        return [attribute(parsed, auto_attach=False).learner]
    attempt = parsed.get("attempt")
    return [
        written_id(parsed),
        *(own_identity(child(parsed, name)) for name in ("assignee", "user", "member")),
        own_identity(child(attempt, "assignee")),
    ]


def _masked_findings(
    findings: Sequence[dict[str, str]], erased: Erased, *, received_us: int
) -> Sequence[dict[str, str]]:
    """Findings quote what was sent."""
    masked = [
        {name: erased.masked(text, received_us=received_us) for name, text in finding.items()} for finding in findings
    ]
    return masked if masked != list(findings) else findings


def _plain(text: str) -> str:
    """What is no JSON, with the escapes that a JSON text may have."""
    return text.replace("\\/", "/")


def _parsed(raw: bytes) -> Any:
    """The parsed item; None if it is no JSON."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
