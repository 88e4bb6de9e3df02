"""The metadata as pyiceberg reads and writes it: a file is there whole when it is closed, or not at all."""

import pytest

from functions.lake.iceberg.metadata_files import MetadataFiles
from functions.lake.iceberg.object_store import ObjectStore
from tests.lake_doors import MemoryS3

PLACE = "s3://lake/raw/metadata/1.json"


@pytest.fixture
def client() -> MemoryS3:
    return MemoryS3()


@pytest.fixture
def files(client: MemoryS3) -> MetadataFiles:
    return MetadataFiles(ObjectStore(client))  # type: ignore[arg-type]


def test_a_file_is_there_when_it_is_closed(files: MetadataFiles, client: MemoryS3) -> None:
    output = files.new_output(PLACE)
    assert not output.exists()
    with output.create() as stream:
        stream.write(b"one ")
        stream.write(b"two")
        assert client.objects == {}
    assert output.exists()
    assert len(output) == len(output.to_input_file()) == 7
    assert (output.location, output.to_input_file().location) == (PLACE, PLACE)
    stream.close()
    assert [operation for operation, _ in client.calls].count("PutObject") == 1


def test_what_was_written_is_read(files: MetadataFiles) -> None:
    with files.new_output(PLACE).create() as stream:
        stream.write(b"0123456789")
    read = files.new_input(PLACE)
    assert read.exists()
    assert len(read) == 10
    with read.open() as stream:
        assert stream.seek(4) == 4
        assert stream.read(3) == b"456"
    assert files.new_input(f"{PLACE}x").exists() is False
    with files.new_output(PLACE).create(overwrite=True):
        pass
    assert files.new_input(PLACE).exists() is True  # an empty one, too


def test_a_file_whose_writing_failed_is_not_there(files: MetadataFiles, client: MemoryS3) -> None:
    def half() -> None:
        with files.new_output(PLACE).create() as stream:
            stream.write(b"half of it")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        half()
    assert client.objects == {}


def test_only_if_it_is_said_a_file_is_overwritten(files: MetadataFiles, client: MemoryS3) -> None:
    def write(text: bytes, **how: bool) -> None:
        with files.new_output(PLACE).create(**how) as stream:
            stream.write(text)

    write(b"first")
    with pytest.raises(FileExistsError):
        write(b"second")
    with pytest.raises(FileExistsError):
        write(b"second", overwrite=False)
    assert list(client.objects.values()) == [b"first"]
    write(b"third", overwrite=True)
    assert list(client.objects.values()) == [b"third"]


def test_a_file_is_deleted_by_its_location_or_as_itself(files: MetadataFiles, client: MemoryS3) -> None:
    for file in (PLACE, files.new_input(PLACE), files.new_output(PLACE)):
        with files.new_output(PLACE).create():
            pass
        assert len(client.objects) == 1
        files.delete(file)
        assert client.objects == {}
