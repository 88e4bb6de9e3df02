"""New objects of the archive into the tables, in rounds; a message is deleted when all that it names is in them.

At least once: a run that died is repeated, and what it had written is found by key. The order of the commits of a round
makes that safe at each step: `copies` before `raw`, because only the row of `raw` that is there tells what is a copy.
"""

import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from functions.core.privacy.pseudonym import Pseudonyms
from functions.lake.archive_line import ArchiveLine, archive_lines
from functions.lake.erasure.suppression import lines_without_erased
from functions.lake.id_index import days_of_conflicts
from functions.lake.inbox import Inbox, Mail
from functions.lake.merging import apply, merge_by_key
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import key_of
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS, finding_rows, person_row
from functions.store.dynamodb.table import Table
from functions.store.registrations import Registrations

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LINES_IN_A_ROUND = 40_000  # held in memory at once, some 300 MB
OBJECTS_IN_A_ROUND = 2_000  # if batches are small


@dataclass(frozen=True, slots=True)
class Source:
    """Where lines come from: the archive's bucket; and what they are read with.

    `registrations` say which apps refuse a second content under an id, and of whom nothing is loaded any more.
    """

    s3: "S3Client"
    bucket: str
    pseudonyms: Pseudonyms
    table: Table
    registrations: Registrations
    clock: Callable[[], int]

    def lines(self, key: str) -> list[ArchiveLine]:
        """The lines of one object; none if it was deleted meanwhile (an erasure writes it anew)."""
        try:
            packed = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return []
        with gzip.open(io.BytesIO(packed)) as ndjson:
            lines = archive_lines(key, ndjson, self.pseudonyms)
            return list(lines_without_erased(lines, self.registrations, clock=self.clock))

    def unique_ids(self, tenant: str) -> bool:
        """Whether an app is registered so that a second content under an id is refused."""
        return self.registrations.of(tenant, now_us=self.clock()).unique_ids


@dataclass(slots=True)
class Fed:
    """What a run did: messages and objects taken, lines read, rows added to each table."""

    messages: int = 0
    objects: int = 0
    lines: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    def count(self, table: str, rows: int) -> None:
        """Add to the rows of a table."""
        self.rows[table] = self.rows.get(table, 0) + rows


type Conflicts = Mapping[tuple[str, str], set[str]]  # tenant and id → the days of all contents
type AfterRound = Callable[[Sequence[ArchiveLine], Conflicts], None]


def feed(lake: Lake, source: Source, inbox: Inbox, *, time_left: Callable[[], bool], after: AfterRound) -> Fed:
    """Load what the queue names. `after` is called with the lines of each round before its messages are deleted."""
    fed = Fed()
    for mails, lines in _rounds(source, inbox.receive(time_left=time_left)):
        conflicts = _conflicts(source, [line for _, line in lines])
        for rewrite in (False, True):
            chosen = [line for mail_rewrites, line in lines if mail_rewrites is rewrite]
            if chosen:
                load(lake, chosen, conflicts, rewrite=rewrite, fed=fed)
        after([line for _, line in lines], conflicts)
        inbox.delete(mails)
        fed.messages += len(mails)
        fed.objects += sum(len(mail.keys) for mail in mails)
        fed.lines += len(lines)
    return fed


def _rounds(source: Source, mails: Iterable[Mail]) -> Iterator[tuple[list[Mail], list[tuple[bool, ArchiveLine]]]]:
    taken: list[Mail] = []
    lines: list[tuple[bool, ArchiveLine]] = []
    objects = 0
    for mail in mails:
        for key in mail.keys:
            lines += ((mail.rewrite, line) for line in source.lines(key))
        taken.append(mail)
        objects += len(mail.keys)
        if len(lines) >= LINES_IN_A_ROUND or objects >= OBJECTS_IN_A_ROUND:
            yield taken, lines
            taken, lines, objects = [], [], 0
    if taken:
        yield taken, lines


def _conflicts(source: Source, lines: Sequence[ArchiveLine]) -> Conflicts:
    """On which days else ids of some events lie: one query each, spared if an id cannot come twice."""
    ids = {
        (line.tenant, line.attribution.id)
        for line in lines
        if line.kind == "event" and not source.unique_ids(line.tenant)
    }
    return days_of_conflicts(source.table, ids)


def load(lake: Lake, lines: Sequence[ArchiveLine], conflicts: Conflicts, *, rewrite: bool, fed: Fed) -> None:
    """The rows of some lines into all tables that are made of lines."""
    raw = merge_by_key(lake, RAW, map(RAW.row, lines), rewrite=rewrite)
    others = (row for row in raw.further if row["archive_key"] != raw.kept[key_of(RAW, row)]["archive_key"])
    copies = map(COPIES.row, others)
    fed.count("copies", apply(lake, merge_by_key(lake, COPIES, copies)))
    fed.count("raw", apply(lake, raw))
    events = [line for line in lines if line.kind == "event"]
    days = set[str]().union(*conflicts.values())
    merged = merge_by_key(lake, EVENTS, map(EVENTS.row, events), rewrite=rewrite, days=days)
    fed.count("events", apply(lake, merged))
    people = filter(None, map(person_row, lines))
    fed.count("people", apply(lake, merge_by_key(lake, PEOPLE, people)))
    findings = [row for line in lines for row in finding_rows(line)]
    fed.count("rejections", apply(lake, merge_by_key(lake, REJECTIONS, findings, rewrite=rewrite)))
