"""The drop folder: files that were imported and name the person are deleted, and lines of what was rejected of them.

A file that is still being imported stays: the importer leaves out what is the person's, and the next walk deletes it.
"""

import gzip
from collections.abc import Iterator

import orjson

from functions.privacy.erasure_context import Erasing
from functions.store.erasure.versions import Version
from functions.store.imports.drop_folder import ANSWERED, DROPPED

GZIP = b"\x1f\x8b"


def erase_dropped_files(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Each version of each file that was dropped for the app, and of what was rejected of it."""
    for folder in sorted({erasing.app.name, erasing.app.app_id, erasing.app.tenant} - {""}):
        for version in list(erasing.doors.versions.below(f"{DROPPED}{folder}/")):
            if version.is_deletion or not _names(erasing, version, _body(erasing, version)):
                continue
            if version.is_latest and not _is_imported(erasing, version.key):
                yield "dropped files that are being imported", 1
                continue
            yield "dropped files", 1
            if erasing.applies:
                erasing.doors.versions.delete(version)
        yield from _rejects(erasing, folder)


def _rejects(erasing: Erasing, folder: str) -> Iterator[tuple[str, int]]:
    for version in list(erasing.doors.versions.below(f"{ANSWERED}{folder}/")):
        if version.is_deletion or not version.key.endswith(".rejects"):
            continue
        body = _body(erasing, version)
        lines = body.splitlines(keepends=True)
        kept = [line for line in lines if not _names(erasing, version, line)]
        if len(kept) == len(lines):
            continue
        yield "rejected lines of dropped files", len(lines) - len(kept)
        if erasing.applies:
            if version.is_latest:
                erasing.doors.versions.put(version.key, b"".join(kept))
            erasing.doors.versions.delete(version)


def _names(erasing: Erasing, version: Version, body: bytes) -> bool:
    """Whether a text of any form names the person, put before the erasure."""
    text = body.decode("utf-8", "replace").replace("\\/", "/")
    return erasing.erased.masked(text, received_us=version.put_us) != text


def _body(erasing: Erasing, version: Version) -> bytes:
    body, _ = erasing.doors.versions.read(version)
    return gzip.decompress(body) if body.startswith(GZIP) else body


def _is_imported(erasing: Erasing, key: str) -> bool:
    """Whether the importer says that it has done all of it, or refused it."""
    for version in erasing.doors.versions.of(ANSWERED + key.removeprefix(DROPPED) + ".json"):
        if version.is_latest and not version.is_deletion:
            return orjson.loads(_body(erasing, version)).get("status") in ("done", "refused")
    return False
