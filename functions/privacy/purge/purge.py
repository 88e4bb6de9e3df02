"""What one credential sent in a time, out of everything: for a key that leaked.

Noted first, as an erasure is, so that nothing brings it back. Then rows and lake, which are found by what the archive
says, and only then the archive itself: whatever dies before is found again.
"""

from collections.abc import Callable, Iterator
from copy import replace

from msgspec import Struct

from functions.core.apps import App
from functions.core.ids import digest, id_digest
from functions.core.messages import Message
from functions.core.privacy.erased import Erasure
from functions.core.times import day_of
from functions.privacy.erasure_context import Doors, Erasing, unheard
from functions.privacy.places.archive_objects import erase_from_archive
from functions.privacy.places.dead_letters import erase_from_dead_letters
from functions.privacy.purge.emitted import days_of, emitted_of, lines_of, purge_emitted
from functions.privacy.purge.lake import purge_from_lake
from functions.privacy.purge.rows import Touched, purge_from_manifests, purge_listed, purge_rows, settle_anew
from functions.store.archive import messages_of
from functions.store.erasure.versions import latest_of, unpacked_lines


class Purge(Struct, frozen=True, kw_only=True):
    """What `credential` (the id that `make keys` shows) sent for an app, received from `from_us` to `to_us`."""

    app: App
    credential: str
    from_us: int
    to_us: int

    @property
    def code(self) -> str:
        """The code that confirms this purge, and no other."""
        return digest(f"{self.app.tenant} {self.credential} {self.from_us} {self.to_us}")[:8]

    def erasure(self, *, request: str) -> Erasure:
        """The purge as the registry keeps it."""
        return Erasure(
            digest=id_digest(f"credential {self.credential} {self.from_us} {self.to_us}"),
            role="credential",
            alias=self.credential,
            before_us=self.to_us,
            from_us=self.from_us,
            request=request,
        )


def purges_of(app: App, erasures: list[Erasure]) -> list[Purge]:
    """The purges among erasures on record."""
    return [
        Purge(app=app, credential=erasure.alias, from_us=erasure.from_us, to_us=erasure.before_us)
        for erasure in erasures
        if erasure.role == "credential"
    ]


def purge_once(
    purge: Purge,
    doors: Doors,
    *,
    applies: bool,
    touched: Touched | None = None,
    request: str = "",
    tell: Callable[[str], None] = unheard,
) -> Iterator[tuple[str, int]]:
    """Every place once: how much each holds. Nothing is changed unless it `applies`.

    The timelines that change are added to `touched`. Handed in again, a second walk looks at them, too: what this
    service emitted about what is purged may have been under way.
    """
    erasure = purge.erasure(request=request)
    erasing = Erasing(
        app=purge.app,
        erasures={erasure.digest: erasure},
        doors=doors,
        applies=applies,
        identifiers=None,
        from_day=day_of(purge.from_us),
        to_day=day_of(purge.to_us),
        tell=tell,
    )
    erasing.erasures.update({noted.digest: noted for noted in emitted_of(erasure, doors.registry, purge.app.tenant)})
    touched = {} if touched is None else touched
    lines: list[tuple[str, bytes]] = []
    for versions in doors.versions.objects(from_day=erasing.from_day, to_day=erasing.to_day):
        latest = latest_of(versions)
        if latest is None:
            continue
        sent = unpacked_lines(doors.versions.read(latest)[0])
        messages = [message for message in messages_of(sent) if _is_purged(erasing, message)]
        if messages:
            yield from purge_rows(erasing, messages, touched)
            lines += ((latest.key, line) for line in sent)
    if applies:  # a dry run has deleted nothing that it could find again
        yield from purge_listed(erasing, touched)
    for pk in sorted(touched):
        yield from purge_emitted(erasing, erasure, pk)
        if applies:
            settle_anew(erasing, pk, touched[pk])
    emitted = emitted_of(erasure, doors.registry, purge.app.tenant)
    erasing.erasures.update({noted.digest: noted for noted in emitted})
    yield from purge_from_lake(erasing, lines + lines_of(erasing, emitted))
    yield from purge_from_manifests(erasing)
    for day in days_of(emitted):  # first: how the rest is found
        if not erasing.from_day <= day <= erasing.to_day:
            yield from erase_from_archive(replace(erasing, from_day=day, to_day=day))
    yield from erase_from_archive(erasing)
    yield from erase_from_dead_letters(erasing)


def _is_purged(erasing: Erasing, message: Message) -> bool:
    return (
        message.tenant == erasing.tenant
        and erasing.erased.is_purged(message.credential, received_us=message.received_us)
        and any(item.kind != "erased" for item in message.items)
    )
