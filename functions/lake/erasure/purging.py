"""What a credential sent in a time, out of the tables."""

from collections.abc import Callable, Iterator, Sequence

from functions.core.privacy.erased import Erased
from functions.core.privacy.pseudonym import Pseudonyms
from functions.lake.archive_line import archive_lines
from functions.lake.erasure.dropping import OF_CONTENTS, OF_LEARNERS, Dropping, learners_left
from functions.lake.erasure.traces import end_history
from functions.lake.numbers.pending import Pending
from functions.lake.opened_lake import Lake
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS


def purge_tables(
    lake: Lake,
    app: str,
    erased: Erased,
    sent: Sequence[tuple[str, bytes]],
    pseudonyms: Pseudonyms,
    *,
    applies: bool,
    load_again: Callable[[Sequence[str]], object],
) -> Iterator[tuple[str, int]]:
    """Drop what the purged ones among lines made; how much of each table. What others sent of the same is loaded again,
    without what is purged, and the numbers of the learners are made anew by the next run.
    """
    lines = [
        line
        for key, text in sent
        for line in archive_lines(key, [text], pseudonyms)
        if line.app == app and erased.is_purged(line.credential, received_us=line.received_us)
    ]
    contents = sorted({line.content for line in lines})
    dropping = Dropping(lake, app, applies=applies)
    objects = {
        row["archive_key"] for definition in (RAW, COPIES) for row in dropping.rows(definition, OF_CONTENTS, [contents])
    }
    if applies:
        Pending(lake.store, lake.catalog.warehouse).note(lines, {})
        load_again(sorted(objects))
    for definition in (EVENTS, REJECTIONS, COPIES, RAW):
        yield dropping.drop(definition, OF_CONTENTS, [contents])
    touched = {str(line.learner_key) for line in lines if line.learner_key}
    yield dropping.drop(PEOPLE, OF_LEARNERS, [sorted(touched - (learners_left(dropping) if applies else touched))])
    if applies:
        load_again(sorted(objects))  # and once more: whatever ran between found the rows still there
        for definition in TABLES:
            end_history(lake, definition)
