"""What an erasure tells of each place, by its name: over a world with a few of everything."""

from collections import Counter

import pytest

from functions.privacy.erase import counted, erase
from tests.unit.privacy.erasing_world import DAYS
from tests.unit.privacy.whole_world import WholeWorld

pytestmark = pytest.mark.slow

EVERYTHING = {
    "addresses": 2,  # by mail, and by the id of OneRoster
    "aliases": 2,
    "archive lines": 17,  # 8 events and 4 TimedOuts, 2 entities, 3 rejections
    "archive lines of others": 5,
    "archive objects": 10,
    "conflicts": 2,
    "copies for people": 2,
    "daily totals": 3,  # two of the person's id, one of its alias
    "dead letters": 3,
    "dead letters that cannot be read": 2,
    "describes": 2,
    "dropped files": 2,
    "dropped files that are being imported": 1,
    "earlier versions of archive objects": 2,
    "event index rows": 5,  # two runs on two days, a session
    "events": 12,
    "events of others": 2,
    "jobs": 2,
    "learners of courses": 6,  # two courses, each with its row and two months
    "login rows": 1,
    "manifests": 7,
    "rejected lines of dropped files": 2,
    "rejections": 3,
    "rejections that name the learner": 3,
    "rivals": 2,
    "roster rows": 2,
    "session timers": 2,
    "sessions": 4,
}
AGAIN = {"dead letters that cannot be read": 2, "dropped files that are being imported": 1}


def test_a_count_tells_every_place_by_its_name() -> None:
    world = WholeWorld()
    assert counted(world.person(), world.office().doors, before_us=world.now_us, days=DAYS) == EVERYTHING


def test_an_erasure_tells_the_same_and_finds_nothing_more_than_once() -> None:
    world = WholeWorld()
    person = world.person()
    counts = Counter(erase(person, world.office(), request="r1", days=DAYS).counts)
    assert counts == Counter(EVERYTHING) + Counter(AGAIN), "what stays is told by each of the two walks"
    assert erase(person, world.office(), request="r2", days=DAYS).counts == dict(Counter(AGAIN) + Counter(AGAIN))


def test_places_are_told_in_the_order_of_their_names() -> None:
    world = WholeWorld()
    assert list(erase(world.person(), world.office(), request="r1", days=DAYS).counts) == sorted(EVERYTHING)
