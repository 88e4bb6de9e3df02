"""A copy of everything that is kept of a person, and of no one else, in files that any program opens."""

import io
import json
import zipfile

from functions.privacy.person import find_person
from functions.privacy.person_export import FILES, export_person
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, KINDS, NAME, ErasingWorld, Sent
from tests.unit.query.world import app_of

WORLD = [[Sent(who=who, minute=5 * who + n, kind=kind, session=n % 3, number=n) for n, kind in enumerate(KINDS)]
         for who in range(3)]  # fmt: skip


def exported(world: ErasingWorld, learner: str = ADA) -> zipfile.ZipFile:
    file = io.BytesIO()
    export_person([find_person(world.table, app_of(APP), learner)], world.office().doors, file, now_us=world.now_us)
    return zipfile.ZipFile(file)


def lines(file: zipfile.ZipFile, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read(name).splitlines()]


def test_it_holds_every_event_of_the_person_once_as_it_was_sent() -> None:
    world = ErasingWorld(WORLD)
    file = exported(world)
    answered = [row["event"] for row in world.all("/events", "events", actor=ADA)]
    sent = [line["item"] for line in lines(file, "events.ndjson")]
    key = str
    assert sorted(sent, key=key) == sorted(answered, key=key)
    assert json.loads(file.read("sessions.json")) != []
    assert {line["kind"] for line in lines(file, "others.ndjson")} == {"entity"}
    assert [set(line) & {"item", "text"} for line in lines(file, "rejected.ndjson")] == [{"item"}, {"text"}]


def test_it_holds_nothing_that_others_sent_and_an_index_that_says_how_much_it_is() -> None:
    world = ErasingWorld(WORLD)
    file = exported(world)
    assert f'"actor":"{BEN}"' not in file.read("events.ndjson").decode().replace(": ", ":")
    index = file.read("index.html").decode()
    assert sorted(file.namelist()) == sorted(["index.html", *FILES])
    assert all(f"<td>{name}" in index for name in FILES)
    assert f"<td>{len(lines(file, 'events.ndjson'))}" in index
    assert NAME not in index


def test_after_an_erasure_there_is_nothing_to_export() -> None:
    world = ErasingWorld(WORLD)
    world.erase()
    file = exported(world)
    assert [lines(file, name) for name in FILES if name.endswith(".ndjson")] == [[], [], []]
    assert json.loads(file.read("sessions.json")) == []


def test_it_says_how_much_of_what_came_on_which_day() -> None:
    """Of each file and of each kind, a day at a time."""
    world = ErasingWorld()
    for day in range(3):
        world.set_clock(day * 24 * 60)
        world.send_items_of([Sent(who=0, minute=day * 24 * 60 - number, number=10 * day + number) for number in (1, 2)])
    person = find_person(world.table, app_of(APP), ADA)
    exported = export_person([person], world.office().doors, io.BytesIO(), now_us=world.now_us)
    assert exported.files["events.ndjson"] == 6
    assert exported.days == {(f"2026-03-0{day}", APP, "event"): 2 for day in (2, 3, 4)}
