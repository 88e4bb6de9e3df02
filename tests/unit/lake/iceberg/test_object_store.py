"""Objects by their location: what is not there is a FileNotFoundError, what S3 says otherwise is let out."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.lake.iceberg import object_store
from functions.lake.iceberg.object_store import ObjectStore, split
from tests.lake_doors import MemoryS3, refusal

PLACE = "s3://lake/raw/data/day=2026-03-02/a.parquet"


class Refusing(MemoryS3):
    """Answers every request with one code."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def _called(self, operation: str, request: dict[str, Any]) -> None:
        raise refusal(operation, self.code)


def operations(client: MemoryS3) -> list[str]:
    return [operation for operation, _ in client.calls]


def test_a_location_is_a_bucket_and_a_key() -> None:
    assert split(PLACE) == ("lake", "raw/data/day=2026-03-02/a.parquet")


def test_an_object_is_put_read_in_parts_and_deleted() -> None:
    client = MemoryS3()
    store = ObjectStore(client)  # type: ignore[arg-type]
    store.put(PLACE, b"0123456789")
    assert client.objects == {split(PLACE): b"0123456789"}
    assert store.get(PLACE) == b"0123456789"
    assert store.get_range(PLACE, 2, 5) == b"234"
    store.delete(PLACE)
    store.delete(PLACE)
    assert client.objects == {}
    with pytest.raises(FileNotFoundError, match=PLACE):
        store.size(PLACE)


@pytest.mark.parametrize("ask", [ObjectStore.get, ObjectStore.size])
@pytest.mark.parametrize("code", ["404", "NoSuchKey", "NotFound"])
def test_what_is_not_there_is_no_file(ask: Callable[[ObjectStore, str], object], code: str) -> None:
    with pytest.raises(FileNotFoundError, match=PLACE):
        ask(ObjectStore(Refusing(code)), PLACE)  # type: ignore[arg-type]


ASKED: list[Callable[[ObjectStore], object]] = [
    lambda store: store.get(PLACE),
    lambda store: store.size(PLACE),
    lambda store: store.put(PLACE, b""),
    lambda store: store.put(PLACE, b"", only_new=True),
]


@pytest.mark.parametrize("ask", ASKED)
def test_any_other_refusal_is_let_out(ask: Callable[[ObjectStore], object]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        ask(ObjectStore(Refusing("AccessDenied")))  # type: ignore[arg-type]


def test_what_must_be_new_is_never_written_twice() -> None:
    store = ObjectStore(MemoryS3())  # type: ignore[arg-type]
    store.put(PLACE, b"first", only_new=True)
    with pytest.raises(FileExistsError, match=PLACE):
        store.put(PLACE, b"second", only_new=True)
    assert store.get(PLACE) == b"first"
    assert store.size(PLACE) == 5
    store.put(PLACE, b"second")
    assert store.get(PLACE) == b"second"


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_only_of_what_must_be_new_a_condition_that_fails_says_that_it_is_there(code: str) -> None:
    store = ObjectStore(Refusing(code))  # type: ignore[arg-type]
    with pytest.raises(FileExistsError):
        store.put(PLACE, b"", only_new=True)
    with pytest.raises(ClientError, match=code):
        store.put(PLACE, b"")


def test_a_size_is_asked_for_once_and_known_of_what_was_put() -> None:
    client = MemoryS3()
    ObjectStore(client).put(PLACE, b"12345")  # type: ignore[arg-type]
    store = ObjectStore(client)  # type: ignore[arg-type]
    assert [store.size(PLACE) for _ in range(3)] == [5, 5, 5]
    assert operations(client).count("HeadObject") == 1
    store.put("s3://lake/b", b"123")
    assert store.size("s3://lake/b") == 3
    assert operations(client).count("HeadObject") == 1


def test_only_so_many_sizes_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "SIZES_KNOWN", 2)
    client = MemoryS3()
    store = ObjectStore(client)  # type: ignore[arg-type]
    for name in "abc":
        store.put(f"s3://lake/{name}", name.encode())
    assert [store.size(f"s3://lake/{name}") for name in "cab"] == [1, 1, 1]
    assert operations(client).count("HeadObject") == 2  # of those before the third


def test_every_object_of_a_folder_is_listed_with_the_time_of_its_change() -> None:
    client = MemoryS3()
    store = ObjectStore(client)  # type: ignore[arg-type]
    for name in ("raw/a", "raw/b", "rawest/c", "x"):
        store.put(f"s3://lake/{name}", b"")
    store.put("s3://other/raw/a", b"")
    assert list(store.listed("s3://lake/raw/")) == [
        (f"s3://lake/raw/{name}", client.changed["lake", f"raw/{name}"]) for name in "ab"
    ]
    assert list(store.listed("s3://lake/none/")) == []
