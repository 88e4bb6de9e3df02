"""What S3 lists: versions of objects, copies, records, days and objects of the archive."""

from datetime import UTC, datetime
from typing import Any

from functions.store.archive import S3Archive
from functions.store.copies.registry import RegistryCopies
from functions.store.erasure.records import S3Records
from functions.store.erasure.versions import FIRST_DAY, LAST_DAY, S3Versions, Version, latest_of
from tests.unit.store.recording_client import Recording


class Listing(Recording):
    """A client whose lists have these pages."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        super().__init__()
        self._pages = pages

    def get_paginator(self, operation: str) -> Any:
        listing = self

        class Paginator:
            def paginate(self, **request: Any) -> tuple[dict[str, Any], ...]:
                listing.requests.append((operation, request))
                return listing._pages

        return Paginator()


def listed(key: str, name: str, *, latest: bool = False, us: int = 0) -> dict[str, Any]:
    modified = datetime.fromtimestamp(us / 1_000_000, tz=UTC)
    return {"Key": key, "VersionId": name, "IsLatest": latest, "LastModified": modified}


def test_versions_and_deletions_of_objects_are_listed_together_by_object() -> None:
    day = "archive/day=20260127/"
    client: Any = Listing(
        {
            "Versions": [listed(f"{day}a", "1", us=5_250_000), listed(f"{day}b", "1", latest=True)],
            "DeleteMarkers": [listed(f"{day}a", "2", latest=True)],
        },
        {"Versions": [listed("archive/day=20260128/a", "1", latest=True)]},
        {},
    )
    versions = S3Versions(client, "b")
    objects = list(versions.objects(from_day="20260127", to_day="20260127"))
    assert objects == [
        [
            Version(key=f"{day}a", id="1", is_latest=False, put_us=5_250_000),
            Version(key=f"{day}a", id="2", is_latest=True, is_deletion=True),
        ],
        [Version(key=f"{day}b", id="1", is_latest=True)],
    ]
    assert [latest_of(of) for of in objects] == [None, objects[1][0]]
    assert versions.of(f"{day}b") == objects[1]
    assert [request for _, request in client.requests] == [
        {"Bucket": "b", "Prefix": "archive/", "KeyMarker": "archive/day=20260127"},
        {"Bucket": "b", "Prefix": f"{day}b"},
    ]
    client.requests.clear()
    assert len(list(versions.objects(from_day=FIRST_DAY, to_day=LAST_DAY))) == 3
    assert client.requests == [("list_object_versions", {"Bucket": "b", "Prefix": "archive/"})]


def test_copies_and_records_are_listed_below_their_own_folders() -> None:
    client: Any = Listing({"Contents": [{"Key": "registry/a"}]}, {}, {"Contents": [{"Key": "registry/b"}]})
    assert RegistryCopies(client, "b").keys() == ["registry/a", "registry/b"]
    assert client.requests == [("list_objects_v2", {"Bucket": "b", "Prefix": "registry/"})]
    records: Any = Listing({})
    assert list(S3Records(records, "b").all()) == []
    assert records.requests == [("list_objects_v2", {"Bucket": "b", "Prefix": "erasures/"})]


def test_days_and_objects_of_the_archive_are_listed_from_a_day_to_a_day() -> None:
    folders = [{"Prefix": f"archive/day=2026012{number}/"} for number in (9, 6, 7, 8)]
    client: Any = Listing({"CommonPrefixes": folders[:2]}, {}, {"CommonPrefixes": folders[2:]})
    assert S3Archive(client, "b").days(from_day="20260127", to_day="20260128") == ["20260127", "20260128"]
    assert client.requests == [("list_objects_v2", {"Bucket": "b", "Prefix": "archive/day=", "Delimiter": "/"})]
    names = [f"archive/day=2026012{number}/x" for number in (7, 8, 9)]
    stored: Any = Listing({"Contents": [{"Key": name} for name in names]})
    archive = S3Archive(stored, "b")
    assert list(archive.keys(from_day="20260127", to_day="20260128")) == names[:2]
    assert list(archive.keys(from_day="20260127", to_day="20260129", after=names[0])) == names
    assert [request for _, request in stored.requests] == [
        {"Bucket": "b", "Prefix": "archive/", "StartAfter": start} for start in ("archive/day=20260127", names[0])
    ]
