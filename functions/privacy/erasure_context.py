"""One erasure under way: whom it erases from what one app sent, and the doors to where that lies.

A place (`functions.privacy.places`) counts what it holds, and erases it only if `applies`. So a dry run and the
erasure itself walk the same way.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.privacy.erased import Erased, Erasure
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Key
from functions.store.dynamodb.table import Table
from functions.store.erasure.versions import FIRST_DAY, LAST_DAY, Versions

if TYPE_CHECKING:
    from functions.lake.opened_lake import Lake


class LakeDoor(Struct, frozen=True, kw_only=True):
    """How the lake is opened, the secret of its pseudonyms (None before its first run), and how it loads keys again."""

    opened: "Callable[[], AbstractContextManager[Lake]]"
    secret: Callable[[], bytes | None]
    load_again: Callable[[Sequence[str]], object]


class Doors(Struct, frozen=True, kw_only=True):
    """Where what was sent lies. `dead_letters`: a client of SQS and the URL of their queue; None if there is none.

    `lake` is None if the stack has none.
    """

    table: Table
    registry: Table
    versions: Versions
    settings: ProcessSettings
    dead_letters: tuple[Any, str] | None = None
    lake: LakeDoor | None = None


def unheard(_: object) -> None:
    """What is told where no one listens."""


class Erasing(Struct, frozen=True, kw_only=True):
    """`identifiers` are the texts of those that are erased, if they are known: after a restore only digests are, and
    the `pseudonyms` of the learners.

    An address that an event gives with the learner is learned on the way: `note` keeps it before anything is erased by
    it. `from_day` and `to_day` (`20260127`) bound the walk through the archive. A course may tell of the learners at
    `in_courses`.
    """

    app: App
    erasures: dict[str, Erasure]
    doors: Doors
    applies: bool
    identifiers: list[str] | None = None
    pseudonyms: Sequence[str] = ()
    note: Callable[[Erasure], None] = unheard
    learned: list[str] = field(default_factory=list)
    in_courses: set[Key] = field(default_factory=set)
    from_day: str = FIRST_DAY
    to_day: str = LAST_DAY
    tell: Callable[[str], None] = unheard

    @property
    def erased(self) -> Erased:
        return Erased(self.erasures)

    @property
    def tenant(self) -> str:
        return self.app.tenant

    def learn(self, address: str, of: Erasure) -> bool:
        """Erase an e-mail address too, because it is that of someone who is erased. False if it is known."""
        known = self.erasures.get(id_digest(address))
        if known is not None and known.before_us >= of.before_us:
            return False
        self._note(address_erasure(address, alias=of.alias, before_us=of.before_us, request=of.request))
        self.learned.append(address)
        if self.identifiers is not None:
            self.identifiers.append(address)
        return True

    def note_describe(self, key: Key) -> None:
        """Note where a describe of what was the learner's lies: only the line that is about to go says so."""
        latest = max(self.erasures.values(), key=lambda erasure: erasure.before_us)
        self._note(msgspec.structs.replace(latest, digest=f"{keys.place_of(key[0])}|{key[1]}", role="describe"))

    def noted_describes(self) -> list[str]:
        """The places of the describes that were noted, as `note_describes` takes them."""
        return [erasure.digest for erasure in self.erasures.values() if erasure.role == "describe"]

    def note_describes(self, places: Iterable[str]) -> None:
        """Note places again that an earlier run of the same count noted."""
        latest = max(self.erasures.values(), key=lambda erasure: erasure.before_us)
        self.erasures.update(
            {place: msgspec.structs.replace(latest, digest=place, role="describe") for place in places}
        )

    def describes(self) -> dict[Key, int]:
        """Where the describes that were noted lie, and until when they are to be erased."""
        return {
            (f"{self.tenant}#{place}", sk): erasure.before_us
            for erasure in self.erasures.values()
            if erasure.role == "describe"
            for place, _, sk in [erasure.digest.partition("|")]
        }

    def _note(self, erasure: Erasure) -> None:
        self.note(erasure)
        self.erasures[erasure.digest] = erasure

    def partitions(self) -> dict[str, int]:
        """The partitions of the learners, and until when what they hold is to be erased."""
        return {
            f"{self.tenant}#{kind}#{erasure.digest}": erasure.before_us
            for erasure in self.erasures.values()
            if erasure.role == "learner"
            for kind in ("A", "D")
        }


def pattern_of(identifiers: Iterable[str] | None) -> str | None:
    """A regular expression, for any case of letters, that each text which may name one of these matches; None: all do.

    A JSON text may escape a slash, and any letter. What has escaped letters therefore matches.
    """
    texts = None if identifiers is None else [text.strip() for text in identifiers]
    if texts is None or not all(text.isascii() for text in texts):
        return None
    names = [re.escape(text.removeprefix("urn:uuid:").removeprefix("mailto:")).replace("/", r"\\*/") for text in texts]
    return "|".join([*names, r"\\u00[2-7]"])


def may_name(identifiers: Iterable[str] | None) -> Callable[[bytes], bool]:
    """Whether a line of the archive may name one of these: quickly, and never wrongly not."""
    text = pattern_of(identifiers)
    if text is None:
        return lambda _: True
    pattern = re.compile(text.encode(), re.IGNORECASE)
    return lambda line: pattern.search(line) is not None or b'"raw64"' in line


def learner_erasure(learner: str, *, alias: str, before_us: int, request: str) -> Erasure:
    """The erasure of all that is of a learner, and of the learner's IRI in what others sent."""
    return Erasure(digest=id_digest(learner), role="learner", alias=alias, before_us=before_us, request=request)


def address_erasure(address: str, *, alias: str, before_us: int, request: str) -> Erasure:
    """The erasure of an e-mail address (as `mailto:…`) in what others sent."""
    return Erasure(digest=id_digest(address), role="address", alias=alias, before_us=before_us, request=request)


def conflict_key(tenant: str, event_sk: str) -> tuple[str, str]:
    """Where the conflict of the event lies that has this sort key, if it is in one."""
    place = event_sk.removeprefix(keys.EVENT)
    return keys.conflict_pk(tenant, key_parts.shard_of(place.split("#")[1], keys.CONFLICT_SHARDS)), place
