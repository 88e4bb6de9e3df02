"""The drop folder after an erasure: which files are gone, and what is left of lists of rejected lines, to the byte."""

import gzip
import json

import pytest
from msgspec import structs

from functions.core.apps import App
from functions.privacy.erase import begin, counting
from functions.privacy.person import Person
from functions.privacy.places.dropped_files import erase_dropped_files
from functions.store.erasure.versions import Version
from functions.store.imports.drop_folder import ANSWERED, DROPPED
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, DAYS, MAIL, ErasingWorld
from tests.unit.query.world import app_of
from tests.versioned_archive import VersionsOf

TENANT = app_of(APP).tenant
DROPPED_FILE, IMPORTING, LINES = (
    "dropped files",
    "dropped files that are being imported",
    "rejected lines of dropped files",
)
OF_ADA, OF_BEN = (f'{{"actor":"{learner}"}}\n'.encode() for learner in (ADA, BEN))


class DatedVersions(VersionsOf):
    """Versions that say when they were put, and which of them are deletions."""

    def __init__(self, world: ErasingWorld) -> None:
        super().__init__(world.archive)
        self.put_us: dict[tuple[str, str], int] = {}
        self.deletions: set[str] = set()
        self.of, self.below = self._of, self._below  # type: ignore[assignment]

    def _of(self, key: str) -> list[Version]:
        return [self._dated(version) for version in self.archive.of(key)]

    def _below(self, prefix: str) -> list[Version]:
        return [self._dated(version) for version in self.archive.below(prefix)]

    def _dated(self, version: Version) -> Version:
        put_us = self.put_us.get((version.key, version.id), 0)
        is_deletion = version.is_latest and version.key in self.deletions
        return structs.replace(version, put_us=put_us, is_deletion=is_deletion)


class Folder:
    """The folder of an app, and an erasure that looks into it."""

    def __init__(self, app: App | None = None) -> None:
        self.world, self.app = ErasingWorld(), app or app_of(APP)
        self.versions = DatedVersions(self.world)

    def drop(self, name: str, *bodies: bytes, status: str = "", folder: str = TENANT) -> str:
        """A file, one version after another, and what the importer answered of it."""
        key = f"{DROPPED}{folder}/{name}"
        for body in bodies:
            self.world.archive.put_version(key, body)
        if status:
            self.world.archive.put_version(f"{ANSWERED}{folder}/{name}.json", json.dumps({"status": status}).encode())
        return key

    def reject(self, name: str, *bodies: bytes, folder: str = TENANT) -> str:
        key = f"{ANSWERED}{folder}/{name}"
        for body in bodies:
            self.world.archive.put_version(key, body)
        return key

    def erase(self, *, applies: bool = True) -> list[tuple[str, int]]:
        office = self.world.office()
        person = Person(app=self.app, learners=(ADA,), addresses=(f"mailto:{MAIL}",))
        doors = structs.replace(office.doors, versions=self.versions)
        erasing = counting(person, doors, before_us=self.world.now_us, days=DAYS)
        if applies:
            office = structs.replace(office, doors=doors)
            _, erasing = begin(person, office, request="r", before_us=self.world.now_us, days=DAYS)
        return list(erase_dropped_files(erasing))

    def bodies(self, key: str) -> list[bytes]:
        return list(self.world.archive.versions[key].values())


def test_every_version_of_every_imported_file_that_names_the_person_goes_and_nothing_else() -> None:
    folder = Folder()
    both = [
        folder.drop("a", OF_ADA, OF_ADA, status="done"),
        folder.drop("b.gz", gzip.compress(OF_ADA), status="refused"),
    ]
    earlier = folder.drop("c", OF_ADA, OF_BEN, status="importing")
    importing, unanswered = folder.drop("d", OF_ADA, status="importing"), folder.drop("e", OF_ADA)
    other = folder.drop("f", OF_BEN, status="done")
    last = folder.drop("g", f"mail of {MAIL}".encode(), status="done")
    assert folder.erase() == [
        *[(DROPPED_FILE, 1)] * 4,
        (IMPORTING, 1),
        (IMPORTING, 1),
        (DROPPED_FILE, 1),
    ]
    assert [folder.bodies(key) for key in (*both, last)] == [[], [], []]
    assert [folder.bodies(key) for key in (earlier, importing, unanswered, other)] == [
        [OF_BEN],
        [OF_ADA],
        [OF_ADA],
        [OF_BEN],
    ]


def test_a_file_that_was_deleted_hides_no_other_and_its_answer_counts_no_more() -> None:
    folder = Folder()
    gone, later = folder.drop("a", OF_ADA, status="done"), folder.drop("b", OF_ADA, status="done")
    answered = folder.drop("c", OF_ADA, status="done")
    folder.versions.deletions |= {gone, f"{ANSWERED}{TENANT}/c.json"}
    assert folder.erase() == [(DROPPED_FILE, 1), (IMPORTING, 1)]
    assert (folder.bodies(gone), folder.bodies(later), folder.bodies(answered)) == ([OF_ADA], [], [OF_ADA])


def test_the_latest_answer_says_whether_a_file_is_imported() -> None:
    folder = Folder()
    key = folder.drop("a", OF_ADA, status="done")
    folder.drop("a", status="importing")
    assert folder.erase() == [(IMPORTING, 1)]
    folder.drop("a", status="done")
    assert folder.erase() == [(DROPPED_FILE, 1)]
    assert folder.bodies(key) == []


@pytest.mark.parametrize("place", ["The App", APP, TENANT])
def test_a_folder_has_the_name_the_id_or_the_tenant_of_the_app(place: str) -> None:
    folder = Folder(structs.replace(app_of(APP), name="The App"))
    dropped = folder.drop("a", OF_ADA, status="done", folder=place)
    rejects = folder.reject("a.rejects", OF_ADA + OF_BEN, folder=place)
    others = [folder.drop("a", OF_ADA, status="done", folder=name) for name in ("Another", "", f"{place}2")]
    assert folder.erase() == [(DROPPED_FILE, 1), (LINES, 1)]
    assert (folder.bodies(dropped), folder.bodies(rejects)) == ([], [OF_BEN])
    assert [folder.bodies(key) for key in others] == [[OF_ADA]] * 3


@pytest.mark.parametrize("ends_in_a_line_break", [True, False])
def test_other_rejected_lines_stay_to_the_byte_and_no_earlier_version_does(ends_in_a_line_break: bool) -> None:
    folder = Folder()
    last = b"no JSON \xff" + b"\r\n" * ends_in_a_line_break
    named = folder.reject("a.rejects", OF_ADA + OF_ADA, OF_ADA + OF_BEN + OF_ADA + b"\n" + last)
    others = folder.reject("b.rejects", OF_BEN, OF_BEN + b"\n\r\n" + OF_BEN)
    packed = folder.reject("c.rejects", gzip.compress(OF_ADA + OF_BEN))
    alone = folder.reject("d.rejects", OF_ADA)
    mark = folder.reject("e.mark", OF_ADA)
    assert folder.erase() == [(LINES, 2), (LINES, 2), (LINES, 1), (LINES, 1)]
    assert folder.bodies(named) == [OF_BEN + b"\n" + last]
    assert folder.bodies(others) == [OF_BEN, OF_BEN + b"\n\r\n" + OF_BEN]
    assert (folder.bodies(packed), folder.bodies(alone), folder.bodies(mark)) == ([OF_BEN], [b""], [OF_ADA])
    assert folder.erase() == []


def test_a_list_of_rejected_lines_that_was_deleted_hides_no_other() -> None:
    folder = Folder()
    gone, later = folder.reject("a.rejects", OF_ADA), folder.reject("b.rejects", OF_ADA)
    folder.versions.deletions.add(gone)
    assert folder.erase() == [(LINES, 1)]
    assert (folder.bodies(gone), folder.bodies(later)) == ([OF_ADA], [b""])


def test_a_count_changes_no_file() -> None:
    folder = Folder()
    dropped, rejects = folder.drop("a", OF_ADA, status="done"), folder.reject("a.rejects", OF_ADA + OF_BEN)
    assert folder.erase(applies=False) == [(DROPPED_FILE, 1), (LINES, 1)]
    assert (folder.bodies(dropped), folder.bodies(rejects)) == ([OF_ADA], [OF_ADA + OF_BEN])


SPELLINGS = [ADA, ADA.replace("/", r"\/"), f"{ADA}/posts/1"]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_was_put_after_the_erasure_stays_in_any_spelling(late: bool, spelling: str) -> None:
    folder = Folder()
    body = f'{{"by":"{spelling}"}}\n'.encode()
    dropped, rejects = folder.drop("a", body, status="done"), folder.reject("a.rejects", body)
    for key in (dropped, rejects):
        (version,) = folder.world.archive.of(key)
        folder.versions.put_us[key, version.id] = folder.world.now_us + late
    assert len(folder.erase()) == (0 if late else 2)
    assert folder.bodies(dropped) == ([body] if late else [])
    assert folder.bodies(rejects) == ([body] if late else [b""])
