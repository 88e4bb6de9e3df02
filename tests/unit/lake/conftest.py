"""A lake in memory for every test, and its tables opened."""

from collections.abc import Iterator

import pytest

from functions.lake.opened_lake import Lake
from tests.lake_world import LakeWorld, memory_lake_world


@pytest.fixture
def world() -> LakeWorld:
    return memory_lake_world()


@pytest.fixture
def lake(world: LakeWorld) -> Iterator[Lake]:
    with world.opened() as lake:
        yield lake
