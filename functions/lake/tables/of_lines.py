"""The tables whose rows are lines of the archive as they stand: `raw`, `copies`, `people`, `rejections`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from functions.core.caliper.terms import term, text
from functions.core.identity import identity
from functions.core.numbers.metrics import first_of
from functions.core.timeline.entry import fields_of
from functions.core.times import day_of, iso_day
from functions.lake.archive_line import ArchiveLine
from functions.lake.tables.column import Column, Row, TableDefinition

NEVER = 1 << 62  # sorts after every description


@dataclass(frozen=True, slots=True)
class LineFinding:
    """One finding of a line."""

    line: ArchiveLine
    finding: Mapping[str, Any]


def _received_day(line: ArchiveLine) -> str:
    return iso_day(day_of(line.received_us))


def _raw_id(line: ArchiveLine) -> str | None:
    if line.kind == "event":
        return line.attribution.id
    identifier = line.parsed.get("id")
    return identifier if isinstance(identifier, str) else None


def _sent(line: ArchiveLine) -> str:
    return line.raw.decode("utf-8", "replace")


RAW = TableDefinition(
    name="raw",
    about="What was sent, whole, one row for each distinct item: events, entity describes, heartbeats, rejected items.",
    columns=(
        Column("day", "date", "The UTC day of `event_time`; NULL if that is impossible.", lambda line: line.day),
        Column("app", "string", "The id of the app that sent it.", lambda line: line.app),
        Column("kind", "string", "`event`, `entity`, `heartbeat` or `rejection`.", lambda line: line.kind),
        Column("id", "string", "The item's id as sent.", _raw_id),
        Column("content", "string", "The digest of the item's content.", lambda line: line.content),
        Column("learner_key", "string", "The learner's pseudonym.", lambda line: line.learner_key),
        Column("event_time", "time", "When it happened.", lambda line: line.time_us),
        Column("received", "time", "When it first arrived.", lambda line: line.received_us),
        Column("job", "string", "The job of the request that it first arrived in.", lambda line: line.job),
        Column("sensor", "string", "The sensor of that request.", lambda line: line.sensor or None),
        Column("data_version", "string", "The `dataVersion` of that request.", lambda line: line.data_version or None),
        Column("auto_attach", "boolean", "The app attaches events to sessions by gaps.", lambda line: line.auto_attach),
        Column("system", "boolean", "This service emitted it (TimedOut).", lambda line: line.system),
        Column("send_time", "string", "The `sendTime` of that request.", lambda line: line.send_time or None),
        Column(
            "edapps",
            "strings",
            "The edApps that the registration named one by one when it arrived; NULL if that is not known.",
            lambda line: None if line.edapps is None else list(line.edapps),
        ),
        Column(
            "findings",
            "string",
            "What the validator found, as a JSON array.",
            lambda line: orjson.dumps(list(line.findings)).decode() if line.findings else None,
        ),
        Column("raw", "string", "The item as it was sent.", _sent),
        Column(
            "archive_key", "string", "The object of the archive that it first arrived in.", lambda it: it.archive_key
        ),
    ),
    key=("app", "kind", "content"),
    precedence=("received", "archive_key"),
    sort=("app", "learner_key", "event_time"),
    personal=True,
)

COPIES = TableDefinition(
    name="copies",
    about="Further objects of the archive that hold an item of `raw`: an erasure must find them all.",
    columns=(
        Column("day", "date", "The partition of the item in `raw`.", lambda row: row["day"]),
        Column("app", "string", "The id of the app that sent it.", lambda row: row["app"]),
        Column("kind", "string", "`event`, `entity`, `heartbeat` or `rejection`.", lambda row: row["kind"]),
        Column("content", "string", "The digest of the item's content.", lambda row: row["content"]),
        Column("learner_key", "string", "The learner's pseudonym.", lambda row: row["learner_key"]),
        Column("received", "time", "When this copy arrived.", lambda row: row["received"]),
        Column("archive_key", "string", "The object that holds it.", lambda row: row["archive_key"]),
    ),
    key=("app", "kind", "content", "archive_key"),
    precedence=("received",),
    sort=("app", "learner_key", "received"),
)


def _described_actor(line: ArchiveLine) -> Mapping[str, Any]:
    """The learner's own description: the actor, if that is the learner."""
    actor = line.parsed.get("actor")
    return fields_of(actor) if identity(actor) == line.learner else {}


def _words(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _name(line: ArchiveLine) -> str | None:
    actor = _described_actor(line)
    both = " ".join(filter(None, (_words(first_of(actor, "firstName", "givenName")), _words(actor.get("lastName")))))
    return _words(actor.get("name")) or both or None


def _email(line: ArchiveLine) -> str | None:
    actor = _described_actor(line)
    return _words(actor.get("email")) or _words(fields_of(actor.get("extensions")).get("email"))


def _described_us(line: ArchiveLine) -> int | None:
    """When the event happened, if it describes the learner."""
    return line.time_us if _name(line) is not None or _email(line) is not None else None


def _recency(line: ArchiveLine) -> int:
    described_us = _described_us(line)
    return NEVER if described_us is None else -described_us


PEOPLE = TableDefinition(
    name="people",
    about="Which learner a pseudonym stands for, with the name and address that an event gave last.",
    columns=(
        Column("app", "string", "The id of the app that sent it.", lambda line: line.app),
        Column("learner_key", "string", "The learner's pseudonym in all other tables.", lambda line: line.learner_key),
        Column("learner", "string", "The learner's id as events name it.", lambda line: line.learner),
        Column("name", "string", "The name, if an event gave one.", _name),
        Column("email", "string", "The e-mail address, if an event gave one.", _email),
        Column("described", "time", "The time of that event; NULL if none described the learner.", _described_us),
        Column("recency", "long", "Orders descriptions: the latest has the lowest.", _recency),
    ),
    key=("app", "learner_key"),
    precedence=("recency", "name", "email"),
    partition="",
    sort=("app", "learner_key"),
    personal=True,
)


def person_row(line: ArchiveLine) -> Row | None:
    """The row of `people` that a line makes; None if it has no learner."""
    if line.learner is None or line.kind not in ("event", "heartbeat"):
        return None
    return PEOPLE.row(line)


REJECTIONS = TableDefinition(
    name="rejections",
    about="What the validator found, one row a finding: errors of rejected items and warnings of stored ones.",
    columns=(
        Column("day", "date", "The UTC day on which the item arrived.", lambda it: _received_day(it.line)),
        Column("app", "string", "The id of the app that sent it.", lambda it: it.line.app),
        Column("received", "time", "When it arrived.", lambda it: it.line.received_us),
        Column(
            "severity", "string", "`error` (the item was rejected) or `warning`.", lambda it: it.finding["severity"]
        ),
        Column("code", "string", "The code of the finding.", lambda it: it.finding["code"]),
        Column("pointer", "string", "Where in the item (JSON pointer).", lambda it: it.finding["pointer"]),
        Column("source", "string", "Whose rule it is.", lambda it: it.finding.get("source")),
        Column("type", "string", "The item's type.", lambda it: term(text(it.line.parsed, "type")) or None),
        Column("sensor", "string", "The sensor that sent it.", lambda it: it.line.sensor or None),
        Column("kind", "string", "`rejection` or the kind that was stored.", lambda it: it.line.kind),
        Column("content", "string", "The digest of the item's content.", lambda it: it.line.content),
        Column(
            "learner_key",
            "string",
            "The learner's pseudonym; NULL if the item was rejected.",
            lambda it: it.line.learner_key,
        ),
        Column("archive_key", "string", "The object of the archive that holds it.", lambda it: it.line.archive_key),
    ),
    key=("app", "content", "severity", "code", "pointer"),
    precedence=("received", "archive_key"),
    sort=("app", "code", "received"),
)


def finding_rows(line: ArchiveLine) -> Iterator[Row]:
    """The rows of `rejections` that a line makes."""
    for finding in line.findings:
        yield REJECTIONS.row(LineFinding(line, finding))
