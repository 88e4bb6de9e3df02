"""The metadata of the tables as pyiceberg reads and writes it: JSON, manifest lists and manifests, each small."""

import io
from typing import Any

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from functions.lake.iceberg.object_store import ObjectStore


class _Input(InputFile):
    def __init__(self, location: str, store: ObjectStore) -> None:
        super().__init__(location)
        self._store = store

    def __len__(self) -> int:
        return self._store.size(self.location)

    def exists(self) -> bool:
        try:
            return self._store.size(self.location) >= 0
        except FileNotFoundError:
            return False

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002  pyiceberg's signature; all of it is in memory
        return io.BytesIO(self._store.get(self.location))


class _Written(io.BytesIO):
    """Collects a file and puts it when it is closed without an error."""

    def __init__(self, location: str, store: ObjectStore, *, only_new: bool) -> None:
        super().__init__()
        self._location, self._store, self._only_new = location, store, only_new

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is not None:
            super().close()
        self.close()

    def close(self) -> None:
        if not self.closed:
            body = self.getvalue()
            super().close()
            self._store.put(self._location, body, only_new=self._only_new)


class _Output(OutputFile):
    def __init__(self, location: str, store: ObjectStore) -> None:
        super().__init__(location)
        self._store = store

    def __len__(self) -> int:
        return self._store.size(self.location)

    def exists(self) -> bool:
        return self.to_input_file().exists()

    def to_input_file(self) -> InputFile:
        return _Input(self.location, self._store)

    def create(self, overwrite: bool = False) -> OutputStream:
        return _Written(self.location, self._store, only_new=not overwrite)


class MetadataFiles(FileIO):
    """What pyiceberg reads and writes through."""

    def __init__(self, store: ObjectStore) -> None:
        super().__init__()
        self._store = store

    def new_input(self, location: str) -> InputFile:
        return _Input(location, self._store)

    def new_output(self, location: str) -> OutputFile:
        return _Output(location, self._store)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        self._store.delete(location if isinstance(location, str) else location.location)
