"""The events of an app in a span of time, latest first, each once: read off what the app sent, a hundred at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

from functions.core.apps import App
from functions.http.list_formats.columns import COLUMNS
from functions.http.list_formats.text import CSV, NDJSON, csv_text, rows_text
from functions.operate.operator import Operator
from functions.store.dynamodb.row import Key
from functions.store.dynamodb.table import READ_BATCH
from functions.store.facts.answer_row import event_json
from functions.store.rows.events import fact_of_row
from functions.store.sent.days import sent_by_day
from functions.store.sent.order import Order, Span
from functions.store.sent.walk import Walk

NEEDED = 10_000  # events for which a walk reads manifests ahead
TOLD_EVENTS = 10_000  # so often a person hears how far it is
MEDIA_TYPES = {"csv": CSV, "ndjson": NDJSON}


@dataclass(slots=True)
class Exported:
    """How much was written."""

    events: int = 0


def export_events(
    operator: Operator, app: App, from_us: int, to_us: int, form: str, exported: Exported
) -> Iterator[bytes]:
    """The lines of the file, in portions. `session` is the one that an event names; null if it names none."""
    media_type = MEDIA_TYPES[form]
    if media_type == CSV:
        yield csv_text(COLUMNS["events"], ()).encode()
    for keys in _portions(operator, app, Span(start_us=from_us, end_us=to_us)):
        rows = operator.events.get_all(keys)
        items = [event_json(fact_of_row(rows[key]), {}) for key in keys if key in rows]
        if exported.events // TOLD_EVENTS < (exported.events + len(items)) // TOLD_EVENTS:
            operator.progress.note(f"{exported.events + len(items)} events written")
        exported.events += len(items)
        yield rows_text(media_type, {"events": items}, header=False).encode()


def _portions(operator: Operator, app: App, span: Span) -> Iterator[list[Key]]:
    """The places of the events, as many at a time as one read takes."""
    days = sent_by_day(operator.events, app.tenant)
    after: Order | None = None
    waiting: list[Key] = []
    while True:
        walk = Walk(table=operator.events, tenant=app.tenant, needed=NEEDED)
        for arrival in walk.by_time(span, days, after=after):
            waiting.append(arrival.key)
            if len(waiting) == READ_BATCH:
                yield waiting
                waiting = []
        after = walk.stopped_at
        if after is None:
            break
    if waiting:
        yield waiting
