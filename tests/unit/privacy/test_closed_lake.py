"""A lake is opened only if there is one that was loaded, and something of it is to go."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec import structs

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.privacy.erase import counting
from functions.privacy.erasure_context import Doors, Erasing, LakeDoor
from functions.privacy.expiry.archive import expire_lake
from functions.privacy.person import Person
from functions.privacy.places.lake_tables import erase_from_lake
from functions.privacy.purge.lake import purge_from_lake
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, DAYS, ErasingWorld
from tests.unit.query.world import app_of

pytestmark = pytest.mark.slow

LINES = [("archive/x", b"{}")]


class Opened(Exception):
    """The lake was opened."""


def open_lake() -> Any:
    raise Opened


def door(secret: bytes | None) -> LakeDoor:
    return LakeDoor(opened=open_lake, secret=lambda: secret, load_again=lambda _: None)


def erasing_with(lake: LakeDoor | None) -> Erasing:
    world = ErasingWorld()
    doors = structs.replace(world.office().doors, lake=lake)
    return counting(Person(app=app_of(APP), learners=(ADA,), addresses=()), doors, before_us=9, days=DAYS)


def expire(erasing: Erasing) -> Iterable[Any]:
    app: App = structs.replace(erasing.app, keeping=Keeping(archive_days=1))
    doors: Doors = erasing.doors
    return expire_lake(app, doors, kept_day="20260302")


WORK: list[Callable[[Erasing], Iterable[Any]]] = [
    erase_from_lake,
    expire,
    lambda erasing: purge_from_lake(erasing, LINES),
]


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("lake", [None, door(None)])
def test_a_stack_without_a_loaded_lake_holds_nothing_there(
    work: Callable[[Erasing], Iterable[Any]], lake: LakeDoor | None
) -> None:
    assert list(work(erasing_with(lake))) == []


@pytest.mark.parametrize("work", WORK)
def test_a_lake_that_was_loaded_is_opened(work: Callable[[Erasing], Iterable[Any]]) -> None:
    with pytest.raises(Opened):
        list(work(erasing_with(door(b"k" * 32))))


def test_a_purge_of_nothing_opens_no_lake() -> None:
    assert list(purge_from_lake(erasing_with(door(b"k" * 32)), [])) == []
