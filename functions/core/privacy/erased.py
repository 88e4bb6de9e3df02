"""The people whom one app's erasures name, known by digests alone, and how their identifiers are told in a text.

Read by `process` (for what was received before an erasure) and by the operator's erasure. An identifier is an IRI or an
e-mail address. In a text it is a word of its own, or the beginning of a longer IRI, up to a boundary of its parts.
"""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from functions.core.ids import id_digest, id_in
from functions.core.times import FIRST_US

ALIAS = "urn:erased:"  # what stands for a person who was erased begins so
type Role = Literal["learner", "address", "describe", "credential", "event"]

# A word of a text: no white space, quotes or brackets; punctuation at its end is not of it.
_WORD = re.compile(r"[^\s\"'<>()\[\]{}|,;`]+")
_BOUNDARIES = "/?#:"
_ENDING = ".!?:"


class Erasure(Struct, frozen=True, kw_only=True):
    """One identifier of a person: the erasure counts for what was received up to `before_us`.

    `alias` stands for the person from then on. `role`: an e-mail address makes no event theirs, and a describe of what
    was theirs (an attempt, say) is no name of theirs; there `digest` says where its row lies. Of a credential whose
    messages from `from_us` on are purged `alias` is its id. Of an event that this service emitted about what was purged
    `alias` is the digest of the purge, and both times are when it was emitted.
    """

    digest: str
    role: Role
    alias: str
    before_us: int
    request: str
    from_us: int = FIRST_US


class Erased:
    """The erasures of one app, by the digest of the identifier."""

    def __init__(self, erasures: Mapping[str, Erasure]) -> None:
        self._by_digest = erasures
        self._purges = [erasure for erasure in erasures.values() if erasure.role == "credential"]
        self._has_events = any(erasure.role == "event" for erasure in erasures.values())

    def __bool__(self) -> bool:
        return bool(self._by_digest)

    @property
    def until_us(self) -> int:
        """What was received later is of none of these erasures."""
        return max((erasure.before_us for erasure in self._by_digest.values()), default=FIRST_US)

    def is_purged(self, credential: str, *, received_us: int) -> bool:
        """Whether what this credential sent then is purged."""
        return any(
            purge.alias == credential and purge.from_us <= received_us <= purge.before_us for purge in self._purges
        )

    def is_event(self, raw: bytes, *, received_us: int) -> bool:
        """Whether these bytes are an event of this service that went with what it was about."""
        if not self._has_events:
            return False
        identifier = id_in(raw)
        erasure = None if identifier is None else self._by_digest.get(id_digest(identifier))
        return erasure is not None and erasure.role == "event" and received_us <= erasure.before_us

    def is_learner(self, learner: str | None, *, received_us: int) -> bool:
        """Whether what is of this learner, received then, is to be erased."""
        erasure = None if learner is None else self._by_digest.get(id_digest(learner))
        return erasure is not None and erasure.role == "learner" and received_us <= erasure.before_us

    def alias_of(self, identifier: str, *, received_us: int) -> str | None:
        """What stands for the person of this IRI or e-mail address; None if it is no one's who was erased."""
        erasure = self.erasure_of(identifier, received_us=received_us)
        return None if erasure is None else erasure.alias

    def erasure_of(self, identifier: str, *, received_us: int) -> Erasure | None:
        """The erasure that counts for this IRI or e-mail address in what was received then."""
        for digest in digests_of(identifier):
            erasure = self._by_digest.get(digest)
            if erasure is not None and erasure.role in ("learner", "address") and received_us <= erasure.before_us:
                return erasure
        return None

    def masked(self, text: str, *, received_us: int, parts: bool = True) -> str:
        """`text` with the alias in place of each identifier; with `parts`, also if a longer IRI begins with one."""
        whole = self.alias_of(text, received_us=received_us)
        if whole is not None:
            return whole

        def word(match: re.Match[str]) -> str:
            text_of_word = match.group()
            kept = text_of_word.rstrip(_ENDING)
            for end in _ends(kept, parts=parts):
                alias = self.alias_of(kept[:end], received_us=received_us)
                if alias is not None:
                    return alias + text_of_word[end:]
            return text_of_word

        return _WORD.sub(word, text)


def digests_of(identifier: str) -> tuple[str, ...]:
    """The digests under which an identifier may be noted: as an IRI, and as an e-mail address if it can be one."""
    own = id_digest(identifier)
    bare = identifier.strip().removeprefix("mailto:")
    return (own, id_digest(f"mailto:{bare.lower()}")) if "@" in bare and "/" not in bare else (own,)


def _ends(word: str, *, parts: bool) -> list[int]:
    """Where an identifier that begins a word may end: the whole word first, then shorter ones."""
    inner = [position for position, letter in enumerate(word) if position and letter in _BOUNDARIES] if parts else []
    return [len(word), *reversed(inner)]
