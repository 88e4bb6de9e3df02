"""What a batch of messages means for the table, worked out before anything is written.

Step two of `process`: the messages are archived already. Pure, so that the same batch always gives the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from functions.aws import keys
from functions.aws.facts import Stored, body_digest, memberships, row_of, stored
from functions.aws.table import Key, Row
from functions.aws.watches import SLACK_US, watch_key
from functions.core import packing
from functions.core.ids import digest
from functions.core.jobs import parse_job_id
from functions.core.messages import Item, Message
from functions.core.session import auto_session_id
from functions.core.timeline import Entry
from functions.core.times import DAY_US, day_of
from functions.core.watches import Touch, joined

MANIFEST_EVENTS = 2_000  # about 120 KB a row, under DynamoDB's 400 KB


@dataclass(slots=True)
class Plan:
    """Rows to put, memberships to put where they are missing, and the watches that the events bear on."""

    rows: list[Row] = field(default_factory=list)
    sent: list[tuple[Row, Key, int]] = field(default_factory=list)  # marker of a batch, where to count, how many
    memberships: dict[Key, Row] = field(default_factory=dict)
    touches: dict[Key, Touch] = field(default_factory=dict)
    events: int = 0
    rejections: int = 0
    unpublished: int = 0  # notices of new sessions that EventBridge did not take
    poisoned: list[str] = field(default_factory=list)  # names of the errors, never their texts


def plan(messages: Sequence[Message], *, retention_days: int) -> Plan:
    """An item that cannot be placed becomes a rejection of its own; its neighbours go through."""
    made = Plan()
    sent: dict[str, list[Stored]] = {}
    touches: dict[Key, list[Touch]] = {}
    for message in messages:
        placed: list[Stored] = []
        failed: list[bytes] = []
        expires_s = (message.received_us + retention_days * DAY_US) // 1_000_000
        for index, item in enumerate(message.items):
            if item.kind == "rejection":
                made.rows.append(rejection_row(item, message, index, expires_s=expires_s))
                made.rejections += 1
                continue
            try:
                fact = stored(item, message)
                row = row_of(fact, tenant=message.tenant, auto_attach=message.auto_attach, expires_s=expires_s)
                members = memberships(fact, tenant=message.tenant, expires_s=expires_s + SLACK_US // 1_000_000)
                touch = touch_of(fact.entry, message)
            except Exception as error:  # noqa: BLE001  the edge where one poison event is set apart, recorded with its reason
                made.poisoned.append(type(error).__name__)
                failed.append(item.raw)
                made.rows.append(rejection_row(poisoned(item), message, index, expires_s=expires_s))
                continue
            placed.append(fact)
            made.rows.append(row)
            made.memberships.update(members)
            if touch is not None:
                touches.setdefault(watch_key(touch), []).append(touch)
        made.events += len(placed)
        events = [fact for fact in placed if fact.entry.attribution.kind == "event"]
        sent.setdefault(message.tenant, []).extend(events)
        job = parse_job_id(message.job)
        if job is not None and job.parts:
            made.rows.append(job_row(message, placed, failed, expires_s=expires_s))
    made.touches = {key: joined(*several) for key, several in touches.items()}
    for tenant, facts in sent.items():
        manifests = manifest_rows(tenant, facts, retention_days=retention_days)
        made.rows.extend(manifests)
        made.sent.extend(count_of(tenant, manifest) for manifest in manifests)
    return made


def touch_of(entry: Entry, message: Message) -> Touch | None:
    """What an event means for the session it names or joins; None where it opens, extends and closes nothing.

    TimedOut events of our own (`system`) tell of a watch that was read to its end, and events dated too far ahead
    of their arrival must not keep anything open (DESIGN: they are stored and warned).
    """
    about = entry.attribution
    if about.kind == "entity" or entry.future or message.system:
        return None
    if about.session is None and not (about.auto and about.learner is not None):
        return None
    ends = about.type == "SessionEvent" and about.action in ("LoggedOut", "TimedOut")
    asked = _session_extensions(entry)
    return Touch(
        tenant=message.tenant,
        app_id=message.app_id,
        learner=about.learner,
        edapp=about.edapp,
        session=about.session or auto_session_id(entry, about.edapp, tenant=message.tenant, learner=about.learner),
        explicit=about.session is not None,
        first_us=entry.time_us,
        last_us=entry.time_us,
        arrival_us=entry.received_us,
        ends=ends,
        requires_heartbeat=asked.get("requiresHeartbeat") is True,
        process_insights=asked.get("processInsights") is True,
    )


def _session_extensions(entry: Entry) -> dict[str, object]:
    session = entry.event.get("session")
    extensions = session.get("extensions") if isinstance(session, dict) else None
    return extensions if isinstance(extensions, dict) else {}


def poisoned(item: Item) -> Item:
    """An accepted item that could not be placed, as a rejection that says so."""
    finding = {
        "severity": "error",
        "code": "processing-failed",
        "pointer": "",
        "message": "The event was accepted but could not be processed; it is kept here and can be submitted again.",
        "source": "service",
    }
    return Item("rejection", item.raw, [finding])


def set_apart(row: Row) -> Row:
    """The rejection in place of an event's row that DynamoDB will not take."""
    body = row["body"]
    assert isinstance(body, bytes)
    message = Message(
        tenant=str(row[keys.PK]).partition("#")[0],
        app_id=str(row["app"]),
        job=str(row["job"]),
        received_us=int(str(row["received"])),
    )
    return rejection_row(poisoned(Item("event", packing.expand(body))), message, 0, expires_s=int(str(row[keys.TTL])))


def rejection_row(item: Item, message: Message, index: int, *, expires_s: int) -> Row:
    """One quarantined item with its reasons, newest first within its shard, found by id where it has one."""
    content = body_digest(item.raw)
    row: Row = {
        keys.PK: keys.rejection_pk(message.tenant, keys.shard_of(content, keys.REJECTION_SHARDS)),
        keys.SK: f"{keys.instant(message.received_us)}#{content}",
        keys.TTL: expires_s,
        "body": packing.compress(item.raw),
        "reasons": packing.compress(orjson.dumps(list(item.findings))),
        "received": message.received_us,
        "app": message.app_id,
        "job": message.job,
        "version": message.data_version,
        "index": index,
    }
    event_id = _id_in(item.raw)
    if event_id:
        row[keys.BY_ID_PK] = keys.event_ref(message.tenant, event_id)
    return row


def _id_in(raw: bytes) -> str:
    try:
        return _id_of(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return ""


def _id_of(parsed: object) -> str:
    found = parsed.get("id") if isinstance(parsed, dict) else None
    return found if isinstance(found, str) else ""


def job_row(message: Message, placed: Sequence[Stored], failed: Sequence[bytes], *, expires_s: int) -> Row:
    """The row that answers for one message of a request too large for its job id to carry every event's id.

    `ids` as they were sent; `failed` are those of the items that could not be placed.
    """
    ids = [_id_of(fact.entry.event) or fact.entry.id for fact in placed]
    return {
        keys.PK: keys.job_pk(message.tenant, message.job.partition(".")[0]),
        keys.SK: f"{message.part:05d}",
        keys.TTL: expires_s,
        "ids": packing.compress(orjson.dumps(ids)),
        **({"failed": packing.compress(orjson.dumps([_id_in(raw) for raw in failed]))} if failed else {}),
        "received": message.received_us,
    }


def manifest_rows(tenant: str, facts: Sequence[Stored], *, retention_days: int) -> list[Row]:
    """What this app sent: one row a batch (more where it is very large) with its events' keys.

    `first` and `last` are the earliest and latest time of these events, `sensors` the digests of those that sent them
    (a key's third part says which), so that a reader can pass by what cannot hold what it looks for.
    """
    made: list[Row] = []
    for at in range(0, len(facts), MANIFEST_EVENTS):
        part = sorted(facts[at : at + MANIFEST_EVENTS], key=lambda fact: (fact.entry.received_us, fact.entry.id))
        digests = {sensor: digest(sensor) for sensor in {fact.sensor for fact in part}}
        sensors = sorted(set(digests.values()))
        places = {sensor: sensors.index(name) for sensor, name in digests.items()}
        found = [[fact.pk.partition("#")[2], fact.sk, places[fact.sensor]] for fact in part]
        body = orjson.dumps(found)
        name = body_digest(body)
        received_us = part[-1].entry.received_us
        shard = keys.shard_of(name, keys.MANIFEST_SHARDS)
        made.append(
            {
                keys.PK: keys.manifest_pk(tenant, day_of(received_us), shard),
                keys.SK: f"{keys.instant(received_us)}#{name}",
                keys.TTL: (received_us + retention_days * DAY_US) // 1_000_000,
                "keys": packing.compress(body),
                "count": len(part),
                "first": min(fact.entry.time_us for fact in part),
                "last": max(fact.entry.time_us for fact in part),
                "sensors": sensors,
            }
        )
    return made


def count_of(tenant: str, manifest: Row) -> tuple[Row, Key, int]:
    """What to count of a manifest: the marker by which it is counted once, the row of its app and day, how many."""
    received, _, name = str(manifest[keys.SK]).partition("#")
    day = day_of(keys.instant_us(received))
    marker: Row = {keys.PK: keys.counted_pk(tenant, day), keys.SK: name, keys.TTL: manifest[keys.TTL]}
    return (
        marker,
        (keys.sent_pk(tenant), f"{day}#{keys.shard_of(name, keys.MANIFEST_SHARDS)}"),
        int(str(manifest["count"])),
    )
