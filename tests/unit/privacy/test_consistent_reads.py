"""What an erasure, a purge, a copy and an expiry must read as it is now: whoever wrote a moment ago is erased, too."""

import io
from collections import Counter
from collections.abc import Callable

import pytest

from functions.privacy.erase import counted, erase
from functions.privacy.office import add_all
from functions.privacy.person_export import export_person
from functions.privacy.purge.purge import purge_once
from functions.store import keys
from functions.store.erasure.rows import add_erasures
from tests.unit.privacy.erasing_world import ADA, DAYS, ErasingWorld
from tests.unit.privacy.test_purge import purge_of, world_of
from tests.unit.privacy.test_purge_counts import BATCHES
from tests.unit.privacy.whole_world import TENANT, WholeWorld
from tests.unit.timeout.test_consistent_reads import LaggingTable

pytestmark = pytest.mark.slow

DAYS_OF_EVENTS = f"{keys.sent_pk(TENANT)} "  # on which days something was sent: the second walk comes minutes later


def noting_reads(world: ErasingWorld) -> LaggingTable:
    """The world's table from now on: notes what is read as it was a moment ago."""
    table = LaggingTable(world.calls)
    table.items = world.table.items
    table.catch_up()
    world.table = table
    return table


def erasure(world: WholeWorld) -> None:
    erase(world.person(), world.office(), request="r1", days=DAYS)


def count(world: WholeWorld) -> None:
    counted(world.person(), world.office().doors, before_us=world.now_us, days=DAYS)


def copy(world: WholeWorld) -> None:
    export_person([world.person()], world.office().doors, io.BytesIO(), now_us=world.now_us)


@pytest.mark.parametrize(("work", "days"), [(erasure, {DAYS_OF_EVENTS}), (count, {DAYS_OF_EVENTS}), (copy, set())])
def test_all_that_is_kept_of_a_person_is_read_as_it_is_now(work: Callable[[WholeWorld], None], days: set[str]) -> None:
    world = WholeWorld()
    person = world.person()
    addresses = {f"{keys.learner_pk(TENANT, learner)} {keys.EVENT_INDEX}" for learner in person.learners}
    table = noting_reads(world)
    work(world)
    assert set(table.inconsistent) == addresses | days


@pytest.mark.parametrize("work", [erasure, count])
def test_so_are_the_events_by_which_courses_are_known_if_totals_cannot_be_read(
    work: Callable[[WholeWorld], None],
) -> None:
    world = WholeWorld()
    for key, row in list(world.table.items.items()):
        if key[1].startswith(keys.TOTALS):
            world.table.items[key] = row | {"body": b"KLUv not a frame"}
    table = noting_reads(world)
    work(world)
    assert not [read for read in table.inconsistent if read.partition(" ")[2].startswith(keys.EVENT)]


@pytest.mark.parametrize("applies", [True, False])
def test_all_that_a_credential_sent_is_read_as_it_is_now(applies: bool) -> None:
    world = world_of(BATCHES, sweeps=True)
    table = noting_reads(world)
    if applies:
        add_erasures(table, TENANT, [purge_of(world).erasure(request="r1")])
    counts = add_all(Counter(), purge_once(purge_of(world), world.office().doors, applies=applies))
    assert counts["events"] == 6
    assert set(table.inconsistent) == ({DAYS_OF_EVENTS} if applies else set())


def test_what_was_written_a_moment_ago_is_erased() -> None:
    world = WholeWorld()
    person = world.person()
    table = noting_reads(world)
    world.send(world.of(ADA, 43 * 24 * 60))
    erase(person, world.office(), request="r1", days=DAYS)
    assert [key for key in table.items if key[0] == keys.learner_pk(TENANT, ADA)] == []
