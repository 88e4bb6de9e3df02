"""Watches as rows of the table, found by the sweep through the index of what is due."""

import orjson

from functions.core import packing
from functions.core.sessions.watches import Touch, Watch
from functions.core.times import DAY_US
from functions.store import keys
from functions.store.dynamodb.table import Key, Row, Table, rows

SLACK_US = 31 * DAY_US  # rows that lead to events outlive them, though they are rewritten seldom


def watch_key(one: Touch | Watch) -> Key:
    """Where the watch of a session lies: with its learner, or alone where it has none."""
    if one.learner is None:
        return keys.session_pk(one.tenant, one.session), keys.session_sk(one.session)
    pk = keys.learner_pk(one.tenant, one.learner)
    return pk, keys.session_sk(one.session) if one.explicit else keys.watch_sk(one.edapp or "")


def session_key(watch: Watch, session: str) -> Key:
    """Where a closed session that was made of gaps lies."""
    return watch_key(watch)[0], keys.session_sk(session)


def watch_row(key: Key, watch: Watch, *, expires_s: int) -> Row:
    pk, sk = key
    row: Row = {
        keys.PK: pk,
        keys.SK: sk,
        keys.BY_ID_PK: keys.session_ref(watch.tenant, watch.session),
        keys.TTL: expires_s,
        "tenant": watch.tenant,
        "app": watch.app_id,
        "session": watch.session,
        "explicit": watch.explicit,
        "phase": watch.phase,
        "version": watch.version,
        "from": watch.from_us,
        "deadline": watch.due_us,
    }
    if watch.learner is not None:
        row["learner"] = watch.learner
    if watch.edapp is not None:
        row["edapp"] = watch.edapp
    for name in ("requires_heartbeat", "process_insights", "ended", "unsent"):
        if getattr(watch, name):
            row[name] = True
    if watch.frozen:
        row["frozen"] = packing.compress(orjson.dumps(watch.frozen))  # keeps the row at one write unit
    if watch.phase != "settled" or watch.unsent:
        row[keys.DUE_PK] = keys.due_shard(pk + sk)
        row[keys.DUE_SK] = f"{keys.instant(watch.due_us)}#{sk}"
    return row


def watch_of(row: Row) -> Watch:
    learner, edapp, frozen = row.get("learner"), row.get("edapp"), row.get("frozen")
    return Watch(
        tenant=str(row["tenant"]),
        app_id=str(row["app"]),
        learner=None if learner is None else str(learner),
        edapp=None if edapp is None else str(edapp),
        session=str(row["session"]),
        explicit=bool(row["explicit"]),
        phase=row["phase"],  # type: ignore[arg-type]  # one of the three: only watch_row writes it
        version=int(str(row["version"])),
        from_us=int(str(row["from"])),
        due_us=int(str(row["deadline"])),
        requires_heartbeat=bool(row.get("requires_heartbeat")),
        process_insights=bool(row.get("process_insights")),
        ended=bool(row.get("ended")),
        frozen=orjson.loads(packing.expand(frozen)) if isinstance(frozen, bytes) else {},
        unsent=bool(row.get("unsent")),
    )


def learners_watches(table: Table, tenant: str, session: str) -> list[Key]:
    """Keys of the watches that learners have of a session (one query of `by_id`; it lags by moments)."""
    places = (
        (str(row[keys.PK]), str(row[keys.SK]))
        for row in rows(table, keys.session_ref(tenant, session), index=keys.BY_ID)
    )
    return [(pk, sk) for pk, sk in places if pk != keys.session_pk(tenant, session) and sk.startswith(keys.SESSION)]


def due_keys(table: Table, shard: str, now_us: int, *, limit: int) -> list[Key]:
    """Keys of the watches of one shard that are due, soonest first: one query."""
    page = table.query(shard, index=keys.BY_DUE, end=f"{keys.instant(now_us)}~", limit=limit)
    return [(str(row[keys.PK]), str(row[keys.SK])) for row in page.rows]
