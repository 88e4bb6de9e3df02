"""What a purge tells of each place, by its name, and what it leaves out of its numbers and of its walk."""

from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec import structs

from functions.core.messages import pack
from functions.core.times import MINUTE_US
from functions.privacy.office import add_all
from functions.privacy.purge.emitted import emitted_of
from functions.privacy.purge.purge import purge_once, purges_of
from functions.privacy.purge.rows import Touched
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.erasure.rows import add_erasures
from functions.store.erasure.versions import Version
from tests.unit.privacy.erasing_world import ADA, BEN, ErasingWorld, Sent, opened
from tests.unit.privacy.letter_box import URL, LetterBox
from tests.unit.privacy.test_purge import LEAKED, OWN, purge_of, world_of
from tests.unit.privacy.whole_world import TENANT
from tests.unit.query.world import NINE_US
from tests.versioned_archive import VersionsOf

pytestmark = pytest.mark.slow

LARGE = [  # one request, which has a row of its own
    Sent(who=0, minute=1, number=1),
    Sent(who=0, minute=2, number=1),  # another content under the same id
    Sent(who=0, minute=3, number=2),
    Sent(who=1, minute=4, number=3),
    Sent(who=1, minute=5, kind="bad", number=4),
    Sent(who=1, minute=5, kind="person", number=5),
    Sent(who=1, minute=5, kind="broken", number=6),
]
OTHERS = [Sent(who=1, minute=6, number=7), *(Sent(who=2, minute=7 + each, number=8) for each in range(2))]
BATCHES = [(True, LARGE), (False, OTHERS), (True, [Sent(who=0, minute=10, number=10)])]
DRY = {
    "TimedOut events": 1,  # of Ada, of whom nothing is left
    "archive lines": 8,
    "archive objects": 2,
    "conflicts": 1,
    "dead letters": 1,
    "earlier versions of archive objects": 2,
    "events": 6,
    "jobs": 1,
    "rejections": 2,
}
DONE = DRY | {"archive lines": 9, "archive objects": 3, "manifests": 3}  # that of the TimedOut, too


class Purging:
    """A world with what a leaked credential sent, whose sessions have ended, and the purge of it."""

    def __init__(self, batches: list[tuple[bool, list[Sent]]] = BATCHES) -> None:
        self.world, self.box = world_of(batches, sweeps=True), LetterBox()
        self.purge = purge_of(self.world)

    def run(self, *, applies: bool = True, touched: Touched | None = None) -> dict[str, int]:
        doors = structs.replace(self.world.office().doors, dead_letters=(self.box, URL))
        if applies:
            add_erasures(self.world.table, TENANT, [self.purge.erasure(request="r1")])
        walk = purge_once(self.purge, doors, applies=applies, touched=touched, request="r1")
        return {name: count for name, count in add_all(Counter(), walk).items() if count}

    def rows(self, learner: str) -> list[Row]:
        pk = keys.learner_pk(TENANT, learner)
        return [row for (row_pk, _), row in self.world.table.items.items() if row_pk == pk]


def test_a_purge_tells_every_place_by_its_name_and_a_dry_run_what_can_be_known_before() -> None:
    purging = Purging()
    purging.box.put(pack(structs.replace(purging.world.parts[0], credential=LEAKED)))
    assert purging.run(applies=False) == DRY
    assert purging.run() == DONE
    assert purging.run() == {}
    assert purging.box.bodies() == []


def test_a_second_walk_looks_at_the_timelines_of_the_first() -> None:
    """What the service emitted about it may have been under way when the first came by."""
    purging = Purging([(True, [Sent(who=0, minute=1, number=1)])])
    emitted = [row for row in purging.rows(ADA) if row.get("system")]
    assert len(emitted) == 1
    purging.world.table.delete_all([(str(row[keys.PK]), str(row[keys.SK])) for row in emitted])
    touched: Touched = {}
    assert "TimedOut events" not in purging.run(touched=touched)
    assert touched.keys() == {keys.learner_pk(TENANT, ADA)}
    purging.world.table.put_all(emitted)
    assert purging.run(touched=touched)["TimedOut events"] == 1
    assert purging.rows(ADA) == []
    noted = emitted_of(purging.purge.erasure(request=""), purging.world.table, TENANT)
    assert [(each.role, each.request) for each in noted] == [("event", "r1")]


def test_what_is_not_the_credentials_or_not_of_the_time_stays_in_the_very_object_that_holds_it() -> None:
    world = ErasingWorld()
    parts = []
    for number, (credential, minute) in enumerate([(OWN, 1), (LEAKED, 499), (LEAKED, 500), (LEAKED, 501), (OWN, 2)]):
        received_us = NINE_US + minute * MINUTE_US
        sent = Sent(who=number % 2, minute=minute, number=number)
        world.send_items(sent.item(world), credential=credential, received_us=received_us, stored=False)
        parts += [structs.replace(part, job=f"{number:022d}") for part in world.parts]
    world.set_clock(502)
    world.store(*parts)
    counts = add_all(Counter(), purge_once(purge_of(world), world.office().doors, applies=True))
    assert (counts["events"], counts["archive lines"]) == (2, 2)
    kinds = Counter((line["credential"], line["kind"]) for line in opened(world.archive))
    assert kinds == {(OWN, "event"): 2, (LEAKED, "erased"): 2, (LEAKED, "event"): 1}
    assert {row["event"]["id"][-1] for row in world.all("/events", "events", actor=ADA)} == {"0", "4"}
    assert {row["event"]["id"][-1] for row in world.all("/events", "events", actor=BEN)} == {"3"}


def test_the_purges_on_record_are_as_they_were_asked() -> None:
    world = ErasingWorld()
    purge, other = purge_of(world), structs.replace(purge_of(world), credential=OWN, from_us=5, to_us=6)
    noted = [each.erasure(request="r1") for each in (purge, other)]
    learner = structs.replace(noted[0], role="learner")
    assert purges_of(purge.app, [noted[0], learner, noted[1]]) == [purge, other]
    assert {(each.alias, each.from_us, each.before_us, each.request, each.role) for each in noted} == {
        (LEAKED, purge.from_us, purge.to_us, "r1", "credential"),
        (OWN, 5, 6, "r1", "credential"),
    }
    digests = {each.erasure(request="").digest for each in (purge, other, structs.replace(purge, to_us=7))}
    assert len(digests) == 3


class WithDeleted(VersionsOf):
    """As S3 lists it after somebody deleted the first object: its versions are there, and none is the latest."""

    def objects(self, *, from_day: str, to_day: str) -> Iterator[list[Version]]:
        for number, versions in enumerate(super().objects(from_day=from_day, to_day=to_day)):
            yield versions if number else [structs.replace(version, is_latest=False) for version in versions]


def test_behind_an_object_that_was_deleted_all_others_are_purged() -> None:
    world = world_of([(True, [Sent(who=0, minute=number, number=number)]) for number in range(3)])
    doors = structs.replace(world.office().doors, versions=WithDeleted(world.archive))
    counts = add_all(Counter(), purge_once(purge_of(world), doors, applies=False))
    assert counts["events"] == 2
