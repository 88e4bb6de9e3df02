"""StoredFact facts as rows of the table and back.

`process` writes these rows, `timeout` and `query` read them. The body is the exact bytes that were sent; who, when,
which session and which run are read off it again by `functions.core.timeline.attribution`, so a row cannot disagree
with itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from functions.core import packing
from functions.core.ids import content_digest
from functions.core.jobs import decode_job_id, encode_job_id
from functions.core.messages import Item, Message
from functions.core.sessions.facts import edapp_of
from functions.core.timeline.attribution import Attribution, attribute
from functions.core.timeline.entry import Entry
from functions.core.times import parse_time
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Row
from functions.store.rows import sensors
from functions.store.rows.credentials import id_at_rest, id_from_rest

# What a row can make of the code that reads it: an unknown dictionary, an attribute that is missing, a body of others.
UNREADABLE = (LookupError, ArithmeticError, AttributeError, TypeError, ValueError, AssertionError, RecursionError)


class StoredFact(Struct, frozen=True):
    """One fact as it is stored: the row's key parts, the entry that folds read, and what the API shows beside it."""

    pk: str
    sk: str
    entry: Entry
    raw: bytes
    app_id: str
    job: str
    warnings: Sequence[Mapping[str, str]]
    sensor: str = ""
    sent_us: int | None = None
    credential: str = ""


def place(tenant: str, attribution: Attribution) -> str:
    """The partition of a fact; it depends on the fact alone, never on what came before (keys.py)."""
    if attribution.kind == "entity":
        return keys.entity_pk(tenant, attribution.id)
    if attribution.learner is not None:
        return keys.learner_pk(tenant, attribution.learner)
    if attribution.session is not None:
        return keys.session_pk(tenant, attribution.session)
    return keys.unattributed_pk(tenant, attribution.id)


def fact_of_item(item: Item, message: Message) -> StoredFact:
    """The fact that `item` is. Pure; raises only if the bytes are not what a judge accepted."""
    parsed: dict[str, Any] = orjson.loads(item.raw)
    sent_us = message.sent_us
    entry = _entry(parsed, item.kind, item.content or content_digest(parsed), message, sent_us, wildcard=None)
    pk, sk = (
        place(message.tenant, entry.attribution),
        keys.event_sk(entry.time_us, entry.id or entry.content, entry.content),
    )
    return StoredFact(
        pk, sk, entry, item.raw, message.app_id, message.job, item.findings, message.sensor, sent_us, message.credential
    )


def with_rival(fact: StoredFact, contents: Iterable[str]) -> StoredFact:
    """The fact, which knows the lowest of other `contents` under its id."""
    rival = min((content for content in contents if content != fact.entry.content), default="")
    return replace(fact, entry=replace(fact.entry, rival=rival))


def _entry(
    parsed: Mapping[str, Any],
    kind: str,
    content: str,
    message: Message,
    sent_us: int | None,
    *,
    wildcard: bool | None,
) -> Entry:
    """`wildcard` as the row says it; None: it is to be found by the registration."""
    if kind == "heartbeat":
        attribution = _heartbeat(parsed, content)
    else:
        attribution = attribute(
            parsed, auto_attach=message.auto_attach, received_us=message.received_us, sent_us=sent_us
        )
    return Entry(
        time_us=attribution.time_us,
        received_us=message.received_us,
        id=attribution.id,
        content=content,
        attribution=attribution,
        event=parsed,
        system=message.system,
        wildcard=_by_pattern(attribution, message) if wildcard is None else wildcard,
    )


def _by_pattern(attribution: Attribution, message: Message) -> bool:
    """Whether only a pattern of the registration names the edApp."""
    edapp = edapp_of(attribution)
    return edapp is not None and message.edapps is not None and edapp not in message.edapps


def _heartbeat(parsed: Mapping[str, Any], content: str) -> Attribution:
    """A heartbeat as `validate` completed it: the session that it keeps open, its learner, and when."""
    time_us = parse_time(parsed["eventTime"])
    assert time_us is not None, "validate sends only heartbeats with a time"
    return Attribution(
        id=content,
        kind="heartbeat",
        type="Heartbeat",
        action="",
        time_us=time_us,
        learner=parsed.get("learner"),
        session=parsed["sessionId"],
        auto=False,
        run=None,
        edapp=parsed.get("edApp"),
    )


def row_of(fact: StoredFact, *, tenant: str, auto_attach: bool, expires_s: int) -> Row:
    entry, attribution = fact.entry, fact.entry.attribution
    row: Row = {
        keys.PK: fact.pk,
        keys.SK: fact.sk,
        keys.TTL: expires_s,
        "body": packing.compress(fact.raw),
        "received": entry.received_us,
        "app": fact.app_id,
        "job": encode_job_id(fact.job),
    }
    if attribution.kind == "heartbeat":
        row["kind"] = "heartbeat"
    elif entry.id:
        row[keys.BY_ID_PK] = keys.event_ref(tenant, entry.id)
    if auto_attach:
        row["auto"] = True
    if entry.system:
        row["system"] = True
    if entry.wildcard:
        row["wildcard"] = True
    row |= sensors.attributes(fact.sensor)
    if fact.sent_us is not None:
        row["sent"] = fact.sent_us - entry.received_us  # the difference has fewer digits, so fewer bytes
    if fact.credential:
        row["credential"] = id_at_rest(fact.credential)
    if fact.warnings:
        row["warnings"] = packing.compress(orjson.dumps(list(fact.warnings)))
    return row


def fact_of_row(row: Row) -> StoredFact:
    """The fact that `row_of` stored."""
    body, job, packed_warnings = row["body"], row["job"], row.get("warnings")
    assert isinstance(body, bytes)
    assert isinstance(job, str | bytes)
    raw = packing.decompress(body)
    _, _, _, content = str(row[keys.SK]).split("#")
    message = Message(
        tenant=str(row[keys.PK]).partition("#")[0],
        app_id=str(row["app"]),
        job=decode_job_id(job),
        received_us=int(str(row["received"])),
        auto_attach=bool(row.get("auto")),
        system=bool(row.get("system")),
    )
    warnings = orjson.loads(packing.decompress(packed_warnings)) if isinstance(packed_warnings, bytes) else []
    sent_us = message.received_us + number(row, "sent") if "sent" in row else None
    kind, wildcard = str(row.get("kind", "event")), bool(row.get("wildcard"))
    entry = _entry(orjson.loads(raw), kind, content, message, sent_us, wildcard=wildcard)
    sensor, credential = str(row.get("sensor", "")), row.get("credential", "")
    assert isinstance(credential, str | bytes)
    return StoredFact(
        str(row[keys.PK]),
        str(row[keys.SK]),
        entry,
        raw,
        message.app_id,
        message.job,
        warnings,
        sensor,
        sent_us,
        id_from_rest(credential),
    )
