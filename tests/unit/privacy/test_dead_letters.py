"""Dead letters after an erasure: each without what is the person's, where it was and for the reason that it was."""

import json
from typing import Any

import pytest
from msgspec import structs

from functions.core.messages import Item, Message, pack, unpack
from functions.privacy.erase import begin, counting
from functions.privacy.erasure_context import Erasing
from functions.privacy.person import Person
from functions.privacy.places.dead_letters import erase_from_dead_letters
from functions.store.queue import REASON
from tests.payloads import APP, Json
from tests.unit.privacy.erasing_world import ADA, ALIAS, BEN, DAYS, ErasingWorld
from tests.unit.privacy.letter_box import URL, LetterBox
from tests.unit.query.world import app_of

TENANT = app_of(APP).tenant


class Letters:
    """An erasure of a learner that looks into a box of dead letters."""

    def __init__(self) -> None:
        self.world, self.box = ErasingWorld(), LetterBox()

    def event(self, learner: str, **changed: Any) -> Json:
        return self.world.event(0, actor=learner, **changed)

    def put(self, *events: Json, kinds: tuple[Any, ...] = (), group: str = "g", reason: str = "", **of: Any) -> str:
        return self.box.put(pack(self.message(*events, kinds=kinds, **of)), group=group, reason=reason)

    def message(self, *events: Json, kinds: tuple[Any, ...] = (), **of: Any) -> Message:
        kinds = kinds or ("event",) * len(events)
        items = [
            Item(kind, b"" if kind == "erased" else json.dumps(event).encode())
            for kind, event in zip(kinds, events, strict=True)
        ]
        values: dict[str, Any] = {"tenant": TENANT, "app_id": APP, "job": "j" * 22, "received_us": self.world.now_us}
        return Message(**values | of, items=items)

    def erase(self, *, applies: bool = True) -> list[tuple[str, int]]:
        office = self.world.office()
        person = Person(app=app_of(APP), learners=(ADA,), addresses=())
        doors = structs.replace(office.doors, dead_letters=(self.box, URL))
        erasing: Erasing = counting(person, doors, before_us=self.world.now_us, days=DAYS)
        if applies:
            office = structs.replace(office, doors=doors)
            _, erasing = begin(person, office, request="r", before_us=self.world.now_us, days=DAYS)
        return list(erase_from_dead_letters(erasing))


def test_a_letter_keeps_its_group_its_reason_and_all_that_is_not_the_persons() -> None:
    letters = Letters()
    about = {"about": {"id": ADA, "type": "Person", "name": "Ada"}}
    events = [letters.event(ADA), letters.event(BEN), letters.event(BEN, extensions=about)]
    sent = letters.message(*events, sensor="https://s.example", data_version="v", credential="key", part=3)
    letters.box.put(pack(sent), group="learner-1", reason="TooLarge")
    assert letters.erase() == [("dead letters", 1)]
    (request,) = letters.box.sent
    assert {name: value for name, value in request.items() if name != "MessageBody"} == {
        "QueueUrl": URL,
        "MessageGroupId": "learner-1",
        "MessageAttributes": {REASON: {"DataType": "String", "StringValue": "TooLarge"}},
    }
    assert letters.box.bodies() == [request["MessageBody"]]
    kept = unpack(request["MessageBody"])
    masked = json.loads(kept.items[2].raw)
    assert masked["extensions"] == {"about": {"id": ALIAS, "type": "Person"}}
    assert [item.kind for item in kept.items] == ["erased", "event", "event"]
    assert (kept.items[0].raw, kept.items[1].raw) == (b"", sent.items[1].raw)
    assert structs.replace(kept, items=[]) == structs.replace(sent, items=[])


def test_a_letter_without_group_or_reason_gets_none() -> None:
    letters = Letters()
    letters.put(letters.event(ADA), letters.event(BEN), group="")
    letters.erase()
    (request,) = letters.box.sent
    assert set(request) == {"QueueUrl", "MessageBody"}


@pytest.mark.parametrize("kinds", [("event", "event"), ("erased", "event")])
def test_a_letter_of_which_nothing_is_left_is_not_sent_again(kinds: tuple[Any, ...]) -> None:
    letters = Letters()
    letters.put(letters.event(ADA), letters.event(ADA), kinds=kinds)
    assert letters.erase() == [("dead letters", 1)]
    assert (letters.box.sent, letters.box.bodies()) == ([], [])


def test_each_letter_is_looked_at_whatever_the_one_before_was() -> None:
    letters = Letters()
    letters.box.put("no message")
    letters.put(letters.event(ADA), tenant="another")
    letters.put(letters.event(ADA))
    letters.put(letters.event(BEN))
    letters.box.put("no message either")
    for number in range(12):  # more than SQS gives at once
        letters.put(letters.event(ADA), letters.event(BEN), job=f"{number:022d}")
    unread, letter = ("dead letters that cannot be read", 1), ("dead letters", 1)
    assert letters.erase() == [unread, letter, unread, *[letter] * 12]
    assert [body for body in letters.box.bodies() if body.startswith("no message")] == [
        "no message",
        "no message either",
    ]
    readable = [unpack(body) for body in letters.box.bodies() if not body.startswith("no message")]
    assert sorted((kept.tenant, len(kept.items)) for kept in readable) == sorted(
        [("another", 1), (TENANT, 1), *[(TENANT, 2)] * 12]
    )
    assert not letters.box.hidden & set(letters.box.letters)


def test_a_count_changes_no_letter() -> None:
    letters = Letters()
    letters.put(letters.event(ADA), letters.event(BEN))
    before = letters.box.bodies()
    assert letters.erase(applies=False) == [("dead letters", 1)]
    assert (letters.box.bodies(), letters.box.sent, letters.box.hidden) == (before, [], set())


def test_without_a_queue_of_dead_letters_there_are_none() -> None:
    world = ErasingWorld()
    person = Person(app=app_of(APP), learners=(ADA,), addresses=())
    erasing = counting(person, world.office().doors, before_us=world.now_us, days=DAYS)
    assert list(erase_from_dead_letters(erasing)) == []
