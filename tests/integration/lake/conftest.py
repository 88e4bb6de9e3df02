"""A lake for every test: over doors in memory; over moto where the calls themselves are tried."""

from collections.abc import Iterator

import pytest

from tests.lake_world import LakeWorld, lake_world, memory_lake_world


@pytest.fixture
def world() -> LakeWorld:
    return memory_lake_world()


@pytest.fixture
def world_over_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeWorld]:
    with lake_world(monkeypatch) as lake:
        yield lake
