"""Objects of the archive that are rewritten: while others write them, with all their versions, and line by line."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec import structs

from functions.core.messages import Item
from functions.privacy.erase import begin
from functions.privacy.erasure_context import Erasing
from functions.privacy.person import Person
from functions.privacy.places.archive_objects import TRIES, Rewritten, erase_from_archive
from functions.store.erasure.versions import Version
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, ALIAS, BEN, DAYS, ErasingWorld, Sent, finding, opened
from tests.unit.query.world import app_of
from tests.versioned_archive import VersionsOf

pytestmark = pytest.mark.slow


class Objects:
    """A world whose archive is walked by an erasure of Ada."""

    def __init__(self, *batches: list[Sent]) -> None:
        self.world = ErasingWorld(list(batches), sweeps=False)
        self.versions = VersionsOf(self.world.archive)
        self.notes: list[str] = []

    def erasing(self, *, applies: bool = True) -> Erasing:
        office = self.world.office()
        doors = structs.replace(office.doors, versions=self.versions)
        person = Person(app=app_of(APP), learners=(ADA,), addresses=())
        office = structs.replace(office, doors=doors, tell=self.notes.append)
        _, erasing = begin(person, office, request="r", before_us=self.world.now_us, days=DAYS)
        return structs.replace(erasing, applies=applies)

    def erase(self, *, applies: bool = True) -> dict[str, int]:
        counts: dict[str, int] = {}
        for name, count in erase_from_archive(self.erasing(applies=applies)):
            counts[name] = counts.get(name, 0) + count
        return {name: count for name, count in counts.items() if count}

    def change_before(self, times: int, change: Callable[[str], None]) -> None:
        """Let others change an object just before it is put, so many times."""
        left, replace = iter(range(times)), self.versions.replace

        def changed_first(key: str, body: bytes, etag: str) -> bool:
            if next(left, None) is not None:
                change(key)
            return replace(key, body, etag)

        self.versions.replace = changed_first

    def put_again(self, key: str) -> None:
        """As a worker does that archives the same batch once more."""
        self.world.archive.put_version(key, list(self.world.archive.versions[key].values())[-1])


OWN = [Sent(who=0, minute=1)]


@pytest.mark.parametrize("times", range(TRIES))
def test_an_object_that_others_write_meanwhile_is_rewritten_as_they_left_it(times: int) -> None:
    objects = Objects(OWN)
    objects.change_before(times, objects.put_again)
    counts = objects.erase()
    assert (counts["archive objects"], counts["archive lines"]) == (1, 1), "told once, however often it was tried"
    ((body,),) = (versions.values() for versions in objects.world.archive.versions.values())
    assert body
    assert [line["kind"] for line in opened(objects.world.archive)] == ["erased"]


def test_an_object_that_changes_under_every_try_has_the_erasure_run_again() -> None:
    objects = Objects(OWN)
    (key,) = objects.world.archive.versions
    objects.change_before(TRIES, objects.put_again)
    with pytest.raises(Rewritten) as raised:
        objects.erase()
    assert str(raised.value) == (
        f"{key} changed {TRIES} times while it was being rewritten: run the same command again"
    )


def test_an_object_that_is_deleted_meanwhile_is_done() -> None:
    objects = Objects(OWN)
    objects.change_before(1, lambda key: objects.world.archive.versions[key].clear())
    assert "archive objects" not in objects.erase()
    assert opened(objects.world.archive) == []


@pytest.mark.parametrize("applies", [True, False])
def test_every_earlier_version_that_names_the_person_goes_by_itself(applies: bool) -> None:
    objects = Objects(OWN, [Sent(who=1, minute=2)])
    named, other = sorted(objects.world.archive.versions)
    body = list(objects.world.archive.versions[named].values())[-1]
    for _ in range(2):
        objects.world.archive.put_version(other, body)
    objects.world.archive.put_version(other, next(iter(objects.world.archive.versions[other].values())))
    before = {key: len(versions) for key, versions in objects.world.archive.versions.items()}
    counts = objects.erase(applies=applies)
    assert counts["earlier versions of archive objects"] == 3
    after = {key: len(versions) for key, versions in objects.world.archive.versions.items()}
    assert after == ({named: 1, other: 2} if applies else before)


def test_a_deletion_among_the_versions_is_not_read() -> None:
    objects = Objects(OWN, [Sent(who=0, minute=2, number=1)])
    deleted, kept = sorted(objects.world.archive.versions)
    (latest, *_) = objects.world.archive.of(deleted)
    markers = [structs.replace(latest, id=name, is_latest=name == "d2", is_deletion=True) for name in ("d2", "d1")]
    walk = [markers, objects.world.archive.of(kept)]
    objects.versions.objects = lambda **_: iter(walk)  # type: ignore[method-assign]
    assert objects.erase()["archive objects"] == 1
    assert sorted(line["kind"] for line in opened(objects.world.archive)) == ["erased", "event"]


def test_each_thousand_objects_are_told_of() -> None:
    def many(**_: Any) -> Iterator[list[Version]]:
        return ([Version(key=f"k{number}", id="v", is_latest=True, is_deletion=True)] for number in range(1, 2500))

    objects = Objects(OWN)
    objects.versions.objects = many  # type: ignore[method-assign]
    assert objects.erase() == {}
    assert objects.notes == [f"{number} archive objects read, up to k{number}" for number in (1000, 2000)]


def test_an_object_that_names_no_one_is_left_as_it_is() -> None:
    objects = Objects([Sent(who=2, minute=2)])
    objects.change_before(1, lambda _: pytest.fail("it was rewritten"))
    assert objects.erase() == {}


def test_a_line_that_was_never_stored_hides_none_of_those_that_were() -> None:
    objects = Objects()
    world = objects.world
    about = {"about": {"id": ADA, "type": "Person", "name": "Ada"}}
    unplaced = json.dumps([ADA]).encode()
    warned = {**finding(f"`{ADA}` is odd"), "severity": "warning"}
    events = [world.event(number, actor=BEN, extensions=about) for number in range(2)]
    first, second = (Item("event", json.dumps(event).encode(), [warned]) for event in events)
    rejected = Item("rejection", json.dumps(events[0]).encode(), [warned])
    world.send_items(rejected, first, second, stored=False)
    items = world.parts[0].items
    world.store(structs.replace(world.parts[0], items=[items[0], Item("event", unplaced), *items[1:]]))
    counts = objects.erase()
    assert (counts["archive lines of others"], counts["events of others"]) == (4, 2)
    stored = world.all("/events", "events", actor=BEN)
    assert [row["event"]["extensions"] for row in stored] == [{"about": {"id": ALIAS, "type": "Person"}}] * 2
    assert [row["warnings"][0]["message"] for row in stored] == [f"`{ALIAS}` is odd"] * 2
    assert objects.erase() == {}


def test_rows_that_a_restore_brought_back_are_masked_by_lines_that_were_masked_before() -> None:
    objects = Objects()
    world = objects.world
    world.send(world.event(1, actor=BEN, extensions={"about": {"id": ADA, "type": "Person", "name": "Ada"}}))
    backup = dict(world.table.items)
    objects.erase()
    masked = dict(world.table.items)
    world.table.items.update({key: row for key, row in backup.items() if "body" in row})
    assert objects.erase() == {"events of others": 1}
    assert world.table.items == masked
