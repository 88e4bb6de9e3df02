"""An erasure that was stopped while it began is on record in the bucket, so that it can be finished from there."""

from collections.abc import Iterable
from copy import replace

import pytest

from functions.privacy.erase import begin
from functions.privacy.person import find_person
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.erasure.keys import ERASURES
from functions.store.erasure.rows import erasures
from tests.fakes import Crash, MemoryTable
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, DAYS, ErasingWorld
from tests.unit.privacy.test_begun_erasures import TENANT
from tests.unit.privacy.test_erase import assert_gone
from tests.unit.privacy.test_steps import ONE_OF_EACH
from tests.unit.query.world import app_of

pytestmark = pytest.mark.slow


class NotingNothing(MemoryTable):
    """A registry whose caller is killed before an erasure is noted in it."""

    def put_all(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        if any(str(row[keys.PK]).startswith(ERASURES) for row in rows):
            raise Crash("before the registry")
        super().put_all(rows)


def test_an_erasure_that_was_stopped_before_the_registry_knew_of_it_is_finished_from_the_bucket() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    registry = NotingNothing(world.calls)
    registry.items = world.table.items
    office = replace(world.office(), registry=registry)
    person = find_person(world.table, app_of(APP), ADA)
    with pytest.raises(Crash):
        begin(person, office, request="r1", before_us=world.now_us, days=DAYS)
    assert erasures(world.table, TENANT) == {}
    assert [record.request for record in world.erase_again()] == ["r1"]
    assert_gone(world)
    assert erasures(world.table, TENANT) != {}
