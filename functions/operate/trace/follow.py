"""Following one event by its id: where it is, or what became of it. Shows ids, times and codes, never its content.

The order is that of its path: waiting in the queue, dead letter, archive, row, session; a rejection ends it early.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.message_format import Unreadable
from functions.core.messages import unpack
from functions.core.times import MINUTE_US, day_of, format_time
from functions.operate.operator import Operator
from functions.store import keys
from functions.store.archive import PREFIX, S3Archive
from functions.store.dead_letters.visit import Visit
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import rows
from functions.store.quarantine.rejections import Rejection, entry_of, item_of
from functions.store.queue import SqsQueue
from functions.store.rows.events import StoredFact, fact_of_row
from functions.store.rows.sessions import explicit_key

EARLIER_US = 15 * MINUTE_US  # an archive object is named by the first arrival in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One place on the path: whether the event is there, and what is known of it."""

    place: str
    reached: bool
    text: str


def follow(operator: Operator, event_id: str, apps: Iterable[App], *, since_us: int) -> Iterator[Stop]:
    """The stops of the event, in the order of its path. Without a row the archive is searched from `since_us` on."""
    stored: list[StoredFact] = []
    rejected: list[Rejection] = []
    for app in apps:
        stored += [fact_of_row(row) for row in _indexed(operator, keys.event_ref(app.tenant, event_id))]
        rejected += _rejected(operator, keys.rejection_ref(app.tenant, id_digest(event_id)))
    yield from _rejections(rejected)
    yield from _queue(operator)
    yield from _dead_letters(operator, event_id)
    first_us = min((fact.entry.received_us for fact in stored), default=since_us + EARLIER_US)
    yield from _archive(operator, event_id, first_us - EARLIER_US)
    yield from _rows(stored)
    yield from _sessions(operator, stored)


def conclusion(stops: Iterable[Stop]) -> str:
    """One sentence on where the event is."""
    reached = {stop.place: stop for stop in stops if stop.reached}
    if "row" in reached:
        return "It is stored."
    if "rejection" in reached:
        return "It was rejected: `make quarantine APP=… FILE=…` exports it with the reasons, to be corrected."
    if "dead letter" in reached:
        return "It is a dead letter: `make dlq` says why, `make redrive` sends it again."
    if "archive" in reached:
        return "It is in the archive and not in the table: `make replay FROM=… TO=…` stores that day again."
    if "queue" in reached:
        return "It is not stored. Messages wait in the queue, perhaps with it: try again in a minute."
    return "There is no trace of it: it never arrived, it was refused (4xx), or it came before the day in SINCE=."


def _indexed(operator: Operator, ref: str) -> list[Row]:
    places = [key_of(row) for row in rows(operator.events, ref, index=keys.BY_ID)]
    return list(operator.events.get_all(places).values()) if places else []


def _rejected(operator: Operator, ref: str) -> list[Rejection]:
    entries = [entry_of(key_of(row)) for row in rows(operator.events, ref, index=keys.BY_ID)]
    row_by_key = operator.events.get_all([entry.row_key for entry in entries]) if entries else {}
    return [item for item in (item_of(row_by_key, entry) for entry in entries) if item is not None]


def _rejections(rejected: list[Rejection]) -> Iterator[Stop]:
    for rejection in rejected:
        codes = ", ".join(f"{finding.get('code')} at {finding.get('pointer') or '/'}" for finding in rejection.findings)
        received = format_time(rejection.received_us)
        text = f"received {received} by app {rejection.app_id}, job {rejection.job}: {codes}"
        yield Stop(place="rejection", reached=True, text=text)


def _queue(operator: Operator) -> Iterator[Stop]:
    connection = operator.connection
    waiting = SqsQueue(connection.client("sqs"), connection.queue_url).waiting()
    yield Stop(place="queue", reached=waiting > 0, text=f"about {waiting} messages wait or are being stored")


def _dead_letters(operator: Operator, event_id: str) -> Iterator[Stop]:
    connection = operator.connection
    wanted = event_id.encode()
    ids = []
    with Visit(connection.client("sqs"), connection.dlq_url) as visit:
        for batch in visit.batches():
            ids += [
                message["MessageId"] for message in batch if any(wanted in raw for raw in contents(message["Body"]))
            ]
    text = f"in {', '.join(ids)}" if ids else "in none that is visible and can be read"
    yield Stop(place="dead letter", reached=bool(ids), text=text)


def contents(body: str) -> list[bytes]:
    """The items of a message; none if it cannot be read."""
    try:
        return [item.raw for item in unpack(body).items]
    except Unreadable:
        return []


def _archive(operator: Operator, event_id: str, since_us: int) -> Iterator[Stop]:
    archive = S3Archive(operator.connection.client("s3"), operator.connection.bucket)
    first = f"{PREFIX}day={day_of(since_us)}/{since_us:016d}"
    wanted = event_id.encode()
    for key in archive.keys(from_day=day_of(since_us), to_day=day_of(operator.clock())):
        if key < first:
            continue
        if any(wanted in item.raw for message in archive.read(key) for item in message.items):
            yield Stop(place="archive", reached=True, text=key)
            return
    yield Stop(place="archive", reached=False, text=f"in no object since {format_time(since_us)}")


def _rows(stored: list[StoredFact]) -> Iterator[Stop]:
    for fact in stored:
        received = format_time(fact.entry.received_us)
        text = f"received {received} by app {fact.app_id}, job {fact.job or '-'}, at {fact.sk}"
        yield Stop(place="row", reached=True, text=text)
    if not stored:
        yield Stop(place="row", reached=False, text="none under this id")


def _sessions(operator: Operator, stored: list[StoredFact]) -> Iterator[Stop]:
    for fact in stored:
        session = fact.entry.attribution.session
        if session is None:
            text = "it names none; if its learner has one at that time, it is inferred when it is asked for"
            yield Stop(place="session", reached=False, text=text)
            continue
        row, timer = explicit_key(fact.pk, session), (fact.pk, keys.TIMER)
        known = operator.events.get_all([row, timer])
        ended = "has a row: a sitting of it has ended" if row in known else "has no row yet: no sitting of it has ended"
        watched = "is there" if timer in known else "is missing"
        text = f"{session} {ended}; the session timer {watched}"
        yield Stop(place="session", reached=row in known or timer in known, text=text)
