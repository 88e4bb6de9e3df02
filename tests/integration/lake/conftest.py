"""A lake for every test."""

from collections.abc import Iterator

import pytest

from tests.lake_world import LakeWorld, lake_world


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeWorld]:
    with lake_world(monkeypatch) as lake:
        yield lake
