"""Stored facts as rows and back: what one learner (or one session without a learner) did, in time order.

`process` writes these rows, `timeout` and `query` read them. The body is the exact bytes that were sent; who, when,
which session and which run are read off it again by `functions.core.attribution`, so a row cannot disagree with itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct

from functions.aws import keys
from functions.aws.table import Row, Table, rows
from functions.core import packing
from functions.core.attribution import Attribution, attribute
from functions.core.ids import content_digest, digest
from functions.core.messages import Item, Message
from functions.core.timeline import Entry, fields_of, id_of
from functions.core.times import DAY_US, FIRST_US, LAST_US, day_of, parse_time

LOOK_BACK_ROWS = 50  # a page: a silence is usually near


class Stored(Struct, frozen=True):
    """One fact as it is stored: the row's key parts, the entry that folds read, and what the API shows beside it."""

    pk: str
    sk: str
    entry: Entry
    raw: bytes
    app_id: str
    job: str
    warnings: Sequence[Mapping[str, str]]
    sensor: str = ""


def place(tenant: str, attribution: Attribution) -> str:
    """The partition of a fact; it depends on the fact alone, never on what came before (keys.py)."""
    if attribution.kind == "entity":
        return keys.entity_pk(tenant, attribution.id)
    if attribution.learner is not None:
        return keys.learner_pk(tenant, attribution.learner)
    if attribution.session is not None:
        return keys.session_pk(tenant, attribution.session)
    return keys.nobody_pk(tenant, attribution.id)


def stored(item: Item, message: Message) -> Stored:
    """The fact that `item` is. Pure; raises only where the bytes are not what a judge accepted."""
    parsed: dict[str, Any] = orjson.loads(item.raw)
    entry = _entry(parsed, item.kind, content_digest(parsed), message)
    pk, sk = (
        place(message.tenant, entry.attribution),
        keys.event_sk(entry.time_us, entry.id or entry.content, entry.content),
    )
    return Stored(pk, sk, entry, item.raw, message.app_id, message.job, item.findings, message.sensor)


def _entry(parsed: Mapping[str, Any], kind: str, content: str, message: Message) -> Entry:
    if kind == "heartbeat":
        attribution = _heartbeat(parsed, content)
    else:
        attribution = attribute(parsed, auto_attach=message.auto_attach, received_us=message.received_us)
    return Entry(
        time_us=attribution.time_us,
        received_us=message.received_us,
        id=attribution.id,
        content=content,
        attribution=attribution,
        event=parsed,
    )


def _heartbeat(parsed: Mapping[str, Any], content: str) -> Attribution:
    """A heartbeat as `validate` completed it: the session it keeps open, whose session that is, and when."""
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
        course=None,
        edapp=parsed.get("edApp"),
    )


def row_of(fact: Stored, *, tenant: str, auto_attach: bool, expires_s: int) -> Row:
    entry, attribution = fact.entry, fact.entry.attribution
    row: Row = {
        keys.PK: fact.pk,
        keys.SK: fact.sk,
        keys.TTL: expires_s,
        "body": packing.compress(fact.raw),
        "received": entry.received_us,
        "app": fact.app_id,
        "job": fact.job,
    }
    if attribution.kind == "heartbeat":
        row["kind"] = "heartbeat"
    elif entry.id:
        row[keys.BY_ID_PK] = keys.event_ref(tenant, entry.id)
    if auto_attach:
        row["auto"] = True
    if fact.sensor:
        row["sensor"] = fact.sensor
    if fact.warnings:
        row["warnings"] = packing.compress(orjson.dumps(list(fact.warnings)))
    return row


def stored_of(row: Row) -> Stored:
    """The fact that `row_of` stored."""
    body, found = row["body"], row.get("warnings")
    assert isinstance(body, bytes)
    raw = packing.expand(body)
    _, _, _, content = str(row[keys.SK]).split("#")
    message = Message(
        tenant=str(row[keys.PK]).partition("#")[0],
        app_id=str(row["app"]),
        job=str(row["job"]),
        received_us=int(str(row["received"])),
        auto_attach=bool(row.get("auto")),
    )
    warnings = orjson.loads(packing.expand(found)) if isinstance(found, bytes) else []
    entry = _entry(orjson.loads(raw), str(row.get("kind", "event")), content, message)
    sensor = str(row.get("sensor", ""))
    return Stored(str(row[keys.PK]), str(row[keys.SK]), entry, raw, message.app_id, message.job, warnings, sensor)


def told(event: dict[str, Any]) -> Entry:
    """Our own TimedOut as the fold reads it, for while it is still on its way through the queue."""
    about = attribute(event, auto_attach=False, received_us=FIRST_US)
    return Entry(
        time_us=about.time_us,
        received_us=about.time_us,
        id=about.id,
        content=content_digest(event),
        attribution=about,
        event=event,
    )


def correlations(attribution: Attribution) -> set[str]:
    """The sessions and runs under which a fact can be asked for."""
    if attribution.kind == "entity":
        return set()
    return {found for found in (attribution.session, attribution.run) if found is not None}


def address(email: str) -> str:
    """An email address as what a learner can be found by."""
    return "mailto:" + email.strip().lower()


def address_of(entry: Entry) -> str | None:
    """The learner's address, where the event gives it with the learner (TimebackUser; Person of dialect B)."""
    actor = fields_of(entry.event.get("actor"))
    email = actor.get("email") or fields_of(actor.get("extensions")).get("email")
    is_learner = entry.attribution.learner is not None and id_of(actor) == entry.attribution.learner
    return address(email) if is_learner and isinstance(email, str) and "@" in email else None


def membership_rows(fact: Stored, *, tenant: str, expires_s: int) -> list[Row]:
    """Where to look: one row a day for each session and run, one for all days for a learner's address."""
    day = day_of(fact.entry.time_us)
    found = [(correlation, day) for correlation in sorted(correlations(fact.entry.attribution))]
    mail = address_of(fact.entry)
    if mail is not None:
        found.append((mail, ""))
    learner = fact.entry.attribution.learner or ""
    return [_membership(fact.pk, tenant, correlation, day, learner, expires_s) for correlation, day in found]


@lru_cache(maxsize=4096)  # all events of a session in a batch say the same
def _membership(pk: str, tenant: str, correlation: str, day: str, learner: str, expires_s: int) -> Row:
    return {
        keys.PK: pk,
        keys.SK: keys.membership_sk(correlation, day),
        keys.BY_ID_PK: keys.membership_ref(tenant, correlation),
        keys.TTL: expires_s,
        "correlation": correlation,
        **({"learner": learner} if learner else {}),
    }


def between(table: Table, pk: str, from_us: int, to_us: int, *, consistent: bool = False) -> Iterator[Stored]:
    """Facts of a partition with from_us ≤ time ≤ to_us, oldest first."""
    start, end = keys.EVENT + keys.instant(from_us), keys.EVENT + keys.instant(to_us) + keys.HIGHEST
    return map(stored_of, rows(table, pk, start=start, end=end, consistent=consistent))


def until_quiet(
    table: Table, pk: str, from_us: int, to_us: int, *, quiet_us: int, consistent: bool = False
) -> list[Stored]:
    """Facts from `from_us` to `to_us` and beyond on both sides, up to the first silence longer than `quiet_us`.

    Sessions cannot reach across such a silence, so a fold of what is returned tells the truth about each it holds.
    """
    found: list[Stored] = []
    from_us = _quiet_before(table, pk, from_us, quiet_us, consistent)
    last_us = to_us
    later = keys.EVENT + keys.HIGHEST
    ahead = rows(table, pk, start=keys.EVENT + keys.instant(from_us), end=later, consistent=consistent)
    for fact in map(stored_of, ahead):
        if fact.entry.time_us - last_us > quiet_us:
            break
        last_us = max(last_us, fact.entry.time_us)
        found.append(fact)
    return found


def chunks(table: Table, pk: str, from_us: int, *, quiet_us: int, consistent: bool = False) -> Iterator[list[Stored]]:
    """Facts from `from_us` on (and back to the silence before), cut at every silence longer than `quiet_us`."""
    held: list[Stored] = []
    start = keys.EVENT + keys.instant(_quiet_before(table, pk, from_us, quiet_us, consistent))
    end = keys.EVENT + keys.HIGHEST
    for fact in map(stored_of, rows(table, pk, start=start, end=end, consistent=consistent)):
        if held and fact.entry.time_us - held[-1].entry.time_us > quiet_us:
            yield held
            held = []
        held.append(fact)
    if held:
        yield held


def _quiet_before(table: Table, pk: str, from_us: int, quiet_us: int, consistent: bool) -> int:
    """The first fact after the last silence before `from_us` (or `from_us` itself)."""
    earlier = keys.EVENT + keys.instant(from_us - 1) + keys.HIGHEST
    for row in rows(
        table, pk, start=keys.EVENT, end=earlier, descending=True, limit=LOOK_BACK_ROWS, consistent=consistent
    ):
        time_us = keys.instant_us(str(row[keys.SK]).split("#")[1])
        if from_us - time_us > quiet_us:
            break
        from_us = time_us
    return from_us


def days_of(table: Table, pk: str, correlation: str) -> list[str]:
    """The UTC days (`20260127`) on which facts of a session or run lie in this partition, in order."""
    prefix = f"{keys.membership_sk(correlation, '')}"
    return [str(row[keys.SK]).rpartition("#")[2] for row in rows(table, pk, start=prefix, end=prefix + keys.HIGHEST)]


def day_span_us(day: str) -> tuple[int, int]:
    """First and last microsecond of a UTC day."""
    start = parse_time(f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z")
    assert start is not None
    return start, start + DAY_US - 1


def of_session(
    table: Table, pk: str, session: str, *, from_us: int, quiet_us: int, consistent: bool = False
) -> list[Stored]:
    """Every fact that can bear on an explicit session: its days, each extended to the silence around it.

    With those that name the session and no learner, which lie apart: a client's TimedOut (seed 000) says no user.
    """
    spans = [(from_us, from_us)] + [day_span_us(day) for day in days_of(table, pk, session)]
    found: dict[tuple[int, str, str], Stored] = {}
    for start, end in merged(spans):
        for fact in until_quiet(table, pk, start, end, quiet_us=quiet_us, consistent=consistent):
            found[fact.entry.time_us, fact.entry.id, fact.entry.content] = fact
    apart = keys.session_pk(pk.partition("#")[0], session)
    if apart != pk:
        for fact in between(table, apart, FIRST_US, LAST_US, consistent=consistent):
            found[fact.entry.time_us, fact.entry.id, fact.entry.content] = fact
    return [found[place] for place in sorted(found)]


def whole(table: Table, facts: Sequence[Stored], *, quiet_us: int, consistent: bool = False) -> list[Stored]:
    """`facts` of one partition with those of every explicit session among them that began before them.

    Only then can a fold tell whether such a session was still open when a fact without a session came.
    """
    if not any(fact.entry.attribution.auto for fact in facts):
        return list(facts)
    pk, first_us = facts[0].pk, facts[0].entry.time_us
    named = {fact.entry.attribution.session for fact in facts} - {None}
    places = {(pk, keys.session_sk(str(session))): str(session) for session in named}
    found = {(fact.entry.time_us, fact.entry.id, fact.entry.content): fact for fact in facts}
    for place, row in table.get_all(places).items() if places else ():
        from_us = int(str(row["from"]))
        if row["explicit"] and from_us < first_us:
            session = places[place]
            for fact in of_session(table, pk, session, from_us=from_us, quiet_us=quiet_us, consistent=consistent):
                found[fact.entry.time_us, fact.entry.id, fact.entry.content] = fact
    return [found[place] for place in sorted(found)]


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one, in order."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def body_digest(raw: bytes) -> str:
    """A digest of bytes that may be no JSON."""
    return digest(raw.decode("utf-8", "replace"))
