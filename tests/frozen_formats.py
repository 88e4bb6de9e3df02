"""`python -m tests.frozen_formats FOLDER` freezes what today's code puts into the queue, the archive and the table.

One small school day of made-up ids that holds every kind of item and row. `tests/unit/test_formats.py` reads what was
frozen, and holds that today's code writes nothing else.
"""

import base64
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from functions.core.apps import App
from functions.core.caliper.validator import validate_items
from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message, pack, unpack
from functions.core.times import FIRST_US, MINUTE_US, format_time
from functions.http.cursors import binding, cursor
from functions.http.gate import CLIENT_SCOPES, KEY_SCOPES
from functions.store import keys
from functions.store.archive import lines
from functions.store.dynamodb.row import Row
from functions.store.people.aliases import add_alias
from functions.store.people.roster import Enrolment, RosterCourse, RosterUser, put_roster
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from functions.store.rows.credentials import KEY_ID_PREFIX, digest_of
from functions.storing.pipeline import process
from tests.frozen_subscriptions import put_subscriptions
from tests.payloads import Json
from tests.world import NINE_US, PROCESS, World

APP_ID = "https://app.example.org"
CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"
LEARNER = "urn:uuid:00000000-0000-4000-8000-0000000000a1"
SESSIONS = [f"urn:uuid:00000000-0000-4000-8000-0000000000b{number}" for number in range(3)]
ALIAS = "urn:uuid:00000000-0000-4000-8000-0000000000a2"
RUN = "urn:uuid:00000000-0000-4000-8000-0000000000c1"
COURSE = "urn:uuid:00000000-0000-4000-8000-0000000000d1"
AGENT = {"id": "https://app.example.org/agent", "type": "SoftwareApplication"}
REGISTERED = App(
    app_id=APP_ID,
    tenant=keys.tenant_of(APP_ID),
    name="App",
    edapps=(APP_ID, "https://lms.example.org/*"),
    auto_attach=True,
    idle=((FIRST_US, 30.0), (NINE_US + 300 * MINUTE_US, 240.0)),
    heartbeat=((FIRST_US, 5.0),),
)
CURSOR_TENANT = keys.tenant_of("https://frozen.example.org/app")
STRICT_ID = "https://strict.example.org"
STRICT = App(app_id=STRICT_ID, tenant=keys.tenant_of(STRICT_ID), strict=True, unique_ids=True)


def time_at(minute: float) -> str:
    return format_time(NINE_US + round(minute * MINUTE_US))


def event(number: int, minute: float, **changed: Any) -> Json:
    return {
        "@context": CONTEXT,
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "type": "ViewEvent",
        "profile": "ReadingProfile",
        "actor": {"id": LEARNER, "type": "Person"},
        "action": "Viewed",
        "object": {"id": "https://app.example.org/pages/1", "type": "Document"},
        "eventTime": time_at(minute),
        "edApp": APP_ID,
        **changed,
    }


def of_session(number: int, minute: float, action: str, session: Json) -> Json:
    app = {"id": APP_ID, "type": "SoftwareApplication"}
    names = {"type": "SessionEvent", "profile": "SessionProfile", "action": action}
    return event(number, minute, **names, object=app, session={"type": "Session", **session})


def time_spent(number: int, minute: float) -> Json:
    activity = {"id": "https://app.example.org/activities/1", "name": "Activity"}
    return event(
        number,
        minute,
        type="TimeSpentEvent",
        profile="TimebackProfile",
        action="SpentTime",
        actor={"id": LEARNER, "type": "TimebackUser", "email": "learner-a1@example.org"},
        object={
            **activity,
            "type": "TimebackActivityContext",
            "subject": "Math",
            "app": {"id": APP_ID, "name": "App"},
            "course": {"id": COURSE, "name": "Course"},
            "activity": activity,
        },
        generated={
            "id": "https://app.example.org/metrics/1",
            "type": "TimebackTimeSpentMetricsCollection",
            "items": [{"type": "active", "value": 60, "startDate": time_at(minute - 1), "endDate": time_at(minute)}],
        },
        extensions={"runId": RUN},
    )


class Day:
    """The day: what was queued by name, what was archived, and the table."""

    def __init__(self) -> None:
        self.world = World()
        self.bodies: dict[str, str] = {}
        self._sent = 0
        registry = Registry(self.world.table)
        for app in (REGISTERED, STRICT):
            registry.add_app(app, now_us=NINE_US)
        registry.add_key("a sensor key", app=REGISTERED, scopes=KEY_SCOPES, label="sensor", now_us=NINE_US)
        registry.add_client("a-client", app=REGISTERED, scopes=CLIENT_SCOPES, label="client", now_us=NINE_US)
        registry.put_course(REGISTERED, Course(id=COURSE, lessons=12))
        add_alias(self.world.table, REGISTERED.tenant, person=LEARNER, alias=ALIAS)
        put_roster(
            self.world.table,
            REGISTERED.tenant,
            users=[RosterUser(learner=LEARNER, name="Given Family")],
            courses=[RosterCourse(course=COURSE, title="Course")],
            enrolments=[Enrolment(learner=LEARNER, course=COURSE, name="Given Family")],
            imported_us=NINE_US,
        )
        put_subscriptions(self.world.table, REGISTERED.tenant, APP_ID)

    def send(self, name: str, minute: float, items: list[Item]) -> None:
        """Items of one request, through the queue."""
        self._sent += 1
        received_us = NINE_US + round(minute * MINUTE_US)
        ids = [json.loads(item.raw)["id"] for item in items if item.kind == "event"]
        self.bodies[name] = pack(
            Message(
                tenant=REGISTERED.tenant,
                app_id=APP_ID,
                job=job_id(job_key(received_us, bytes([self._sent] * 8)), ids, 1),
                received_us=received_us,
                sensor="https://app.example.org/sensor",
                data_version=CONTEXT,
                send_time=format_time(received_us - 1_250_000),
                credential=KEY_ID_PREFIX + digest_of("a sensor key"),
                auto_attach=True,
                items=items,
            )
        )
        self._store([self.bodies[name]], minute)

    def sweep(self, minute: float) -> None:
        """A sweep, and what it queued."""
        self.world.set_clock(minute)
        self.world.sweep()
        queued = self.world.queue.take()
        for number, body in enumerate(queued):
            self.bodies[f"TimedOut at minute {minute}, {number}"] = body
        if queued:
            self._store(queued, minute)

    def _store(self, bodies: Iterable[str], minute: float) -> None:
        self.world.set_clock(minute)
        messages = [unpack(body) for body in bodies]
        table, archive = self.world.table, self.world.archive
        process(messages, table=table, archive=archive, settings=PROCESS, now_us=self.world.now_us)


def validated(*events: Any) -> list[Item]:
    """Items as `validate` queues them."""
    raws = [json.dumps(event, separators=(",", ":")).encode() for event in events]
    items = []
    for raw, verdict in zip(raws, validate_items(raws, data_version=CONTEXT, app=REGISTERED), strict=True):
        kind: Any = ("entity" if verdict.kind == "entity" else "event") if verdict.accepted else "rejection"
        items.append(Item(kind, raw, [finding.as_dict() for finding in verdict.findings]))
    return items


def a_day() -> Day:
    """Every kind of item, and what becomes of each."""
    day = Day()
    asks = {"requiresHeartbeat": True, "processInsights": True}
    login = {"id": SESSIONS[0], "startedAtTime": time_at(0), "user": LEARNER, "extensions": asks}
    day.send(
        "events",
        10,
        validated(
            of_session(1, 0, "LoggedIn", login),
            event(2, 1, session=SESSIONS[0]),
            event(3, 2, session="urn:tag:auto-attach"),
            time_spent(4, 3),
            event(5, 4, actor=AGENT, session=SESSIONS[1]),
            event(6, 5, actor=AGENT),
            event(12, 6, edApp="https://lms.example.org/2"),
        ),
    )
    day.send(
        "events with warnings",
        10,
        validated(event(7, 6, id="00000000-0000-4000-8000-000000000007"), event(8, 7, action="Peeked")),
    )
    described = {"@context": CONTEXT, "id": "https://app.example.org/pages/1", "type": "Document"}
    day.send("entities", 10, validated({**described, "name": "Page", "dateModified": time_at(-60)}, described))
    unfinished = {name: value for name, value in event(9, 8).items() if name != "eventTime"}
    day.send("rejections", 10, validated(unfinished, 7))
    beat = {"type": "Heartbeat", "sessionId": SESSIONS[0], "eventTime": time_at(8), "edApp": APP_ID, "learner": LEARNER}
    day.send("heartbeat", 10, [Item("heartbeat", json.dumps(beat).encode())])
    day.send("a conflict", 11, validated(event(10, 9), event(10, 9.5)))
    for minute in (60, 61):
        day.sweep(minute)
    ended = {"id": SESSIONS[2], "endedAtTime": time_at(150)}
    named = [event(20 + number, 120 + 10 * number, session=SESSIONS[2]) for number in range(2)]
    day.send("events of a session", 151, validated(*named, of_session(23, 150, "LoggedOut", ended)))
    day.sweep(200)
    day.send("a large envelope", 210, validated(*(event(100 + number, 200 + number / 10) for number in range(12))))
    return day


def written(row: Row) -> dict[str, Any]:
    """A row as JSON, with bytes as base64."""
    return {
        name: {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in sorted(row.items())
    }


def main(folder: Path) -> None:
    day = a_day()
    folder.mkdir(parents=True)  # what is frozen stays as it is
    archived = b"".join(lines(unpack(body) for body in day.bodies.values()))
    rows = [written(row) for _, row in sorted(day.world.table.items.items())]
    (folder / "messages.json").write_text(json.dumps(day.bodies, indent=1) + "\n")
    (folder / "archive.ndjson").write_bytes(archived)
    (folder / "cursor.txt").write_text(cursor(binding("/events", CURSOR_TENANT), CURSOR_TENANT, "position") + "\n")
    (folder / "rows.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
