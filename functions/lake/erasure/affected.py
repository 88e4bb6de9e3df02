"""The rows of `raw` that an erasure touches, as the lines that made them: everything else in the tables follows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import orjson

from functions.core.privacy.erased import Erased
from functions.core.privacy.pseudonym import Pseudonyms
from functions.core.times import FIRST_US
from functions.lake.archive_line import ArchiveLine
from functions.lake.erasure.suppression import line_without_erased
from functions.lake.iceberg.relations import declared_columns, select_files
from functions.lake.iceberg.snapshots import live_files
from functions.lake.opened_lake import Lake
from functions.lake.tables.of_lines import PEOPLE, RAW

PAGE_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """The people of one app whom `erased` names.

    `learner_keys` are their pseudonyms, as far as they are known. `pattern` is a regular expression that every text
    which may name them matches; None, after a restore that left digests alone: every row is read.
    """

    app: str
    tenant: str
    erased: Erased
    pseudonyms: Pseudonyms
    learner_keys: Sequence[str] = ()
    pattern: str | None = None

    def is_learner(self, learner: str | None) -> bool:
        """Whether a learner was erased, whenever."""
        return self.erased.is_learner(learner, received_us=FIRST_US)


@dataclass(slots=True)
class Affected:
    """Lines that go; those that name the person, before and after; those of the person that came after the erasure.

    `rivals` are of the ids of events that go: other contents, one of which counts now.
    """

    gone: list[ArchiveLine] = field(default_factory=list)
    changed: list[tuple[ArchiveLine, ArchiveLine]] = field(default_factory=list)
    staying: list[ArchiveLine] = field(default_factory=list)
    rivals: list[ArchiveLine] = field(default_factory=list)
    learner_keys: set[str] = field(default_factory=set)

    @property
    def contents(self) -> list[str]:
        """The contents, as they were, of lines that go or change."""
        return [line.content for line in (*self.gone, *(before for before, _ in self.changed))]

    @property
    def after(self) -> list[ArchiveLine]:
        """Lines that name the person no more."""
        return [after for _, after in self.changed]


def find_affected(lake: Lake, whom: Whom) -> Affected:
    """Everything in `raw` that is of these people or names them."""
    affected = Affected(learner_keys={*whom.learner_keys, *_known_keys(lake, whom)})
    if whom.pattern is None:
        lines = lines_where(lake, whom, "true")
    else:
        condition = "(learner_key IN (SELECT unnest(?::VARCHAR[])) OR regexp_matches(raw, ?, 'i'))"
        lines = lines_where(lake, whom, condition, sorted(affected.learner_keys), whom.pattern)
    for line in lines:
        kept = line_without_erased(line, whom.erased)
        if kept is None:
            affected.gone.append(line)
        elif kept is not line:
            affected.changed.append((line, kept))
        if whom.is_learner(line.learner):
            affected.learner_keys.add(str(line.learner_key))
            if kept is not None:
                affected.staying.append(kept)
    ids = sorted({line.attribution.id for line in affected.gone if line.kind == "event"})
    if ids:
        gone = set(affected.contents)
        others = lines_where(lake, whom, "kind = 'event' AND id IN (SELECT unnest(?::VARCHAR[]))", ids)
        affected.rivals = [line for line in others if line.content not in gone]
    return affected


def lines_where(lake: Lake, whom: Whom, condition: str, *parameters: object) -> Iterator[ArchiveLine]:
    """The rows of `raw` of the app that meet a condition, as lines."""
    table = lake.catalog.existing(RAW)
    files = [file.file_path for file in live_files(table, RAW)] if table else []
    if not files:
        return
    cursor = lake.connection.cursor().execute(
        "SELECT kind, content, epoch_us(received), job, sensor, data_version, send_time, auto_attach, system, edapps, "  # noqa: S608
        f"findings, raw, archive_key FROM {select_files(declared_columns(RAW), files)} WHERE app = ? AND {condition}",
        [whom.app, *parameters],
    )
    while page := cursor.fetchmany(PAGE_ROWS):
        for row in page:
            yield _line(whom, *row)


def _line(
    whom: Whom,
    kind: str,
    content: str,
    received_us: int,
    job: str,
    sensor: str | None,
    data_version: str | None,
    send_time: str | None,
    auto_attach: bool,
    system: bool,
    edapps: list[str] | None,
    findings: str | None,
    raw: str,
    archive_key: str,
) -> ArchiveLine:
    line = ArchiveLine(
        archive_key=archive_key,
        kind=kind,
        app=whom.app,
        tenant=whom.tenant,
        job=job,
        received_us=received_us,
        sensor=sensor or "",
        data_version=data_version or "",
        send_time=send_time or "",
        auto_attach=auto_attach,
        system=system,
        edapps=edapps,
        findings=orjson.loads(findings) if findings else (),
        raw=raw.encode(),
        pseudonyms=whom.pseudonyms,
    )
    # What named an erased person before has the digest of what was sent, and no longer these bytes.
    return line if line.content == content else replace(line, sent_content=content)


def _known_keys(lake: Lake, whom: Whom) -> Iterator[str]:
    table = lake.catalog.existing(PEOPLE)
    files = [file.file_path for file in live_files(table, PEOPLE)] if table else []
    cursor = lake.connection.cursor().execute(
        f"SELECT learner, learner_key FROM {select_files(declared_columns(PEOPLE), files)} WHERE app = ?",  # noqa: S608
        [whom.app],
    )
    while page := cursor.fetchmany(PAGE_ROWS):
        yield from (learner_key for learner, learner_key in page if whom.is_learner(learner))
