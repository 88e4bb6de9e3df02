"""Addresses that only others gave with a person: learned wherever they are, and erased wherever they were."""

import json
from typing import Any

import pytest

from functions.core.messages import Item
from functions.core.times import MINUTE_US
from functions.privacy.erase import SETTLED_US, counted, erase
from functions.privacy.person import Person
from functions.store.erasure.keys import ERASURES
from functions.store.erasure.rows import erasures
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, ALIAS, DAYS, TEACHER, ErasingWorld, finding
from tests.unit.query.world import app_of

MAILS = [f"ada{number}@home.example" for number in range(3)]
FRIEND = "https://school.example/people/friend"


def person(mail: str) -> dict[str, str]:
    return {"id": ADA, "type": "Person", "email": mail}


class Letters:
    """First an object that has only addresses, then those by which it is learned whose they are."""

    def __init__(self) -> None:
        self.world = ErasingWorld()
        self.contacts = [self.event(number, extensions={"to": mail}) for number, mail in enumerate(MAILS)]
        self.world.send(*self.contacts)
        self.world.set_clock(601)

    def event(self, number: int, **changed: Any) -> dict[str, Any]:
        identifier = f"urn:uuid:e0e00000-0000-4000-8000-{number:012d}"
        return self.world.event(number, **{"id": identifier, "actor": TEACHER, **changed})

    def erase(self) -> dict[str, int]:
        whom = Person(app=app_of(APP), learners=(ADA,), addresses=())
        return dict(erase(whom, self.world.office(), request="r1", days=DAYS).counts)

    def count(self) -> dict[str, int]:
        whom = Person(app=app_of(APP), learners=(ADA,), addresses=())
        return dict(counted(whom, self.world.office().doors, before_us=self.world.now_us, days=DAYS))

    def named(self) -> list[str]:
        """The addresses that are still kept anywhere."""
        return [mail for mail in MAILS if any(mail in text for text in self.world.held())]

    def contacted(self) -> list[str]:
        """Whom the teacher wrote to."""
        events = [row["event"] for row in self.world.all("/events", "events", actor=TEACHER)]
        return sorted(event["extensions"]["to"] for event in events if "to" in event.get("extensions", {}))


def test_all_that_one_request_says_in_several_items_is_learned() -> None:
    letters = Letters()
    world = letters.world
    said = letters.event(12, extensions={"by": person(MAILS[2])})
    rejected = Item("rejection", json.dumps(said).encode(), [finding("odd")])
    first, second = (
        Item("event", json.dumps(letters.event(10 + number, extensions={"by": person(MAILS[number])})).encode())
        for number in range(2)
    )
    world.send_items(first, second, rejected, Item("event", json.dumps(letters.event(13, actor=FRIEND)).encode()))
    counts = letters.count()
    assert counts["archive lines of others"] == 6
    assert letters.erase() == counts
    assert letters.named() == []
    assert letters.contacted() == [ALIAS] * 3
    noted = erasures(world.table, app_of(APP).tenant).values()
    assert sorted((each.role, each.alias, each.request) for each in noted) == [
        *[("address", ALIAS, "r1")] * 3,
        ("learner", ALIAS, "r1"),
    ]


@pytest.mark.parametrize("number", range(3))
def test_what_each_of_several_requests_says_in_one_object_is_learned(number: int) -> None:
    letters = Letters()
    world, parts = letters.world, []
    for place in range(3):
        said = {"by": person(MAILS[0])} if place == number else {"by": ADA}
        world.send(letters.event(10 + place, extensions=said), received_us=world.now_us + place, stored=False)
        parts += world.parts
    world.set_clock(602)
    world.store(*parts)
    assert letters.erase()["archive lines of others"] == 4
    assert letters.named() == MAILS[1:]
    assert letters.contacted() == sorted([ALIAS, *MAILS[1:]])


def test_an_address_that_leads_to_no_other_object_is_found_by_others_all_the_same() -> None:
    """Each object is walked again with all that was learned before it, until nothing more is."""
    letters = Letters()
    for number in range(3):
        letters.world.set_clock(602 + number)
        letters.world.send(letters.event(10 + number, extensions={"by": person(MAILS[number])}))
    letters.erase()
    assert letters.named() == []


def test_an_erasure_again_learns_too_though_it_knows_only_digests() -> None:
    letters = Letters()
    letters.erase()
    assert letters.named() == MAILS
    items = letters.world.table.items
    known = {
        key: items.pop(key) for key in list(items) if key[0].startswith(ERASURES)
    }  # of a worker that knows not yet
    late = letters.event(10, extensions={"by": person(MAILS[0])})
    letters.world.send(late, received_us=letters.world.now_us - SETTLED_US - MINUTE_US)
    letters.world.table.put_all(known.values())
    letters.world.erase_again()
    assert letters.named() == MAILS[1:]
