"""Lines of the archive without the people who were erased, as `process` leaves them out of a message.

The archive holds nothing of them once an erasure is done. While it is under way, and when an object is loaded whose
bytes were read before, this keeps them out of the tables.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import cast

from functions.core.messages import Item, Kind
from functions.core.privacy.erased import Erased
from functions.core.privacy.masking import without_erased
from functions.core.privacy.message import emitted_without_erased
from functions.lake.archive_line import ArchiveLine
from functions.store.registrations import Registrations


def line_without_erased(line: ArchiveLine, erased: Erased) -> ArchiveLine | None:
    """What may be kept of a line: the same object if all of it may, None if it is an erased person's own."""
    if line.credential and erased.is_purged(line.credential, received_us=line.received_us):
        return None
    item = Item(cast("Kind", line.kind), line.raw, [dict(finding) for finding in line.findings], line.sent_content)
    keep = emitted_without_erased if line.system else without_erased
    kept = keep(item, erased, received_us=line.received_us)
    if kept is item:
        return line
    if kept.kind == "erased":
        return None
    return replace(line, raw=kept.raw, findings=kept.findings, sent_content=kept.content)


def lines_without_erased(
    lines: Iterable[ArchiveLine], registrations: Registrations, *, clock: Callable[[], int]
) -> Iterator[ArchiveLine]:
    """The lines of which something may be kept. It costs a look at the registration of each app, once a minute."""
    for line in lines:
        now_us = clock()
        registration = registrations.of(line.tenant, now_us=now_us)
        if not registration.may_be_erased(received_us=line.received_us, system=line.system):
            yield line
            continue
        kept = line_without_erased(line, registrations.erased(line.tenant, now_us=now_us))
        if kept is not None:
            yield kept
