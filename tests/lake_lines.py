"""Lines of the archive without an archive: as the lake reads them, and loaded into its tables."""

from typing import Any

import orjson

from functions.core.messages import Item, Kind, Message
from functions.lake.archive_line import ArchiveLine, archive_lines
from functions.lake.feeding import Fed, load
from functions.lake.opened_lake import Lake
from functions.store.archive import lines
from functions.store.keys import tenant_of
from tests.lake_world import NINE_US, PSEUDONYMS
from tests.payloads import APP, Json

KEY = "archive/day=20260302/x.ndjson.gz"


def event(identifier: str, learner: str, **said: Any) -> Json:
    """A plain event of a learner."""
    plain = {
        "id": identifier,
        "type": "ViewEvent",
        "action": "Viewed",
        "actor": learner,
        "object": {"id": "https://app.example.org/lessons/1", "type": "DigitalResource"},
        "eventTime": "2026-03-02T09:00:00.000Z",
        "edApp": APP,
        "session": "urn:x:session",
    }
    return plain | said


def line(
    item: Any, *, kind: Kind = "event", key: str = KEY, app: str = APP, findings: Any = (), **said: Any
) -> ArchiveLine:
    """The line of an item that was sent in a request of its own."""
    request: dict[str, Any] = {"received_us": NINE_US, "job": "j"} | said
    raw = item if isinstance(item, bytes) else orjson.dumps(item)
    message = Message(tenant=tenant_of(app), app_id=app, items=[Item(kind, raw, findings)], **request)
    (only,) = archive_lines(key, lines([message]), PSEUDONYMS)
    return only


def loaded(lake: Lake, *of: ArchiveLine) -> Fed:
    """The rows of lines, in the tables that are made of lines."""
    fed = Fed()
    load(lake, of, {}, rewrite=False, fed=fed)
    return fed
