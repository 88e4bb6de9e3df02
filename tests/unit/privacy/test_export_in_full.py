"""Each file of a copy in full: every kind of item and session of a person, in order of receipt, and nothing else."""

import io
import json
import zipfile
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.messages import Item, Message
from functions.core.times import DAY_US, format_time
from functions.privacy.person import Person
from functions.privacy.person_export import FILES, Exported, export_person
from functions.store.archive import lines, object_key
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, ErasingWorld, finding
from tests.unit.query.world import NINE_US, OTHER_APP, app_of

ALSO_ADA, ADAM = "https://school.example/people/ada", f"{ADA}23"
SENSOR = "https://sensor.example"


class Copying:
    """A world whose archive a test fills message by message, and the copy of a person."""

    def __init__(self) -> None:
        self.world = ErasingWorld()
        self.world.register(OTHER_APP)
        self.sent = 0

    def archive(self, *items: Item, app: str = APP, received_us: int = NINE_US, **of: Any) -> str:
        """One message in an object of its own; its key."""
        self.sent += 1
        values = {"job": f"{self.sent:022d}", "sensor": SENSOR} | of
        message = Message(
            tenant=app_of(app).tenant, app_id=app, received_us=received_us + self.sent, items=list(items), **values
        )
        return self.world.archive.put(object_key([message]), list(lines([message])))

    def copy(self, *people: Person) -> tuple[Exported, zipfile.ZipFile]:
        file = io.BytesIO()
        people = people or (person(ADA),)
        exported = export_person(iter(people), self.world.office().doors, file, now_us=NINE_US)
        return exported, zipfile.ZipFile(file)

    def event(self, learner: str, minute: int = 0, **changed: Any) -> bytes:
        return json.dumps(self.world.event(minute, actor=learner, **changed)).encode()


def person(*learners: str, app: App | None = None) -> Person:
    return Person(app=app or app_of(APP), learners=learners, addresses=())


def of_file(file: zipfile.ZipFile, name: str) -> list[Any]:
    return [json.loads(line) for line in file.read(f"{name}.ndjson").splitlines()]


def said(kind: str, number: int = 1, *, app: str = APP, sensor: str = SENSOR, **more: Any) -> dict[str, Any]:
    """A line of a copy, of the message with that number."""
    received = format_time(NINE_US + number)
    return {"kind": kind, "app": app, "receivedAt": received, "sensor": sensor, "findings": [], **more}


def test_each_item_is_in_its_file_with_all_that_was_said_of_it() -> None:
    copying = Copying()
    event, rejected = copying.event(ADA), copying.event(ADA, 1)
    entity = json.dumps({"id": ADA, "type": "Person", "name": "Ada"}).encode()
    beat = json.dumps({"learner": ADA, "sessionId": "urn:s", "eventTime": "2026-03-02T09:00:00Z"}).encode()
    broken = f'{{"actor":"{ADA}"'.encode() + b"\xff"
    warned, odd = finding("a warning"), finding("odd")
    copying.archive(
        Item("event", event, [warned]),
        Item("erased", b""),
        Item("entity", entity),
        Item("heartbeat", beat),
        Item("rejection", rejected, [odd, warned]),
        Item("rejection", broken, [odd]),
    )
    exported, file = copying.copy()
    assert of_file(file, "events") == [said("event", findings=[warned], item=json.loads(event))]
    assert of_file(file, "others") == [
        said("entity", item=json.loads(entity)),
        said("heartbeat", item=json.loads(beat)),
    ]
    assert of_file(file, "rejected") == [
        said("rejection", findings=[odd, warned], item=json.loads(rejected)),
        said("rejection", findings=[odd], text=f'{{"actor":"{ADA}"\ufffd'),
    ]
    assert file.read("sessions.json") == b"[]"
    assert exported.files == {"events.ndjson": 1, "others.ndjson": 2, "rejected.ndjson": 2, "sessions.json": 0}
    assert exported.days == {
        ("2026-03-02", APP, kind): count
        for kind, count in (("event", 1), ("entity", 1), ("heartbeat", 1), ("rejection", 2))
    }


def test_bytes_are_as_they_were_sent_each_item_on_a_line() -> None:
    copying = Copying()
    raw = json.dumps(copying.world.event(0, actor=ADA, extensions={"a": [1.50, 1e3]}), indent=1).encode()
    raw = raw.replace(b"\n", b"\r\n").replace(b"1.5", b"1.50")
    copying.archive(Item("event", raw))
    copying.archive(Item("event", copying.event(ADA, 1)))
    _, file = copying.copy()
    first, second = file.read("events.ndjson").split(b"\n")[:2]
    assert raw.replace(b"\r\n", b"  ") in first
    assert json.loads(second)["item"]["actor"] == ADA
    assert file.read("events.ndjson").count(b"\n") == 2


def test_each_content_is_in_it_once_in_the_order_of_receipt() -> None:
    copying = Copying()
    events = [copying.event(ADA, number) for number in range(3)]
    copying.archive(Item("event", events[2]), Item("event", events[2]), Item("event", events[0]))
    copying.archive(Item("event", events[0]), Item("event", events[1]), Item("rejection", events[1]))
    copying.archive(Item("event", events[1]), sensor="https://another.example")
    exported, file = copying.copy()
    assert of_file(file, "events") == [
        said("event", number, item=json.loads(raw)) for number, raw in ((1, events[2]), (1, events[0]), (2, events[1]))
    ]
    assert of_file(file, "rejected") == [said("rejection", 2, item=json.loads(events[1]))]
    assert sum(exported.days.values()) == 4


def test_what_others_sent_is_left_out_and_hides_nothing() -> None:
    copying = Copying()
    gone = copying.archive(Item("event", copying.event(ADA, 9)))
    of_ben = copying.event(BEN, extensions={"about": ADA})
    (version,) = copying.world.archive.of(gone)
    copying.world.archive.delete(version)
    kept = copying.event(ADA, 1)
    copying.archive(Item("event", of_ben), Item("event", copying.event(ADAM)), Item("erased", b""), Item("event", kept))
    copying.archive(Item("event", copying.event(ADA, 2)), app=OTHER_APP)
    last = copying.event(ADA, 3)
    copying.archive(Item("event", last))
    _, file = copying.copy()
    assert [line["item"] for line in of_file(file, "events")] == [json.loads(kept), json.loads(last)]


@pytest.mark.parametrize("spelling", [ADA.replace("/", r"\/"), f" {ADA} ", ADA.replace("s", r"\u0073")])
def test_a_person_is_found_in_every_spelling_of_their_id(spelling: str) -> None:
    copying = Copying()
    copying.archive(Item("event", copying.event("WHO").replace(b"WHO", spelling.encode())))
    exported, _ = copying.copy()
    assert exported.files["events.ndjson"] == 1


def test_what_is_of_an_alias_or_of_another_day_or_app_is_in_it_too() -> None:
    copying = Copying()
    copying.archive(Item("event", copying.event(ADA)), received_us=NINE_US + DAY_US)
    copying.archive(Item("event", copying.event(ALSO_ADA, 1)))
    copying.archive(Item("event", copying.event(ADA, 2)), app=OTHER_APP)
    named = App(app_id=OTHER_APP, tenant=app_of(OTHER_APP).tenant, name="The <Other>")
    exported, file = copying.copy(person(ADA, ALSO_ADA), person(ADA, app=named))
    assert [(line["app"], line["item"]["actor"], line["receivedAt"][:10]) for line in of_file(file, "events")] == [
        (APP, ALSO_ADA, "2026-03-02"),
        (APP, ADA, "2026-03-03"),
        (OTHER_APP, ADA, "2026-03-02"),
    ]
    assert exported.days == {
        ("2026-03-02", APP, "event"): 1,
        ("2026-03-03", APP, "event"): 1,
        ("2026-03-02", OTHER_APP, "event"): 1,
    }
    index = file.read("index.html").decode()
    assert f"<p>Learner: {ALSO_ADA}, {ADA}<br>Apps: {APP}, The &lt;Other&gt;<br>Made: 2026-03-02T09:00:00" in index
    assert index.startswith('<!doctype html><html lang="en"><meta charset="utf-8">')
    assert "<style>body{font:" in index
    rows = [f"<tr><td>{name}<td>{what}<td>{exported.files[name]}" for name, what in FILES.items()]
    assert "<th>entries\n" + "\n".join(rows) + "</table>" in index
    days = [f"<tr><td>2026-03-0{day}<td>{app}<td>event<td>1" for day, app in ((2, OTHER_APP), (2, APP), (3, APP))]
    assert "<th>count\n" + "\n".join(days) + "</table>" in index


def test_every_session_of_every_id_is_in_it_as_it_is_answered() -> None:
    copying = Copying()
    world, session = copying.world, "urn:uuid:5e550000-0000-4000-8000-000000000001"
    for number, (learner, more) in enumerate([(ADA, {}), (ADA, {"session": session}), (ALSO_ADA, {}), (BEN, {})]):
        world.set_clock(60 + number)
        world.send(world.event(number, actor=learner, **more))
    for minute in (600, 700):
        world.set_clock(minute)
        world.sweep()
        world.drain()
    exported, file = copying.copy(person(ADA, ALSO_ADA))
    sessions = json.loads(file.read("sessions.json"))
    answered = [
        {"app": APP, **row} for name in (ADA, ALSO_ADA) for row in world.all("/sessions", "sessions", actor=name)
    ]
    assert sorted(sessions, key=str) == sorted(answered, key=str)
    assert len(sessions) == exported.files["sessions.json"] == 3
    assert file.read("sessions.json").startswith(b"[\n  {\n    ")
    assert file.namelist() == ["index.html", *FILES]
    assert {entry.compress_type for entry in file.infolist()} == {zipfile.ZIP_DEFLATED}
