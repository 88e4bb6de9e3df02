"""Copies that a route made for people of the app: all are deleted, because a file does not say of whom it is."""

from collections.abc import Iterator

from functions.privacy.erasure_context import Erasing
from functions.store.erasure.requests import requests_of


def erase_copies(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Every version of every file that is still there. Who needs one asks for it again."""
    versions = erasing.doors.versions
    for request in requests_of(erasing.doors.table, erasing.tenant):
        for version in versions.of(request.file) if request.file else ():
            yield "copies for people", 1
            if erasing.applies:
                versions.delete(version)
