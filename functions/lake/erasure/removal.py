"""A person out of the tables, table by table.

`raw` is changed late, because from it follows what the other tables hold: whatever dies before is found again.
"""

from collections.abc import Callable, Iterator, Sequence

from functions.lake.erasure.affected import Affected, Whom, find_affected, lines_where
from functions.lake.erasure.dropping import OF_ALIASES, OF_CONTENTS, OF_LEARNERS, Dropping, tried
from functions.lake.erasure.traces import end_history, erase_from_pending
from functions.lake.lookup import with_same_key
from functions.lake.merging import apply
from functions.lake.numbers.pending import Pending
from functions.lake.opened_lake import Lake
from functions.lake.tables.aliases import ALIASES
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.column import Row, key_of
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS, finding_rows, person_row
from functions.lake.tables.of_numbers import NUMBER_TABLES


def erase_from_tables(
    lake: Lake, whom: Whom, *, applies: bool, load_again: Callable[[Sequence[str]], object]
) -> Iterator[tuple[str, int]]:
    """What each table holds of these people or what names them, and how much; erased only if it `applies`.

    Of what was sent again after the erasure the objects of the archive are handed to `load_again`.
    """
    affected = find_affected(lake, whom)
    pending = Pending(lake.store, lake.catalog.warehouse)
    yield "lake: work under way", erase_from_pending(pending, whom, applies=applies)
    if applies:
        pending.note([*affected.staying, *affected.rivals], {})
    dropping = Dropping(lake, whom.app, applies=applies)
    learners, contents = sorted(affected.learner_keys), affected.contents
    for definition in NUMBER_TABLES:
        yield dropping.drop(definition, OF_LEARNERS, [learners])
    events = [line for line in (*affected.after, *affected.rivals) if line.kind == "event"]
    yield dropping.drop(EVENTS, OF_CONTENTS, [contents], map(EVENTS.row, events))
    findings = [row for line in affected.after for row in finding_rows(line)]
    yield dropping.drop(REJECTIONS, OF_CONTENTS, [contents], findings)
    yield dropping.drop(ALIASES, OF_ALIASES, [learners, learners])
    people, described = _people(lake, whom, affected)
    yield dropping.drop(PEOPLE, OF_LEARNERS, [people], described)
    yield "lake: raw", _from_raw(dropping, affected)
    yield "lake: copies", _from_copies(dropping, whom, affected, load_again)
    if applies:
        for definition in TABLES:
            end_history(lake, definition)


def _people(lake: Lake, whom: Whom, affected: Affected) -> tuple[list[str], list[Row]]:
    """Whose rows of `people` go, and those that stand there then: of the learners what came after the erasure, and of
    learners whose own name or address named the person what is left of it.
    """
    renamed = {
        str(after.learner_key) for before, after in affected.changed if person_row(before) != person_row(after)
    } - affected.learner_keys
    lines = {(line.kind, line.content): line for line in affected.staying}
    if renamed:
        own = lines_where(lake, whom, "learner_key IN (SELECT unnest(?::VARCHAR[]))", sorted(renamed))
        lines |= {(line.kind, line.content): line for line in own}
        lines |= {
            (before.kind, before.content): after for before, after in affected.changed if after.learner_key in renamed
        }
    return sorted({*affected.learner_keys, *renamed}), [row for row in map(person_row, lines.values()) if row]


def _from_raw(dropping: Dropping, affected: Affected) -> int:
    """The lines themselves, in one commit."""

    def step() -> int:
        merge = dropping.held(RAW, OF_CONTENTS, [affected.contents])
        if merge is None:
            return 0
        count = sum(map(len, merge.drop.values()))
        if dropping.applies:
            dropped = set().union(*merge.drop.values())
            after = {key_of(RAW, row): row for row in map(RAW.row, affected.after)}
            loaded = {key_of(RAW, held) for held, _ in with_same_key(dropping.lake, RAW, after.values(), merge.files)}
            merge.add = [row for key, row in after.items() if key in dropped or key not in loaded]
            apply(dropping.lake, merge)
        return count

    return tried(step)


def _from_copies(
    dropping: Dropping, whom: Whom, affected: Affected, load_again: Callable[[Sequence[str]], object]
) -> int:
    """Where else it lay; of a walk that was stopped after `raw` was changed, too. A copy that came after the erasure is
    loaded as what is there first.
    """
    learners = [sorted(affected.learner_keys)]
    left = {line.content for line in affected.staying}
    later = dropping.rows(COPIES, f"({OF_LEARNERS}) AND epoch_us(received) > {whom.erased.until_us}", learners)
    objects = sorted({row["archive_key"] for row in later if row["content"] not in left})
    if objects and dropping.applies:
        load_again(objects)
    gone = {line.content for line in affected.gone}
    gone |= {before.content for before, after in affected.changed if before.content != after.content}
    gone |= {row["content"] for row in dropping.rows(COPIES, OF_LEARNERS, learners)} - left
    _, count = dropping.drop(COPIES, OF_CONTENTS, [sorted(gone)])
    return count
